"""The demo firm's advertising: where its people come from, what that costs and how well it works. Pure.

Northlight fits windows in Riga and in Vladivostok. The figures tell a story: `display-prospecting`
loses money, `panorama-search` shines, `brand-search` looks great while one counts the last click only,
social advertising starts paths that the newsletter and direct visits finish, and nobody came for the
radio spot.
"""

from dataclasses import dataclass
from typing import Final

RIGA: Final = "demo"
VLADIVOSTOK: Final = "demo-vladivostok"
PAGES: Final = {RIGA: "https://northlight.example", VLADIVOSTOK: "https://vl.northlight.example"}
ZONES: Final = {RIGA: "Europe/Riga", VLADIVOSTOK: "Asia/Vladivostok"}
# What the pages count on the way to an enquiry.
CONTACTS_OPENED: Final = "Contacts opened"
CALCULATOR: Final = "Calculator used"
PHONE_TAPPED: Final = "Phone number tapped"

GOOGLE: Final = "Google Ads"
META: Final = "Meta Ads"
RUSSIA: Final = "Yandex and VK"
OWN_COSTS: Final = "Own costs"


@dataclass(frozen=True, slots=True)
class Advert:
    """One way in which people find the firm.

    `arrivals` is its share of all first visits, in thousandths; the rates are thousandths too. A click costs
    `click_cents` of its account's currency. `{click}` in the landing page stands for a fresh click id.
    """

    key: str
    site: str
    landing: str
    referrer: str = ""
    arrivals: int = 0
    lead_rate: int = 0
    win_rate: int = 0
    return_rate: int = 0
    account: str = ""
    campaign: str = ""
    campaign_id: str = ""
    source: str = ""
    medium: str = ""
    click_cents: int = 0
    # Of how many views one click is made.
    views_per_click: int = 30


def _paid(
    key: str,
    site: str,
    words: tuple[str, str, str],
    page: str,
    *,
    rates: tuple[int, int, int, int],
    account: str,
    click_cents: int,
    campaign_id: str = "",
    views_per_click: int = 30,
    extra: str = "",
    referrer: str = "",
) -> Advert:
    source, medium, campaign = words
    tags = f"utm_source={source}&utm_medium={medium}&utm_campaign={campaign}"
    return Advert(
        key,
        site,
        f"{page}?{tags}{extra}",
        referrer,
        *rates,
        account=account,
        campaign=campaign,
        campaign_id=campaign_id,
        source=source,
        medium=medium,
        click_cents=click_cents,
        views_per_click=views_per_click,
    )


# rates: arrivals, leads per visit, won per lead, visitors who come back; all in thousandths.
ADVERTS: Final = (
    _paid(
        "brand-search",
        RIGA,
        ("google", "cpc", "brand-search"),
        "/",
        rates=(45, 120, 400, 110),
        account=GOOGLE,
        click_cents=210,
        campaign_id="20417751001",
        views_per_click=4,
        extra="&utm_id=20417751001&utm_term=northlight+windows&gclid={click}",
        referrer="https://www.google.com/",
    ),
    _paid(
        "panorama-search",
        RIGA,
        ("google", "cpc", "panorama-search"),
        "/panorama/",
        rates=(110, 92, 340, 121),
        account=GOOGLE,
        click_cents=390,
        campaign_id="20417751002",
        views_per_click=12,
        extra="&utm_id=20417751002&utm_term=floor+to+ceiling+windows&utm_content=price&gclid={click}",
        referrer="https://www.google.com/",
    ),
    _paid(
        "arctic-search",
        RIGA,
        ("google", "cpc", "arctic-search"),
        "/arctic/",
        rates=(95, 56, 250, 121),
        account=GOOGLE,
        click_cents=480,
        campaign_id="20417751003",
        views_per_click=15,
        extra="&utm_term=triple+glazed+windows&utm_content=showroom&gclid={click}",
        referrer="https://www.google.com/",
    ),
    _paid(
        "display-prospecting",
        RIGA,
        ("google", "display", "display-prospecting"),
        "/",
        rates=(85, 9, 90, 49),
        account=GOOGLE,
        click_cents=165,
        campaign_id="20417751004",
        views_per_click=260,
        extra="&utm_content=banner-300x250&gclid={click}",
        referrer="https://news-site.example/today",
    ),
    _paid(
        "warm-home",
        RIGA,
        ("facebook", "paid_social", "warm-home"),
        "/warm-home/",
        rates=(105, 14, 240, 236),
        account=META,
        click_cents=130,
        campaign_id="120210001110001",
        views_per_click=90,
        extra="&utm_id=120210001110001&utm_content=carousel-a&fbclid={click}",
        referrer="https://l.facebook.com/",
    ),
    _paid(
        "big-views",
        RIGA,
        ("instagram", "paid_social", "big-views"),
        "/gallery/",
        rates=(75, 11, 230, 220),
        account=META,
        click_cents=105,
        campaign_id="120210001110002",
        views_per_click=110,
        extra="&utm_content=reel-7&fbclid={click}",
        referrer="https://l.instagram.com/",
    ),
    _paid(
        "newsletter",
        RIGA,
        ("newsletter", "email", "monthly-letter"),
        "/new/",
        rates=(8, 125, 360, 137),
        account=OWN_COSTS,
        click_cents=0,
    ),
    Advert("google", RIGA, "/", "https://www.google.com/", 130, 58, 290, 126),
    Advert("direct", RIGA, "/", "", 50, 66, 310, 137),
    Advert("blog", RIGA, "/panorama/", "https://home-and-garden.example/warm-rooms", 30, 45, 300, 110),
    Advert("pinterest", RIGA, "/gallery/", "https://www.pinterest.com/", 25, 9, 250, 192),
    Advert("chatgpt", RIGA, "/arctic/?utm_source=chatgpt.com", "https://chatgpt.com/", 17, 78, 330, 110),
    _paid(
        "okna-vl",
        VLADIVOSTOK,
        ("yandex", "cpc", "okna-vl"),
        "/okna/",
        rates=(95, 74, 290, 121),
        account=RUSSIA,
        click_cents=240,
        campaign_id="84120011",
        views_per_click=14,
        extra="&utm_id=84120011&utm_term=%D0%BE%D0%BA%D0%BD%D0%B0&yclid={click}",
        referrer="https://yandex.ru/",
    ),
    _paid(
        "vk-teplo",
        VLADIVOSTOK,
        ("vk", "cpc", "vk-teplo"),
        "/teplo/",
        rates=(55, 15, 230, 209),
        account=RUSSIA,
        click_cents=90,
        campaign_id="9051177",
        views_per_click=120,
        extra="&utm_content=post-12&rb_clickid={click}",
        referrer="https://vk.com/",
    ),
    Advert("yandex", VLADIVOSTOK, "/", "https://yandex.ru/", 45, 60, 290, 126),
    Advert(
        "telegram",
        VLADIVOSTOK,
        "/novinki/?utm_source=telegram&utm_medium=messenger&utm_campaign=channel",
        "",
        12,
        70,
        320,
        137,
    ),
    Advert("direct-vl", VLADIVOSTOK, "/", "", 18, 64, 300, 137),
)
BY_KEY: Final = {advert.key: advert for advert in ADVERTS}

# How people come back, with weights: this is what makes the models differ.
RETURNS: Final = {
    RIGA: (("newsletter", 30), ("direct", 30), ("brand-search", 25), ("google", 15)),
    VLADIVOSTOK: (("direct-vl", 40), ("telegram", 30), ("yandex", 30)),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A static number on something that is no web page; `calls` in a year, costs in cents a month."""

    key: str
    number: str
    channel: str
    source: str
    medium: str
    campaign: str
    calls: int
    win_rate: int
    month_cents: int


# +1 555 01xx: numbers that belong to nobody.
LINES: Final = (
    Line("billboard", "+15550100101", "Offline", "billboard", "outdoor", "a10-motorway", 80, 300, 61_000),
    Line("maps", "+15550100102", "Maps", "maps", "maps", "maps-card", 130, 330, 27_000),
    Line("leaflet", "+15550100103", "Offline", "leaflet", "print", "spring-leaflet", 65, 260, 38_000),
)
LINE_BY_KEY: Final = {line.key: line for line in LINES}
FORWARD_TO: Final = "+15550100199"

# (source, medium, campaign, cents a month) of costs that no click is counted for. Nobody came for the radio.
FLAT_COSTS: Final = (
    ("newsletter", "email", "monthly-letter", 26_000),
    *((line.source, line.medium, line.campaign, line.month_cents) for line in LINES),
    ("city-fm", "radio", "autumn-radio", 15_000),
)
