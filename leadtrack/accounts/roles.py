"""What each role may do. Pure: the one table that pages, the API and the navigation ask."""

from typing import Final

ADMIN: Final = "admin"
SALES_MANAGER: Final = "sales_manager"
SALES: Final = "sales"
MARKETER: Final = "marketer"
AGENCY: Final = "agency"

_EVERYBODY = {"leads.read", "api.read"}
_SELLING = _EVERYBODY | {"personal.read", "leads.work", "calls.hear"}
_COUNTING = _EVERYBODY | {"reports.read", "spend.read"}

CAPABILITIES: Final[dict[str, frozenset[str]]] = {
    ADMIN: frozenset(
        _SELLING
        | _COUNTING
        | {
            "leads.read_all",
            "leads.assign",
            "spend.load",
            "phones.manage",
            "phones.read",
            "sites.manage",
            "people.manage",
            "work.repair",
            "sources.manage",
            "leads.merge",
            "leads.import",
            "leads.sift",
            "admin.open",
        }
    ),
    SALES_MANAGER: frozenset(
        _SELLING
        | _COUNTING
        | {"leads.read_all", "leads.assign", "leads.merge", "leads.import", "leads.sift", "phones.read"}
    ),
    # A sales person sees (and hears the calls of) the leads of their own and those that nobody has taken yet.
    SALES: frozenset(_SELLING),
    MARKETER: frozenset(
        _COUNTING
        | {
            "personal.read",
            "leads.read_all",
            "spend.load",
            "sources.manage",
            "leads.import",
            "leads.sift",
            "phones.read",
        }
    ),
    # A guest from outside the firm: every sum, no person.
    AGENCY: frozenset(_COUNTING | {"leads.read_all"}),
}


def may(role: str, capability: str) -> bool:
    """Whether the role has the capability; an unknown role has none."""
    return capability in CAPABILITIES.get(role, frozenset())
