"""The frame around every page."""

import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation
from lucide import _load_icon

from leadtrack import plugin
from leadtrack.ui.nav import ITEMS

pytestmark = pytest.mark.django_db

WITH_ALL = "/mounted/leads/?can=leads.work&can=reports.read&can=admin.open"


def test_the_title_is_written_once_and_shown_as_title_and_only_heading(site: Client) -> None:
    page = site.get("/mounted/").text
    assert "<title>Sources &amp; revenue · LeadTrack</title>" in page
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == ["Sources &amp; revenue"]


def test_the_navigation_shows_what_the_person_can_and_the_installation_has(site: Client) -> None:
    page = site.get(WITH_ALL).text
    assert re.findall(r'nav-link" href="([^"]+)"', page) == [
        "/mounted/leads/",
        "/mounted/reports/",
        "/admin/",
    ]
    assert re.findall(r'nav-link" href="([^"]+)" aria-current="page"', page) == ["/mounted/leads/"]


def test_the_navigation_is_empty_for_nobody(site: Client) -> None:
    assert "nav-link-title" not in site.get("/mounted/nothing-here").text


def test_no_page_has_inline_script_or_style(site: Client) -> None:
    for url in ("/mounted/", "/accounts/login/", "/denied", "/mounted/nothing-here"):
        page = site.get(url).text
        scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page)
        assert not scripts, url
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on", page), url


def test_every_post_of_htmx_carries_the_token(site: Client) -> None:
    assert re.search(r"<body hx-headers='\{\"X-CSRFToken\": \"\w{64}\"\}'>", site.get("/mounted/").text)


def test_messages_are_shown_as_text_in_a_live_region(site: Client) -> None:
    page = site.get("/mounted/", {"note": "<b>Saved</b>"}).text
    region = page[page.index('aria-live="polite"') :]
    assert "toast-success" in region
    assert "&lt;b&gt;Saved&lt;/b&gt;" in region


def test_a_language_is_chosen_by_post_and_kept(site: Client) -> None:
    answer = site.post("/i18n/setlang/", {"language": "ru", "next": "/mounted/"})
    assert (answer.status_code, answer["Location"]) == (302, "/mounted/")
    assert '<html lang="ru">' in site.get("/mounted/").text


def test_the_account_menu_logs_out_by_post(site: Client) -> None:
    person = get_user_model().objects.create_user("anna", first_name="Anna", last_name="Sidorova")
    site.force_login(person)
    page = site.get("/mounted/").text
    assert "Anna Sidorova" in page
    assert '<form method="post" action="/accounts/logout/">' in page
    assert site.post("/accounts/logout/").status_code == 302
    assert "Anna Sidorova" not in site.get("/mounted/").text


def test_login_is_in_our_look_and_says_what_is_wrong(site: Client) -> None:
    page = site.get("/accounts/login/").text
    assert "vendor/tabler.min.css" in page
    assert re.search(r'<input type="password"[^>]*class="form-control"', page)
    failed = site.post("/accounts/login/", {"login": "nobody", "password": "wrong"}).text
    assert "alert alert-danger" in failed


@pytest.mark.parametrize(
    "name", ["mfa_index", "account_change_password", "usersessions_list", "account_email"]
)
def test_account_pages_are_inside_our_frame(site: Client, name: str) -> None:
    from django.urls import reverse

    site.force_login(get_user_model().objects.create_user("anna", password="pw"))
    page = site.get(reverse(name)).text
    assert 'id="navigation"' in page
    assert len(re.findall("<h1", page)) == 1


def test_the_admin_wears_our_colours_and_leads_back(site: Client) -> None:
    site.force_login(get_user_model().objects.create_superuser("boss"))
    page = site.get("/admin/").text
    assert "ui/admin.css" in page
    assert '<a class="back-to-app" href="/mounted/">' in page


@pytest.mark.parametrize(("url", "status", "words"), [
    ("/mounted/nothing-here", 404, "nothing at this address"),
    ("/denied", 403, "do not have the right"),
    ("/broken", 500, "The error was logged"),
])  # fmt: skip
def test_error_pages_say_what_happened_and_lead_on(site: Client, url: str, status: int, words: str) -> None:
    answer = site.get(url)
    assert answer.status_code == status
    assert words in answer.text
    assert "To the first page" in answer.text


def test_a_stale_form_is_told_so(settings) -> None:
    settings.ROOT_URLCONF = "tests.ui.site"
    answer = Client(enforce_csrf_checks=True).post("/mounted/")
    assert answer.status_code == 403
    assert "The form was not accepted" in answer.text


def test_every_page_asks_for_no_camera(site: Client) -> None:
    assert "camera=()" in site.get("/mounted/")["Permissions-Policy"]


def test_every_icon_that_is_named_exists() -> None:
    named = {item.icon for item in ITEMS}
    for template in Path(plugin.TEMPLATES).rglob("*.html"):
        named |= set(re.findall(r'{% (?:icon|empty_state) "([\w-]+)"', template.read_text(encoding="utf-8")))
    assert "inbox" in named
    for name in named:
        _load_icon(name)  # raises for a name that lucide does not have


def test_pages_need_no_context_processor(settings) -> None:
    settings.ROOT_URLCONF = "tests.ui.site"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": {}}]
    with translation.override("en"):
        page = Client().get(WITH_ALL, {"can": "leads.work", "note": "Saved"}).text
    assert "Saved" in page
    assert "/mounted/leads/" in page
