import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal, LossReason, Purchase
from leadtrack.leads.models import Attempt, ContactKey, InboxRow, Lead, Receipt
from leadtrack.phones.models import Call
from leadtrack.visits.models import Visit
from tests import make
from tests.deals.people import EMAIL, PERSONAL, PHONE, ann, client_of, deal_of, payment

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def seller() -> Member:
    return make.member("sales", "seller")


@pytest.fixture
def deal(seller: Member) -> Deal:
    return deal_of(seller)


@pytest.fixture
def client(seller: Member) -> Client:
    return client_of(seller)


def at(deal: Deal, what: str = "") -> str:
    return f"/leads/{deal.lead.public_id}/{what}"


def text_of(page: Any) -> str:
    assert page.status_code == 200, page.status_code
    return unescape(page.content.decode())


def undo_of(page: Any) -> tuple[str, dict[str, str]]:
    """Where the note's "Undo" leads, and what it sends."""
    note = page.content.decode().split("data-note", 1)[1]
    action = re.search(r'action="([^"]+)"', note)
    assert action
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', note))
    return action[1], {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}


def stage(deal: Deal) -> str:
    return str(Deal.objects.get(pk=deal.pk).stage.group)


def test_it_tells_who_asked_and_how_to_reach_them(client: Client, deal: Deal) -> None:
    page = text_of(client.get(at(deal)))
    for words in (
        "Ann Secret",
        "tel:+49-1512-3456789",
        f"mailto:{EMAIL}",
        "call me after six",
        "colour",
        "blue one",
    ):
        assert words in page
    assert f"/contacts/{deal.lead.contact.public_id}/" in page


def test_what_a_person_sent_is_text_not_markup(client: Client, seller: Member) -> None:
    hostile = "<script>alert(1)</script>"
    lead = make.lead(name=hostile, message=hostile, raw_payload={hostile: [hostile]})
    make.deal(of=lead, owner=seller.user)
    page = client.get(f"/leads/{lead.public_id}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_what_stands_beside_it_is_named_for_people(client: Client, seller: Member) -> None:
    kept = {
        "lt_ms": "163.9000000953674",
        "page_url": "https://s.example/sofas",
        "phone_raw": "030 90 ext. 5",
        "typed_by": "Sally",
        "utm_source": "Summer",
        "utm_term": "sofa",
        "gclid": "EAIa",
        "_spam": "honeypot",
        "_problems": ["cut"],
        "Size": ["M", "L"],
    }
    lead = make.lead(of=make.source("https://s.example/?utm_source=summer"), raw_payload=kept)
    make.deal(of=lead, owner=seller.user)
    page = text_of(client.get(f"/leads/{lead.public_id}/"))
    for name in kept.keys() - {"utm_term", "gclid", "Size"}:
        assert name not in page
    for words in ("Filled in within", "0.2 s", "Phone as sent", "Typed in by", "Tag utm_term", "sofa"):
        assert words in page
    for words in ("Click id gclid", "M, L", "too long and was cut", "https://s.example/sofas"):
        assert words in page


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://s.example/a?utm_source=Summer&utm_id=7&gclid=x&size=m", "https://s.example/a?size=m"),
        ("https://s.example/?utm_source=%53ummer", "https://s.example/"),
        ("https://s.example/?utm_source=winter&size=m", "https://s.example/?utm_source=winter&size=m"),
        ("https://[?=&&utm_source", "https://[?=&&utm_source"),
    ],
)
def test_an_address_does_not_repeat_the_source(
    client: Client, seller: Member, address: str, shown: str
) -> None:
    lead = make.lead(
        of=make.source("https://s.example/?utm_source=summer"), raw_payload={"page_url": address}
    )
    make.deal(of=lead, owner=seller.user)
    page = text_of(client.get(f"/leads/{lead.public_id}/"))
    assert f">{shown}<" in page


@pytest.mark.parametrize("sent", ["soon", "nan", "-5", "1e400", None, [1], {"a": 1}])
def test_a_strange_time_of_filling_in_breaks_no_page(client: Client, seller: Member, sent: Any) -> None:
    lead = make.lead(raw_payload={"lt_ms": sent})
    make.deal(of=lead, owner=seller.user)
    assert "Filled in within" in text_of(client.get(f"/leads/{lead.public_id}/"))


def test_it_tells_why_it_has_its_source(client: Client, deal: Deal) -> None:
    Receipt.objects.create(
        lead=deal.lead, steps=[{"rule": "visit", "won": True, "evidence": {"source": "google ads"}}]
    )
    assert "was on a visit from “google ads”" in text_of(client.get(at(deal)))


def test_the_path_and_the_story_are_told_oldest_first(client: Client, deal: Deal) -> None:
    visitor = make.visit().visitor
    for name, day in (("summer", 2), ("winter", 1)):
        make.visit(
            visitor=visitor,
            of=make.source(f"https://s.example/?utm_source={name}"),
            at=make.NOON - timedelta(days=day),
        )
    ContactKey.objects.create(contact=deal.lead.contact, kind="visitor", value=str(visitor.pk))
    row = InboxRow.objects.create(door="form", site=deal.lead.site, submission_key="x", payload={})
    Attempt.objects.create(lead=deal.lead, inbox_row=row, source=deal.lead.source, at=make.NOON)
    page = text_of(client.get(at(deal)))
    assert page.index("summer") < page.index("winter")
    assert "Wrote again" in page


def test_what_came_after_the_lead_is_marked_on_its_path(client: Client, deal: Deal) -> None:
    visitor = make.visit(at=deal.lead.captured_at - timedelta(days=1)).visitor
    ContactKey.objects.create(contact=deal.lead.contact, kind="visitor", value=str(visitor.pk))
    assert "after this lead" not in text_of(client.get(at(deal)))
    make.visit(visitor=visitor, at=deal.lead.captured_at + timedelta(days=1))
    assert text_of(client.get(at(deal))).count("after this lead") == 1


def test_the_contacts_page_shows_the_path_and_to_guests_no_address(
    client: Client, deal: Deal, login: Callable[..., Client]
) -> None:
    who = f"/contacts/{deal.lead.contact.public_id}/"
    assert "No visit or call of this contact is known" in text_of(client.get(who))
    visit = make.visit(of=make.source("https://s.example/?utm_source=summer"))
    ContactKey.objects.create(contact=deal.lead.contact, kind="visitor", value=str(visit.visitor_id))
    Visit.objects.update(landing_url="https://s.example/?mail=ann%40b.example")
    page = text_of(client.get(who))
    assert "summer" in page
    assert "ann%40b" in page
    assert "ann%40b" not in text_of(login("agency").get(who))


def test_a_call_is_told_with_its_end(client: Client, seller: Member) -> None:
    number = make.number()
    call = Call.objects.create(
        account=number.account, number=number, sid="CA1", source=make.source(), caller=PHONE,
        status="answered", started_at=make.NOON, talk_seconds=75, day=make.NOON.date(),
    )  # fmt: skip
    deal = make.deal(of=ann(kind="call", call=call), owner=seller.user)
    page = text_of(client.get(at(deal)))
    assert "Phone call: Answered, 75 s of talk" in page
    assert page.count("· Answered") == 1


def test_an_agency_sees_no_person_on_any_page(login: Callable[..., Client], deal: Deal) -> None:
    make.purchase(of=deal, note="note of hers")
    visit = make.visit()
    visit.landing_url = f"https://shop.example/?email={EMAIL}"
    visit.save()
    ContactKey.objects.create(contact=deal.lead.contact, kind="visitor", value=str(visit.visitor_id))
    evidence = {"landing": visit.landing_url, "source": "x"}
    Receipt.objects.create(
        lead=deal.lead, steps=[{"rule": "page-address", "won": True, "evidence": evidence}]
    )
    agency = login("agency")
    for address in ("/inbox/", at(deal), f"/contacts/{deal.lead.contact.public_id}/"):
        page = text_of(agency.get(address))
        assert "hidden" in page, address
        assert not [word for word in (*PERSONAL, "tel:", "mailto:") if word in page], address


def test_won_is_logged_and_undone(client: Client, deal: Deal) -> None:
    page = client.post(at(deal, "won"), payment("1 234,50", cost="1000"), headers=HTMX)
    purchase = Purchase.objects.get()
    assert (purchase.revenue_cents, purchase.cost_cents, stage(deal)) == (123_450, 100_000, "won")
    assert "€1,234.50" in text_of(page)
    assert "<html" not in text_of(page)
    action, fields = undo_of(page)
    undone = client.post(action, fields, headers=HTMX)
    assert stage(deal) == "in_work"
    action, fields = undo_of(undone)
    client.post(action, fields, headers=HTMX)
    assert stage(deal) == "won"


def test_it_works_without_scripts(client: Client, deal: Deal) -> None:
    answer = client.post(at(deal, "won"), payment(), follow=True)
    assert answer.redirect_chain == [(at(deal), 302)]
    assert "Won." in text_of(answer)
    wrong = client.post(at(deal, "purchase"), payment("", submission_key="other"))
    assert "<html" in text_of(wrong)


def test_the_form_begins_with_today_of_the_site_and_our_currency(
    client: Client, seller: Member, settings: Any
) -> None:
    settings.LEADTRACK_CURRENCY = "SEK"
    place = make.site(time_zone="Pacific/Kiritimati")
    deal = make.deal(of=make.lead(on=place), owner=seller.user)
    page = text_of(client.get(at(deal)))
    assert f'value="{timezone.now().astimezone(place.tz).date().isoformat()}"' in page
    assert 'value="SEK"' in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": ""}, "This field is required"),
        ({"amount": "0"}, "Enter an amount above zero"),
        ({"amount": "-5"}, "Enter an amount above zero"),
        ({"amount": "abc"}, "Enter an amount, for example"),
        ({"amount": "1,234"}, "Is this thousands or a part?"),
        ({"amount": "1.2345"}, "two decimals at most"),
        ({"amount": "9" * 14}, "too large"),
        ({"amount": "9" * 20}, "too large"),
        ({"amount": "9" * 40}, "at most 20 characters"),
        ({"amount": "1\x00"}, "Null characters"),
        ({"cost": "-1"}, "zero or more"),
        ({"currency": "XQQ"}, "three letters"),
        ({"currency": ""}, "This field is required"),
        ({"paid_on": "2999-01-01"}, "in the future"),
        ({"paid_on": "1999-01-01"}, "before the year 2000"),
        ({"paid_on": "yesterday"}, "Enter a valid date"),
        ({"note": "x" * 201}, "at most 200"),
    ],
)
def test_what_is_wrong_stands_next_to_its_field(
    client: Client, deal: Deal, wrong: dict[str, str], words: str
) -> None:
    page = text_of(client.post(at(deal, "won"), payment() | wrong, headers=HTMX))
    field = next(iter(wrong))
    note = page.split(f'id="won_{field}_error"', 1)
    assert len(note) == 2
    assert words in note[1][:200]
    assert 'value="shown-once"' in page
    assert Purchase.objects.count() == 0


def test_a_double_click_is_one_purchase(client: Client, deal: Deal) -> None:
    for _click in range(2):
        assert client.post(at(deal, "won"), payment(), headers=HTMX).status_code == 200
    assert Purchase.objects.count() == 1


def test_who_comes_second_is_told(client: Client, deal: Deal, login: Callable[..., Client]) -> None:
    client.post(at(deal, "won"), payment(), headers=HTMX)
    page = text_of(
        login("sales_manager").post(at(deal, "won"), payment(submission_key="other"), headers=HTMX)
    )
    assert "This deal is already won." in page
    assert Purchase.objects.count() == 1


def test_lost_is_one_tap_and_undone_by_another(client: Client, deal: Deal) -> None:
    reason = LossReason.objects.get(name="No answer")
    page = client.post(at(deal, "lost"), {"reason": reason.pk, "lost_on": "2026-03-11"}, headers=HTMX)
    assert stage(deal) == "lost"
    assert "No answer" in text_of(page)
    action, fields = undo_of(page)
    page = client.post(action, fields, headers=HTMX)
    assert stage(deal) == "in_work"
    action, fields = undo_of(page)
    client.post(action, fields, headers=HTMX)
    assert stage(deal) == "lost"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reason": ""}, "Choose why it was lost"),
        ({"reason": "999999"}, "not one of the available choices"),
        ({"reason": "x"}, "not one of the available choices"),
        ({"lost_on": ""}, "This field is required"),
        ({"lost_on": "2999-01-01"}, "in the future"),
    ],
)
def test_lost_needs_a_reason_and_a_day(client: Client, deal: Deal, wrong: dict[str, str], words: str) -> None:
    good = {"reason": str(make.loss_reason().pk), "lost_on": "2026-03-11"}
    assert words in text_of(client.post(at(deal, "lost"), good | wrong, headers=HTMX))
    assert stage(deal) == "in_work"


def test_a_retired_reason_is_not_offered(client: Client, deal: Deal) -> None:
    LossReason.objects.filter(name="No answer").update(is_active=False)
    assert "No answer" not in text_of(client.get(at(deal)))


def test_repeat_and_refund_follow_a_win(client: Client, deal: Deal) -> None:
    client.post(at(deal, "won"), payment("100"), headers=HTMX)
    client.post(at(deal, "purchase"), payment("50", submission_key="r"), headers=HTMX)
    page = client.post(at(deal, "refund"), payment("150", submission_key="b"), headers=HTMX)
    assert list(Purchase.objects.order_by("id").values_list("revenue_cents", flat=True)) == [
        10_000,
        5_000,
        -15_000,
    ]
    action, fields = undo_of(page)
    client.post(action, fields, headers=HTMX)
    too_much = text_of(client.post(at(deal, "refund"), payment("150.01", submission_key="c"), headers=HTMX))
    assert "cannot be more than what was paid" in too_much
    assert re.search(r'<details class="outcome-more" open>\s*<summary[^>]*>.*?Refund', too_much, re.S)
    assert Purchase.objects.live().count() == 2


def test_a_status_is_changed_and_undone(client: Client, deal: Deal) -> None:
    page = client.post(at(deal, "status"), {"status": "spam"}, headers=HTMX)
    assert (Lead.objects.get().status, stage(deal)) == ("spam", "not_counted")
    action, fields = undo_of(page)
    assert fields == {"status": "new"}
    client.post(action, fields, headers=HTMX)
    assert (Lead.objects.get().status, stage(deal)) == ("new", "in_work")
    assert "did not work" in text_of(client.post(at(deal, "status"), {"status": "x"}, headers=HTMX))


def test_a_manager_gives_a_lead_away_and_takes_it_back(login: Callable[..., Client], deal: Deal) -> None:
    other, manager = make.member("sales", "other"), login("sales_manager")
    page = manager.post(at(deal, "assign"), {"to": other.user.pk}, headers=HTMX)
    assert Deal.objects.get().owner == other.user
    action, fields = undo_of(page)
    manager.post(action, fields, headers=HTMX)
    assert Deal.objects.get().owner == deal.owner
    outsider = make.member("agency")
    assert "not one of the available" in text_of(
        manager.post(at(deal, "assign"), {"to": outsider.user.pk}, headers=HTMX)
    )


def test_sales_take_what_nobody_has_and_no_more(client: Client, seller: Member, deal: Deal) -> None:
    free = make.deal()
    assert "Take it" in text_of(client.get(at(free)))
    client.post(at(free, "assign"))
    assert Deal.objects.get(pk=free.pk).owner == seller.user
    assert client.post(at(deal, "assign"), {"to": ""}).status_code == 403
    assert Deal.objects.get(pk=deal.pk).owner == seller.user


def test_a_lead_that_goes_to_somebody_else_leaves_the_page(client: Client) -> None:
    Member.objects.update(takes_leads=False)
    other = make.member("sales", "other")
    spam = make.deal(of=make.lead(status="spam"), group="not_counted")
    answer = client.post(at(spam, "status"), {"status": "new"}, headers=HTMX)
    assert Deal.objects.get(pk=spam.pk).owner == other.user
    assert answer["HX-Redirect"] == "/inbox/"


def test_a_contact_shows_leads_purchases_and_totals(client: Client, seller: Member, deal: Deal) -> None:
    second = make.deal(of=make.lead(who=deal.lead.contact), group="won", owner=seller.user)
    make.purchase(of=second, cents=10_000, cost=2_500)
    make.purchase(of=second, cents=7_000, currency="USD")
    make.purchase(of=second, cents=99_900, voided_at=timezone.now())
    others = make.deal(of=make.lead(who=deal.lead.contact), owner=make.member("sales").user)
    page = text_of(client.get(f"/contacts/{deal.lead.contact.public_id}/"))
    for words in (
        PHONE,
        EMAIL,
        "€100.00",
        "€75.00",
        "$70.00",
        deal.lead.public_id,
        second.lead.public_id,
        "taken back",
    ):
        assert words in page
    assert others.lead.public_id not in page


def test_a_contact_without_a_name_is_headed_by_how_to_reach_them(client: Client, seller: Member) -> None:
    for contact, heading in (
        (make.contact(phone=PHONE, email=EMAIL), f"Without a name, {PHONE}"),
        (make.contact(email="b@example.com"), "Without a name, b@example.com"),
        (make.contact(), "Without a name"),
    ):
        make.deal(of=make.lead(who=contact), owner=seller.user)
        page = text_of(client.get(f"/contacts/{contact.public_id}/"))
        assert re.search(rf"<h1[^>]*>\s*{re.escape(heading)}\s*</h1>", page)
        assert f">{contact.public_id}" not in page


def test_the_leads_of_a_contact_stand_in_the_order_they_came(client: Client, seller: Member) -> None:
    who = make.contact(name="Ann")
    at = {days: make.lead(who=who, at=make.NOON - timedelta(days=days)) for days in (5, 1, 9)}
    for lead in at.values():
        make.deal(of=lead, owner=seller.user)
    page = text_of(client.get(f"/contacts/{who.public_id}/"))
    places = [page.index(f"/leads/{at[days].public_id}/") for days in (1, 5, 9)]
    assert places == sorted(places)


@pytest.mark.parametrize("touches", [1, 30])
def test_the_page_costs_the_same_however_much_happened(
    client: Client, deal: Deal, django_assert_num_queries: Any, touches: int
) -> None:
    visitor = make.visit().visitor
    ContactKey.objects.create(contact=deal.lead.contact, kind="visitor", value=str(visitor.pk))
    for number in range(touches):
        make.visit(visitor=visitor, at=make.NOON + timedelta(hours=number))
        make.purchase(of=deal, logged_by=deal.owner)
        deal.events.create(kind="note", by=deal.owner)
    with django_assert_num_queries(16):
        client.get(at(deal))
    with django_assert_num_queries(14):
        client.get(f"/contacts/{deal.lead.contact.public_id}/")


def test_no_address_of_ours_holds_a_phone_or_an_email(client: Client, deal: Deal) -> None:
    client.post(at(deal, "won"), payment(), headers=HTMX)
    for address in ("/inbox/", at(deal), f"/contacts/{deal.lead.contact.public_id}/"):
        links = re.findall(r'(?:href|action|src|hx-get|hx-post)="([^"]*)"', text_of(client.get(address)))
        ours = [link for link in links if not link.startswith(("tel:", "mailto:"))]
        assert ours
        assert not [link for link in ours if "@" in link or "1512345" in link.replace("-", "")]
