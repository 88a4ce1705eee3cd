"""The demo firm's rows that a person would enter by hand: sites, forms, people, numbers."""

from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from leadtrack.accounts import roles
from leadtrack.accounts.models import Member
from leadtrack.demo.adverts import (
    CALCULATOR,
    CONTACTS_OPENED,
    LINES,
    PAGES,
    PHONE_TAPPED,
    RIGA,
    VLADIVOSTOK,
    ZONES,
)
from leadtrack.demo.notices import ACCOUNT_SID, AUTH_TOKEN
from leadtrack.demo.phones import Owner, own_number, set_up_pools
from leadtrack.leads.models import Form
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import CarrierAccount, Pool, TrackedNumber
from leadtrack.sources.register import assigned_source
from leadtrack.visits.goals import save_goal
from leadtrack.visits.models import Goal, Site, SiteOrigin
from leadtrack.visits.sites import forget

PASSWORD: Final = "leadtrack"  # noqa: S105

# How far the demo got is written in the account's name, so that it lives and dies with the database.
UNFINISHED: Final = "Demo carrier (history unfinished)"
LAST_DAY_TO_COME: Final = "Demo carrier (last day to come)"
FINISHED: Final = "Demo carrier"

_SITES: Final = ((RIGA, "Northlight Windows", "LV"), (VLADIVOSTOK, "Северный свет, Владивосток", "RU"))
# (username, first name, last name, role)
PEOPLE: Final = (
    ("admin", "Anna", "Berg", roles.ADMIN),
    ("manager", "Martin", "Kalnins", roles.SALES_MANAGER),
    ("sally", "Sally", "Green", roles.SALES),
    ("ben", "Ben", "Ozols", roles.SALES),
    ("olga", "Ольга", "Миронова", roles.SALES),
    ("marketer", "Иван", "Лебедев", roles.MARKETER),
    ("agency", "Nora", "Hill", roles.AGENCY),
)


@dataclass(frozen=True, slots=True)
class Firm:
    """What the history is played on: sites, forms and pools by key, numbers by line."""

    sites: dict[str, Site]
    forms: dict[str, Form]
    account: CarrierAccount
    numbers: dict[str, TrackedNumber]
    pools: dict[str, Pool]


@transaction.atomic
def found_firm(*, at: datetime, pools_at: datetime | None = None, shop_origins: tuple[str, ...] = ()) -> Firm:
    """Make the firm, marked as unfinished; its numbers belong to their adverts from `at` (UTC) on.

    The pools of numbers came later, at `pools_at`.
    """
    # Hashing takes long, as it should; they all have the same password.
    password = make_password(PASSWORD)
    for username, first, last, role in PEOPLE:
        _member(username, first, last, role, password)
    account = CarrierAccount.objects.create(name=UNFINISHED, account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN)
    sites = {key: _site(key, name, region) for key, name, region in _SITES}
    # Both sites call the same shop; the numbers are on adverts in Riga.
    owner = Owner(account, at)
    numbers = {line.key: own_number(owner, sites[RIGA], line.number, line.campaign) for line in LINES}
    for line in LINES:
        words = {"source": line.source, "medium": line.medium, "campaign": line.campaign}
        source = assigned_source(channel=line.channel, **words)
        assign_number(number=numbers[line.key], source=source, at=at, note=line.campaign)
    pools = set_up_pools(Owner(account, pools_at or at), sites)
    let_shop_in(shop_origins)
    forms = {key: Form.objects.create(site=site, key=key, name="Call me back") for key, site in sites.items()}
    return Firm(sites, forms, account, numbers, pools)


def let_shop_in(origins: tuple[str, ...]) -> None:
    """Let pages of these web addresses (the demo shop on its port) call the doors of the first site.

    They come before the others: pages propose the first address, and a made-up one answers nobody.
    """
    site = Site.objects.get(key=RIGA)
    with transaction.atomic():
        listed = list(site.origins.order_by("pk"))
        wanted = dict.fromkeys((*origins, *(row.origin for row in listed)))
        site.origins.all().delete()
        for origin, row in zip_longest(wanted, listed):
            SiteOrigin.objects.create(pk=row.pk if row else None, site=site, origin=origin)
    forget()


def progress() -> str:
    """How far the demo of this database got: the account's name; empty where there is none."""
    name = CarrierAccount.objects.filter(account_sid=ACCOUNT_SID).values_list("name", flat=True).first()
    return name or ""


def note_progress(name: str) -> None:
    """Write down how far the demo got."""
    CarrierAccount.objects.filter(account_sid=ACCOUNT_SID).update(name=name)


def _member(username: str, first: str, last: str, role: str, password: str) -> None:
    users: Any = get_user_model().objects
    user = users.create_user(username, f"{username}@northlight.example", first_name=first, last_name=last)
    user.password = password
    user.is_staff = user.is_superuser = role == roles.ADMIN
    user.save(update_fields=["password", "is_staff", "is_superuser"])
    # The manager leads; leads go to those who sell.
    Member.objects.create(user=user, role=role, takes_leads=role == roles.SALES)


def _site(key: str, name: str, region: str) -> Site:
    # The shop, which is of Riga, shows the code.
    shows_code = key == RIGA
    site = Site.objects.create(key=key, name=name, region=region, time_zone=ZONES[key], shows_code=shows_code)
    SiteOrigin.objects.create(site=site, origin=PAGES[key])
    _goals(site)
    return site


def _goals(site: Site) -> None:
    """A page, a click and a call of the script: one goal of each kind."""
    for goal in (
        Goal(name=CONTACTS_OPENED, kind=Goal.Kind.URL, pattern="/contact*"),
        Goal(name=PHONE_TAPPED, kind=Goal.Kind.CLICK, selector="a[href^='tel:']"),
        Goal(name=CALCULATOR, kind=Goal.Kind.CALL, is_once_per_visit=False),
    ):
        goal.site = site
        save_goal(goal=goal)
