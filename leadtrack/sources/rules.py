"""Changing the channel rules of this installation. A change holds at once here, elsewhere in ten seconds."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from leadtrack.sources import rulebook
from leadtrack.sources.models import ChannelRule
from leadtrack.sources.rulebook import rules_in_order


def save_rule(rule: ChannelRule, *, conditions: list[dict[str, str]], by: Any) -> ChannelRule:
    """Store a new or changed rule; a new one is tried last."""
    with transaction.atomic():
        if rule._state.adding:
            last = rules_in_order().order_by("-position").values_list("position", flat=True).first()
            rule.position = (last or 0) + 1
        rule.conditions, rule.changed_by = conditions, by
        rule.save()
        rulebook.forget()
    return rule


def order_rules(order: Sequence[int], *, by: Any) -> None:
    """Have the rules tried in this order; those that it does not name come behind, as they stood."""
    with transaction.atomic():
        place = {pk: index for index, pk in reversed(list(enumerate(order)))}
        rows = list(rules_in_order().select_for_update())
        rows.sort(key=lambda row: place.get(row.pk, len(place)))
        for position, row in enumerate(rows, start=1):
            if row.position != position:
                row.position, row.changed_by = position, by
                row.save(update_fields=["position", "changed_by", "changed_at"])
        rulebook.forget()


def move_rule(rule: ChannelRule, *, up: bool, by: Any) -> None:
    """One place earlier or later."""
    order = list(rules_in_order().values_list("pk", flat=True))
    at = order.index(rule.pk) if rule.pk in order else -1
    to = at - 1 if up else at + 1
    if at >= 0 and 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        order_rules(order, by=by)


def switch_rule(rule: ChannelRule, *, on: bool, by: Any) -> None:
    """Switch a rule on or off."""
    rule.is_active, rule.changed_by = on, by
    rule.save(update_fields=["is_active", "changed_by", "changed_at"])
    rulebook.forget()


def remove_rule(rule: ChannelRule, *, by: Any) -> None:
    """Take a rule away; it can be put back."""
    rule.removed_at, rule.changed_by = timezone.now(), by
    rule.save(update_fields=["removed_at", "changed_by", "changed_at"])
    rulebook.forget()


def restore_rule(rule: ChannelRule, *, by: Any) -> None:
    """Put a removed rule back in its place."""
    rule.removed_at, rule.changed_by = None, by
    rule.save(update_fields=["removed_at", "changed_by", "changed_at"])
    rulebook.forget()
