"""Callers as the page of a lead shows them: how often, how genuine, whether they are blocked."""

import re
from typing import Any, Final

from django.utils.translation import gettext as _

from leadtrack.leads.models import Lead
from leadtrack.phones.callers import kinds_of
from leadtrack.phones.models import Call, ListedCaller

_ATTESTED: Final = re.compile(r"TN-Validation-(Passed|Failed)(?:-([ABC]))?.*")


def block_caller_of(lead: Lead, *, by: Any) -> bool:
    """List the phone of a lead as blocked: it is not answered any more. False where it has none, or where it
    is listed already (as one of us, say)."""
    phone = str(lead.phone or "")
    if not phone or kinds_of(phone):
        return False
    _row, is_new = ListedCaller.objects.get_or_create(
        phone=phone, defaults={"kind": ListedCaller.Kind.BLOCKED, "listed_by": by}
    )
    return is_new


def unblock_caller_of(lead: Lead) -> bool:
    """Undo `block_caller_of`."""
    found = ListedCaller.objects.filter(phone=str(lead.phone or ""), kind=ListedCaller.Kind.BLOCKED).first()
    if found is None or not lead.phone:
        return False
    found.delete()
    return True


def is_listed(lead: Lead) -> str:
    """The kind under which the phone of the lead is listed, "" for none."""
    kinds = kinds_of(str(lead.phone or ""))
    return next(iter(sorted(kinds)), "")


def calls_until(call: Call) -> int:
    """Which call of this caller it was, from 1; 1 where the number was withheld."""
    if call.is_withheld:
        return 1
    earlier = Call.objects.filter(caller=call.caller, direction=Call.Direction.IN, is_test=False)
    return earlier.filter(started_at__lt=call.started_at).exclude(pk=call.pk).count() + 1


def words_of_stir(stir: str) -> str:
    """What the carrier says of the caller's number (StirVerstat), in words; "" where it says nothing."""
    found = _ATTESTED.fullmatch(stir)
    if found is None:
        return ""
    if found[1] == "Failed":
        return _("The carrier found that this number is not the caller's own.")
    words = {
        "A": _("The carrier vouches for the caller and the number."),
        "B": _("The carrier knows the caller, but not whether the number is theirs."),
        "C": _("The carrier knows neither the caller nor whether the number is theirs."),
    }
    return words.get(found[2] or "", "")
