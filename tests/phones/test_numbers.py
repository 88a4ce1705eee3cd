"""The pages of tracked numbers: an admin's, and nobody else's."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import Assignment, Call, TrackedNumber
from leadtrack.sources import register
from leadtrack.sources.find import found_sources
from leadtrack.sources.models import Source
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def number() -> TrackedNumber:
    return make.number()


@pytest.fixture
def admin(login) -> Client:
    return login("admin")


def billboard(campaign: str = "Main street") -> Source:
    return register.assigned_source(
        channel="Offline", source="billboard", medium="outdoor", campaign=campaign
    )


def called(number: TrackedNumber, ago: timedelta, sid: str, caller: str = "+15550100010") -> Call:
    at = timezone.now() - ago
    return Call.objects.create(
        account=number.account,
        number=number,
        sid=sid,
        source=register.unknown_source(),
        caller=caller,
        started_at=at,
        day=at.date(),
    )


def text_of(response) -> str:
    """The page's words, without tags and with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def assign(client: Client, number: TrackedNumber, way: str, follow: bool = True, **fields: str):
    sent = {"way": way} | {f"{way}-{name}": value for name, value in fields.items()}
    return client.post(f"/numbers/{number.pk}/assign/", sent, follow=follow)


def test_the_list_shows_source_calls_and_where_it_rings(admin, number):
    assign_number(number=number, source=billboard(), at=timezone.now() - 40 * DAY)
    for days, sid in ((1, "CA1"), (6, "CA2"), (8, "CA3"), (29, "CA4"), (31, "CA5")):
        called(number, days * DAY, sid)
    page = text_of(admin.get("/numbers/"))
    assert "+1 555-010-0020" in page
    assert "Offline / billboard / Main street" in page
    assert re.search(
        r"since 1 month ago Assign \+15550100020 2 4 1 day ago not checked yet \+1 555-010-0030", page
    )


def test_the_list_costs_the_same_for_many_numbers(admin, number, django_assert_num_queries):
    assign_number(number=number, source=billboard(), at=make.NOON)
    for last in range(1, 9):
        more = make.number(f"+1555010003{last}", account=number.account, site=number.site)
        assign_number(number=more, source=billboard(f"Street {last}"), at=make.NOON)
        called(more, DAY, f"CA{last}")
    # Session, user, member, numbers, their assignments.
    with django_assert_num_queries(5):
        admin.get("/numbers/")


def test_the_numbers_page_costs_the_same_for_many_calls(admin, number, django_assert_num_queries):
    for hour in range(9):
        assign_number(number=number, source=billboard(f"Street {hour}"), at=make.NOON + timedelta(hours=hour))
        called(number, DAY, f"CA{hour}")
    # Session, user, member, the number, its present assignment, calls, history, orders.
    with django_assert_num_queries(8):
        admin.get(f"/numbers/{number.pk}/")


def test_an_empty_list_says_what_to_do(admin):
    page = admin.get("/numbers/")
    assert "No tracked numbers yet" in text_of(page)
    assert '/numbers/add/"' in page.content.decode()


def test_the_addresses_to_paste_at_the_carrier_are_public_ones(admin, number, settings):
    settings.PUBLIC_BASE_URL = "https://leads.example.com"
    for path in ("/numbers/", "/numbers/add/", f"/numbers/{number.pk}/"):
        page = admin.get(path).content.decode()
        assert 'value="https://leads.example.com/hooks/twilio/voice"' in page
        assert 'value="https://leads.example.com/hooks/twilio/status"' in page


def test_a_number_shows_its_history_and_its_calls_in_the_time_of_its_site(admin):
    number = make.number(site=make.site(time_zone="Asia/Vladivostok"))
    assign_number(number=number, source=billboard("North"), at=make.NOON, note="by the bridge")
    assign_number(number=number, source=billboard("South"), at=make.NOON + DAY)
    called(number, DAY, "CA1", caller="")
    called(number, DAY, "CA2")
    page = text_of(admin.get(f"/numbers/{number.pk}/"))
    assert "Mar 10, 2026, 22:00" in page
    assert "by the bridge" in page
    assert "withheld" in page
    assert "+1 555-010-0010" in page
    assert page.index("South") < page.index("North")


def test_long_lists_of_calls_have_more_pages(admin, number):
    for hour in range(55):
        called(number, timedelta(hours=hour), f"CA{hour}", caller=f"+155501{hour:05}")
    first = admin.get(f"/numbers/{number.pk}/").content.decode()
    cursor = re.search(r"\?cursor=([^\"]+)", first)[1]
    second = text_of(admin.get(f"/numbers/{number.pk}/?cursor={cursor}"))
    assert "+1 555-010-0049" in first
    assert "+1 555-010-0050" not in first
    assert "+1 555-010-0049" not in second
    assert "+1 555-010-0054" in second


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"kind": "billboard", "campaign": "Main street"},
            ("Offline", "billboard", "outdoor", "Main street"),
        ),
        ({"kind": "leaflet"}, ("Offline", "leaflet", "print", "")),
        ({"kind": "maps", "campaign": "Berlin"}, ("Maps", "maps", "maps", "Berlin")),
        (
            {"kind": "other", "source": "Yellow pages", "channel": "Offline"},
            ("Offline", "yellow pages", "", ""),
        ),
    ],
)
def test_an_offline_ad_becomes_a_source(admin, number, fields, expected):
    page = assign(admin, number, "offline", note="June", **fields)
    assert page.redirect_chain[-1][0] == f"/numbers/{number.pk}/"
    held = Assignment.objects.get()
    assert (held.source.channel, held.source.source, held.source.medium, held.source.campaign) == expected
    assert held.note == "June"
    assert held.assigned_by_id == int(admin.session["_auth_user_id"])
    assert abs(held.starts_at - timezone.now()) < timedelta(minutes=1)


def test_a_known_source_is_found_by_its_words_and_chosen(admin, number):
    wanted = make.source("https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring_sale")
    other = make.source("https://shop.example/?utm_source=bing&utm_medium=cpc&utm_campaign=brand")
    register.unknown_source()
    assert "(unknown)" not in text_of(admin.get(f"/numbers/{number.pk}/assign/"))
    page = text_of(admin.get(f"/numbers/{number.pk}/assign/?q=Google+SPRING"))
    assert "spring_sale" in page
    assert "bing" not in page
    assign(admin, number, "known", source=str(wanted.pk))
    assert Assignment.objects.get().source == wanted
    # One that the list of the moment does not show is as good.
    assign(admin, number, "known", source=str(other.pk))
    assert Assignment.objects.get(ends_at=None).source == other


def test_a_search_that_finds_nothing_says_so(admin, number):
    for words in ("nothing like it", "%00", "'; drop table --", "а" * 500):
        response = admin.get(f"/numbers/{number.pk}/assign/", {"q": words})
        assert response.status_code == 200


def test_since_is_read_in_the_time_of_the_site(admin):
    number = make.number(site=make.site(time_zone="Asia/Vladivostok"))
    assign(admin, number, "offline", kind="tv", starts_at="2026-03-10T22:00")
    assert Assignment.objects.get().starts_at == make.NOON


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "submarine"}, "Select a valid choice"),
        ({"kind": "other"}, "Say what kind of ad it is"),
        ({"kind": "tv", "campaign": "x" * 256}, "at most 255 characters"),
        ({"kind": "tv", "campaign": "a\0b"}, "Null characters"),
        ({"kind": "tv", "starts_at": "soon"}, "Enter a valid date/time"),
        ({"kind": "tv", "starts_at": "0001-01-01T00:00"}, "greater than or equal to"),
        ({"kind": "tv", "starts_at": "2999-01-01T00:00"}, "cannot begin in the future"),
        ({"kind": "tv", "note": "x" * 201}, "at most 200 characters"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(admin, number, fields, words):
    response = assign(admin, number, "offline", **fields)
    assert response.status_code == 200
    assert words in text_of(response)
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("source", ["", "0", "99999999999999999999", "x", "1\0"])
def test_a_source_that_is_none_is_told(admin, number, source):
    make.source()
    response = assign(admin, number, "known", source=source)
    assert response.status_code == 200
    assert not Assignment.objects.exists()


def test_an_earlier_moment_than_the_present_assignment_is_told_in_plain_words(admin, number):
    assign_number(number=number, source=billboard(), at=make.NOON)
    response = assign(admin, number, "offline", kind="tv", starts_at="2026-03-10T11:00")
    assert "belongs to “Offline / billboard / Main street” since 2026-03-10 12:00" in text_of(response)


def test_hostile_words_are_shown_as_words(admin, number):
    response = assign(admin, number, "offline", kind="tv", campaign="<script>alert(1)</script>", note="<b>")
    assert b"<script>alert(1)" not in response.content
    assert b"&lt;script&gt;alert(1)" in response.content


def test_the_message_offers_to_undo_and_undoing_brings_back_the_one_before(admin, number):
    assign_number(number=number, source=billboard("North"), at=make.NOON)
    page = assign(admin, number, "offline", kind="tv", campaign="Spot").content.decode()
    held = Assignment.objects.get(ends_at=None)
    assert f'hx-post="/numbers/{number.pk}/undo/"' in page
    assert f'{{"assignment": "{held.pk}"}}' in page
    answer = admin.post(
        f"/numbers/{number.pk}/undo/", {"assignment": held.pk}, headers={"HX-Request": "true"}
    )
    assert answer.headers["HX-Redirect"] == f"/numbers/{number.pk}/"
    page = text_of(admin.get(f"/numbers/{number.pk}/"))
    assert "The assignment is undone: the number belongs to “Offline / billboard / North” again." in page
    assert Assignment.objects.get().source == billboard("North")


def test_undoing_works_without_javascript_and_only_once(admin, number):
    held = assign_number(number=number, source=billboard("North"), at=make.NOON)
    page = admin.post(f"/numbers/{number.pk}/undo/", {"assignment": held.pk}, follow=True)
    assert "the number has no source now" in text_of(page)
    assert admin.post(f"/numbers/{number.pk}/undo/", {"assignment": held.pk}).status_code == 404


def test_an_assignment_that_is_history_cannot_be_undone(admin, number):
    first = assign_number(number=number, source=billboard("North"), at=make.NOON)
    assign_number(number=number, source=billboard("South"), at=make.NOON + DAY)
    page = admin.post(f"/numbers/{number.pk}/undo/", {"assignment": first.pk}, follow=True)
    assert "Only the last assignment" in text_of(page)
    assert Assignment.objects.count() == 2


@pytest.mark.parametrize("sent", ["", "x", "0", "9" * 30, "-1", "٣"])
def test_undoing_nothing_is_nothing(admin, number, sent):
    assert admin.post(f"/numbers/{number.pk}/undo/", {"assignment": sent}).status_code == 404


def new_number(**fields: str) -> dict[str, str]:
    account, site = make.carrier_account(), make.site(region="DE")
    told = {
        "number": "+49 30 901820",
        "forward_to": "030 901821",
        "account": account.pk,
        "site": site.pk,
        "note": "",
    }
    return told | fields


def test_a_number_is_added_as_people_write_it_and_then_assigned(admin):
    response = admin.post("/numbers/add/", new_number())
    row = TrackedNumber.objects.get()
    assert (str(row.number), str(row.forward_to)) == ("+4930901820", "+4930901821")
    assert response.headers["Location"] == f"/numbers/{row.pk}/assign/"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": "call me"}, "Write a phone number"),
        ({"number": "+1"}, "Write a phone number"),
        ({"number": "9" * 41}, "at most 40 characters"),
        ({"forward_to": ""}, "This field is required"),
        ({"forward_to": "+4930901820"}, "cannot ring at itself"),
        ({"account": "77"}, "Select a valid choice"),
        ({"site": ""}, "This field is required"),
    ],
)
def test_a_number_with_a_mistake_is_not_added(admin, fields, words):
    response = admin.post("/numbers/add/", new_number(**fields))
    assert words in text_of(response)
    assert not TrackedNumber.objects.exists()


def test_a_number_that_is_known_is_not_added_twice(admin):
    told = new_number()
    admin.post("/numbers/add/", told)
    assert "already exists" in text_of(admin.post("/numbers/add/", told))


def test_without_an_account_or_a_site_the_form_says_what_comes_first(admin):
    assert "First the carrier" in text_of(admin.get("/numbers/add/"))
    make.carrier_account()
    assert "First the site" in text_of(admin.get("/numbers/add/"))


def paths(number: TrackedNumber) -> list[tuple[str, str]]:
    one = f"/numbers/{number.pk}/"
    gets = [("get", path) for path in ("/numbers/", "/numbers/add/", one, one + "assign/")]
    return gets + [("post", path) for path in ("/numbers/add/", one + "assign/", one + "undo/")]


@pytest.mark.parametrize("role", ["sales", "agency"])
def test_other_roles_may_not(login, number, role):
    client = login(role)
    assert {getattr(client, method)(path).status_code for method, path in paths(number)} == {403}


def test_strangers_are_sent_to_log_in(client, number):
    for method, path in paths(number):
        assert getattr(client, method)(path).headers["Location"].startswith("/accounts/login/")


def test_a_number_that_is_none_is_not_found(admin):
    for pk in ("99", "9" * 30):
        for page in ("", "assign/"):
            assert admin.get(f"/numbers/{pk}/{page}").status_code == 404
        assert admin.post(f"/numbers/{pk}/undo/", {"assignment": 1}).status_code == 404


def test_undoing_is_not_a_link(admin, number):
    assert admin.get(f"/numbers/{number.pk}/undo/").status_code == 405


def test_sources_that_read_alike_are_offered_once(db: None) -> None:
    for term in ("windows", "doors"):
        make.source(
            f"https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term={term}"
        )
    assert [str(source) for source in found_sources("brand")] == ["Paid Search / google / brand"]


def test_a_number_that_no_plan_lists_yet_may_be_added(admin):
    site, account = make.site(), make.carrier_account()
    fields = {"number": "+15550100777", "forward_to": "+15550100030", "account": account.pk, "site": site.pk}
    admin.post("/numbers/add/", fields | {"note": ""})
    assert str(TrackedNumber.objects.get().number) == "+15550100777"
