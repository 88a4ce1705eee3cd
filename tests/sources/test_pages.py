"""The pages about sources, through the door."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.sources import register, rulebook, tasks
from leadtrack.sources.marker import Marker
from leadtrack.sources.models import ChannelRule, IssuedLink, Reclassification, SourceAlias
from leadtrack.visits.track import record_visit
from tests import make

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]
LANDING = "https://shop.example/?utm_source=anna&utm_medium=post&utm_campaign=c1"


def typed(channel: str = "Partners", value: str = "anna", how: str = "is", **more: str) -> dict[str, str]:
    return {
        "name": "Our partners",
        "channel": channel,
        "c-TOTAL_FORMS": "1",
        "c-INITIAL_FORMS": "0",
        "c-0-field": "source",
        "c-0-how": how,
        "c-0-value": value,
    } | more


@pytest.fixture
def visits() -> None:
    site = make.site()
    for number in range(3):
        record_visit(
            site=site,
            visitor_key=f"visitor-{number}",
            url=LANDING,
            referrer="",
            at=timezone.now() - timedelta(days=2),
        )


def test_a_rule_is_written_and_holds_at_once(login: Login) -> None:
    client = login("marketer")
    assert client.get("/sources/rules/add/").status_code == 200
    answer = client.post("/sources/rules/add/", typed())
    assert answer.headers["Location"] == "/sources/rules/"
    assert register.verdict_of(Marker(source="anna")).channel == "Partners"
    page = client.get("/sources/rules/").content.decode()
    assert "Our partners" in page
    assert "Source is “anna”" in page
    assert "Apply to history" in page


def test_a_rule_without_a_condition_or_with_a_broken_pattern_is_told_beside_the_field(login: Login) -> None:
    client = login()
    assert (
        "Write at least one condition."
        in client.post("/sources/rules/add/", typed(value="")).content.decode()
    )
    page = client.post("/sources/rules/add/", typed(value="(", how="pattern")).content.decode()
    assert "This is no pattern that can be searched for." in page
    assert not ChannelRule.objects.exists()


def test_one_more_condition_keeps_what_was_typed(login: Login) -> None:
    page = login().post("/sources/rules/add/", typed(more="1")).content.decode()
    assert 'name="c-1-value"' in page
    assert 'value="anna"' in page
    assert 'value="Partners"' in page


def test_the_preview_counts_what_would_move_and_saves_nothing(login: Login, visits: None) -> None:
    page = login().post("/sources/rules/preview/", typed()).content.decode()
    assert "It would change 3 visits and 0 leads." in page
    assert "anna / post / c1" in page
    assert "Unassigned" in page
    assert not ChannelRule.objects.exists()
    page = login().post("/sources/rules/preview/", typed(value="nobody")).content.decode()
    assert "It would change no visit" in page


def test_rules_are_put_in_order_switched_and_removed_with_undo(login: Login) -> None:
    client = login()
    for channel in ("One", "Two", "Three"):
        client.post("/sources/rules/add/", typed(channel))
    one, two, three = ChannelRule.objects.order_by("pk")

    def names() -> list[str]:
        return list(rulebook.rules_in_order().values_list("channel", flat=True))

    client.post("/sources/rules/order/", {"order": f"{three.pk},{one.pk},{two.pk}"})
    assert names() == ["Three", "One", "Two"]
    part = client.post(
        "/sources/rules/order/", {"rule": three.pk, "way": "down"}, headers={"HX-Request": "true"}
    )
    assert "<html" not in part.content.decode()
    assert names() == ["One", "Three", "Two"]
    assert register.verdict_of(Marker(source="anna")).channel == "One"
    client.post(f"/sources/rules/{one.pk}/switch/")
    assert register.verdict_of(Marker(source="anna")).channel == "Three"
    client.post(f"/sources/rules/{three.pk}/remove/")
    assert register.verdict_of(Marker(source="anna")).channel == "Two"
    assert "Put back" in client.get("/sources/rules/").content.decode()
    client.post(f"/sources/rules/{three.pk}/restore/")
    assert names() == ["One", "Three", "Two"]


def test_an_alias_is_made_previewed_taken_back_and_put_back(login: Login, visits: None) -> None:
    client, told = login(), {"field": "source", "spelling": "ANN*", "name": "Hannah"}
    assert "hannah" in client.post("/sources/aliases/preview/", told).content.decode()
    client.post("/sources/aliases/", told)
    row = SourceAlias.objects.get()
    assert (row.spelling, row.name) == ("ann*", "hannah")
    assert register.verdict_of(Marker(source="anna")).channel == "Unassigned"
    client.post(f"/sources/aliases/{row.pk}/remove/")
    assert rulebook.current().aliases.word("source", "anna") == "anna"
    client.post(f"/sources/aliases/{row.pk}/restore/")
    assert rulebook.current().aliases.word("source", "anna") == "hannah"


@pytest.mark.parametrize(
    "told",
    [
        {"field": "source", "spelling": "*", "name": "all"},
        {"field": "source", "spelling": "(direct)", "name": "all"},
        {"field": "source", "spelling": "a*b*c*d*e", "name": "all"},
        {"field": "source", "spelling": "a", "name": "A"},
        {"field": "source", "spelling": "a", "name": "b*"},
        {"field": "source", "spelling": "a", "name": ""},
        {"field": "page", "spelling": "a", "name": "b"},
    ],
)
def test_an_alias_that_makes_no_sense_is_refused(login: Login, told: dict[str, str]) -> None:
    assert login().post("/sources/aliases/", told).status_code == 200
    assert not SourceAlias.objects.exists()


def test_an_alias_does_not_lead_to_another_alias(login: Login) -> None:
    client = login()
    client.post("/sources/aliases/", {"field": "source", "spelling": "b", "name": "c"})
    page = client.post(
        "/sources/aliases/", {"field": "source", "spelling": "a", "name": "b"}
    ).content.decode()
    assert "is itself counted as" in page


def test_likely_duplicates_can_be_merged_with_one_click(login: Login) -> None:
    site = make.site()
    for number, source in enumerate(["partner_one", "partner_one", "partner-one"]):
        record_visit(
            site=site,
            visitor_key=f"visitor-{number}",
            url=f"https://shop.example/?utm_source={source}&utm_medium=post",
            referrer="",
            at=timezone.now() - timedelta(days=1),
        )
    page = login().get("/sources/aliases/").content.decode()
    assert "Likely the same" in page
    assert 'name="spelling" value="partner-one"' in page


def test_a_link_is_explained_word_by_word(login: Login) -> None:
    client = login("agency")
    query = {
        "url": "https://shop.example/?utm_source=fb&utm_medium=сpc&utm_campaign={{campaign.name}}&fbclid=I0"
    }
    page = client.post("/sources/explain/", query).content.decode()
    for words in (
        "Paid Social",
        "the tag utm_source",
        "never filled in",
        "Cyrillic letters",
        "Google&#x27;s list of social networks",
    ):
        assert words in page
    part = client.post("/sources/explain/", query, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_own_rules_are_named_where_a_link_is_explained(login: Login) -> None:
    client = login()
    client.post("/sources/rules/add/", typed("One", value="nobody"))
    client.post("/sources/rules/add/", typed("Two"))
    page = client.post("/sources/explain/", {"url": LANDING}).content.decode()
    assert "Own rule “Our partners”: Source is “nobody”" in page
    assert "Two" in page


def test_own_hosts_are_no_source_where_a_site_is_chosen(login: Login) -> None:
    site = make.site("https://shop.example")
    query = {"url": "https://other.example/", "referrer": "https://shop.example/page"}
    assert "Referral" in login().post("/sources/explain/", query).content.decode()
    assert ">Direct<" in login().post("/sources/explain/", query | {"site": site.key}).content.decode()


def test_the_api_explains_a_link(login: Login) -> None:
    answer = login("marketer").get("/api/v1/sources/explain", {"url": LANDING + "&gclid=x"})
    told = answer.json()
    assert (told["channel"], told["rule"], told["by_click_id"]) == (
        "Paid Other",
        "ga4:paid-other+click-id",
        True,
    )
    assert told["marker"]["click_ids"] == {"gclid": "x"}
    assert {"name": "campaign", "value": "c1", "origin": "tag", "by": "utm_campaign"} in told["words"]
    assert told["rules_tried"][-1]["won"]
    assert login().get("/api/v1/sources/explain").status_code == 400
    assert login().get("/api/v1/sources/explain", {"referrer": "x" * 9000}).status_code in (400, 414)
    assert login("sales").get("/api/v1/sources/explain", {"url": "x"}).status_code == 403


def test_the_channel_table_is_published_with_its_origins(login: Login) -> None:
    page = login("agency").get("/sources/channels/").content.decode()
    for words in (
        "ga4:cross-network",
        "lt:maps",
        "Google&#x27;s list of search engines",
        "CC0-1.0",
        "2026-11-21",
    ):
        assert words in page


def test_a_link_is_issued_found_and_exported_safely(login: Login) -> None:
    client = login("marketer")
    told = {
        "template": "google",
        "page": "https://shop.example/sale?a=1&utm_source=old#top",
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "{campaignid}",
        "utm_term": "{keyword}",
        "note": "=cmd|' /C calc'!A0",
    }
    assert client.get("/sources/links/?template=google").status_code == 200
    assert client.post("/sources/links/", told).status_code == 302
    row = IssuedLink.objects.get()
    assert row.url.startswith("https://shop.example/sale?a=1&utm_source=google&utm_medium=cpc")
    assert "utm_campaign={campaignid}&utm_term={keyword}&lt_ag={adgroupid}" in row.url
    assert row.url.endswith("#top")
    assert row.channel == "Paid Search"
    assert row.url.replace("&", "&amp;") in client.get("/sources/links/?q=sale").content.decode()
    assert "No such link" in client.get("/sources/links/?q=winter").content.decode()
    csv = b"".join(client.get("/sources/links/csv/").streaming_content).decode()
    assert "'=cmd" in csv
    picture = client.get(f"/sources/links/{row.pk}/qr.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<?xml")


def test_the_link_builder_warns_before_a_link_is_issued(login: Login) -> None:
    told = {
        "template": "custom",
        "page": "https://shop.example",
        "utm_source": "Firm",
        "utm_medium": "blabla",
    }
    page = login().post("/sources/links/preview/", told).content.decode()
    assert "No rule knows the medium “blabla”" in page
    assert "utm_source has capitals" in page
    page = login().post("/sources/links/preview/", told | {"utm_medium": "сpc"}).content.decode()
    assert "utm_medium has Cyrillic letters" in page


def test_issued_links_tell_their_visits(login: Login, visits: None) -> None:
    client = login()
    told = {"template": "custom", "page": "https://shop.example/", "utm_source": "anna", "utm_medium": "post"}
    client.post("/sources/links/", told | {"utm_campaign": "c1"})
    assert '<td class="num" data-label="Visits">3</td>' in client.get("/sources/links/").content.decode()


def test_a_link_without_tags_is_not_told_the_visits_of_everybody_who_came_directly(login: Login) -> None:
    now = timezone.now()
    record_visit(site=make.site(), visitor_key="v", url="https://shop.example/", referrer="", at=now)
    client = login()
    client.post("/sources/links/", {"template": "custom", "page": "https://shop.example/sale"})
    page = client.get("/sources/links/").content.decode()
    assert "A link without tags names no source" in page
    assert 'data-label="Visits">1</td>' not in page


def test_history_is_read_again_from_the_page(
    login: Login, visits: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(tasks.reclassify, "apply_async", lambda **options: told.append(options))
    client = login()
    client.post("/sources/rules/add/", typed())
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/sources/history/")
    row = Reclassification.objects.get()
    assert answer.headers["Location"] == f"/sources/history/{row.pk}/"
    assert told[0]["args"] == (row.pk,)
    assert 10 < told[0]["countdown"] < 13
    page = client.get(answer.headers["Location"]).content.decode()
    assert "It begins in a few seconds" in page
    Reclassification.objects.update(due_at=timezone.now())
    tasks.reclassify(row.pk)
    part = client.get(f"/sources/history/{row.pk}/progress/")
    assert part.status_code == 286
    assert "Partners" in part.content.decode()
    assert "Apply to history" not in client.get("/sources/rules/").content.decode()


def test_pages_cost_few_queries(login: Login, visits: None, django_assert_max_num_queries: Any) -> None:
    client = login()
    for number in range(5):
        client.post("/sources/rules/add/", typed(value=f"a{number}"))
    for address in ("/sources/rules/", "/sources/aliases/", "/sources/links/", "/sources/channels/"):
        with django_assert_max_num_queries(12):
            client.get(address)


@pytest.mark.parametrize("role", ["sales", "sales_manager", "agency"])
def test_only_those_who_manage_sources_change_them(login: Login, role: str) -> None:
    assert login(role).get("/sources/rules/").status_code == 403
    assert login(role).post("/sources/rules/add/", typed()).status_code == 403
