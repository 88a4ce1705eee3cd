"""Buying, giving back, checking and trying a number, at a carrier that answers over HTTP."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from leadtrack.phones import jobs
from leadtrack.phones.address_steps import address_steps
from leadtrack.phones.assign import assign_number
from leadtrack.phones.carriers.interface import AddressNeeded
from leadtrack.phones.models import CarrierAccount, CarrierJob, Pool, TrackedNumber
from leadtrack.visits.models import Site
from tests import make
from tests.phones.fake_twilio import FakeTwilio
from tests.phones.test_numbers import billboard, text_of

pytestmark = pytest.mark.django_db
NEW = "+15550100099"
QUESTION = "/numbers/buy/?account={}&country=US&kind=local&locality=&area_code=&contains="


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    cache.clear()
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


def field(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def bought(client: Client, account: CarrierAccount, site: Site, **fields: object) -> Any:
    """The form as it is shown, filled in and sent."""
    page = client.get(QUESTION.format(account.pk)).content.decode()
    sent = {"key": field(page, "key"), "offer": field(page, "offer"), "site": site.pk}
    usual = {"forward_to": "+1 212 555 0123", "flow": "", "pool": "", "note": "desk"}
    return sent | usual | fields, client.post(QUESTION.format(account.pk), sent | usual | fields)


def test_a_number_is_found_and_bought_with_one_click(admin, twilio, account, site):
    twilio.books.sell(NEW)
    pool = Pool.objects.create(name="Search ads", site=site, replaces=["+18005550100"])
    assert "Hilo" in text_of(admin.get(QUESTION.format(account.pk)))
    _, answer = bought(admin, account, site, pool=pool.pk)
    job = CarrierJob.objects.get()
    assert answer.headers["Location"] == f"/numbers/orders/{job.pk}/"
    going_on = admin.get(f"/numbers/orders/{job.pk}/").content.decode()
    assert 'hx-trigger="every 2s"' in going_on
    jobs.work_due(now=timezone.now())
    done = admin.get(f"/numbers/orders/{job.pk}/").content.decode()
    assert "Bought: the number is yours and set up." in done
    assert "every 2s" not in done
    row = TrackedNumber.objects.get()
    assert (str(row.number), str(row.forward_to), row.note) == (NEW, "+12125550123", "desk")
    assert row.assignments.get().pool == pool


def test_a_double_click_buys_one_number(admin, twilio, account, site):
    twilio.books.sell(NEW)
    sent, _ = bought(admin, account, site)
    admin.post(QUESTION.format(account.pk), sent)
    assert CarrierJob.objects.count() == 1


def test_what_was_typed_stays_when_a_field_is_wrong(admin, twilio, account, site):
    twilio.books.sell(NEW)
    sent, answer = bought(admin, account, site, forward_to="call me", note="keep me")
    page = answer.content.decode()
    assert "Write a phone number" in page
    assert 'value="keep me"' in page
    assert field(page, "key") == sent["key"]
    assert not CarrierJob.objects.exists()


@pytest.mark.parametrize("offer", ["", "x", "eyJudW1iZXIiOiIrMTU1NTAxMDAwOTkifQ:1:forged"])
def test_nobody_writes_an_offer_of_their_own(admin, twilio, account, site, offer):
    twilio.books.sell(NEW)
    _, answer = bought(admin, account, site, offer=offer)
    assert "This offer is too old" in text_of(answer)
    assert not CarrierJob.objects.exists()


def test_a_carrier_that_is_down_is_told_and_the_question_stays(admin, account, site, settings):
    settings.LEADTRACK_TWILIO_API = "http://127.0.0.1:9"
    page = admin.get(QUESTION.format(account.pk) + "777").content.decode()
    assert "cannot be reached" in page
    assert 'name="contains" value="777"' in page


def test_a_refusal_is_told_with_the_next_step_and_can_be_tried_again(admin, twilio, account, site):
    twilio.books.sell(NEW, _refuses=21422)
    bought(admin, account, site)
    jobs.work_due(now=timezone.now())
    job = CarrierJob.objects.get()
    page = text_of(admin.get(f"/numbers/orders/{job.pk}/"))
    assert "Somebody was faster" in page
    admin.post(f"/numbers/orders/{job.pk}/again/")
    job.refresh_from_db()
    assert job.state == CarrierJob.State.WAITING


def test_nothing_for_sale_says_what_to_change(admin, twilio, account, site):
    assert "No such number is for sale" in text_of(admin.get(QUESTION.format(account.pk)))


@pytest.mark.parametrize(
    ("field_name", "value", "words"),
    [
        ("contains", "abc", "Write digits"),
        ("area_code", "x", "digits only"),
        ("country", "XX", "Select a valid"),
    ],
)
def test_a_wrong_question_is_told(admin, account, site, field_name, value, words):
    page = admin.get(
        "/numbers/buy/", {"country": "US", "kind": "local", "account": account.pk} | {field_name: value}
    )
    assert words in text_of(page)


def test_without_an_account_or_a_site_the_page_says_what_comes_first(admin):
    assert "First the carrier" in text_of(admin.get("/numbers/buy/"))
    make.carrier_account()
    assert "First the site" in text_of(admin.get("/numbers/buy/"))


def test_the_rules_of_a_country_are_steps():
    assert address_steps(AddressNeeded.NONE, "US") == []
    steps = address_steps(AddressNeeded.LOCAL, "DE")
    assert "in the country itself (Germany)" in steps[0]
    assert steps[-1] == "Come back here, search again and buy."


def test_a_number_is_given_back_after_seven_days_and_can_be_kept(admin, twilio, account, site):
    number = make.number(account=account, site=site)
    twilio.books.own(str(number.number))
    page = admin.post(f"/numbers/{number.pk}/release/", follow=True)
    assert "Keep it after all" in text_of(page)
    number.refresh_from_db()
    assert number.release_on == (timezone.now() + timedelta(days=7)).date()
    assert jobs.work_due(now=timezone.now() + timedelta(days=6)) == 0
    admin.post(f"/numbers/{number.pk}/keep/")
    number.refresh_from_db()
    assert number.release_on is None
    assert jobs.work_due(now=timezone.now() + timedelta(days=8)) == 0
    assert "too late" in text_of(admin.post(f"/numbers/{number.pk}/keep/", follow=True))


def test_giving_back_twice_is_once(admin, account, site):
    number = make.number(account=account, site=site)
    admin.post(f"/numbers/{number.pk}/release/")
    page = admin.post(f"/numbers/{number.pk}/release/", follow=True)
    assert "being given back already" in text_of(page)
    assert CarrierJob.objects.count() == 1


def test_checking_says_what_is_wrong_and_repair_mends_it(admin, twilio, account, site):
    number = make.number(account=account, site=site)
    twilio.books.own(str(number.number))
    page = text_of(admin.post(f"/numbers/{number.pk}/check/", follow=True))
    assert "The carrier does not tell us when its calls end. Press “Repair”." in page
    admin.post(f"/numbers/{number.pk}/repair/")
    admin.post(f"/numbers/{number.pk}/repair/")
    assert CarrierJob.objects.count() == 1
    jobs.work_due(now=timezone.now())
    page = text_of(admin.post(f"/numbers/{number.pk}/check/", follow=True))
    assert "All is set up at the carrier as it should be" in page


def test_checking_without_a_public_address_says_so(admin, account, site, settings):
    settings.PUBLIC_BASE_URL = ""
    number = make.number(account=account, site=site)
    assert "no public https address" in text_of(admin.post(f"/numbers/{number.pk}/check/", follow=True))


def test_a_test_call_rings_who_asks(admin, account, site):
    number = make.number(account=account, site=site)
    admin.post(f"/numbers/{number.pk}/test/", {"to": "(212) 555-0123"})
    assert CarrierJob.objects.get().details == {"to": "+12125550123"}
    page = admin.post(f"/numbers/{number.pk}/test/", {"to": "me"}, follow=True)
    assert "Write a phone number" in text_of(page)


def picture(format: str = "PNG", size: tuple[int, int] = (3000, 20)) -> SimpleUploadedFile:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", size, "red").save(out, format, exif=exif)
    return SimpleUploadedFile("../../a.html", out.getvalue(), "text/html")


def ad_of(number: TrackedNumber) -> str:
    row = assign_number(number=number, source=billboard(), at=make.NOON)
    return f"/numbers/{number.pk}/ads/{row.pk}/"


COST = {
    "cost_cents": "1200",
    "currency": "eur",
    "cost_first": "2026-03-01",
    "cost_last": "2026-03-31",
    "note": "",
}


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_the_picture_of_an_ad_is_made_anew_and_served_as_a_picture(admin, site, account, format):
    number = make.number(account=account, site=site)
    page = ad_of(number)
    admin.post(page, COST | {"picture": picture(format)})
    row = number.assignments.get()
    assert (row.cost_cents, row.currency) == (120_000, "EUR")
    assert re.fullmatch(r"ads/\d{4}/\d\d/ad\w*\.jpg", row.picture.name)
    answer = admin.get(page + "picture/")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    body = b"".join(answer.streaming_content)
    assert b"secret place" not in body
    assert Image.open(BytesIO(body)).width == 1600
    assert "It costs €1,200.00 from Mar 1, 2026 to Mar 31, 2026" in text_of(
        admin.get(f"/numbers/{number.pk}/")
    )
    admin.post(page, COST | {"drops_picture": "on"})
    assert admin.get(page + "picture/").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"GIF89a\xff\xff\xff\xff",
        b"\xff\xd8\xff" * 9,
    ],
)
def test_what_is_no_picture_is_told_and_not_kept(admin, site, account, content):
    number = make.number(account=account, site=site)
    file = SimpleUploadedFile("a.jpg", content, "image/jpeg")
    page = text_of(admin.post(ad_of(number), COST | {"picture": file}))
    assert "no picture that we can read" in page or "empty" in page
    assert not number.assignments.get().picture


def test_a_picture_that_would_fill_the_memory_is_refused(admin, site, account):
    number = make.number(account=account, site=site)
    page = admin.post(ad_of(number), COST | {"picture": picture("PNG", (50_000, 1_000))})
    assert "40 million pixels" in text_of(page)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cost_cents": "a"}, "Enter an amount"),
        ({"currency": "XXQ"}, "three letters"),
        ({"cost_first": ""}, "over which days"),
        ({"cost_last": "2026-02-01"}, "cannot come before the first"),
        ({"cost_last": "2999-02-01"}, "At most ten years"),
        ({"cost_cents": "999999999999999999"}, "Ensure"),
    ],
)
def test_a_cost_that_cannot_be_is_told(admin, site, account, fields, words):
    number = make.number(account=account, site=site)
    assert words in text_of(admin.post(ad_of(number), COST | fields))
    assert number.assignments.get().cost_cents is None


def test_a_number_that_could_not_be_given_back_can_be_kept(admin, account, site):
    number = make.number(account=account, site=site)
    admin.post(f"/numbers/{number.pk}/release/")
    CarrierJob.objects.update(state="failed", error="not_allowed")
    admin.post(f"/numbers/{number.pk}/keep/")
    number.refresh_from_db()
    assert (number.release_on, CarrierJob.objects.get().state) == (None, "cancelled")
