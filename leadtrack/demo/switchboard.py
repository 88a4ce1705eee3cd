"""The demo firm's pools of numbers, who of its people answers, and what callers hear. Pure."""

from dataclasses import dataclass
from typing import Final

from leadtrack.demo.adverts import ADVERTS, RIGA, VLADIVOSTOK, Advert

# The shop's own number, as its pages write it: no tracked one, so its calls tell nothing.
SHOP_NUMBER: Final = "+15550100100"
VL_SHOP_NUMBER: Final = "+15550100150"
# What the carrier takes: a number by the month, a minute of talk, in hundredths and millionths of a dollar.
NUMBER_MONTH_CENTS: Final = 115
MINUTE_MICROS: Final = 8_500
# The pools were set up so many days ago.
POOL_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Pooled:
    """Numbers that stand on the pages of a site for visitors of its paid adverts."""

    key: str
    site: str
    name: str
    replaces: str
    numbers: tuple[str, ...]
    channels: tuple[str, ...]
    cooldown_minutes: int
    window_minutes: int

    def is_for(self, advert: Advert) -> bool:
        """Whether visitors of this advert are shown one: as the pool's channels say, told by the price."""
        return advert.site == self.site and advert.click_cents > 0


POOLS: Final = (
    Pooled(
        "shop",
        RIGA,
        "Paid visitors, Riga",
        SHOP_NUMBER,
        tuple(f"+15550100{last}" for last in range(111, 117)),
        ("Paid Search", "Paid Social", "Display"),
        cooldown_minutes=30,
        window_minutes=75,
    ),
    Pooled(
        "vl",
        VLADIVOSTOK,
        "Реклама, Владивосток",
        VL_SHOP_NUMBER,
        ("+15550100151", "+15550100152"),
        ("Paid Search", "Paid Social"),
        cooldown_minutes=15,
        window_minutes=120,
    ),
)
POOL_BY_KEY: Final = {pool.key: pool for pool in POOLS}
POOL_OF_ADVERT: Final = {advert.key: pool.key for pool in POOLS for advert in ADVERTS if pool.is_for(advert)}

# Who rings, by user name, and their phones.
PHONES: Final = {"sally": "+15550100191", "ben": "+15550100192", "olga": "+15550100193"}


@dataclass(frozen=True, slots=True)
class Hearing:
    """A call flow: who rings together in working hours, and what callers are told, by language."""

    key: str
    name: str
    language: str
    ring: tuple[str, ...]
    texts: tuple[tuple[str, str, str, str], ...]


# (language, greeting, nobody answers or all are busy, closed)
FLOWS: Final = (
    Hearing(
        RIGA,
        "Sales, else voicemail",
        "en-GB",
        ("sally", "ben"),
        (
            (
                "en-GB",
                "Northlight Windows, good day. We are putting you through.",
                "We are all measuring windows. Please leave a message after the tone; we call back today.",
                "We are open from nine to six. Please leave a message after the tone.",
            ),
            (
                "ru-RU",
                "«Северный свет», здравствуйте. Соединяем.",
                "Все сейчас на замерах. Оставьте сообщение после сигнала, мы перезвоним сегодня.",
                "Мы работаем с девяти до шести. Оставьте сообщение после сигнала.",
            ),
        ),
    ),
    Hearing(
        VLADIVOSTOK,
        "Владивосток: Ольга, потом голосовая почта",
        "ru-RU",
        ("olga",),
        (
            (
                "ru-RU",
                "«Северный свет», здравствуйте.",
                "Не можем ответить. Оставьте сообщение после сигнала, мы перезвоним.",
                "Сейчас мы закрыты. Оставьте сообщение после сигнала.",
            ),
        ),
    ),
)

# What customers write to the numbers, and what sales answers ("" not yet).
TEXTS: Final = (
    ("Hello, can you come on Thursday instead of Wednesday?", "Of course. Thursday at 10, same address?"),
    ("What does Arctic cost for 120 x 150 cm?", "About 420 euros with fitting. Shall we measure?"),
    ("Thanks for the fitting, all is warm now!", ""),
    ("Is the offer on old windows still on?", "Until the end of the month, yes."),
    ("I called but nobody answered. Please call me after 5 pm.", ""),
)
