"""Builders: the smallest true row of each kind. Tests of a door go through the door instead."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal, LossReason, Purchase, Stage
from leadtrack.leads.models import Contact, ContactKey, Form, Lead
from leadtrack.phones.models import Assignment, CarrierAccount, Lease, Pool, TrackedNumber
from leadtrack.sources import register
from leadtrack.sources.marker import parse_marker
from leadtrack.sources.models import Source
from leadtrack.visits.models import Site, SiteOrigin, Visit, Visitor

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = NOON.date()
_count = itertools.count(1)


def member(role: str = "admin", username: str = "", **fields: Any) -> Member:
    """A member with a user of their own; the password is "secret"."""
    name = username or f"{role}{next(_count)}"
    user = get_user_model().objects.create_user(name, f"{name}@example.com", "secret")
    if role == "admin":
        user.is_staff = user.is_superuser = True
        user.save()
    return Member.objects.create(user=user, role=role, **fields)


def site(origin: str = "https://shop.example", **fields: Any) -> Site:
    """A site with one allowed origin."""
    row = Site.objects.create(**{"name": "Shop", "time_zone": "UTC", "region": "DE"} | fields)
    SiteOrigin.objects.create(site=row, origin=origin)
    return row


def form(**fields: Any) -> Form:
    """A form of a (new) site."""
    return Form.objects.create(**{"name": "Call me"} | {"site": fields.pop("site", None) or site()} | fields)


def source(
    url: str = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand", referrer: str = ""
) -> Source:
    """The source of a landing."""
    return register.source_for(parse_marker(url, referrer))


def visit(
    *, at: datetime = NOON, of: Source | None = None, visitor: Visitor | None = None, on: Site | None = None
) -> Visit:
    """One visit, of a new visitor unless one is given."""
    place = on or (visitor.site if visitor else site())
    who = visitor or Visitor.objects.create(site=place, key=f"visitor-{next(_count)}", first_seen_at=at)
    return Visit.objects.create(
        site=place,
        visitor=who,
        source=of or source(),
        started_at=at,
        last_seen_at=at,
        day=at.astimezone(place.tz).date(),
        rule="test",
    )


def contact(*, phone: str = "", email: str = "", name: str = "") -> Contact:
    """A contact with its identity keys."""
    row = Contact.objects.create(name=name)
    for kind, value in ((ContactKey.Kind.PHONE, phone), (ContactKey.Kind.EMAIL, email)):
        if value:
            ContactKey.objects.create(contact=row, kind=kind, value=value)
    return row


def lead(
    *,
    at: datetime = NOON,
    on: Site | None = None,
    of: Source | None = None,
    who: Contact | None = None,
    **fields: Any,
) -> Lead:
    """One form lead, without a deal."""
    place = on or site()
    return Lead.objects.create(
        **{
            "kind": Lead.Kind.FORM,
            "site": place,
            "contact": who or contact(name="Ann"),
            "source": of or source(),
            "captured_at": at,
            "day": at.astimezone(place.tz).date(),
        }
        | fields
    )


def deal(*, of: Lead | None = None, group: str = Stage.Group.IN_WORK, **fields: Any) -> Deal:
    """The deal of a (new) lead, in the first stage of a group."""
    return Deal.objects.create(lead=of or lead(), stage=Stage.objects.filter(group=group).first(), **fields)


def purchase(*, of: Deal, cents: int = 10_000, cost: int = 0, on: date = TODAY, **fields: Any) -> Purchase:
    """Money of a deal."""
    return Purchase.objects.create(
        **{
            "deal": of,
            "kind": Purchase.Kind.FIRST,
            "revenue_cents": cents,
            "cost_cents": cost,
            "currency": "EUR",
            "paid_on": on,
            "submission_key": f"key-{next(_count)}",
        }
        | fields
    )


def loss_reason(name: str = "Too dear") -> LossReason:
    """A reason for losing."""
    return LossReason.objects.get_or_create(name=name)[0]


def carrier_account(**fields: Any) -> CarrierAccount:
    """A Twilio account of the tests."""
    return CarrierAccount.objects.create(
        **{"name": "Twilio", "account_sid": "AC" + "0" * 31 + "1", "auth_token": "12345"} | fields
    )


def number(phone: str = "+15550100020", **fields: Any) -> TrackedNumber:
    """A tracked number that forwards to sales."""
    return TrackedNumber.objects.create(
        number=phone,
        account=fields.pop("account", None) or carrier_account(),
        site=fields.pop("site", None) or site(),
        **{"forward_to": "+15550100030"} | fields,
    )


def pool(*phones: str, since: datetime = NOON, **fields: Any) -> Pool:
    """A pool of a (new) site in place of +49301234567, with these numbers since a moment."""
    place = fields.pop("site", None) or site()
    usual = {"name": f"Pool {next(_count)}", "replaces": ["+49301234567"]}
    row = Pool.objects.create(**usual | {"site": place} | fields)
    account = CarrierAccount.objects.first() or carrier_account()
    for phone in phones:
        one = number(phone, account=account, site=place)
        Assignment.objects.create(number=one, pool=row, starts_at=since)
    return row


def lease(
    of: TrackedNumber, to: Visit, *, at: datetime | None = None, seen: datetime | None = None, **fields: Any
) -> Lease:
    """A number of a pool shown to a visit's visitor from a moment on, last seen at another; closed."""
    begun = at or to.started_at
    last = seen or begun
    held = last + timedelta(minutes=30)
    pool = fields.pop("pool", None) or Pool.objects.get(assignments__number=of, assignments__ends_at=None)
    return Lease.objects.create(
        **{
            "pool": pool,
            "number": of,
            "visitor": to.visitor,
            "visit": to,
            "started_at": begun,
            "last_seen_at": last,
            "held_until": held,
            "free_at": held,
            "closed_at": held,
        }
        | fields
    )
