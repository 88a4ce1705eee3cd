"""Numbers that the account has at the carrier already become ours with one click, without paying."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.phones import jobs
from leadtrack.phones.models import CarrierAccount, CarrierJob, TrackedNumber
from leadtrack.visits.models import Site
from tests import make
from tests.phones.fake_twilio import FakeTwilio
from tests.phones.test_numbers import text_of

pytestmark = pytest.mark.django_db
HAD = "+15550100088"
PAGE = "/numbers/untracked/"


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    settings.PUBLIC_BASE_URL = "https://lt.example"
    with FakeTwilio() as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        yield fake


@pytest.fixture
def account() -> CarrierAccount:
    return make.carrier_account()


@pytest.fixture
def site() -> Site:
    return make.site(region="US")


@pytest.fixture
def admin(login) -> Client:
    return login("admin")


def taken(client: Client, account: CarrierAccount, site: Site, **fields: str) -> Any:
    usual = {"site": site.pk, "forward_to": "+1 212 555 0123", "flow": "", "pool": "", "note": "old one"}
    return client.post(PAGE, usual | {"had": f"{account.pk}:{HAD}"} | fields)


def test_it_lists_what_is_not_ours_alone(admin, twilio, account, site):
    twilio.books.own(HAD, VoiceUrl="https://elsewhere.example/")
    ours = make.number(account=account)
    twilio.books.own(str(ours.number))
    page = text_of(admin.get(PAGE))
    assert HAD in page
    assert "something answers it today" in page
    assert f"Track it here {ours.number}" not in page


def test_the_page_that_adds_a_number_asks_the_carrier_on_demand_only(admin, twilio, account, site):
    assert f'hx-get="{PAGE}"' in admin.get("/numbers/add/").content.decode()
    assert not twilio.asked


def test_a_number_becomes_ours_without_being_paid(admin, twilio, account, site):
    twilio.books.own(HAD)
    job_page = taken(admin, account, site).headers["Location"]
    jobs.work_due(now=timezone.now())
    row = TrackedNumber.objects.get()
    assert (str(row.number), str(row.forward_to), row.note, row.site) == (
        HAD,
        "+12125550123",
        "old one",
        site,
    )
    assert not twilio.books.paid
    owned = next(iter(twilio.books.numbers.values()))
    assert owned["voice_url"] == "https://lt.example/hooks/twilio/voice"
    assert "The number is tracked here now" in text_of(admin.get(job_page))
    assert "All numbers of this account are tracked here" in text_of(admin.get(PAGE))


def test_what_the_account_lost_meanwhile_is_not_bought(admin, twilio, account, site):
    twilio.books.sell(HAD)
    job_page = taken(admin, account, site).headers["Location"]
    jobs.work_due(now=timezone.now())
    assert not twilio.books.paid
    assert CarrierJob.objects.get().state == CarrierJob.State.FAILED
    assert "The carrier does not know it" in text_of(admin.get(job_page))


def test_a_double_click_asks_once(admin, twilio, account, site):
    assert taken(admin, account, site).headers["Location"] == taken(admin, account, site).headers["Location"]
    assert CarrierJob.objects.count() == 1


@pytest.mark.parametrize(
    "had", ["", "x", "0:+15550100088", "{}:call me", "99:+15550100088", "9" * 30 + ":+1"]
)
def test_a_button_that_is_not_ours_is_told_in_words(admin, twilio, account, site, had):
    answer = taken(admin, account, site, had=had.format(account.pk))
    assert 'role="alert"' in answer.content.decode()
    assert not CarrierJob.objects.exists()


def test_what_was_typed_stays_when_a_field_is_wrong(admin, twilio, account, site):
    twilio.books.own(HAD)
    page = taken(admin, account, site, forward_to="call me", note="keep me").content.decode()
    assert "Write a phone number" in page
    assert 'value="keep me"' in page
    assert HAD in page


def test_a_carrier_that_is_down_is_told_in_words(admin, account, site, settings):
    settings.LEADTRACK_TWILIO_API = "http://127.0.0.1:9"
    assert "cannot be reached" in text_of(admin.get(PAGE))


def test_a_telephone_system_of_ones_own_is_not_asked(admin, db):
    make.carrier_account(kind=CarrierAccount.Kind.PBX)
    assert "No carrier has numbers of yours" in text_of(admin.get(PAGE))


def test_it_costs_the_same_for_many_numbers(
    admin, twilio: FakeTwilio, account, site, django_assert_num_queries
):
    twilio.books.own(HAD)
    with django_assert_num_queries(10):
        admin.get(PAGE)
    for last in range(20, 40):
        twilio.books.own(f"+155501000{last}")
    with django_assert_num_queries(10):
        admin.get(PAGE)
