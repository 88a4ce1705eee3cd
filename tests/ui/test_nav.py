"""What the navigation offers."""

import pytest

from leadtrack.ui.nav import NavItem, links_for

ITEMS = (
    NavItem("Root", "inbox", "root", "a"),
    NavItem("Leads", "inbox", "leads", "a"),
    NavItem("Own leads", "inbox", "own", "a"),
    NavItem("Not here", "inbox", "absent", "a"),
    NavItem("Admin", "settings", "admin", "b"),
)
HREFS = {"root": "/", "leads": "/leads/", "own": "/leads/own/", "admin": "/admin/"}


def labels(can: str) -> list[str]:
    return [
        str(link.label) for link in links_for(can=can.__contains__, href_of=HREFS.get, path="/", items=ITEMS)
    ]


def test_it_shows_what_a_person_can_and_what_is_installed() -> None:
    assert labels("ab") == ["Root", "Leads", "Own leads", "Admin"]
    assert labels("b") == ["Admin"]
    assert labels("") == []


@pytest.mark.parametrize(("path", "current"), [
    ("/", "Root"),
    ("/leads/", "Leads"),
    ("/leads/5", "Leads"),
    ("/leads/own/", "Own leads"),
    ("/elsewhere", None),
])  # fmt: skip
def test_the_nearest_link_is_current(path: str, current: str | None) -> None:
    links = links_for(can="ab".__contains__, href_of=HREFS.get, path=path, items=ITEMS)
    assert [link.label for link in links if link.is_current] == ([current] if current else [])
