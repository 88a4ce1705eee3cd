"""Pages: what a site counts as a goal."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.lib.periods import local_day
from leadtrack.visits.goal_forms import GoalForm, TryForm
from leadtrack.visits.goal_pattern import PatternError, read_pattern
from leadtrack.visits.goals import save_goal, set_up_goal, switch_goal
from leadtrack.visits.models import Goal, GoalHit, Site


@require_safe
@member_required("sites.manage")
def goals(request: MemberRequest) -> HttpResponseBase:
    """The goals of a site, with how often they are reached."""
    return render(request, "visits/goals.html", _list_page(_site_asked(request)))


@require_http_methods(["GET", "POST"])
@member_required("sites.manage")
def goal_add(request: MemberRequest) -> HttpResponseBase:
    """A new goal of one kind."""
    site = _site_asked(request)
    if site is None:
        return redirect("leadtrack:goals")
    kind = request.GET.get("kind", Goal.Kind.URL.value)
    if kind not in Goal.Kind.values:
        raise Http404
    goal = Goal(site=site, kind=kind)
    form = GoalForm(request.POST or None, instance=goal)
    if request.method == "POST" and form.is_valid():
        save_goal(goal=goal)
        messages.success(request, _("“%(name)s” is counted from now on.") % {"name": goal.name})
        return redirect(_address_of(site))
    page = {"form": form, "goal": goal, "site": site, "kinds": _kinds(site, kind), "try_form": TryForm()}
    return render(request, "visits/goal.html", page)


@require_http_methods(["GET", "POST"])
@member_required("sites.manage")
def goal(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Change a goal."""
    row = get_object_or_404(Goal.objects.select_related("site"), pk=pk)
    form = GoalForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        save_goal(goal=row)
        messages.success(request, _("“%(name)s” is changed.") % {"name": row.name})
        return redirect(_address_of(row.site))
    page = {"form": form, "goal": row, "site": row.site, "try_form": TryForm()}
    return render(request, "visits/goal.html", page)


@require_POST
@member_required("sites.manage")
def goal_switch(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Count a goal, or no longer; the button stays, so that one click undoes it."""
    row = get_object_or_404(Goal.objects.select_related("site"), pk=pk)
    is_active = request.POST.get("is_active") == "1"
    switch_goal(goal=row, is_active=is_active)
    told = (
        _("“%(name)s” is counted again.")
        if is_active
        else _("“%(name)s” is no longer counted. What it has counted stays in the reports.")
    )
    messages.success(request, told % {"name": row.name})
    return redirect(_address_of(row.site))


@require_POST
@member_required("sites.manage")
def goal_set_up(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take a goal that a page named into the reports."""
    row = get_object_or_404(Goal.objects.select_related("site"), pk=pk)
    set_up_goal(goal=row)
    told = _("“%(name)s” is in the reports now, with what it has counted so far.")
    messages.success(request, told % {"name": row.name})
    return redirect(_address_of(row.site))


@require_POST
@member_required("sites.manage")
def goals_try(request: MemberRequest) -> HttpResponseBase:
    """Which goals an address reaches; or whether a pattern does. By POST: an address may name a person."""
    form = TryForm(request.POST)
    address = form.cleaned_data["address"] if form.is_valid() else ""
    if "pattern" in request.POST:
        page = {"address": address} | _verdict(request.POST["pattern"], address)
        return render(request, "visits/_tried_pattern.html", page)
    site = _site_asked(request)
    reached = [goal for goal in _url_goals(site) if _is_reached(goal, address)]
    tried = {"address": address, "reached": reached}
    if request.headers.get("HX-Request"):
        return render(request, "visits/_tried.html", tried)
    return render(request, "visits/goals.html", _list_page(site) | tried)


def _list_page(site: Site | None) -> dict[str, Any]:
    rows = list(_with_counts(site, timezone.now())) if site else []
    return {
        "sites": list(Site.objects.order_by("name", "pk")),
        "site": site,
        "goals": [row for row in rows if row.is_set_up],
        "unasked": [row for row in rows if not row.is_set_up],
        "try_form": TryForm(),
    }


def _with_counts(site: Site, now: datetime) -> QuerySet[Goal]:
    """The goals of a site with hits_7, hits_30 (days of the site, today included) and last_hit_at."""
    today = local_day(now, site.tz)
    latest = GoalHit.objects.filter(goal=OuterRef("pk")).order_by("-day", "-at").values("at")[:1]
    month = Q(hits__day__gt=today - timedelta(days=30))
    week = Q(hits__day__gt=today - timedelta(days=7))
    return (
        Goal.objects.filter(site=site)
        .annotate(
            hits_7=Count("hits", filter=week),
            hits_30=Count("hits", filter=month),
            last_hit_at=Subquery(latest),
        )
        .order_by("-is_active", "key", "pk")
    )


def _site_asked(request: MemberRequest) -> Site | None:
    """The site in ?site=, or else the first one in use; None where there is none. Raises Http404."""
    asked = request.GET.get("site", "")
    if not asked:
        return Site.objects.order_by("-is_active", "name", "pk").first()
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 18):
        raise Http404
    return get_object_or_404(Site, pk=asked)


def _address_of(site: Site) -> str:
    return f"{reverse('leadtrack:goals')}?site={site.pk}"


def _kinds(site: Site, asked: str) -> list[tuple[str, str, bool]]:
    base = f"{reverse('leadtrack:goal-add')}?site={site.pk}&kind="
    return [(str(label), base + value, value == asked) for value, label in Goal.Kind.choices]


def _url_goals(site: Site | None) -> list[Goal]:
    rows = Goal.objects.filter(site=site, kind=Goal.Kind.URL, is_active=True)
    return list(rows.order_by("key", "pk")) if site else []


def _is_reached(goal: Goal, address: str) -> bool:
    try:
        return read_pattern(goal.pattern).matches(address)
    except PatternError:
        return False


def _verdict(pattern: str, address: str) -> dict[str, Any]:
    try:
        return {"is_reached": read_pattern(pattern).matches(address)}
    except PatternError as problem:
        return {"problem": str(problem)}
