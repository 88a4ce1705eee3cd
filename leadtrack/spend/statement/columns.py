"""Which column of a header is which (formats.md 3.9), in the languages of the usual exports."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Earlier names win where a file has several: Meta's "Link clicks" before its "Clicks (all)".
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("day", "date", "день", "дата", "tag", "jour", "datum", "fecha", "data", "timeperiod", "period"),
    "week": ("week", "woche", "semaine", "неделя"),
    "month": ("month", "monat", "mois", "месяц"),
    "date_from": ("date_from", "reporting starts", "start date (in utc)", "from"),
    "date_to": ("date_to", "reporting ends", "to"),
    "source": ("source", "utm_source", "utmsource", "campaign source", "источник"),
    "medium": ("medium", "utm_medium", "utmmedium", "campaign medium"),
    "campaign": (
        *("campaign", "campaign name", "campaignname", "utm_campaign", "utmcampaign", "кампания"),
        *("название кампании", "kampagne", "campagne", "nom de la campagne", "campaña"),
    ),
    "campaign_id": (
        *("campaign_id", "campaign id", "campaignid", "utm_id", "№ кампании", "id кампании", "kampagnen-id"),
        *("id de la campagne", "id de campagne"),
    ),
    "adgroup": (
        *(
            "adgroup",
            "ad group",
            "ad set name",
            "adgroupname",
            "группа",
            "группа объявлений",
            "anzeigengruppe",
        ),
        *("groupe d'annonces",),
    ),
    "adgroup_id": (
        "adgroup_id",
        "ad group id",
        "ad set id",
        "adgroupid",
        "№ группы",
        "gbid",
        "anzeigengruppen-id",
    ),
    "ad": ("ad", "ad name", "headline", "utm_content", "utmcontent", "adcontent"),
    "ad_id": ("ad_id", "ad id", "adid", "№ объявления", "banner_id", "creative_id", "anzeigen-id"),
    "keyword": ("keyword", "search keyword", "criterion", "условие показа", "utm_term", "utmterm"),
    "device": ("device", "devicetype", "gerät", "appareil", "устройство"),
    "currency": (
        "currency",
        "currency code",
        "currencycode",
        "валюта",
        "währungscode",
        "code de devise",
        "devise",
    ),
    "cost": (
        *(
            "cost",
            "spend",
            "spent",
            "amount spent",
            "expenses",
            "total spent",
            "adcost",
            "расход",
            "расход (руб.)",
        ),
        *("расход, руб. с ндс", "затраты", "kosten", "coût", "montant dépensé", "costo", "coste"),
    ),
    "vat": ("vat", "vat amount", "ндс", "mwst"),
    "fee": ("fee", "agency fee", "комиссия"),
    "vat_included": ("vat_included",),
    "clicks": (
        "clicks",
        "link clicks",
        "клики",
        "klicks",
        "clics",
        "adclicks",
        "clicks (all)",
        "interactions",
    ),
    "impressions": ("impressions", "impr.", "impr", "показы", "shows", "impressionen"),
}
NAMES: Final = {
    alias: (column, rank) for column, aliases in ALIASES.items() for rank, alias in enumerate(aliases)
}
WITH_VAT: Final = ("расход, руб. с ндс",)
ROUBLES: Final = ("расход (руб.)", "расход, руб. с ндс")
LEVELS: Final = ("keyword", "ad", "adgroup", "campaign")
# Columns that only a Google Ads report has.
GOOGLE_NAMES: Final = frozenset(
    {
        *(
            "campaign status",
            "ad group status",
            "keyword status",
            "ad status",
            "impr.",
            "avg. cpc",
            "avg. cpm",
            "avg. cost",
        ),
        *(
            "cost / conv.",
            "conv. rate",
            "conv. value",
            "interaction rate",
            "customer id",
            "budget name",
            "campaign type",
        ),
        *(
            "kampagnenstatus",
            "impr. (abs. top) %",
            "währungscode",
            "durchschn. cpc",
            "état de la campagne",
            "cpc moy.",
        ),
    }
)
SUFFIX = re.compile(r"\s*\(([a-z]{3})\)$")


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column stands, how many cells a row has, and what the header says of the money."""

    places: Mapping[str, int]
    width: int
    names: tuple[str, ...]
    currency: str = ""
    is_with_vat: bool = False

    @property
    def level(self) -> str:
        """The finest thing the rows are told apart by; the device does not count."""
        return next(
            (level for level in LEVELS if level in self.places or f"{level}_id" in self.places), "source"
        )

    @property
    def looks_google(self) -> bool:
        return "source" not in self.places and not GOOGLE_NAMES.isdisjoint(self.names)


def count_known(cells: Sequence[str]) -> int:
    """How many different columns of ours these cells name."""
    known = {NAMES.get(folded(cell), NAMES.get(_bare(folded(cell)), ("", 0)))[0] for cell in cells}
    return len(known - {""})


def read_header(cells: Sequence[str], known_currencies: Collection[str]) -> Header:
    """The header of these cells. Columns that we do not know are left alone."""
    best: dict[str, tuple[int, int]] = {}
    names = tuple(folded(cell) for cell in cells)
    for place, name in enumerate(names):
        column, rank = NAMES.get(name) or NAMES.get(_bare(name)) or ("", 0)
        if column and (column not in best or rank < best[column][0]):
            best[column] = (rank, place)
    places = {column: place for column, (_, place) in best.items()}
    cost = names[places["cost"]] if "cost" in places else ""
    return Header(places, len(cells), names, _currency_in(cost, known_currencies), cost in WITH_VAT)


def folded(cell: str) -> str:
    """A header cell for comparison: no BOM, quotes or doubled spaces, in lower case."""
    return " ".join(cell.replace("\ufeff", "").replace("’", "'").strip("\"' \t").lower().split())


def _bare(name: str) -> str:
    """The name without its " (usd)" ending."""
    return SUFFIX.sub("", name)


def _currency_in(name: str, known_currencies: Collection[str]) -> str:
    if name in ROUBLES:
        return "RUB"
    found = SUFFIX.search(name)
    code = found[1].upper() if found else ""
    return code if code in known_currencies else ""
