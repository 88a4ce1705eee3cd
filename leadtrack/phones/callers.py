"""Who calls us without being a customer: listed callers, and our colleagues' phones."""

from typing import Any, Final

from django.db.models import Value

from leadtrack.accounts.models import Member
from leadtrack.phones.models import ListedCaller

Kind = ListedCaller.Kind
BLOCKED: Final = Kind.BLOCKED.value


def kinds_of(phone: str) -> frozenset[str]:
    """What we know of a caller (E.164): ListedCaller kinds; a member's phone is one of our own.

    Empty for a customer, and for who hides the number.
    """
    if not phone:
        return frozenset()
    listed = ListedCaller.objects.filter(phone=phone).values_list("kind")
    ours = Member.objects.filter(phone=phone, user__is_active=True).values_list(Value(Kind.OWN.value))
    return frozenset(kind for (kind,) in listed.union(ours))


def user_with(phone: str) -> Any:
    """The user whose phone this is (E.164): who answered. None where it is nobody's, or the firm's."""
    members = Member.objects.filter(phone=phone, user__is_active=True) if phone else Member.objects.none()
    member = members.select_related("user").order_by("pk").first()
    return member.user if member else None
