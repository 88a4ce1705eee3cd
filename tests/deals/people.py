"""Short ways to a client of somebody, and to the fields of a form."""

from typing import Any

from django.test import Client

from leadtrack.accounts.models import Member
from leadtrack.accounts.tokens import issue_token
from leadtrack.deals.models import Deal
from leadtrack.leads.models import Lead
from tests import make

PHONE = "+4915123456789"
EMAIL = "ann@example.com"
PERSONAL = (PHONE, "151 23456789", EMAIL, "Ann Secret", "call me after six", "blue one", "note of hers")


def client_of(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def api_of(member: Member) -> Client:
    key = issue_token(member=member, name="test")[1]
    return Client(headers={"Authorization": f"Token {key}"})


def ann(**fields: Any) -> Lead:
    """A lead full of personal data."""
    who = make.contact(phone=PHONE, email=EMAIL, name="Ann Secret")
    said = {"name": "Ann Secret", "phone": PHONE, "email": EMAIL, "message": "call me after six"}
    return make.lead(who=who, **said | {"raw_payload": {"colour": "blue one"}} | fields)


def deal_of(member: Member | None = None, **fields: Any) -> Deal:
    return make.deal(of=ann(), owner=member.user if member else None, **fields)


def payment(amount: str = "100", **fields: str) -> dict[str, str]:
    return {
        "amount": amount,
        "currency": "EUR",
        "cost": "",
        "paid_on": "2026-03-11",
        "note": "",
        "submission_key": "shown-once",
    } | fields
