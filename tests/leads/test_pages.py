"""Sites and forms, and failed work, as people see them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.html import escape

from leadtrack.leads import inbox
from leadtrack.leads.models import Form, InboxRow, Lead, LeadImport
from leadtrack.spend.load import load_file
from leadtrack.visits.models import Site, SiteOrigin
from tests import make
from tests.leads.conftest import Send

Login = Callable[..., Client]
OTHERS = ["sales_manager", "sales", "marketer", "agency"]


@pytest.fixture
def admin(login: Login) -> Client:
    return login("admin")


@pytest.fixture
def given_up(send: Send) -> InboxRow:
    send({"phone": "030901820", "name": "<b>Ann</b>"})
    InboxRow.objects.update(state="failed", attempts=6, error="ValueError: <why>")
    return InboxRow.objects.get()


@pytest.mark.parametrize("role", OTHERS)
def test_only_admins_open_them(login: Login, form: Form, given_up: InboxRow, role: str) -> None:
    client = login(role)
    for path in ("/sites/", f"/sites/{form.site_id}/", "/failed/"):
        assert client.get(path).status_code == 403
    for path in ("/sites/", f"/sites/{form.site_id}/", f"/failed/{given_up.pk}/again/", "/failed/again/"):
        assert client.post(path, {"name": "x", "time_zone": "UTC"}).status_code == 403
    origin = form.site.origins.get()
    assert client.post(f"/sites/{form.site_id}/addresses/{origin.pk}/remove/").status_code == 403
    assert (Site.objects.count(), SiteOrigin.objects.count()) == (1, 1)
    assert InboxRow.objects.get().state == "failed"


def test_strangers_are_asked_to_log_in(client: Client, form: Form) -> None:
    for path in ("/sites/", f"/sites/{form.site_id}/", "/failed/"):
        assert client.get(path).status_code == 302


# --- sites and forms


def test_without_sites_the_page_says_what_to_do(admin: Client) -> None:
    assert "No sites yet" in admin.get("/sites/").content.decode()


def test_a_site_is_added_and_listed(admin: Client) -> None:
    response = admin.post("/sites/", {"name": "Shop", "time_zone": "Asia/Vladivostok", "region": "ru"})
    site = Site.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, f"/sites/{site.pk}/")
    assert (site.name, site.region) == ("Shop", "RU")
    assert "Shop" in admin.get("/sites/").content.decode()


@pytest.mark.parametrize(
    "fields",
    [{"time_zone": "Mars/Base"}, {"region": "1x"}, {"name": ""}, {"name": "x" * 101}, {"name": "a\x00b"}],
)
def test_a_site_that_cannot_be_is_refused_with_words(admin: Client, fields: dict[str, str]) -> None:
    response = admin.post("/sites/", {"name": "Shop", "time_zone": "UTC", "region": ""} | fields)
    assert response.status_code == 200
    assert "invalid-feedback" in response.content.decode()
    assert not Site.objects.exists()


def test_the_site_page_has_what_to_copy(admin: Client, form: Form) -> None:
    page = admin.get(f"/sites/{form.site_id}/").content.decode()
    address = f"http://testserver/api/v1/forms/{form.key}"
    assert escape(f'<script src="http://testserver/lt/{form.site.key}.js" async></script>') in page
    assert escape(f'<form action="{address}" method="post">') in page
    assert f"curl {address} " in page
    assert f'data-site="{form.site.key}"' not in page
    assert "https://shop.example" in page


def test_a_pasted_page_address_becomes_an_origin_and_works_at_once(admin: Client, form: Form) -> None:
    address = f"/sites/{form.site_id}/"
    admin.post(address, {"add": "origin", "origin": "HTTPS://Www.Shop.example:443/contact?x=1"})
    assert form.site.origins.filter(origin="https://www.shop.example").exists()
    origin = form.site.origins.get(origin="https://www.shop.example")
    admin.post(f"{address}addresses/{origin.pk}/remove/")
    assert form.site.origins.count() == 1


@pytest.mark.parametrize(
    "origin", ["shop.example", "javascript:alert(1)", "https://shop.example", "", "https://"]
)
def test_an_address_that_is_none_or_listed_already_is_refused(admin: Client, form: Form, origin: str) -> None:
    response = admin.post(f"/sites/{form.site_id}/", {"add": "origin", "origin": origin})
    assert response.status_code == 200
    assert form.site.origins.count() == 1


def test_a_form_is_added_with_a_key_of_its_own(admin: Client, form: Form) -> None:
    admin.post(f"/sites/{form.site_id}/", {"add": "form", "name": "<b>Call</b>"})
    added = Form.objects.exclude(pk=form.pk).get()
    assert added.key != form.key
    page = admin.get(f"/sites/{form.site_id}/").content.decode()
    assert "&lt;b&gt;Call&lt;/b&gt;" in page
    assert "<b>Call" not in page


def test_another_sites_address_is_not_removed_by_guessing(admin: Client, form: Form) -> None:
    other = make.site("https://other.example").origins.get()
    assert admin.post(f"/sites/{form.site_id}/addresses/{other.pk}/remove/").status_code == 404


def test_an_unknown_site_is_404(admin: Client) -> None:
    assert admin.get("/sites/12345/").status_code == 404


# --- failed work


def test_without_failures_the_page_says_so(admin: Client, send: Send) -> None:
    send({"phone": "030901820"})
    page = admin.get("/failed/").content.decode()
    assert "Nothing has failed" in page
    assert "1 row is waiting" in page


def test_what_failed_in_other_rooms_is_told_with_its_page(admin: Client) -> None:
    load_file(b"hello", account_name="Shop", file_name="a.csv")
    site = make.site("https://b.example")
    LeadImport.objects.create(site=site, file="x", file_name="a.csv", state="failed", error="crashed")
    # A file that cannot be read is the business of who sent it, not of who repairs.
    LeadImport.objects.create(site=site, file="x", file_name="b.csv", state="failed", error="no_rows")
    page = admin.get("/failed/").content.decode()
    assert '<a href="/spend/">1 statement of costs was not loaded.</a>' in page
    assert '<a href="/leads/import/">1 import of leads broke off.</a>' in page


def test_a_failed_row_is_shown_with_its_reason_and_what_came_in(admin: Client, given_up: InboxRow) -> None:
    page = admin.get("/failed/").content.decode()
    assert given_up.public_id in page
    assert "ValueError: &lt;why&gt;" in page
    assert "&lt;b&gt;Ann&lt;/b&gt;" in page
    assert "<b>Ann" not in page


def test_running_it_again_makes_the_lead(admin: Client, given_up: InboxRow) -> None:
    response = admin.post(f"/failed/{given_up.pk}/again/", follow=True)
    assert "worked again" in response.content.decode()
    inbox.sweep()
    assert Lead.objects.get().public_id == given_up.public_id


def test_all_are_run_again(admin: Client, given_up: InboxRow, send: Send) -> None:
    send({"phone": "030901821"})
    InboxRow.objects.update(state="failed", attempts=6)
    admin.post("/failed/again/")
    assert inbox.sweep() == 2


def test_only_posting_runs_anything(admin: Client, given_up: InboxRow) -> None:
    assert admin.get(f"/failed/{given_up.pk}/again/").status_code == 405
    assert admin.get("/failed/again/").status_code == 405
    assert admin.post("/failed/12345/again/").status_code == 404


def test_the_failed_page_costs_the_same_for_many_rows(
    admin: Client, form: Form, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(60):
        InboxRow.objects.create(
            door="form", site=form.site, form=form, submission_key=str(number), payload={}, state="failed"
        )
    with django_assert_max_num_queries(10):
        page = admin.get("/failed/").content.decode()
    assert "cursor=" in page


def test_the_admin_shows_leads_but_changes_none(admin: Client, given_up: InboxRow) -> None:
    inbox.rework(given_up)
    lead = inbox.work(given_up.pk)
    assert lead is not None
    for name, row in (
        ("lead", lead),
        ("contact", lead.contact),
        ("inboxrow", given_up),
        ("receipt", lead.receipt),
    ):
        assert admin.get(f"/admin/leadtrack_leads/{name}/").status_code == 200
        assert admin.get(f"/admin/leadtrack_leads/{name}/{row.pk}/change/").status_code == 200
        assert admin.get(f"/admin/leadtrack_leads/{name}/add/").status_code == 403
        assert (
            admin.post(f"/admin/leadtrack_leads/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
        )
    assert admin.get(f"/admin/leadtrack_leads/form/{given_up.form_id}/change/").status_code == 200


def test_with_a_pool_of_numbers_the_line_runs_before_the_page_is_seen(admin: Client, form: Form) -> None:
    make.pool(site=form.site)
    page = admin.get(f"/sites/{form.site_id}/").content.decode()
    assert escape(f'<script src="http://testserver/lt/{form.site.key}.js"></script>') in page
    assert "show the right number from the start" in page
