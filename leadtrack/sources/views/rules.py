"""Pages: the channel rules of this installation."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.sources.custom import MOST_CONDITIONS
from leadtrack.sources.forms import (
    PREFIX,
    BaseConditions,
    RuleForm,
    conditions_form,
    initial_conditions,
    known_channels,
)
from leadtrack.sources.models import ChannelRule
from leadtrack.sources.preview import PREVIEW_DAYS, rule_preview
from leadtrack.sources.rulebook import compiled, rules_in_order
from leadtrack.sources.rules import (
    move_rule,
    order_rules,
    remove_rule,
    restore_rule,
    save_rule,
    switch_rule,
)
from leadtrack.sources.saying import conditions_text
from leadtrack.sources.views.history import history_notes

MOST_RULES: Final = 200
MOST_REMOVED: Final = 20


@require_GET
@member_required("sources.manage")
def rules(request: MemberRequest) -> HttpResponseBase:
    """All own rules in the order they are tried, and those that were removed lately."""
    removed = ChannelRule.objects.exclude(removed_at=None).order_by("-removed_at")[:MOST_REMOVED]
    told = {"removed": _shown(removed)} | _list() | history_notes() | {"tab": "rules"}
    return render(request, "sources/rules.html", told)


@require_http_methods(["GET", "POST"])
@member_required("sources.manage")
def rule(request: MemberRequest, pk: int | None = None) -> HttpResponseBase:
    """A new rule, or one to change."""
    row = get_object_or_404(ChannelRule, pk=pk, removed_at=None) if pk else ChannelRule()
    form = RuleForm(request.POST or None, instance=row)
    formset = conditions_form(request.POST or None, initial=initial_conditions(row.conditions or []))
    if request.method == "POST" and "more" not in request.POST and form.is_valid() and formset.is_valid():
        save_rule(form.save(commit=False), conditions=formset.conditions(), by=request.user)
        messages.success(request, _("The rule holds from now on."))
        return redirect("leadtrack:channel-rules")
    if request.method == "POST" and "more" in request.POST:
        form, formset = _with_one_more(request, row)
    told = {"form": form, "formset": formset, "rule": row, "channels": known_channels()}
    return render(request, "sources/rule.html", told | {"days": PREVIEW_DAYS, "tab": "rules"})


@require_POST
@member_required("sources.manage")
def rule_preview_part(request: MemberRequest) -> HttpResponseBase:
    """What the rule as it is typed would move; nothing is saved."""
    pk = request.POST.get("rule", "")
    known = ChannelRule.objects.filter(pk=int(pk), removed_at=None).first() if _is_number(pk) else None
    row = known or ChannelRule()
    form, formset = RuleForm(request.POST, instance=row), conditions_form(request.POST)
    told: dict[str, Any] = {"days": PREVIEW_DAYS}
    if formset.is_valid() and (form.is_valid() or "channel" not in form.errors):
        row.conditions, row.is_active = formset.conditions(), True
        row.channel = form.cleaned_data["channel"]
        if compiled(row) is not None:
            told["preview"] = rule_preview(rule=row, today=timezone.localdate())
    return render(request, "sources/_rule_preview.html", told)


@require_POST
@member_required("sources.manage")
def rules_order(request: MemberRequest) -> HttpResponseBase:
    """A new order, as numbers of rules with commas between them; or one rule one place up or down."""
    order = request.POST.get("order", "")
    if order:
        numbers = [int(text) for text in order.split(",")[:MOST_RULES] if _is_number(text)]
        order_rules(numbers, by=request.user)
    elif _is_number(pk := request.POST.get("rule", "")):
        row = get_object_or_404(ChannelRule, pk=int(pk), removed_at=None)
        move_rule(row, up=request.POST.get("way") == "up", by=request.user)
    if request.headers.get("HX-Request"):
        moved = request.POST.get("rule", "")
        return render(
            request, "sources/_rules.html", _list() | {"moved": int(moved) if _is_number(moved) else 0}
        )
    return redirect("leadtrack:channel-rules")


@require_POST
@member_required("sources.manage")
def rule_switch(request: MemberRequest, pk: int) -> HttpResponseBase:
    """On or off."""
    row = get_object_or_404(ChannelRule, pk=pk, removed_at=None)
    switch_rule(row, on=not row.is_active, by=request.user)
    return redirect("leadtrack:channel-rules")


@require_POST
@member_required("sources.manage")
def rule_remove(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take it away; the page offers to put it back."""
    remove_rule(get_object_or_404(ChannelRule, pk=pk, removed_at=None), by=request.user)
    messages.success(request, _("Removed. It can be put back below."))
    return redirect("leadtrack:channel-rules")


@require_POST
@member_required("sources.manage")
def rule_restore(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Put it back."""
    restore_rule(get_object_or_404(ChannelRule, pk=pk), by=request.user)
    messages.success(request, _("The rule is back in its place."))
    return redirect("leadtrack:channel-rules")


def _list() -> dict[str, Any]:
    return {"rules": _shown(rules_in_order()[:MOST_RULES])}


def _shown(rows: Any) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "text": conditions_text(one for one in row.conditions if isinstance(one, dict)),
            "is_broken": compiled(row) is None,
        }
        for row in rows
    ]


def _with_one_more(request: MemberRequest, row: ChannelRule) -> tuple[RuleForm, BaseConditions]:
    """The same input with an empty condition behind it, without complaints yet."""
    total = str(request.POST.get(f"{PREFIX}-TOTAL_FORMS", ""))
    count = min(int(total) + 1 if _is_number(total) else 1, MOST_CONDITIONS)
    named = {name: request.POST.get(name, "") for name in ("name", "channel")}
    typed = [
        {name: request.POST.get(f"{PREFIX}-{at}-{name}", "") for name in ("field", "how", "value")}
        for at in range(count)
    ]
    initial = [{name: text for name, text in one.items() if text} for one in typed]
    form = RuleForm(initial=named, instance=ChannelRule(pk=row.pk))
    return form, conditions_form(None, initial=initial)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
