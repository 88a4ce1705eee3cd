"""What the navigation offers, and to whom. The caller says what a person can and where a page lives."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class NavItem:
    """One door in the navigation; `needs` is the capability without which it is not shown.

    `badge` names an address that answers with a small mark (how many wait), asked for once the page is shown.
    """

    label: str | Promise
    icon: str
    url_name: str
    needs: str
    badge: str = ""


@dataclass(frozen=True)
class NavLink:
    label: str | Promise
    icon: str
    href: str
    is_current: bool
    badge_href: str = ""


ITEMS: tuple[NavItem, ...] = (
    NavItem(_("Inbox"), "inbox", "leadtrack:inbox", "leads.work", "leadtrack:to-call-count"),
    NavItem(
        _("Possible duplicates"), "users", "leadtrack:duplicates", "leads.merge", "leadtrack:duplicates-count"
    ),
    NavItem(_("Sources and revenue"), "chart-column", "leadtrack:report", "reports.read"),
    NavItem(_("Funnel"), "funnel", "leadtrack:funnel", "reports.read"),
    NavItem(_("Missed calls"), "phone-missed", "leadtrack:report-missed", "reports.read"),
    NavItem(_("Unmatched"), "unlink", "leadtrack:unmatched", "reports.read"),
    NavItem(_("Spend"), "wallet", "leadtrack:spend", "spend.read"),
    NavItem(_("Sources"), "waypoints", "leadtrack:sources", "reports.read"),
    NavItem(_("Tracked numbers"), "phone-call", "leadtrack:numbers", "phones.read"),
    NavItem(_("Sites and forms"), "globe", "leadtrack:sites", "sites.manage"),
    NavItem(_("Connections"), "plug", "leadtrack:connections", "sites.manage"),
    NavItem(_("Quarantine"), "shield-alert", "leadtrack:quarantine", "leads.sift"),
    NavItem(_("Failed work"), "triangle-alert", "leadtrack:failed", "work.repair", "leadtrack:refused-badge"),
    NavItem(_("API"), "braces", "leadtrack:api-docs", "api.read"),
    NavItem(pgettext_lazy("menu", "Admin"), "settings", "admin:index", "admin.open"),
)


def links_for(
    *,
    can: Callable[[str], bool],
    href_of: Callable[[str], str | None],
    path: str,
    items: Iterable[NavItem] = ITEMS,
) -> list[NavLink]:
    """The links a person may see, in order. `href_of` gives None for a page that is not installed."""
    allowed = [(item, href_of(item.url_name)) for item in items if can(item.needs)]
    present = [(item, href) for item, href in allowed if href is not None]
    current = _current_href((href for _item, href in present), path)
    return [
        NavLink(
            item.label,
            item.icon,
            href,
            href == current,
            badge_href=(href_of(item.badge) if item.badge else None) or "",
        )
        for item, href in present
    ]


def _current_href(hrefs: Iterable[str], path: str) -> str | None:
    """The link whose page holds this path: the longest beginning wins; the root holds only itself."""
    holding = [href for href in hrefs if path == href or (href.count("/") > 1 and path.startswith(href))]
    return max(holding, key=len, default=None)
