"""What the carrier is asked for is done once: over real HTTP, with a carrier that stumbles."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from leadtrack.phones import jobs
from leadtrack.phones.assign import assign_number
from leadtrack.phones.carriers import twilio_http
from leadtrack.phones.models import CarrierAccount, CarrierJob, TrackedNumber
from tests import make
from tests.phones.fake_twilio import FakeTwilio, Trouble

pytestmark = pytest.mark.django_db
NOON = make.NOON
NEW, OURS = "+15550100099", "+15550100020"


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    cache.clear()
    settings.PUBLIC_BASE_URL = "https://lt.example"
    with FakeTwilio(start=NOON) as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        yield fake


@pytest.fixture
def account() -> CarrierAccount:
    return make.carrier_account()


def order(account: CarrierAccount, kind: str = "buy", **fields: Any) -> CarrierJob:
    details = fields.pop("details", None)
    if details is None and kind == "buy":
        details = {"site": make.site().pk, "forward_to": "+15550100030"}
    number = {"number": NEW} if "tracked" not in fields else {"number": fields["tracked"].number}
    return CarrierJob.objects.create(
        **{"account": account, "kind": kind, "details": details or {}, "due_at": NOON} | number | fields
    )


def worked(job: CarrierJob, at: Any = NOON) -> CarrierJob:
    jobs.work(job.pk, now=at)
    job.refresh_from_db()
    return job


def test_a_bought_number_is_ours_and_set_up(twilio, account):
    twilio.books.sell(NEW)
    source, site = make.source(), make.site()
    job = worked(
        order(
            account,
            details={
                "site": site.pk,
                "forward_to": "+15550100030",
                "source": source.pk,
                "monthly_cents": 115,
                "currency": "USD",
                "note": "Leaflet",
            },
            asked_by=make.member().user,
        )
    )
    number = TrackedNumber.objects.get()
    assert (job.state, job.tracked, job.error) == ("done", number, "")
    assert (str(number.number), number.site, number.note) == (NEW, site, "Leaflet")
    assert (number.monthly_cents, number.currency, number.faults) == (115, "USD", [])
    assert number.assignments.get().source == source
    row = twilio.books.numbers[number.carrier_sid]
    assert row["voice_url"] == "https://lt.example/hooks/twilio/voice"
    assert row["voice_fallback_url"] == "https://lt.example/hooks/twilio/fallback"
    assert row["status_callback"] == "https://lt.example/hooks/twilio/status"
    assert row["sms_url"] == "https://lt.example/hooks/twilio/message"


def test_a_number_goes_straight_into_its_pool(twilio, account):
    twilio.books.sell(NEW)
    pool = make.pool()
    worked(order(account, details={"site": pool.site_id, "forward_to": "+15550100030", "pool": pool.pk}))
    assert TrackedNumber.objects.get().assignments.get().pool == pool


def test_an_order_is_done_once_however_often_it_is_worked(twilio, account):
    twilio.books.sell(NEW)
    job = order(account)
    for _time in range(3):
        worked(job)
    assert jobs.work_due(now=NOON + timedelta(days=1)) == 0
    assert twilio.books.paid == [NEW]


@pytest.mark.parametrize("trouble", ["drops_after", "slow"])
def test_bought_but_never_heard_of_is_not_paid_twice(twilio, account, trouble, monkeypatch):
    monkeypatch.setattr(twilio_http, "SECONDS", 0.4)
    twilio.books.sell(NEW)
    fails = (
        Trouble(method="POST", slow=1.0) if trouble == "slow" else Trouble(method="POST", drops_after=True)
    )
    twilio.troubles.append(fails)
    job = worked(order(account))
    assert (job.state, TrackedNumber.objects.count()) == ("asked", 0)
    assert job.due_at >= NOON + timedelta(seconds=60)
    assert worked(job, job.due_at).state == "done"
    assert twilio.books.paid == [NEW]
    assert TrackedNumber.objects.get().faults == []


def test_a_worker_killed_after_paying_is_followed_by_one_that_looks_first(twilio, account, monkeypatch):
    twilio.books.sell(NEW)
    job = order(account)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killing:
        killing.setattr(jobs, "adopt", die)
        with pytest.raises(KeyboardInterrupt):
            jobs.work(job.pk, now=NOON)
    assert (twilio.books.paid, TrackedNumber.objects.count()) == ([NEW], 0)
    assert jobs.work_due(now=NOON + timedelta(minutes=1)) == 0
    assert jobs.work_due(now=NOON + jobs.CLAIM) == 1
    assert twilio.books.paid == [NEW]


def test_a_number_of_the_account_that_we_did_not_track_is_taken_without_paying(twilio, account):
    row = twilio.books.own(NEW, VoiceUrl="https://old.example/voice", VoiceApplicationSid="AP1")
    assert worked(order(account)).state == "done"
    assert twilio.books.paid == []
    assert row["voice_url"] == "https://lt.example/hooks/twilio/voice"
    assert row["voice_application_sid"] == ""


def test_a_number_that_is_tracked_is_not_bought(twilio, account):
    make.number(NEW, account=account)
    twilio.books.sell(NEW)
    job = worked(order(account))
    assert (job.state, job.error, twilio.books.paid) == ("failed", "number_is_ours_already", [])


@pytest.mark.parametrize(
    ("details", "error"),
    [({"site": 0, "forward_to": "+15550100030"}, "has_no_site"), ({"site": None}, "has_no_site")],
)
def test_nothing_is_paid_for_what_has_no_purpose(twilio, account, details, error):
    twilio.books.sell(NEW)
    job = worked(order(account, details=details))
    assert (job.state, job.error, twilio.books.paid) == ("failed", error, [])


def test_without_any_phone_to_ring_nothing_is_paid(twilio, account):
    twilio.books.sell(NEW)
    job = worked(order(account, details={"site": make.site().pk}))
    assert (job.state, job.error, twilio.books.paid) == ("failed", "has_no_default_phone", [])


def test_a_refused_purchase_fails_with_its_code(twilio, account):
    twilio.books.sell(NEW, _refuses=21631)
    job = worked(order(account))
    assert (job.state, job.error) == ("failed", "21631")
    assert jobs.try_again(job, now=NOON)
    twilio.books.for_sale[NEW].pop("_refuses")
    assert worked(job).state == "done"


def test_too_many_requests_wait_as_long_as_asked(twilio, account):
    twilio.books.sell(NEW)
    twilio.troubles.append(Trouble(method="POST", status=429, retry_after="240"))
    job = worked(order(account))
    assert (job.state, job.error, job.due_at) == ("waiting", "too_many", NOON + timedelta(seconds=240))
    assert worked(job, NOON + timedelta(seconds=239)).state == "waiting"
    assert worked(job, job.due_at).state == "done"


def test_trouble_that_does_not_end_is_given_up(twilio, account):
    twilio.troubles.append(Trouble(status=503, times=99))
    job, now = order(account), NOON
    for _try in range(jobs.MAX_TRIES):
        job = worked(job, now)
        now = max(now, job.due_at)
    assert (job.state, job.error, job.tries) == ("failed", "carrier_trouble", jobs.MAX_TRIES)
    assert now - NOON < timedelta(days=2)


def test_without_a_public_address_nothing_is_bought(twilio, account, settings):
    settings.PUBLIC_BASE_URL, settings.LEADTRACK_TWILIO_API = "http://127.0.0.1:8000", ""
    job = worked(order(account))
    assert (job.state, job.error) == ("failed", "no_public_address")


def test_setting_up_mends_what_was_wrong(twilio, account):
    row = twilio.books.own(OURS, TrunkSid="TK1", SmsUrl="https://old.example")
    number = make.number(OURS, account=account, faults=["trunk", "voice_wrong"])
    assert worked(order(account, "configure", tracked=number)).state == "done"
    number.refresh_from_db()
    assert (number.faults, number.carrier_sid) == ([], row["sid"])


def test_a_number_that_the_carrier_does_not_have_cannot_be_set_up(twilio, account):
    job = worked(order(account, "configure", tracked=make.number(OURS, account=account)))
    assert (job.state, job.error) == ("failed", "not_found")


def test_a_number_is_given_back_after_its_grace_and_keeps_its_history(twilio, account):
    twilio.books.own(OURS)
    number = make.number(OURS, account=account, release_on=NOON.date() + timedelta(days=7))
    assign_number(number=number, source=make.source(), at=NOON)
    job = order(account, "release", tracked=number, due_at=NOON + timedelta(days=7))
    assert jobs.work_due(now=NOON + timedelta(days=6)) == 0
    assert twilio.books.numbers
    assert jobs.work_due(now=job.due_at) == 1
    number.refresh_from_db()
    assert twilio.books.numbers == {}
    assert number.released_at is not None
    assert not number.is_active
    assert number.assignments.get().ends_at is not None


def test_kept_after_all_it_is_not_given_back(twilio, account):
    twilio.books.own(OURS)
    number = make.number(OURS, account=account, release_on=None)
    assert worked(order(account, "release", tracked=number)).state == "cancelled"
    assert twilio.books.numbers


def test_a_number_of_an_own_pbx_is_given_back_without_asking_anybody():
    account = make.carrier_account(kind="pbx", account_sid="office")
    number = make.number(OURS, account=account, release_on=NOON.date())
    assert worked(order(account, "release", tracked=number)).state == "done"
    number.refresh_from_db()
    assert (number.is_active, number.released_at is None) == (False, False)


def test_a_release_without_an_answer_is_looked_at_again(twilio, account):
    twilio.books.own(OURS)
    number = make.number(OURS, account=account, release_on=NOON.date())
    twilio.troubles.append(Trouble(method="DELETE", drops_after=True))
    job = worked(order(account, "release", tracked=number))
    assert job.state == "asked"
    assert worked(job, job.due_at).state == "done"


def test_a_number_bought_again_has_its_history(twilio, account):
    twilio.books.sell(NEW)
    old = make.number(NEW, account=account, released_at=NOON - timedelta(days=30), is_active=False)
    assert worked(order(account)).tracked == old
    old.refresh_from_db()
    assert (old.is_active, old.released_at) == (True, None)


def test_a_test_call_rings_the_phone_that_was_named(twilio, account):
    twilio.books.own(OURS)
    number = make.number(OURS, account=account)
    job = worked(order(account, "test", tracked=number, details={"to": "+15550100044"}))
    assert job.state == "done"
    placed = twilio.books.calls[job.details["call"]]
    assert (placed["from"], placed["to"]) == (OURS, "+15550100044")


def test_a_test_call_that_may_have_rung_does_not_ring_again(twilio, account):
    twilio.books.own(OURS)
    number = make.number(OURS, account=account)
    twilio.troubles.append(Trouble(method="POST", drops_after=True))
    job = worked(order(account, "test", tracked=number, details={"to": "+15550100044"}))
    assert (job.state, job.error) == ("failed", "unreachable")
    assert len(twilio.books.calls) == 1


def test_a_worker_that_was_too_slow_writes_nothing_over_the_other(twilio, account, monkeypatch):
    twilio.books.sell(NEW)
    job = order(account)
    real = jobs.adopt

    def slow(*args: Any, **kwargs: Any) -> TrackedNumber:
        CarrierJob.objects.filter(pk=job.pk).update(tries=2)
        return real(*args, **kwargs)

    monkeypatch.setattr(jobs, "adopt", slow)
    assert not jobs.work(job.pk, now=NOON)
    assert TrackedNumber.objects.count() == 0
