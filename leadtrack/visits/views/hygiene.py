"""Page: how tidy the tags of a period are, and what to do about it."""

from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.lib.periods import Period
from leadtrack.visits.consent import is_required, share_without_consent
from leadtrack.visits.hygiene import BY_PAGE, BY_SOURCE, Group, hygiene, ordered_problems
from leadtrack.visits.models import Site
from leadtrack.visits.untidy import (
    INTERNAL,
    LOOKALIKE,
    MANGLED,
    NO_SOURCE,
    PAID_UNTAGGED,
    UNFILLED,
    UNKNOWN_MEDIUM,
)

USUAL_DAYS: Final = 30
MOST_DAYS: Final = 92


@require_GET
@member_required("sources.manage")
def hygiene_page(request: MemberRequest) -> HttpResponseBase:
    """Shares of all visits, and the pages or sources with most faults, each with examples and a fix."""
    period, error = _period(request.GET.get("from", ""), request.GET.get("to", ""))
    key = request.GET.get("site", "")[:32].replace("\0", "")
    sites = list(Site.objects.filter(is_active=True).order_by("name", "pk"))
    site = next((row for row in sites if row.key == key), None)
    by = BY_SOURCE if request.GET.get("by") == BY_SOURCE else BY_PAGE
    found = hygiene(period=period, site=site, by=by)
    told = {
        "period": period,
        "error": error,
        "sites": sites,
        "site": site,
        "by": by,
        "found": found,
        "direct_share": _share(found.direct, found.visits),
        "unassigned_share": _share(found.unassigned, found.visits),
        "problems": [(problem_text(code), count) for code, count in ordered_problems(found.problems)],
        "groups": [_shown(group) for group in found.groups],
        "consent": _consent(sites if site is None else [site], period),
        "tab": "hygiene",
    }
    return render(request, "visits/hygiene.html", told)


def problem_text(code: str) -> str:
    """What is wrong, in a few words."""
    return {
        PAID_UNTAGGED: _("Paid click without a campaign"),
        UNFILLED: _("Macro that was never filled in"),
        UNKNOWN_MEDIUM: _("Medium that no rule knows"),
        NO_SOURCE: _("Tags without a source"),
        INTERNAL: _("Tags on a link inside the site"),
        MANGLED: _("Mangled tags"),
        LOOKALIKE: _("Cyrillic letters among Latin ones"),
    }[code]


def fix_text(code: str) -> str:
    """What to do about it."""
    return {
        PAID_UNTAGGED: _("Add utm_campaign or utm_id to the ad's link, or its cost meets no sale."),
        UNFILLED: _("The ad system did not replace it. The link builder has its own spelling, unencoded."),
        UNKNOWN_MEDIUM: _("Write a known medium (cpc, email, social …), or an alias or a rule for this one."),
        NO_SOURCE: _("Add utm_source to the link."),
        INTERNAL: _("Take tags off links between your own pages: they hide where the visitor came from."),
        MANGLED: _("The link was cut or wrongly encoded, often by a mail tool or a shortener."),
        LOOKALIKE: _("Type the word again with a Latin keyboard; other tools count the two apart."),
    }[code]


def _shown(group: Group) -> dict[str, Any]:
    return {
        "group": group,
        "direct": _share(group.direct, group.looked_at),
        "problems": [
            {
                "text": problem_text(code),
                "fix": fix_text(code),
                "count": count,
                "examples": group.examples.get(code, []),
            }
            for code, count in ordered_problems(group.problems)
        ],
    }


def _period(first: str, last: str) -> tuple[Period, str]:
    """The days asked for; the usual ones, with a word why, where they make no sense."""
    today = timezone.localdate()
    usual = Period(today - timedelta(days=USUAL_DAYS - 1), today)
    try:
        end = date.fromisoformat(last) if last else today
        begin = date.fromisoformat(first) if first else end - timedelta(days=USUAL_DAYS - 1)
        period = Period(begin, end)
    except (ValueError, OverflowError):
        return usual, _("Write the days as YYYY-MM-DD, the first before the last.")
    if len(period) > MOST_DAYS:
        return usual, _("Ask for 92 days at most.")
    return period, ""


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _consent(sites: list[Site], period: Period) -> list[tuple[Site, float | None]]:
    """For each site that asks for consent, the share of pages looked at without it."""
    asking = [site for site in sites if is_required(site)]
    return [(site, share_without_consent(site, period.first, period.last)) for site in asking]
