"""Whose lead it is."""

from datetime import datetime
from typing import Final

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.accounts import roles
from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal, DealEvent, Stage
from leadtrack.deals.moves import Person, record
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.repeats import deal_asked_about, join
from leadtrack.leads.models import IN_TURN, Lead
from leadtrack.ui.prepared import change, columns_of, one_row, read
from leadtrack.ui.together import store_together

# Leads that come in the same instant go on looking for a free hand this often.
_TRIES = 5
_User = get_user_model()
_MEMBERS: Final = Member._meta.db_table
_MEMBER_WIDTH: Final = len(Member._meta.concrete_fields)
# Plain SQL: every lead asks these.
_FIRST_STAGE: Final = f"""
    SELECT {columns_of(Stage)} FROM {Stage._meta.db_table} WHERE "group" = %s ORDER BY position LIMIT 1
"""  # noqa: S608
_LONGEST: Final = f"""
    SELECT {columns_of(Member, "member")}, {columns_of(_User, "person")} FROM {_MEMBERS} member
    JOIN "{_User._meta.db_table}" person ON person."{_User._meta.pk.column}" = member.user_id
    WHERE member.role IN (%s, %s) AND member.takes_leads = %s AND person.is_active = %s
    ORDER BY CASE WHEN member.role = %s THEN 0 ELSE 1 END, member.last_assigned_at NULLS FIRST, member.id
    LIMIT 1
"""  # noqa: S608
_STAMP: Final = f"UPDATE {_MEMBERS} SET last_assigned_at = %s WHERE id = %s AND last_assigned_at"  # noqa: S608


def open_deal(lead: Lead) -> Deal:
    """Give a new lead its deal and its owner, once. Spam is set aside and given to nobody.

    The owner is whom the lead's door named (`given_to`), else whose turn it is. Who asks again about a deal
    in work gets no second one: the lead joins that deal as a repeat enquiry.
    """
    if lead.is_of_new_contact:
        return _open(lead)  # no enquiry went before, and nobody else can see the lead yet
    if lead.status != Lead.Status.SPAM and (known := deal_asked_about(lead)):
        return join(lead, known)
    try:
        with transaction.atomic():
            return _open(lead)
    except IntegrityError:
        return Deal.objects.get(lead=lead)


def give_owner(deal: Deal, *, at: datetime) -> None:
    """Give the deal to who waited longest for one; to nobody if nobody takes leads."""
    member = _next_member()
    if member is None:
        return
    deal.owner = member.user
    deal.save(update_fields=["owner"])
    record(deal, DealEvent.Kind.ASSIGNED, by=None, at=at, to=member.name)


@transaction.atomic
def assign_lead(*, deal: Deal, to: Person | None, by: Person | None, at: datetime | None = None) -> Deal:
    """Give the deal to somebody (None: nobody). OutcomeError if its owner changed since `deal` was read."""
    if to is not None and to.pk == deal.owner_id:
        return deal
    if not Deal.objects.filter(pk=deal.pk, owner=deal.owner_id).update(owner=to):
        raise OutcomeError(_("Somebody else gave this lead away a moment ago."), field="to", code="conflict")
    deal.owner = to
    record(deal, DealEvent.Kind.ASSIGNED, by=by, at=at or timezone.now(), to=str(to or ""))
    return deal


def _open(lead: Lead) -> Deal:
    is_spam = lead.status == Lead.Status.SPAM
    group = Stage.Group.NOT_COUNTED if is_spam else Stage.Group.IN_WORK
    member = None if is_spam else _owner_of(lead)
    owner, at = member.user if member else None, lead.captured_at
    deal = Deal(lead_id=lead.pk, stage=_first_stage(group), owner=owner, opened_at=at, asked_at=at)
    story = [DealEvent(kind=DealEvent.Kind.OPENED, at=at)]
    if member is not None:
        story.append(DealEvent(kind=DealEvent.Kind.ASSIGNED, at=at, details={"to": member.name}))
    store_together(deal, story, by="deal")
    return deal


def _first_stage(group: str) -> Stage:
    row = one_row(_FIRST_STAGE, [group])
    return read(Stage, row) if row else Stage.objects.first_of(group)


def _owner_of(lead: Lead) -> Member | None:
    if lead.given_to == IN_TURN:
        return _next_member()
    return Member.objects.filter(user=lead.given_to).select_related("user").first() if lead.given_to else None


def _next_member() -> Member | None:
    """Compare-and-set: two leads of one instant go to two people."""
    for _try in range(_TRIES):
        member = _waiting()
        if member is None or _stamp(member):
            return member
    return member


def _waiting() -> Member | None:
    """Who waited longest, in sales; if nobody there takes leads, among those who lead sales."""
    row = one_row(_LONGEST, [roles.SALES, roles.SALES_MANAGER, True, True, roles.SALES])
    if row is None:
        return None
    member = read(Member, row[:_MEMBER_WIDTH])
    member.user = read(_User, row[_MEMBER_WIDTH:])
    return member


def _stamp(member: Member) -> int:
    last, now = map(connection.ops.adapt_datetimefield_value, (member.last_assigned_at, timezone.now()))
    if last is None:
        return change(f"{_STAMP} IS NULL", [now, member.pk])
    return change(f"{_STAMP} = %s", [now, member.pk, last])
