"""Calls in daily work: who rings, who is called back, what they wanted, what was said."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.accounts.models import Member
from leadtrack.deals.assign import open_deal
from leadtrack.deals.models import CallBack, Deal, DealEvent
from leadtrack.leads import transcripts
from leadtrack.leads.models import Attempt, InboxRow, Lead
from leadtrack.phones.models import Call, ListedCaller, TrackedNumber
from tests import make
from tests.deals.people import PHONE, client_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SHOWN = "+49 1512 3456789"


@pytest.fixture
def number() -> TrackedNumber:
    return make.number(site=make.site())


@pytest.fixture
def seller() -> Member:
    return make.member("sales", "seller")


def call_of(number: TrackedNumber, caller: str = PHONE, *, ago: int = 30, **fields: Any) -> Call:
    """A call that began so many seconds ago, ringing unless said otherwise."""
    begun = timezone.now() - timedelta(seconds=ago)
    place = {"account": number.account, "number": number, "source": make.source()}
    sid = f"CA{Call.objects.count()}"
    return Call.objects.create(**place, sid=sid, caller=caller, started_at=begun, day=begun.date(), **fields)


def lead_of(call: Call, owner: Member | None = None, **fields: Any) -> Deal:
    who = make.contact(phone=str(call.caller or ""), name="Ann Secret")
    lead = make.lead(on=call.number.site, who=who, kind="call", call=call, phone=call.caller, **fields)
    return make.deal(of=lead, owner=owner.user if owner else None)


def missed(number: TrackedNumber, owner: Member, caller: str = PHONE, *, due: int = 900) -> CallBack:
    ago = 300
    call = call_of(
        number, caller, ago=ago, status="missed", ended_at=timezone.now() - timedelta(seconds=ago - 20)
    )
    deal = lead_of(call, owner)
    due_at = timezone.now() + timedelta(seconds=due)
    return CallBack.objects.create(deal=deal, call=call, due_at=due_at, made_at=call.ended_at)


def text_of(page: Any) -> str:
    assert page.status_code == 200, page.status_code
    return unescape(page.content.decode())


def shown(page: Any) -> list[str]:
    return re.findall(r'id="row-(ld_\w+)"', page.content.decode())


def news_of(page: Any) -> str:
    found = re.search(r'hx-get="(/inbox/news[^"]*)"', page.content.decode())
    assert found
    return unescape(found[1])


def undo_of(page: Any) -> tuple[str, dict[str, str]]:
    note = page.content.decode().split("data-note", 1)[1]
    action = re.search(r'action="([^"]+)"', note)
    assert action
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', note))
    return action[1], {
        name: unescape(value) for name, value in fields.items() if name != "csrfmiddlewaretoken"
    }


# Who rings


def test_an_open_inbox_shows_who_rings_and_forgets_who_is_gone(seller: Member, number: TrackedNumber) -> None:
    client = client_of(seller)
    ask = news_of(client.get("/inbox/"))
    assert client.get(ask).status_code == 204
    call = call_of(number)
    answer = client.get(ask)
    text = text_of(answer)
    for words in ("Ringing now:", SHOWN, "google", "brand", "first call", 'data-clock="30"'):
        assert words in text
    assert answer.headers["HX-Reswap"] == "none", "the list below must not move"
    ask = news_of(answer)
    assert client.get(ask).status_code == 204
    Call.objects.filter(pk=call.pk).update(status="missed", ended_at=timezone.now())
    assert "Ringing now" not in text_of(client.get(ask))


@pytest.mark.parametrize(
    ("status", "minutes", "is_there"),
    [("ringing", 9, True), ("ringing", 11, False), ("talking", 11, True), ("talking", 800, False)],
)
def test_a_call_whose_end_nobody_told_does_not_ring_for_ever(
    seller: Member, number: TrackedNumber, status: str, minutes: int, *, is_there: bool
) -> None:
    call_of(number, ago=60 * minutes, status=status)
    assert (SHOWN in text_of(client_of(seller).get("/inbox/"))) is is_there


def test_it_is_on_the_page_from_the_start_and_while_somebody_searches(
    seller: Member, number: TrackedNumber
) -> None:
    call_of(number)
    client = client_of(seller)
    assert SHOWN in text_of(client.get("/inbox/"))
    found = client.post("/inbox/", {"search": "nobody"}, headers=HTMX)
    ask = news_of(found)
    assert "only=calls" in ask
    assert client.get(ask).status_code == 204
    call_of(number, "+4930111222")
    answer = client.get(ask)
    assert "+49 30 111222" in text_of(answer)
    assert 'id="row-' not in text_of(answer)


def test_a_caller_whom_we_know_is_told_with_what_came_before(seller: Member, number: TrackedNumber) -> None:
    for _ in range(2):
        call_of(number, ago=9000, status="answered", ended_at=timezone.now())
    won = make.deal(
        of=make.lead(who=make.contact(phone=PHONE, name="Ann Secret")), group="won", owner=seller.user
    )
    call_of(number, status="talking", answered_at=timezone.now() - timedelta(seconds=65))
    text = text_of(client_of(seller).get("/inbox/"))
    for words in ("Talking:", "Ann Secret", "third call", "last deal won", 'data-clock="65"'):
        assert words in text
    assert f"/contacts/{won.lead.contact.public_id}/" in text


def test_it_leads_to_the_lead_once_there_is_one_also_as_an_attempt(
    seller: Member, number: TrackedNumber
) -> None:
    deal = lead_of(call_of(number, ago=3600, status="missed", ended_at=timezone.now()), seller)
    again = call_of(number)
    row = InboxRow.objects.create(door="call", site=number.site, call=again, submission_key="x", payload={})
    Attempt.objects.create(
        lead=deal.lead, inbox_row=row, source=again.source, call=again, at=again.started_at
    )
    text = text_of(client_of(seller).get("/inbox/"))
    panel = text.split('id="ringing"')[1].split("</section>")[0]
    assert f'href="/leads/{deal.lead.public_id}/"' in panel


def test_nobody_sees_the_callers_of_a_colleague_and_an_agency_no_phone(
    seller: Member, number: TrackedNumber, login: Callable[..., Client]
) -> None:
    lead_of(call_of(number), make.member("sales"))
    assert "Ringing now" not in text_of(client_of(seller).get("/inbox/"))
    assert SHOWN in text_of(login("sales_manager").get("/inbox/"))
    agency = text_of(login("agency").get("/inbox/"))
    assert "Ringing now" in agency
    assert not [words for words in (SHOWN, "Ann Secret", "1512") if words in agency]


@pytest.mark.parametrize(
    "fields", [{"is_test": True}, {"direction": "out"}, {"ago": 60 * 60 * 13}], ids=["test", "ours", "stale"]
)
def test_neither_tests_nor_our_own_calls_nor_forgotten_ones_ring(
    seller: Member, number: TrackedNumber, fields: dict[str, Any]
) -> None:
    call_of(number, **fields)
    assert "Ringing now" not in text_of(client_of(seller).get("/inbox/"))


def test_a_listed_phone_does_not_ring_here_and_a_withheld_one_does(
    seller: Member, number: TrackedNumber
) -> None:
    ListedCaller.objects.create(phone=PHONE, kind="own")
    call_of(number)
    call_of(number, "")
    text = text_of(client_of(seller).get("/inbox/"))
    assert text.count("Ringing now") == 1
    assert "withheld" in text


@pytest.mark.parametrize("count", [1, 15])
def test_who_rings_costs_the_same_for_one_and_for_many(
    seller: Member, number: TrackedNumber, django_assert_num_queries: Any, count: int
) -> None:
    client = client_of(seller)
    ask = news_of(client.get("/inbox/"))
    for place in range(count):
        lead_of(call_of(number, f"+49151000000{place:02}"), seller)
    # session, user, member, newest event, calls going on; then calls, listed, attempts, leads, people,
    # deals, whose they are, how often
    with django_assert_num_queries(13):
        client.get(ask)


def test_after_a_talk_of_mine_it_asks_what_they_wanted(seller: Member, number: TrackedNumber) -> None:
    call = call_of(number, status="talking", answered_by=seller.user, answered_at=timezone.now())
    deal, client = lead_of(call, seller), client_of(seller)
    ask = news_of(client.get("/inbox/"))
    Call.objects.filter(pk=call.pk).update(status="answered", ended_at=timezone.now(), talk_seconds=70)
    text = text_of(client.get(ask))
    assert 'data-shortcut="n"' in text
    assert "What did they want?" in text
    other = client_of(make.member("sales_manager"))
    assert "What did they want?" not in text_of(other.get(ask))
    where = f"/leads/{deal.lead.public_id}/note"
    answer = client.post(where, {"text": "A blue sofa", "from": "inbox"}, headers=HTMX)
    assert "Noted." in text_of(answer)
    event = DealEvent.objects.get(kind="note")
    assert (event.details["text"], event.by) == ("A blue sofa", seller.user)
    assert "A blue sofa" in text_of(client.get(f"/leads/{deal.lead.public_id}/"))
    client.post(f"{where}/undo", {"event": event.pk, "from": "inbox"}, headers=HTMX)
    assert "A blue sofa" not in text_of(client.get(f"/leads/{deal.lead.public_id}/"))


# To call back


def test_who_waits_is_marked_listed_by_due_and_counted(seller: Member, number: TrackedNumber) -> None:
    calm = make.deal(owner=seller.user)
    later, urgent = missed(number, seller), missed(number, seller, "+4930111222", due=-60)
    client = client_of(seller)
    page = client.get("/inbox/")
    assert text_of(page).count("Call back: missed") == 2
    assert text_of(page).count("bg-red-lt call-back-badge") == 1
    assert calm.lead.public_id in shown(page)
    ids = [one.deal.lead.public_id for one in (urgent, later)]
    assert shown(client.get("/inbox/?state=call_back")) == ids
    assert ">2<" in text_of(client.get("/inbox/to-call"))
    assert text_of(client_of(make.member("sales")).get("/inbox/to-call")).strip() == ""
    assert "Nobody waits for a call" in text_of(
        client_of(make.member("sales")).get("/inbox/?state=call_back")
    )


def test_the_lead_has_the_task_on_top_with_one_key_and_one_tap(seller: Member, number: TrackedNumber) -> None:
    waiting = missed(number, seller)
    client, where = client_of(seller), f"/leads/{waiting.deal.lead.public_id}/"
    text = text_of(client.get(where))
    assert 'href="tel:+49-1512-3456789" data-shortcut="c"' in text
    answer = client.post(f"{where}call-back", {"how": "by_hand"}, headers=HTMX)
    assert "Called back." in text_of(answer)
    assert "badges-changed" in answer.headers["HX-Trigger"]
    waiting.refresh_from_db()
    assert (waiting.how, waiting.done_by, waiting.is_recovered) == ("by_hand", seller.user, True)
    assert "Somebody said so" in text_of(client.get(where))
    address, fields = undo_of(answer)
    assert 'data-shortcut="c"' in text_of(client.post(address, fields, headers=HTMX))
    waiting.refresh_from_db()
    assert (waiting.how, waiting.done_at) == ("", None)
    client.post(f"{where}call-back", {"how": "not_needed"}, headers=HTMX)
    waiting.refresh_from_db()
    assert (waiting.how, waiting.is_recovered) == ("not_needed", False)


@pytest.mark.parametrize("how", ["", "called_again", "x"])
def test_nobody_says_what_only_a_call_can(seller: Member, number: TrackedNumber, how: str) -> None:
    waiting = missed(number, seller)
    where = f"/leads/{waiting.deal.lead.public_id}/call-back"
    assert "That did not work" in text_of(client_of(seller).post(where, {"how": how}, headers=HTMX))
    waiting.refresh_from_db()
    assert waiting.done_at is None


def test_a_call_back_of_another_deal_cannot_be_undone_from_here(
    seller: Member, number: TrackedNumber
) -> None:
    waiting = missed(number, seller)
    client = client_of(seller)
    client.post(f"/leads/{waiting.deal.lead.public_id}/call-back", {"how": "by_hand"})
    own = make.deal(owner=seller.user)
    client.post(f"/leads/{own.lead.public_id}/call-back/undo", {"ids": str(waiting.pk)})
    waiting.refresh_from_db()
    assert waiting.how == "by_hand"


def test_an_open_inbox_hears_that_somebody_was_called_back(seller: Member, number: TrackedNumber) -> None:
    waiting, client = missed(number, seller), client_of(seller)
    ask = news_of(client.get("/inbox/?state=call_back"))
    assert client.get(ask).status_code == 204
    client.post(f"/leads/{waiting.deal.lead.public_id}/call-back", {"how": "by_hand"})
    assert shown(client.get(ask)) == []


# What was said


def test_a_verdict_and_what_was_said_are_kept_with_undo(seller: Member, number: TrackedNumber) -> None:
    call = call_of(number, status="answered", talk_seconds=10, ended_at=timezone.now(), is_target=False)
    deal, client = lead_of(call, seller), client_of(seller)
    where = f"/leads/{deal.lead.public_id}/calls"
    assert "not a target call" in text_of(client.get(where))
    answer = client.post(f"{where}/{call.pk}/verdict", {"verdict": "yes"}, headers=HTMX)
    assert "said by seller" in text_of(answer)
    call.refresh_from_db()
    assert (call.verdict, call.verdict_by, call.is_target_call) == (True, seller.user, True)
    assert "target call" in text_of(client.get(f"/leads/{deal.lead.public_id}/"))
    client.post(*undo_of(answer))
    call.refresh_from_db()
    assert (call.verdict, call.verdict_by) == (None, None)
    answer = client.post(f"{where}/{call.pk}/transcript", {"text": "Hello\0, a sofa"}, headers=HTMX)
    assert "Hello, a sofa" in text_of(answer)
    client.post(*undo_of(answer))
    call.refresh_from_db()
    assert call.transcript == ""
    other = call_of(number, "+4930111222", status="missed", ended_at=timezone.now())
    assert client.post(f"{where}/{other.pk}/verdict", {"verdict": "yes"}).status_code == 404


def test_how_often_and_how_genuine_a_caller_is(seller: Member, number: TrackedNumber) -> None:
    call_of(number, ago=9000, status="missed", ended_at=timezone.now())
    call = call_of(number, status="missed", ended_at=timezone.now(), stir="TN-Validation-Failed-C")
    deal = lead_of(call, seller)
    text = text_of(client_of(seller).get(f"/leads/{deal.lead.public_id}/calls"))
    assert "second call" in text
    assert "this number is not the caller's own" in text


def test_what_was_said_is_personal(login: Callable[..., Client], number: TrackedNumber) -> None:
    call = call_of(number, status="answered", ended_at=timezone.now(), transcript="my secret address")
    deal = lead_of(call)
    text = text_of(login("agency").get(f"/leads/{deal.lead.public_id}/calls"))
    assert "secret address" not in text
    assert "Block" not in text
    assert "secret address" in text_of(login("marketer").get(f"/leads/{deal.lead.public_id}/calls"))


@pytest.mark.parametrize("term", ["blue sofa", "BLUE SOFA", "синий", "ДИВАН"])
def test_a_lead_is_found_by_what_was_said(seller: Member, number: TrackedNumber, term: str) -> None:
    call = call_of(number, status="answered", ended_at=timezone.now(), transcript="A Blue Sofa, синий Диван")
    deal = lead_of(call, seller)
    make.deal(owner=seller.user)
    assert shown(client_of(seller).post("/inbox/", {"search": term})) == [deal.lead.public_id]
    other = client_of(make.member("sales"))
    assert shown(other.post("/inbox/", {"search": term})) == []


def test_only_the_latest_texts_are_looked_through(
    seller: Member, number: TrackedNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcripts, "LOOKED_THROUGH", 1)
    for place, ago in enumerate((30, 9000)):
        call = call_of(number, f"+493011122{place}", ago=ago, status="answered", transcript="a blue sofa")
        lead_of(call, seller)
    newest = Lead.objects.get(call__caller="+4930111220")
    assert shown(client_of(seller).post("/inbox/", {"search": "sofa"})) == [newest.public_id]


def test_blocking_a_caller_offers_spam_and_can_be_undone(seller: Member, number: TrackedNumber) -> None:
    deal = lead_of(call_of(number, status="missed", ended_at=timezone.now()), seller)
    client, where = client_of(seller), f"/leads/{deal.lead.public_id}/"
    answer = client.post(f"{where}block", headers=HTMX)
    assert "Is this lead spam as well?" in text_of(answer)
    row = ListedCaller.objects.get()
    assert (str(row.phone), row.kind, row.listed_by) == (PHONE, "blocked", seller.user)
    assert Lead.objects.get().status == "new"
    assert "on a list already" in text_of(client.post(f"{where}block", headers=HTMX))
    client.post(*undo_of(answer))
    assert not ListedCaller.objects.exists()


def test_an_empty_note_is_told_next_to_its_field(seller: Member) -> None:
    deal = open_deal(make.lead())
    Deal.objects.update(owner=seller.user)
    client, where = client_of(seller), f"/leads/{deal.lead.public_id}/note"
    assert "Write something first." in text_of(client.post(where, {"text": " "}, headers=HTMX))
    assert "too long for a note" in text_of(client.post(where, {"text": "a" * 2001}, headers=HTMX))
    assert not DealEvent.objects.filter(kind="note").exists()
