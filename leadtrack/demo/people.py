"""Invented people: names, phones and addresses that belong to nobody, and what they write. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final

from leadtrack.demo.adverts import VLADIVOSTOK

_FIRST: Final = (
    "Anna",
    "Liga",
    "Martin",
    "Kate",
    "Oscar",
    "Ilze",
    "Peter",
    "Laura",
    "Tom",
    "Eva",
    "Janis",
    "Nora",
    "Hugo",
    "Ruta",
    "Paul",
    "Zane",
    "Clara",
    "Edgar",
    "Sofia",
    "Mark",
    "Helen",
    "Robert",
    "Agnes",
    "David",
    "Monika",
    "George",
)
_LAST: Final = (
    "Ozols",
    "Berg",
    "Hill",
    "Kalnins",
    "Reed",
    "Marsh",
    "Lapsa",
    "Stone",
    "Vitols",
    "Brook",
    "Holm",
    "Egle",
    "Winter",
    "Krumins",
    "Wood",
    "Lind",
    "Field",
    "Zarins",
    "North",
    "Balodis",
    "Moor",
    "Grant",
    "Osis",
    "Rivers",
    "Frost",
    "Dale",
)
# Russian family names agree with the first name, so they come in two lists.
_MEN: Final = (
    ("Иван", "Пётр", "Олег", "Денис", "Антон", "Сергей", "Никита", "Павел"),
    ("Орлов", "Лебедев", "Соколов", "Морозов", "Волков", "Зайцев", "Белов", "Карпов", "Ершов"),
)
_WOMEN: Final = (
    ("Мария", "Ольга", "Анна", "Дарья", "Елена", "Ирина", "Вера", "Юлия"),
    ("Орлова", "Лебедева", "Соколова", "Морозова", "Волкова", "Зайцева", "Белова", "Ершова"),
)
_MESSAGES: Final = (
    "Could you measure our windows next week?",
    "Please send a price for three Arctic windows, 1.4 by 1.3 m.",
    "Do you take the old ones away?",
    "We are moving in June and the bedroom is cold.",
    "Call me after six, please.",
    "Can Panorama be fitted on the fourth floor?",
    "",
    "",
    "",
)
_RUSSIAN_MESSAGES: Final = (
    "Сколько будут стоить два окна в спальню?",
    "Перезвоните, пожалуйста, вечером.",
    "Нужен замер на выходных.",
    "Ставите ли окна за городом?",
    "",
    "",
)
# With 555-01xx after them, numbers of the North American plan are kept for stories.
_AREAS: Final = [area for area in range(201, 990) if area % 100 != 11]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may ask for something."""

    name: str
    phone: str
    email: str


def people(rng: Random, *, first: int = 1) -> Iterator[Person]:
    """People without end, numbered from `first`: no two with one address, nor (for 70 000) one phone."""
    phones = _phones(rng)
    for number in count(first):
        given, last = rng.choice(_FIRST), rng.choice(_LAST)
        mailbox = f"{given}.{last}{number}".lower()
        host = rng.choice(("example.com", "example.org", "example.net"))
        yield Person(f"{given} {last}", phones[number % len(phones)], f"{mailbox}@{host}")


def local_name(person: Person, site: str, rng: Random) -> str:
    """The person's name as people of that site write theirs."""
    if site != VLADIVOSTOK:
        return person.name
    firsts, lasts = rng.choice((_MEN, _WOMEN))
    return f"{rng.choice(firsts)} {rng.choice(lasts)}"


def message(site: str, rng: Random) -> str:
    """What a person writes; often nothing."""
    return rng.choice(_RUSSIAN_MESSAGES if site == VLADIVOSTOK else _MESSAGES)


def _phones(rng: Random) -> list[str]:
    # Ofcom keeps 07700 900000 to 900999 for drama.
    drama = [f"+447700900{last:03d}" for last in range(1000)]
    stories = [f"+1{area}55501{last:02d}" for area in _AREAS for last in range(100)]
    rng.shuffle(stories)
    # A fair share of each among the people of a firm of the usual size.
    first = drama + stories[:2000]
    rng.shuffle(first)
    return first + stories[2000:]
