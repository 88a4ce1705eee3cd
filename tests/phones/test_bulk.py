"""Many numbers given at once from a table: nothing lost, nothing written before it was seen."""

import csv
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from leadtrack.phones.assign import assign_number
from leadtrack.phones.bulk import MOST_ROWS
from leadtrack.phones.models import Assignment, Pool, TrackedNumber
from tests import make
from tests.phones.test_numbers import billboard, text_of

pytestmark = pytest.mark.django_db
HEADER = "number;source;pool;since;note\n"


@pytest.fixture
def admin(login) -> Client:
    return login("admin")


@pytest.fixture
def numbers() -> list[TrackedNumber]:
    account, site = make.carrier_account(), make.site(time_zone="Asia/Vladivostok", region="US")
    return [make.number(f"+1555010006{last}", account=account, site=site) for last in range(3)]


def look(client: Client, text: str, **more: str):
    return client.post("/numbers/bulk/", {"text": text} | more)


def test_looking_writes_nothing_and_says_what_would_happen(admin, numbers):
    Pool.objects.create(name="Search ads", site=numbers[0].site)
    billboard("Main street")
    lines = "+15550100060;Main street;;2026-03-10 22:00;corner\n555 010 0061;;search ADS;;\n"
    lines += "+15550100062;Billboard / North;;10.03.2026;\n"
    page = text_of(look(admin, HEADER + lines))
    assert not Assignment.objects.exists()
    assert "Offline / billboard / Main street" in page
    assert "new Offline / billboard / North" in page
    assert "Assign 3 numbers" in page


def test_what_was_seen_is_done_and_undone_whole(admin, numbers):
    pool = Pool.objects.create(name="Search ads", site=numbers[0].site)
    before = assign_number(number=numbers[0], source=billboard("Old"), at=make.NOON.replace(year=2025))
    lines = "+15550100060;Billboard / North;;2026-03-10 22:00;corner\n+15550100061;;Search ads;;\n"
    page = look(admin, HEADER + lines, go="1")
    first, second = Assignment.objects.filter(ends_at=None).order_by("number__number")
    assert (first.source.campaign, first.starts_at, first.note) == ("North", make.NOON, "corner")
    assert second.pool == pool
    assert "2 numbers are assigned" in text_of(page)
    admin.post("/numbers/bulk/undo/", {"assignment": [first.pk, second.pk]})
    assert Assignment.objects.get(ends_at=None) == before


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("+19998887766;Main;;;", "Number", "none of your numbers"),
        ("call me;Main;;;", "Number", "none of your numbers"),
        ("+15550100060;Main;;;\n+15550100060;Main;;;", "Number", "stands in line 2 already"),
        ("+15550100060;;;;", "Source", "Name a source or a pool."),
        ("+15550100060;Main;Search ads;;", "Source", "not both"),
        ("+15550100060;nothing like it;;;", "Source", "No source holds these words"),
        ("+15550100060;street;;;", "Source", "Several sources hold these words"),
        ("+15550100060;;No such;;", "Pool", "There is no pool “No such”"),
        ("+15550100060;;Others;;", "Pool", "This pool is of another site"),
        ("+15550100060;Main;;soon;", "Since", "Write the day as"),
        ("+15550100060;Main;;2026-02-30;", "Since", "Write the day as"),
        ("+15550100060;Main;;2999-01-01;", "Since", "This lies in the future"),
        ("+15550100060;Main;;1999-01-01;", "Since", "Write the day as"),
        ("+15550100060;Main;;;" + "x" * 201, "Note", "At most 200 characters"),
    ],
)
def test_a_mistake_is_told_by_line_and_column(admin, numbers, line, column, words):
    billboard("Main street")
    billboard("Side street")
    Pool.objects.create(name="Others", site=make.site("https://other.example"))
    page = text_of(look(admin, HEADER + line))
    assert f"{column}: " in page
    assert words in page
    assert "are left out and stay in the box" in page


def test_wrong_lines_stay_in_the_box_and_right_ones_are_done(admin, numbers):
    lines = "+15550100060;Billboard / North;;;\n+15550100061;nobody knows;;;keep me\n"
    page = look(admin, HEADER + lines, go="1")
    assert Assignment.objects.get().number == numbers[0]
    assert "keep me" in page.content.decode()
    assert "Still to be mended" in text_of(page)


def test_the_template_comes_back_as_it_went(admin, numbers):
    assign_number(number=numbers[0], source=billboard("=HYPERLINK(1)"), at=make.NOON, note="+note")
    answer = admin.get("/numbers/bulk/template.csv")
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert rows[1] == [
        "'+15550100060",
        "Offline / billboard / =HYPERLINK(1)",
        "",
        "2026-03-10 22:00",
        "'+note",
    ]
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    page = text_of(look(admin, text))
    assert "+1 555-010-0060" in page
    assert "+note" in page


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_files_of_spreadsheets_are_read(admin, numbers, encoding):
    billboard("Тверская")
    text = "номер,источник,с,примечание\r\n+15550100060,Тверская,,угол\r\n"
    file = SimpleUploadedFile("a.csv", text.encode(encoding), "text/csv")
    page = text_of(admin.post("/numbers/bulk/", {"file": file}))
    assert "Offline / billboard / Тверская" in page
    assert "угол" in page


def test_a_table_without_a_header_is_read_in_the_usual_order(admin, numbers):
    assert "Assign 1 number" in text_of(look(admin, "+15550100060\tBillboard / North\t\t\t\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Choose a file, or paste the table"),
        (" \n", "Choose a file, or paste the table"),
        ("a\n" * (MOST_ROWS + 2), "At most 500 lines at once"),
        ("x" * 200_001, "at most 200000 characters"),
    ],
)
def test_a_table_that_is_none_is_told(admin, numbers, text, words):
    assert words in text_of(look(admin, text))


def test_a_line_that_came_too_late_is_told_and_the_others_are_done(admin, numbers):
    assign_number(number=numbers[0], source=billboard("Now"), at=make.NOON)
    lines = "+15550100060;Billboard / North;;2026-03-01;\n+15550100061;Billboard / North;;;\n"
    page = text_of(look(admin, HEADER + lines, go="1"))
    assert "choose a later moment" in page
    assert "1 number is assigned" in page


def test_undoing_what_was_changed_since_is_told(admin, numbers):
    given = assign_number(number=numbers[0], source=billboard("North"), at=make.NOON)
    assign_number(number=numbers[0], source=billboard("South"), at=make.NOON.replace(day=11))
    page = admin.post("/numbers/bulk/undo/", {"assignment": [given.pk, "x", "9" * 30]}, follow=True)
    assert "0 assignments are undone" in text_of(page)
    assert Assignment.objects.get(ends_at=None).source == billboard("South")
