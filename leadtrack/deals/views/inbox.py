from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import reswap

from leadtrack.accounts import roles
from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.accounts.models import Member
from leadtrack.deals.find import in_state, matching
from leadtrack.deals.forms import SearchForm
from leadtrack.deals.models import Deal, DealEvent
from leadtrack.deals.querysets import DealQuerySet
from leadtrack.deals.ringing import ringing_calls, stamp_of_calls, talks_over
from leadtrack.deals.waiting import count_to_call, with_call_backs
from leadtrack.ui.paging import Page, page_after

PAGE_SIZE = 30
# A list that somebody opened this far is refreshed whole; what is further down waits for a reload.
REFRESHED_AT_MOST = 120
# Who asks again about an open deal comes up like a new lead.
ORDER = "-asked_at"
CALL_BACK = "call_back"

STATES = (
    ("", _("All")),
    ("call_back", _("To call back")),
    ("new", _("New")),
    ("in_work", _("In work")),
    ("won", _("Won")),
    ("lost", _("Lost")),
    ("rejected", _("Rejected")),
    ("spam", _("Spam")),
)


@dataclass(frozen=True, slots=True)
class Tab:
    state: str
    label: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list, as it stands in the address: a state and an owner, never a person's data."""

    state: str = ""
    owner: str = ""

    def of(self, deals: DealQuerySet, member: Member) -> DealQuerySet:
        deals = in_state(deals, self.state)
        if self.owner == "me":
            return deals.filter(owner=member.user_id)
        if self.owner == "nobody":
            return deals.filter(owner=None)
        return deals.filter(owner=int(self.owner)) if self.owner else deals

    def query(self, **other: str) -> str:
        """For an address; empty parts are left out."""
        parts = {"state": self.state, "owner": self.owner} | other
        return urlencode({name: value for name, value in parts.items() if value})


@require_http_methods(["GET", "POST"])
@member_required("leads.read")
def inbox(request: MemberRequest) -> HttpResponse:
    """The leads a member may see, newest first. A search is a POST: no address holds a person's data."""
    if request.method == "POST" and not request.member.can("personal.read"):
        raise PermissionDenied
    context = list_context(request)
    if not _is_fragment(request):
        return render(request, "deals/inbox.html", context)
    return render(
        request, "deals/_inbox_more.html" if context["cursor"] else "deals/_inbox_list.html", context
    )


@require_GET
@member_required("leads.read")
def news(request: MemberRequest) -> HttpResponse:
    """Asked every second by an open inbox: 204 (two small queries) until something happened.

    Then the list, where it changed, and who rings and talks.
    """
    now, only_calls = timezone.now(), "only" in request.GET
    seen, calls = newest_event(), stamp_of_calls(now)
    is_old = only_calls or request.GET.get("seen") == str(seen)
    before = request.GET.get("calls", "")
    if is_old and before == calls:
        return HttpResponse(status=204)
    filters = _filters(request)
    shown = request.GET.get("shown", "")
    size = min(int(shown), REFRESHED_AT_MOST) if shown.isdecimal() and len(shown) < 6 else PAGE_SIZE
    context = {"filters": filters, "seen": seen, "shown": max(size, PAGE_SIZE), "only_calls": only_calls}
    context |= _rights(request) | calls_context(request, calls, now)
    if before != calls:
        context["wanted"] = talks_over(request.member, before=before, now=now) if context["may_add"] else []
    if is_old:
        # The rows stay as they are; what rings stands outside of them.
        return reswap(render(request, "deals/_inbox_calls.html", context), "none")
    context["page"] = _page(request, filters, "", None, max(size, PAGE_SIZE))
    return render(request, "deals/_inbox_news.html", context)


@require_GET
@member_required("leads.work")
def to_call_count(request: MemberRequest) -> HttpResponse:
    """GET /inbox/to-call: how many wait to be called back, for the navigation; nothing for none."""
    return render(request, "deals/_to_call_count.html", {"waiting": count_to_call(request.member)})


def list_context(request: MemberRequest) -> dict[str, Any]:
    """Everything that the list prints."""
    filters = _filters(request)
    form = SearchForm(request.POST or None)
    search = form.cleaned_data["search"] if form.is_bound and form.is_valid() else ""
    # Read before the rows: what happens between the two is shown twice rather than never.
    seen = newest_event()
    cursor = request.POST.get("cursor") or request.GET.get("cursor")
    page = _page(request, filters, search, cursor, PAGE_SIZE)
    now = timezone.now()
    calls = calls_context(request, stamp_of_calls(now), now)
    before = request.POST.get("shown") or request.GET.get("shown") or ""
    shown = (int(before) if cursor and before.isdecimal() and len(before) < 6 else 0) + PAGE_SIZE
    return {
        "page": page,
        "filters": filters,
        "search": search,
        "form": form,
        "cursor": cursor,
        "seen": seen,
        "shown": shown,
        "tabs": _tabs(filters),
        "owners": _owners(request, filters),
        "only_calls": bool(search or (cursor and not _is_fragment(request))),
    } | (_rights(request) | calls)


def calls_context(request: MemberRequest, stamp: str, now: datetime) -> dict[str, Any]:
    """What rings and who talks; nothing is looked up while nobody does."""
    return {"calls": stamp, "ringing": ringing_calls(request.member, now=now) if stamp else []}


def newest_event() -> int:
    """The number of the last thing that happened to any deal; each new lead is one, too."""
    return DealEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _page(request: MemberRequest, filters: Filters, search: str, cursor: str | None, size: int) -> Page[Deal]:
    deals = with_call_backs(matching(_deals(request, filters), search), now=timezone.now())
    if filters.state == CALL_BACK:
        # What is due first stands first; so few wait that they are one page.
        return Page(list(deals.order_by("call_back_due", "pk")[:REFRESHED_AT_MOST]), None)
    return page_after(deals, order=ORDER, cursor=cursor, size=size)


def _deals(request: MemberRequest, filters: Filters) -> DealQuerySet:
    visible: DealQuerySet = Deal.objects.visible_to(request.member)
    return filters.of(visible, request.member).with_lead().with_repeats()


def _rights(request: MemberRequest) -> dict[str, bool]:
    can = request.member.can
    return {
        "may_see_people": can("personal.read"),
        "may_add": can("leads.work"),
        "may_import": can("leads.import"),
    }


def _filters(request: HttpRequest) -> Filters:
    """From the address; what is not a filter is nothing, not an error."""
    state, owner = request.GET.get("state", ""), request.GET.get("owner", "")
    is_owner = owner in ("me", "nobody") or (owner.isdecimal() and len(owner) < 10)
    return Filters(state if state in dict(STATES) else "", owner if is_owner else "")


def _tabs(filters: Filters) -> list[Tab]:
    return [
        Tab(state, str(label), "?" + Filters(state, filters.owner).query(), state == filters.state)
        for state, label in STATES
    ]


def _owners(request: MemberRequest, filters: Filters) -> list[tuple[str, str, bool]]:
    """Value, name and whether it is chosen; sales see their own and nobody's, so they get no names."""
    from_all = request.member.can("leads.read_all")
    names = [(str(member.user_id), member.name) for member in _sellers()] if from_all else []
    choices = [("", str(_("Everybody"))), ("me", str(_("Mine"))), ("nobody", str(_("Nobody's"))), *names]
    return [(value, name, value == filters.owner) for value, name in choices]


def _sellers() -> QuerySet[Member]:
    return Member.objects.filter(
        role__in=[roles.SALES, roles.SALES_MANAGER], user__is_active=True
    ).select_related("user")


def _is_fragment(request: HttpRequest) -> bool:
    """Asked by htmx for the list alone; a whole page when it restores its history."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )
