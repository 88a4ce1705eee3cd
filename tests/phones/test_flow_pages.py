"""The call flow editor: forms to flows and back, and the dry run beside it."""

from typing import Any

import pytest

from leadtrack.accounts.models import Team
from leadtrack.phones.models import CallFlow, FlowLine
from leadtrack.phones.ring import flow_of, flow_value, with_parts
from tests import make

pytestmark = pytest.mark.django_db
LIST, ADD, TRY = "/numbers/flows/", "/numbers/flows/add/", "/numbers/flows/try/"
ANN = "+15550100031"


def sent(**changed: Any) -> dict[str, str]:
    """What the editor sends: one phone, English texts, Mondays 9 to 18, one holiday."""
    forms = {
        "name": "Sales",
        "language": "en-US",
        "ring": "together",
        "ring_seconds": "20",
        "on_no_answer": "voicemail",
        "on_busy": "say",
        "on_closed": "voicemail",
        "forward_to": "",
        "voicemail_seconds": "90",
        "keeps_days": "30",
        **formset("lines", {"who": "phone", "phone": "+1 555 010 0031", "ORDER": "1"}),
        **formset("texts", {"language": "en-US", "greeting": "Hello.", "no_answer": "Leave a message."}),
        **formset("days", {"opens": "09:00", "closes": "18:00"}, *[{} for _day in range(6)]),
        **formset("holidays", {"day": "2026-12-25", "name": "Christmas", "opens": "", "closes": ""}),
    }
    return {name: value for name, value in (forms | changed).items() if value is not None}


def formset(name: str, *forms: dict[str, str]) -> dict[str, str]:
    told = {f"{name}-TOTAL_FORMS": str(len(forms)), f"{name}-INITIAL_FORMS": "0"}
    for number, form in enumerate(forms):
        told |= {f"{name}-{number}-{field}": value for field, value in form.items()}
    return told


def test_an_empty_list_offers_flows_to_begin_with(login):
    page = login().get(LIST).content.decode()
    assert "No call flows yet" in page
    assert page.count("?like=") == 4


@pytest.mark.parametrize("like", ["", "voicemail", "hours", "turn", "recorded", "\0x"])
def test_every_example_needs_nothing_but_who_rings(login, like):
    client = login()
    page = client.get(ADD, {"like": like})
    editor = page.context["editor"]
    filled = {}
    for form in (editor.flow, *(one for each in editor.sets for one in (each.management_form, *each.forms))):
        for field in form:
            value = field.value()
            if value is not None and value is not False and value != "":
                filled[field.html_name] = field.field.prepare_value(value) if value is not True else "on"
    filled |= {"lines-0-phone": ANN} | ({"forward_to": "+15550100039"} if like == "turn" else {})
    response = client.post(ADD, {name: str(value) for name, value in filled.items()})
    assert response.status_code == 302, response.context["editor"].flow.errors
    assert [str(line.phone) for line in FlowLine.objects.all()] == [ANN]


def test_what_was_saved_is_what_a_call_follows_and_what_the_page_shows_again(login):
    client = login()
    make.member("sales", "ben", phone="+15550100032")
    team = Team.objects.create(name="Riga")
    make.member("sales", "cat", phone="+15550100033", team=team)
    ben = make.Member.objects.get(user__username="ben")
    lines = formset(
        "lines",
        {"who": f"team:{team.pk}", "ORDER": "3"},
        {"who": f"member:{ben.pk}", "ORDER": "1"},
        {"who": "phone", "phone": ANN, "ORDER": "2"},
        {"who": "phone", "phone": "+15550100034", "ORDER": "4", "DELETE": "on"},
    )
    assert client.post(ADD, sent(**lines, ring="in_turn")).status_code == 302
    row = with_parts().get()
    value = flow_value(row)
    assert [line.phones for line in value.lines] == [("+15550100032",), (ANN,), ("+15550100033",)]
    assert (value.rings_in_turn, value.voicemail_seconds, value.on_closed) == (True, 90, "voicemail")
    assert [(one.weekday, str(one.opens_at)) for one in value.hours] == [(0, "09:00:00")]
    assert [str(one.day) for one in value.holidays] == ["2026-12-25"]
    page = client.get(f"{LIST}{row.pk}/").content.decode()
    for words in ('value="+15550100031"', 'value="09:00"', 'value="2026-12-25"', "Leave a message."):
        assert words in page
    # Saved once more, nothing is there twice.
    again = sent(**lines, ring="in_turn")
    assert client.post(f"{LIST}{row.pk}/", again).status_code == 302
    assert flow_value(with_parts().get()) == value


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"lines-0-phone": "12"}, "lines-0-phone", "Write a phone number"),
        ({"lines-0-phone": ""}, "lines-0-phone", "Write the phone"),
        ({"lines-0-phone": "+15550100020"}, "lines-0-phone", "tracked number"),
        ({"lines-0-DELETE": "on"}, "lines-0-phone", "Say who rings"),
        ({"on_busy": "forward"}, "forward_to", "Say where such calls go"),
        ({"is_recorded": "on"}, "texts-0-consent", "must be told"),
        ({"texts_missed": "on"}, "texts_missed", "First write the text message"),
        ({"days-0-closes": ""}, "days-0-closes", "Fill in both"),
        ({"days-0-opens": "25:00"}, "days-0-opens", "valid time"),
        ({"holidays-0-opens": "10:00"}, "holidays-0-closes", "Fill in both"),
        ({"ring_seconds": "4"}, "ring_seconds", "greater than or equal to 5"),
        ({"name": ""}, "name", "required"),
        ({"lines-0-who": "member:999"}, "lines-0-who", "valid choice"),
    ],
)
def test_every_error_stands_at_its_field_and_nothing_is_saved(login, changed, field, words):
    make.number()
    response = login().post(ADD, sent(**changed))
    assert (response.status_code, CallFlow.objects.count()) == (200, 0)
    page = response.content.decode()
    place = page.index(f'id="id_{field}_error"')
    assert words in page[place : place + 300]


def test_a_language_or_holiday_that_is_there_twice_is_told(login):
    texts = formset("texts", {"language": "en-US"}, {"language": "en-US"})
    days = formset("holidays", {"day": "2026-12-25"}, {"day": "2026-12-25"})
    page = login().post(ADD, sent(**texts, **days)).content.decode()
    assert "This language is there already." in page
    assert "This day is there already." in page


def test_what_is_struck_out_need_not_be_right(login):
    lines = formset(
        "lines",
        {"who": "phone", "phone": ANN, "ORDER": "1"},
        {"who": "phone", "phone": "nonsense", "ORDER": "2", "DELETE": "on"},
    )
    assert login().post(ADD, sent(**lines)).status_code == 302
    assert FlowLine.objects.count() == 1


@pytest.mark.parametrize("name", ["lines", "texts", "days", "holidays"])
def test_a_form_that_came_torn_saves_nothing(login, name):
    response = login().post(ADD, sent(**{f"{name}-TOTAL_FORMS": None}))
    assert (response.status_code, CallFlow.objects.count()) == (200, 0)


def test_a_colleague_without_a_phone_cannot_ring(login):
    ben = make.member("sales")
    response = login().post(ADD, sent(**formset("lines", {"who": f"member:{ben.pk}", "ORDER": "1"})))
    assert "has no phone yet" in response.content.decode()


@pytest.mark.parametrize(("more", "total"), [("lines", 2), ("texts", 2), ("holidays", 4)])
def test_more_room_keeps_what_was_typed_and_saves_nothing(login, more, total):
    page = login().post(ADD, sent(more=more, name="Typed"))
    assert f'name="{more}-TOTAL_FORMS" value="{total}"' in page.content.decode()
    assert ('value="Typed"' in page.content.decode(), CallFlow.objects.count()) == (True, 0)


def way(client, **changed: Any) -> str:
    response = client.post(TRY, sent(**changed))
    assert response.status_code == 200
    return response.content.decode()


def test_the_dry_run_tells_the_way_of_a_call_in_words_and_twiml(login):
    page = way(login(), try_at="2026-03-09T12:00", try_caller="new", ring_seconds="25")
    for words in (
        "working hours",
        "Hello.",
        "Rings 25 s: +15550100031",
        "message of 90 seconds",
        "All are busy",
    ):
        assert words in page
    assert "&lt;Dial" in page
    assert "&lt;Record" in page
    assert CallFlow.objects.count() == 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"try_at": "2026-03-09T08:00"}, "outside working hours"),
        ({"try_at": "2026-12-25T12:00"}, "outside working hours"),
        ({"try_caller": "blocked"}, "&lt;Reject"),
        ({"try_caller": "withheld", "try_at": "2026-03-09T12:00"}, "callerId=&quot;+15550100020&quot;"),
        ({"try_at": "yesterday", "days-0-opens": "", "days-0-closes": ""}, "Rings 20 s"),
        ({"try_at": "0001-01-01T00:00", "days-0-opens": "", "days-0-closes": ""}, "Rings 20 s"),
        ({"try_at": "9999-12-31T23:59", "days-0-opens": "", "days-0-closes": ""}, "Rings 20 s"),
        ({"lines-0-phone": ""}, "Fill in the fields"),
        ({"name": "", "try_at": "2026-03-09T12:00"}, "Rings 20 s"),
        ({"needs_key": "on", "try_at": "2026-03-09T12:00"}, "presses 1"),
    ],
)
def test_the_dry_run_of_any_moment_and_caller(login, asked, words):
    assert words in way(login(), **asked)


def test_the_dry_run_rings_first_who_spoke_with_the_caller_last(login):
    make.member("sales", "ben", phone="+15550100032")
    asked = {"asks_last_manager": "on", "try_caller": "known:+15550100032", "try_at": "2026-03-09T12:00"}
    page = way(login(), **asked)
    assert page.index("ben (+15550100032)") < page.index(ANN)


def test_the_dry_run_is_in_the_time_of_the_numbers_site(login):
    number = make.number(site=make.site(time_zone="Asia/Vladivostok"))
    page = way(login(), try_number=str(number.pk), try_at="2026-03-09T09:30")
    assert "Asia/Vladivostok" in page
    assert "The call comes in: working hours" in page


def test_a_flow_that_nothing_uses_is_deleted_and_taken_back(login):
    client = login()
    client.post(ADD, sent())
    before = flow_value(with_parts().get())
    pk = CallFlow.objects.get().pk
    page = client.post(f"{LIST}{pk}/remove/", follow=True).content.decode()
    assert (CallFlow.objects.count(), "Undo" in page) == (0, True)
    client.post(f"{LIST}restore/")
    assert flow_value(with_parts().get(pk=pk)) == before
    assert "There is no deleted" in client.post(f"{LIST}restore/", follow=True).content.decode()


def test_the_next_call_follows_what_was_saved(login):
    client = login()
    client.post(ADD, sent())
    number = make.number(flow=CallFlow.objects.get())
    before = flow_of(number)
    client.post(f"{LIST}{number.flow_id}/", sent(ring_seconds="45"))
    assert (before.ring_seconds, flow_of(number).ring_seconds) == (20, 45)


def test_a_flow_in_use_stays(login):
    client = login()
    client.post(ADD, sent())
    row = CallFlow.objects.get()
    make.number(flow=row)
    page = client.post(f"{LIST}{row.pk}/remove/", follow=True).content.decode()
    assert (CallFlow.objects.count(), "give them another one first" in page) == (1, True)


def test_the_pages_cost_few_queries(login, django_assert_max_num_queries):
    client = login()
    client.post(ADD, sent())
    row = CallFlow.objects.get()
    with django_assert_max_num_queries(6):
        client.get(LIST)
    with django_assert_max_num_queries(16):
        client.get(f"{LIST}{row.pk}/")


@pytest.mark.parametrize("role", ["sales_manager", "sales", "marketer", "agency"])
def test_only_who_manages_numbers_changes_what_callers_hear(login, role):
    client = login(role)
    assert {client.get(LIST).status_code, client.get(ADD).status_code, client.post(TRY).status_code} == {403}
