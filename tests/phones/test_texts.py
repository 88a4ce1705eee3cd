"""Texts and WhatsApp messages: kept once, sent once, STOP heeded; through signed webhooks and real HTTP."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.leads.models import Lead
from leadtrack.leads.talk import talk_of
from leadtrack.phones import sending, texts
from leadtrack.phones.carriers import interface
from leadtrack.phones.models import Call, CallFlow, FlowText, ListedCaller, OptOut, TextMessage, TrackedNumber
from leadtrack.phones.opt_words import opt_word
from tests import make
from tests.leads.senders import work_all
from tests.phones import twilio
from tests.phones.fake_twilio import ClientDoor, FakeTwilio, Trouble
from tests.phones.twilio import signed_post

pytestmark = pytest.mark.django_db
DOOR, STATUS = "/hooks/twilio/message", "/hooks/twilio/message-status"
CALLER = twilio.CALLER


def text(body: str = "Is the sofa there?", sid: str = "SM1", **more: str) -> dict[str, str]:
    told = {"AccountSid": twilio.ACCOUNT, "MessageSid": sid, "From": CALLER, "To": twilio.OURS, "Body": body}
    return told | more


def by_whatsapp(body: str, sid: str) -> dict[str, str]:
    return text(body, sid) | {"From": f"whatsapp:{CALLER}", "To": f"whatsapp:{twilio.OURS}"}


@pytest.fixture
def number() -> TrackedNumber:
    return make.number()


@pytest.fixture
def carrier(settings: Any, number: TrackedNumber) -> Iterator[FakeTwilio]:
    settings.PUBLIC_BASE_URL = "http://testserver"
    with FakeTwilio(door=ClientDoor(), start=timezone.now()) as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        fake.books.own(twilio.OURS)
        yield fake


def written(number: TrackedNumber, body: str = "Yes, it is.", key: str = "k1", **more: Any) -> TextMessage:
    usual = {"channel": "sms", "phone": CALLER, "by": None, "at": timezone.now()}
    return texts.write_text(**usual | more | {"number": number, "body": body, "key": key})


def sent(text: TextMessage, at: datetime | None = None) -> TextMessage:
    sending.send(text.pk, now=at or timezone.now())
    text.refresh_from_db()
    return text


# --- what they write


def test_a_text_is_kept_once_however_often_it_comes(client: Client, number: TrackedNumber) -> None:
    for _time in range(2):
        assert signed_post(client, DOOR, text()).status_code == 200
    kept = TextMessage.objects.get()
    assert (str(kept.phone), kept.body, kept.state, kept.number) == (
        CALLER,
        "Is the sofa there?",
        "received",
        number,
    )


def test_an_unsigned_text_is_not_kept(client: Client, number: TrackedNumber) -> None:
    assert client.post(DOOR, text()).status_code == 403
    assert not TextMessage.objects.exists()


@pytest.mark.parametrize(
    "word",
    ["STOP", "stopall", "Unsubscribe", "CANCEL", "end", "Quit.", "СТОП", "отписаться", "Отписка"],
)
def test_whoever_writes_stop_gets_no_more(client: Client, number: TrackedNumber, word: str) -> None:
    signed_post(client, DOOR, text(word))
    assert OptOut.objects.get().ended_at is None
    assert written(number).state == "stopped"
    assert texts.why_not(number=number, phone=CALLER, channel="sms", now=timezone.now()) == "opted_out"


@pytest.mark.parametrize("word", ["START", "unstop", "Yes", "СТАРТ"])
def test_start_takes_it_back(client: Client, number: TrackedNumber, word: str) -> None:
    signed_post(client, DOOR, text("STOP", "SM1"))
    signed_post(client, DOOR, text(word, "SM2"))
    assert OptOut.objects.get().ended_at
    assert written(number).state == "waiting"


def test_a_wish_holds_for_its_channel_phone_and_account(client: Client, number: TrackedNumber) -> None:
    signed_post(client, DOOR, by_whatsapp("Hello", "SM1"))
    signed_post(client, DOOR, by_whatsapp("stop", "SM2"))
    now = timezone.now()
    assert texts.why_not(number=number, phone=CALLER, channel="whatsapp", now=now) == "opted_out"
    assert texts.why_not(number=number, phone=CALLER, channel="sms", now=now) == ""
    assert texts.why_not(number=number, phone="+15550109999", channel="sms", now=now) == ""


def test_the_carriers_own_word_counts_and_a_sentence_does_not() -> None:
    assert opt_word({"Body": "genug", "OptOutType": "STOP"}) == "stop"
    assert opt_word({"Body": "Do not stop by today"}) == ""
    assert opt_word({"Body": "yes"}) == ""


def test_whatsapp_may_be_answered_for_a_day(client: Client, number: TrackedNumber) -> None:
    signed_post(client, DOOR, by_whatsapp("Hello", "SM1"))
    asked = {"number": number, "phone": CALLER, "channel": "whatsapp"}
    now = timezone.now()
    assert texts.why_not(**asked, now=now + timedelta(hours=23, minutes=59)) == ""
    assert texts.why_not(**asked, now=now + timedelta(hours=24, minutes=1)) == "window"


# --- what we write


def test_a_text_is_sent_and_arrives(carrier: FakeTwilio, number: TrackedNumber) -> None:
    text = sent(written(number))
    assert text.state == "sent"
    (message,) = carrier.books.messages.values()
    assert (message["sid"], message["body"], message["to"]) == (text.sid, "Yes, it is.", CALLER)
    assert carrier.deliver_texts() == 1
    text.refresh_from_db()
    assert text.state == "delivered"


def test_a_whatsapp_message_goes_by_whatsapp(carrier: FakeTwilio, number: TrackedNumber) -> None:
    sent(written(number, channel="whatsapp"))
    (message,) = carrier.books.messages.values()
    assert (message["from"], message["to"]) == (f"whatsapp:{twilio.OURS}", f"whatsapp:{CALLER}")


def test_nothing_is_sent_twice(carrier: FakeTwilio, number: TrackedNumber) -> None:
    first = written(number)
    assert written(number, "Another body, same form") == first
    for _worker in range(3):
        sent(first)
    sending.send_due(now=timezone.now() + timedelta(days=1))
    assert len(carrier.books.messages) == 1


def test_an_answer_that_never_came_is_shown_and_not_sent_again(
    carrier: FakeTwilio, number: TrackedNumber
) -> None:
    carrier.troubles.append(Trouble(path="Messages", drops_after=True))
    text = sent(written(number))
    assert (text.state, bool(text.error)) == ("asked", True)
    assert sending.send_due(now=timezone.now() + timedelta(days=1)) == 0
    assert len(carrier.books.messages) == 1
    # What the carrier tells later says that it was sent after all.
    carrier.deliver_texts()
    text.refresh_from_db()
    assert (text.state, text.error, bool(text.sid)) == ("delivered", "", True)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_carrier_is_asked_again_later(carrier: FakeTwilio, number: TrackedNumber, status: int) -> None:
    carrier.troubles.append(Trouble(path="Messages", status=status))
    text = sent(written(number))
    now = timezone.now()
    assert text.state == "waiting"
    assert text.due_at > now
    assert sending.send_due(now=now) == 0
    assert sending.send_due(now=now + timedelta(minutes=5)) == 1
    assert len(carrier.books.messages) == 1


@pytest.mark.parametrize(("code", "state"), [(21610, "stopped"), (21614, "failed")])
def test_a_refusal_is_kept_by_its_code(
    carrier: FakeTwilio, number: TrackedNumber, code: int, state: str
) -> None:
    carrier.troubles.append(Trouble(path="Messages", status=400, code=code))
    text = sent(written(number))
    assert (text.state, text.error) == (state, str(code))
    assert OptOut.objects.exists() is (code == 21610)


def test_who_opts_out_while_a_text_waits_does_not_get_it(
    carrier: FakeTwilio, client: Client, number: TrackedNumber
) -> None:
    text = written(number)
    signed_post(
        client,
        DOOR,
        {
            "AccountSid": twilio.ACCOUNT,
            "MessageSid": "SM9",
            "From": CALLER,
            "To": twilio.OURS,
            "Body": "STOP",
        },
    )
    assert sent(text).state == "stopped"
    assert not carrier.books.messages


def test_news_of_a_text_come_in_any_order_and_twice(
    carrier: FakeTwilio, client: Client, number: TrackedNumber
) -> None:
    text = sent(written(number))
    told = {"AccountSid": twilio.ACCOUNT, "MessageSid": text.sid}
    for status in ("delivered", "sent", "delivered", "queued", "failed"):
        signed_post(client, f"{STATUS}?text={text.pk}", told | {"MessageStatus": status})
    text.refresh_from_db()
    assert text.state == "delivered"


def test_a_text_that_did_not_arrive_says_why(carrier: FakeTwilio, number: TrackedNumber) -> None:
    text = sent(written(number))
    carrier.deliver_texts("undelivered", "30003")
    text.refresh_from_db()
    assert (text.state, text.error) == ("failed", "30003")


@pytest.mark.parametrize("query", ["", "?text=0", "?text=x", "?text=99999999999999999999"])
def test_news_of_nobodys_text_change_nothing(client: Client, number: TrackedNumber, query: str) -> None:
    told = {"AccountSid": twilio.ACCOUNT, "MessageSid": "SMx", "MessageStatus": "delivered"}
    waiting = written(number)
    assert signed_post(client, STATUS + query, told).status_code == 204
    assert client.post(STATUS + query, told).status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


# --- the missed call


@pytest.fixture
def missed(number: TrackedNumber) -> Callable[..., Any]:
    flow = CallFlow.objects.create(name="Main", texts_missed=True, language="en-US")
    FlowText.objects.create(flow=flow, language="en-US", missed_text="Sorry, we call you back.")
    FlowText.objects.create(flow=flow, language="ru-RU", missed_text="Мы перезвоним.")
    TrackedNumber.objects.update(flow=flow)
    number.refresh_from_db()

    def call(sid: str = "CA1", **fields: Any) -> Any:
        now = timezone.now()
        usual = {"caller": CALLER, "status": "missed", "source": make.source(), "started_at": now}
        return Call.objects.create(
            account=number.account, number=number, sid=sid, day=now.date(), **usual | fields
        )

    return call


def test_a_missed_caller_gets_one_text(missed: Callable[..., Any]) -> None:
    call, now = missed(), timezone.now()
    first, again = texts.text_missed(call, at=now), texts.text_missed(call, at=now)
    assert first == again
    assert first is not None
    assert (first.body, first.call, first.state) == ("Sorry, we call you back.", call, "waiting")
    assert texts.text_missed(missed("CA2"), at=now) is None


def test_it_is_in_the_numbers_language(missed: Callable[..., Any]) -> None:
    TrackedNumber.objects.update(language="ru-RU")
    call = missed()
    call.number.refresh_from_db()
    answer = texts.text_missed(call, at=timezone.now())
    assert answer is not None
    assert answer.body == "Мы перезвоним."


def test_some_are_not_texted(missed: Callable[..., Any], number: TrackedNumber) -> None:
    now = timezone.now()
    assert texts.text_missed(missed("CA1", caller=""), at=now) is None
    OptOut.objects.create(account=number.account, phone=CALLER)
    assert texts.text_missed(missed("CA2"), at=now) is None
    ListedCaller.objects.create(phone="+15550107777", kind="own")
    assert texts.text_missed(missed("CA3", caller="+15550107777"), at=now) is None
    CallFlow.objects.update(texts_missed=False)
    assert texts.text_missed(missed("CA4", caller="+15550106666"), at=now) is None
    assert not TextMessage.objects.exists()


# --- on the page of the lead


@pytest.fixture
def lead(client: Client, number: TrackedNumber, django_capture_on_commit_callbacks: Any) -> Lead:
    with django_capture_on_commit_callbacks():
        signed_post(client, DOOR, text())
    work_all()
    return Lead.objects.get()


def page_of(lead: Lead) -> str:
    return f"/leads/{lead.public_id}/texts"


def test_the_page_shows_what_was_written_and_answers(
    lead: Lead, login: Callable[..., Client], carrier: FakeTwilio
) -> None:
    browser = login("sales_manager")
    page = browser.get(page_of(lead)).content.decode()
    assert "Is the sofa there?" in page
    assert "Answer by text message" in page
    form = {"body": "Yes, come by.", "key": "a" * 32}
    for _click in range(2):
        assert "Yes, come by." in browser.post(page_of(lead), form).content.decode()
    answer = TextMessage.objects.get(is_inbound=False)
    assert (answer.body, str(answer.phone)) == ("Yes, come by.", CALLER)
    assert answer.by == Member.objects.get(role="sales_manager").user
    assert sent(answer).state == "sent"


def test_why_nothing_can_be_written_stands_there(
    lead: Lead, login: Callable[..., Client], client: Client
) -> None:
    signed_post(client, DOOR, text("STOP", "SM2"))
    browser = login("sales_manager")
    page = browser.get(page_of(lead)).content.decode()
    assert "once they write START" in page
    assert "<textarea" not in page
    browser.post(page_of(lead), {"body": "Still there?", "key": "a" * 32})
    assert not TextMessage.objects.filter(is_inbound=False).exists()


@pytest.mark.parametrize(
    "form", [{"body": " ", "key": "a" * 32}, {"body": "x" * 1601, "key": "a" * 32}, {"body": "x"}]
)
def test_a_bad_answer_is_not_sent(lead: Lead, login: Callable[..., Client], form: dict[str, str]) -> None:
    page = login("admin").post(page_of(lead), form).content.decode()
    assert 'role="alert"' in page
    assert not TextMessage.objects.filter(is_inbound=False).exists()


def test_only_those_who_may_work_the_lead_see_it(lead: Lead, login: Callable[..., Client]) -> None:
    Deal.objects.update(owner=make.member("sales").user)
    assert login("sales").get(page_of(lead)).status_code == 404
    for role in ("marketer", "agency"):
        assert login(role).get(page_of(lead)).status_code == 403


def test_the_panel_costs_few_queries(
    lead: Lead, login: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    browser = login("admin")
    for count in range(5):
        TextMessage.objects.create(
            number=TrackedNumber.objects.get(), phone=CALLER, is_inbound=False, body=f"{count}", state="sent"
        )
    with django_assert_max_num_queries(12):
        browser.get(page_of(lead))


def test_whether_a_number_can_text_loads_no_carrier(number: TrackedNumber, monkeypatch: Any) -> None:
    # Twilio's REST client takes seconds to load, and this is asked while a caller rings.
    monkeypatch.setattr(interface, "import_string", lambda _path: pytest.fail("A carrier was loaded."))
    assert texts.can_text(number)


def test_when_the_number_they_wrote_to_is_gone_another_one_answers(number: TrackedNumber, lead: Lead) -> None:
    other = make.number("+15550100021", account=number.account, site=number.site)
    first = talk_of(lead, now=timezone.now()).line
    TrackedNumber.objects.filter(pk=number.pk).update(released_at=timezone.now())
    then = talk_of(lead, now=timezone.now()).line
    assert first is not None
    assert then is not None
    assert (first.number, then.number) == (number, other)
