"""Recordings: from a talk at the carrier to our storage, to the ear of who may hear it, to their end."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.phones import recordings
from leadtrack.phones.models import Call, CallFlow, FlowLine, FlowText, Recording
from tests import make
from tests.phones.fake_twilio import ClientDoor, Delivery, FakeTwilio, Phone, Script, Trouble

pytestmark = pytest.mark.django_db
OURS, CALLER, SALES, MOBILE = "+15550100020", "+15550100010", "+15550100030", "+15550100039"
BASE = "http://testserver"
VOICEMAIL = {"on_no_answer": "voicemail", "on_busy": "voicemail", "on_closed": "voicemail"}


@pytest.fixture
def twilio(settings: Any, tmp_path: Path) -> Iterator[FakeTwilio]:
    settings.PUBLIC_BASE_URL = BASE
    settings.MEDIA_ROOT = tmp_path
    with FakeTwilio(door=ClientDoor(), start=timezone.now()) as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        fake.books.own(
            OURS, VoiceUrl=f"{BASE}/hooks/twilio/voice", StatusCallback=f"{BASE}/hooks/twilio/status"
        )
        yield fake


def numbered(**fields: Any) -> CallFlow:
    """Our number with a flow that rings sales and says that the talk is recorded."""
    flow = CallFlow.objects.create(name="Sales", **{"is_recorded": True} | fields)
    FlowLine.objects.create(flow=flow, position=0, phone=SALES)
    FlowText.objects.create(
        flow=flow, language="en-US", consent="It is recorded.", no_answer="Leave a message."
    )
    make.number(OURS, flow=flow)
    return flow


def fetch(after: timedelta = timedelta()) -> Recording:
    recordings.fetch_due(now=timezone.now() + after + timedelta(seconds=5))
    return Recording.objects.get()


def test_a_recorded_talk_is_fetched_and_kept(twilio):
    numbered()
    outcome = twilio.call(CALLER, OURS, Script(talks=65))
    row = fetch()
    assert (row.call.status, row.state, row.seconds) == ("answered", "stored", 65)
    assert row.file.read() == twilio.books.sounds[outcome.recordings[0]]
    assert (row.content_type, row.file.name.endswith(".mp3")) == ("audio/mpeg", True)
    # Nobody said that the carrier's own copy should go.
    assert recordings.empty_carriers(now=timezone.now()) == 0
    assert list(twilio.books.recordings) == outcome.recordings


@pytest.mark.parametrize(
    "delivery", [Delivery(), Delivery("reversed"), Delivery("shuffled", times=2)], ids=lambda one: one.order
)
@pytest.mark.parametrize(
    ("phone", "fields", "status"),
    [
        (Phone(), {}, "answered"),
        (Phone("busy"), {}, "missed"),
        (Phone("no-answer"), {}, "missed"),
        (Phone("no-answer"), VOICEMAIL, "voicemail"),
        (Phone("mailbox"), {"needs_key": True, **VOICEMAIL}, "voicemail"),
        (Phone("mailbox"), {}, "answered"),
        (Phone(), {"needs_key": True, "whispers": True}, "answered"),
        (Phone(keys="2"), {"needs_key": True}, "missed"),
        (Phone(hangs_up_at_whisper=True), {"needs_key": True}, "missed"),
        (Phone("failed"), VOICEMAIL, "voicemail"),
    ],
)
def test_every_end_of_a_call_comes_out_right(twilio, phone, fields, status, delivery):
    numbered(**fields)
    outcome = twilio.call(CALLER, OURS, Script(phone=phone, talks=65, delivery=delivery))
    assert not outcome.is_error
    call = Call.objects.get(sid=outcome.sid)
    assert (call.status, call.ended_at is not None) == (status, True)
    assert (call.talk_seconds is not None) == (status == "answered")
    assert InboxRow.objects.get().call == call


def test_a_forwarded_call_rings_the_other_phone(twilio):
    numbered(on_no_answer="forward", forward_to=MOBILE)
    outcome = twilio.call(CALLER, OURS, Script(phones={SALES: Phone("no-answer")}))
    assert outcome.rung == [SALES, MOBILE]
    call = Call.objects.get()
    assert (call.status, str(call.answered_on)) == ("answered", MOBILE)


def test_who_hangs_up_while_it_rings_was_not_missed_by_us(twilio):
    numbered(**VOICEMAIL)
    FlowText.objects.update(consent="")
    twilio.call(CALLER, OURS, Script(gives_up_after=8, phone=Phone("no-answer")))
    assert Call.objects.get().status == "abandoned"


def test_what_is_not_ready_is_asked_for_again_after_a_growing_pause(twilio):
    numbered()
    twilio.call(CALLER, OURS, Script(is_recording_late=True))
    row = fetch()
    assert (row.state, row.tries, row.error) == ("waiting", 1, "not_found")
    first = row.due_at - timezone.now()
    assert recordings.fetch_due(now=timezone.now()) == 0
    row = fetch(timedelta(minutes=2))
    assert (row.tries, row.due_at - timezone.now() > first) == (2, True)
    twilio.books.finish_recordings()
    assert fetch(timedelta(hours=1)).state == "stored"


def test_what_never_comes_is_given_up(twilio):
    numbered()
    twilio.call(CALLER, OURS, Script(is_recording_late=True))
    for day in range(recordings.MAX_TRIES):
        fetch(timedelta(days=day))
    assert Recording.objects.get().state == "failed"
    before = len(twilio.asked)
    fetch(timedelta(days=99))
    assert len(twilio.asked) == before


def test_too_many_requests_are_waited_out(twilio):
    numbered()
    twilio.call(CALLER, OURS)
    twilio.troubles.append(Trouble(path=r"\.mp3", status=429, code=20429, retry_after="300"))
    row = fetch()
    assert (row.state, row.due_at > timezone.now() + timedelta(seconds=290)) == ("waiting", True)
    assert fetch(timedelta(minutes=10)).state == "stored"


def test_two_workers_never_fetch_one_recording(twilio):
    numbered()
    twilio.call(CALLER, OURS)
    row, now = Recording.objects.get(), timezone.now() + timedelta(seconds=5)
    assert recordings._claimed(row.pk, now) is not None
    assert recordings._claimed(row.pk, now) is None
    # Whoever took it died: it is somebody's again later.
    assert recordings.fetch_due(now=now + timedelta(minutes=16)) == 1


def test_the_carriers_copy_goes_where_the_flow_says_so(twilio):
    numbered(empties_carrier=True)
    twilio.call(CALLER, OURS)
    fetch()
    twilio.troubles.append(Trouble(method="DELETE", status=503))
    later = timezone.now() + timedelta(seconds=5)
    assert (recordings.empty_carriers(now=later), len(twilio.books.recordings)) == (0, 1)
    assert recordings.empty_carriers(now=later + timedelta(hours=1)) == 1
    assert not twilio.books.recordings
    assert (Recording.objects.get().state, Recording.objects.get().leaves_carrier) == ("stored", False)


def test_a_recording_is_deleted_here_and_there_when_its_time_is_over(twilio):
    numbered(keeps_days=30)
    twilio.call(CALLER, OURS)
    row = fetch()
    path = Path(row.file.path)
    now = timezone.now()
    assert recordings.delete_old(now=now + timedelta(days=29)) == 0
    assert path.exists()
    later = now + timedelta(days=31)
    assert recordings.delete_old(now=later) == 1
    assert recordings.delete_old(now=later) == 0
    row.refresh_from_db()
    assert (row.state, row.file.name, row.deleted_at, path.exists()) == ("deleted", "", later, False)
    assert recordings.empty_carriers(now=later) == 1
    assert not twilio.books.recordings


@pytest.fixture
def heard(twilio):
    """A stored recording of a lead that belongs to Sally."""
    numbered()
    twilio.call(CALLER, OURS)
    inbox.work(InboxRow.objects.get().pk)
    deal = Lead.objects.get().deal
    deal.owner = make.member("sales", "sally").user
    deal.save()
    return fetch()


def url_of(row: Recording) -> str:
    return f"/calls/{row.call_id}/recording/{row.pk}"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize(
    ("role", "status"),
    [("admin", 200), ("sales_manager", 200), ("sales", 404), ("marketer", 403), ("agency", 403)],
)
def test_only_who_may_hears_it(heard, login, role, status):
    assert login(role).get(url_of(heard)).status_code == status


def test_a_sales_person_hears_the_calls_of_their_own_leads(heard):
    client = Client()
    client.force_login(make.Member.objects.get(user__username="sally").user)
    response = client.get(url_of(heard))
    assert body(response) == heard.file.open().read()
    assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == (
        "audio/mpeg",
        "private, no-store",
    )
    page = client.get(f"/leads/{Lead.objects.get().public_id}/recordings").content.decode()
    assert f'<audio class="w-100" controls preload="none" src="{url_of(heard)}">' in page


def test_a_stranger_is_sent_to_the_login_and_the_file_is_at_no_address(heard, client):
    assert client.get(url_of(heard)).status_code == 302
    assert client.get(f"/media/{heard.file.name}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "part", "told"),
    [
        ("bytes=0-", 206, slice(0, None), "bytes 0-{last}/{size}"),
        ("bytes=10-19", 206, slice(10, 20), "bytes 10-19/{size}"),
        ("bytes=-5", 206, slice(-5, None), "bytes {tail}-{last}/{size}"),
        ("bytes=5-999999999", 206, slice(5, None), "bytes 5-{last}/{size}"),
        ("bytes=-999999999", 206, slice(0, None), "bytes 0-{last}/{size}"),
        ("bytes=999999999-", 416, slice(0, 0), "bytes */{size}"),
        ("bytes=-0", 416, slice(0, 0), "bytes */{size}"),
        ("bytes=9-3", 416, slice(0, 0), "bytes */{size}"),
        ("bytes=0-1,5-6", 200, slice(0, None), None),
        ("bytes=-", 200, slice(0, None), None),
        ("pages=1-2", 200, slice(0, None), None),
    ],
)
def test_a_player_may_ask_for_any_part(heard, login, asked, status, part, told):
    whole = heard.file.open().read()
    response = login().get(url_of(heard), headers={"Range": asked})
    assert response.status_code == status
    expected = told and told.format(size=len(whole), last=len(whole) - 1, tail=len(whole) - 5)
    assert response.headers.get("Content-Range") == expected
    got = body(response) if response.streaming else response.content
    assert got == whole[part]


def test_it_stays_on_record_who_listened(heard, login):
    client = login("admin", "boss")
    client.get(url_of(heard))
    client.get(url_of(heard), headers={"Range": "bytes=100-"})
    entry = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert (entry.actor.username, entry.object_pk) == ("boss", str(heard.pk))


def test_another_calls_recording_is_not_found_under_this_one(heard, login):
    assert login().get(f"/calls/{heard.call_id + 1}/recording/{heard.pk}").status_code == 404


def test_a_deleted_recording_is_told_and_not_played(heard, login):
    recordings.delete_old(now=timezone.now() + timedelta(days=100))
    client = login()
    assert client.get(url_of(heard)).status_code == 404
    page = client.get(f"/leads/{Lead.objects.get().public_id}/recordings").content.decode()
    assert "It was deleted by the rule" in page


def test_a_worker_who_dies_between_file_and_row_leaves_no_file_behind(twilio, tmp_path, monkeypatch):
    numbered()
    twilio.call(CALLER, OURS, Script(talks=65))
    with monkeypatch.context() as dying:
        dying.setattr(recordings, "flow_of_call", _dies)
        with pytest.raises(KeyboardInterrupt):
            fetch()
    row = fetch(timedelta(hours=1))
    assert row.state == "stored"
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.mp3")] == [row.file.name]


def _dies(_call: Call) -> None:
    raise KeyboardInterrupt


def test_a_carrier_that_drips_is_left_before_another_worker_begins(twilio, monkeypatch):
    numbered()
    twilio.call(CALLER, OURS, Script(talks=65))
    monkeypatch.setattr(recordings, "_FETCH_SECONDS", -1)
    row = fetch()
    assert (row.state, row.error) == ("waiting", "too_slow")


def test_what_could_not_be_fetched_goes_at_the_carrier_when_its_time_is_over(twilio):
    numbered()
    twilio.call(CALLER, OURS, Script(talks=65))
    Recording.objects.update(state="failed")
    later = timezone.now() + timedelta(days=100)
    assert recordings.delete_old(now=later) == 1
    assert recordings.empty_carriers(now=later) == 1
    assert (Recording.objects.get().state, list(twilio.books.recordings)) == ("deleted", [])


def test_who_skips_the_first_byte_is_on_record_all_the_same(heard, login):
    login("admin", "boss").get(url_of(heard), headers={"Range": "bytes=1-"})
    assert LogEntry.objects.get(action=LogEntry.Action.ACCESS).actor.username == "boss"
