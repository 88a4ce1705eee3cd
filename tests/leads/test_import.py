# ruff: noqa: E501 (parts of spreadsheets are long lines)
"""Leads from a file: through the pages and the task."""

import io
import traceback
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from leadtrack.deals.log import log_won
from leadtrack.deals.models import Deal, DealEvent
from leadtrack.leads import inbox
from leadtrack.leads.importing import load, table, work
from leadtrack.leads.importing.work import finish_now
from leadtrack.leads.models import Attempt, Contact, ContactKey, ImportRow, InboxRow, Lead, LeadImport
from leadtrack.leads.tasks import sweep_imports, work_import
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import Credit
from leadtrack.ledger.reconcile import all_days, reconcile_all, reconcile_changed
from leadtrack.visits.models import Site
from tests import make

pytestmark = pytest.mark.django_db

THREE = (
    "Name;Phone;E-mail;Date;utm_source;utm_medium;Comment;Size\n"
    "Ann;+49 30 901820;ann@example.com;10.03.2026 14:30;google;cpc;Red one;XL\n"
    "Bob;+49 30 901821;;11.03.2026;;;;\n"
    "Eve;;eve@example.com;2026-03-12 09:00;newsletter;email;;M\n"
)


@pytest.fixture
def site(db: None) -> Site:
    return make.site(time_zone="Europe/Berlin")


@pytest.fixture
def client(login: Callable[..., Client]) -> Client:
    return login("sales_manager")


def upload(client: Client, content: bytes | str, name: str = "leads.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    site = Site.objects.get()
    return client.post("/leads/import/", {"site": site.pk, "file": SimpleUploadedFile(name, raw)})


def right(row: LeadImport, **changes: str) -> dict[str, str]:
    """The form of the columns as it is shown."""
    said = {f"column-{place}": meaning for place, meaning in enumerate(row.columns)}
    return said | {"day_first": "", "given_to": "turn", "source": "", "medium": "", "campaign": ""} | changes


def checked(client: Client, content: bytes | str, name: str = "leads.csv", **changes: str) -> LeadImport:
    """Uploaded, its columns accepted as guessed, and run dry."""
    answer = upload(client, content, name)
    assert answer.status_code == 302, answer.context["form"].errors
    row = LeadImport.objects.latest("pk")
    answer = client.post(f"/leads/import/{row.pk}/columns", right(row, **changes))
    assert answer.status_code == 302, answer.context["form"].errors
    return finish_now(row.pk)


def loaded(client: Client, content: bytes | str, name: str = "leads.csv", **changes: str) -> LeadImport:
    row = checked(client, content, name, **changes)
    assert row.state == "checked", (row.state, row.error)
    client.post(f"/leads/import/{row.pk}/start")
    return finish_now(row.pk)


def undone(client: Client, row: LeadImport) -> LeadImport:
    client.post(f"/leads/import/{row.pk}/undo")
    return finish_now(row.pk)


def outcomes(row: LeadImport) -> list[str]:
    return list(row.rows.order_by("line").values_list("outcome", flat=True))


def test_the_columns_are_guessed_and_the_first_rows_shown_as_understood(client: Client, site: Site) -> None:
    page = client.get(upload(client, THREE).headers["Location"])
    row = LeadImport.objects.get()
    assert row.columns == ["name", "phone", "email", "date", "utm_source", "utm_medium", "message", "keep"]
    text = page.content.decode()
    assert "+4930901820" in text
    assert "Paid Search" in text
    assert "semicolons" in text
    # On the clock of the site, as it stands in the file.
    assert "14:30" in text


def test_a_dry_run_counts_and_writes_no_lead(client: Client, site: Site) -> None:
    make.contact(phone="+4930901821")
    row = checked(client, THREE + "Nobody;;;;;;;\nAnn;+49 30 901820;;10.03.2026 16:00;;;;\n")
    assert {key: row.found.get(key) for key in ("lead", "joins", "attempt", "error")} == {
        "lead": 3,
        "joins": 1,
        "attempt": 1,
        "error": 1,
    }
    assert not Lead.objects.exists()
    assert not InboxRow.objects.exists()
    page = client.get(f"/leads/import/{row.pk}/").content.decode()
    assert "Load 3 leads" in page
    assert "nobody could be reached" in page


def test_what_the_dry_run_says_comes_true(client: Client, site: Site) -> None:
    row = loaded(client, THREE + "Nobody;;;;;;;\nAnn;+49 30 901820;;10.03.2026 16:00;;;;\n")
    assert (row.state, outcomes(row)) == ("done", ["lead", "lead", "lead", "error", "attempt"])
    assert row.found["lead"] == 3
    ann = Lead.objects.get(name="Ann")
    assert (ann.kind, ann.message, ann.raw_payload["Size"]) == ("import", "Red one", "XL")
    # Half past two on the clock of the site.
    assert ann.captured_at == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
    assert (ann.source.source, ann.source.medium, ann.source.channel) == ("google", "cpc", "Paid Search")
    assert [step["rule"] for step in ann.receipt.steps] == ["file", "channel"]
    # A day without a time is its noon, so that it is the same day in every zone.
    assert Lead.objects.get(name="Bob").captured_at == datetime(2026, 3, 11, 11, tzinfo=UTC)
    assert Lead.objects.get(name="Bob").source.channel == "(unknown)"


def test_rows_without_a_source_get_the_chosen_one(client: Client, site: Site) -> None:
    loaded(client, THREE, source="spring fair", medium="offline", campaign="May")
    bob = Lead.objects.get(name="Bob")
    assert (bob.source.source, bob.source.campaign) == ("spring fair", "May")
    assert [(step["rule"], step["won"]) for step in bob.receipt.steps][:2] == [
        ("file", False),
        ("file-default", True),
    ]
    assert Lead.objects.get(name="Ann").source.source == "google"


def test_loading_the_same_file_again_changes_nothing(client: Client, site: Site) -> None:
    loaded(client, THREE)
    before = list(Lead.objects.order_by("pk").values())
    again = loaded(client, THREE)
    assert again.found.get("lead", 0) == 0
    assert again.found["known"] == 3
    assert outcomes(again) == ["known"] * 3
    assert list(Lead.objects.order_by("pk").values()) == before
    assert Attempt.objects.count() == 0


def test_a_row_with_an_id_of_its_own_is_known_by_it(client: Client, site: Site) -> None:
    loaded(client, "id,phone,name\n17,+4930901820,Ann\n")
    again = loaded(client, "id,phone,name\n17,+4930901820,Ann Smith\n18,+4930901829,Bob\n")
    assert outcomes(again) == ["known", "lead"]


def test_an_id_that_another_system_gave_to_somebody_else_makes_nobody_known(
    client: Client, site: Site
) -> None:
    loaded(client, "id,phone,name\n1,+4930901820,Ann\n2,+4930901821,Bob\n")
    other = "id;e-mail;phone\n1;eve@example.com;\n2;cy@example.com;\n2;cy@example.com;\n3;;+4930901825\n3;;+4930901826\n"
    row = checked(client, other)
    assert (row.found["lead"], row.found["known"]) == (4, 1)
    assert outcomes(loaded(client, other)) == ["lead", "lead", "known", "lead", "lead"]
    assert outcomes(loaded(client, other)) == ["known"] * 5


def test_without_anything_new_there_is_nothing_to_load(client: Client, site: Site) -> None:
    row = checked(client, THREE)
    assert "Load 3 leads" in client.get(f"/leads/import/{row.pk}/").content.decode()
    loaded(client, THREE)
    row = checked(client, THREE)
    page = client.get(f"/leads/import/{row.pk}/").content.decode()
    assert "Nothing in this file is new" in page
    assert f"/leads/import/{row.pk}/start" not in page
    row = checked(client, THREE.replace("14:30", "14:31").replace("Bob", "Bobby"))
    page = client.get(f"/leads/import/{row.pk}/").content.decode()
    assert "Join 2 rows to their leads" in page
    assert f"/leads/import/{row.pk}/start" in page


def test_a_file_without_a_column_for_the_name_is_told(client: Client, site: Site) -> None:
    upload(client, "Wer;Phone\nAnn;+49 30 901820\n")
    row = LeadImport.objects.get()
    address, hint = f"/leads/import/{row.pk}/columns", "No column is taken for the name"
    assert hint in client.get(address).content.decode()
    tried = client.post(address, right(row, **{"column-0": "name"}) | {"preview": "1"})
    assert hint not in tried.content.decode()


@pytest.mark.parametrize(
    ("header", "meanings"),
    [
        ("Vorname;Name;Rufnummer;E-Mail-Adresse;Nachricht", "first_name last_name phone email message"),
        ("Name;Telefonnummer;Mailadresse;Kommentar", "name phone email message"),
        ("Imię;Nazwisko;Numer telefonu;Adres e-mail;Wiadomość", "first_name last_name phone email message"),
        ("Imię i nazwisko;Komórka;Poczta;Uwagi", "name phone email message"),
        ("Nom;Téléphone;Courriel;Commentaire", "name phone email message"),
        ("NOM;Prénom;Portable;Adresse e-mail;Demande", "last_name first_name phone email message"),
        ("Nombre;Teléfono;Correo electrónico;Mensaje", "name phone email message"),
        ("Nombre;Apellidos;Móvil;Correo;Observaciones", "first_name last_name phone email message"),
        ("First name;Name;Phone", "first_name name phone"),
    ],
)
def test_headers_in_other_languages_are_known(client: Client, site: Site, header: str, meanings: str) -> None:
    upload(client, f"{header}\n" + ";".join("x" * len(header.split(";"))) + "\n")
    assert LeadImport.objects.get().columns == meanings.split()


def test_the_same_row_twice_in_one_file_is_one_lead(client: Client, site: Site) -> None:
    row = loaded(client, "phone,name\n+4930901820,Ann\n+4930901820,Ann\n")
    assert outcomes(row) == ["lead", "known"]


def test_an_old_export_in_cp1251_with_semicolons(client: Client, site: Site) -> None:
    text = "ФИО;Телефон;Эл. почта;Дата создания;Источник\r\nАнна;8 912 345-67-89;;10.03.2026;Яндекс\r\n"
    Site.objects.update(region="RU")
    row = loaded(client, text.encode("cp1251"))
    assert (row.opening["encoding"], row.opening["delimiter"]) == ("cp1251", ";")
    lead = Lead.objects.get()
    assert (lead.name, lead.phone.as_e164) == ("Анна", "+79123456789")


def test_utf_16_with_tabs_as_spreadsheets_save_it(client: Client, site: Site) -> None:
    row = loaded(client, "Name\tPhone\nЖанна\t+4930901820\n".encode("utf-16"), "leads.txt")
    assert (row.opening["encoding"], row.opening["delimiter"]) == ("utf-16", "\t")
    assert Lead.objects.get().name == "Жанна"


def test_a_preamble_above_the_header_is_passed_over(client: Client, site: Site) -> None:
    preamble = "".join(f"Report line {number};;\n" for number in range(28))
    row = loaded(client, preamble + "Name;Phone\nAnn;+4930901820\nTotal;\n")
    assert row.opening["header_line"] == 29
    assert outcomes(row) == ["lead"]
    assert row.rows.get().line == 30


def test_a_file_without_a_header_is_understood_by_its_values(client: Client, site: Site) -> None:
    row = loaded(client, "+4930901820;ann@example.com;hello\n+4930901821;bob@example.com;hello\n")
    assert row.opening["header"] == ["A", "B", "C"]
    assert row.columns == ["phone", "email", "keep"]
    assert Lead.objects.count() == 2


def workbook(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_a_spreadsheet_with_dates_numbers_and_formulas(client: Client, site: Site) -> None:
    content = workbook(
        [
            ["Name", "Phone", "Date", "Message"],
            ["Ann", 4930901820, datetime(2026, 3, 10, 14, 30), "=1+1"],  # noqa: DTZ001 (a cell has no zone)
            ["Bob", "+4930901821", 46092.5, "text"],
            ["Eve", "+4930901822", "46092", None],
        ]
    )
    row = loaded(client, content, "leads.xlsx")
    assert row.opening["kind"] == "xlsx"
    ann, bob, eve = Lead.objects.order_by("pk")
    assert (ann.phone.as_e164, ann.message) == ("+4930901820", "")
    assert ann.captured_at == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
    # Excel's own count of days: 46092 is the 11th of March 2026.
    assert bob.captured_at == eve.captured_at == datetime(2026, 3, 11, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        (["01/02/2026", "13/02/2026"], [(2, 1), (2, 13)]),
        (["01/02/2026", "02/13/2026"], [(1, 2), (2, 13)]),
    ],
)
def test_other_rows_prove_which_comes_first(
    client: Client, site: Site, rows: list[str], days: list[tuple[int, int]]
) -> None:
    content = "phone,date\n" + "".join(f"+493090182{n},{day}\n" for n, day in enumerate(rows))
    loaded(client, content)
    assert [(lead.day.month, lead.day.day) for lead in Lead.objects.order_by("pk")] == days


def test_a_date_that_nothing_settles_is_an_error_until_a_person_says(client: Client, site: Site) -> None:
    content = "phone,date\n+4930901820,01/02/2026\n"
    row = checked(client, content)
    assert row.found["codes"] == {"date_ambiguous": 1}
    client.post(f"/leads/import/{row.pk}/columns", right(row, day_first="day"))
    assert finish_now(row.pk).found["lead"] == 1


def test_the_errors_can_be_mended_and_loaded_again(client: Client, site: Site) -> None:
    row = loaded(client, "Name;Phone;Date\nAnn;+4930901820;\n=Bob;4,93E+10;\nEve;+4930901822;soon\n")
    page = client.get(f"/leads/import/{row.pk}/").content.decode()
    assert "rounded the phone" in page
    answer = client.get(f"/leads/import/{row.pk}/errors.csv")
    assert answer.headers["Cache-Control"] == "no-store"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, bob, _eve = text.splitlines()
    assert head == "Name,Phone,Date,LeadTrack: line,LeadTrack: reason"
    assert bob.startswith('\'=Bob,"4,93E+10",,3,')
    mended = text.replace('"4,93E+10"', "'+4930901821").replace("soon", "10.03.2026")
    again = loaded(client, mended)
    assert outcomes(again) == ["lead", "lead"]
    assert again.columns[-2:] == ["skip", "skip"]
    assert set(Lead.objects.values_list("name", flat=True)) == {"Ann", "=Bob", "Eve"}


def test_what_the_columns_mean_is_remembered_for_the_next_file(client: Client, site: Site) -> None:
    row = checked(
        client, "A1;B1;Phone\nx;Ann;+4930901820\n", **{"column-1": "name", "column-0": "external_id"}
    )
    assert row.columns == ["external_id", "name", "phone"]
    upload(client, "A1;B1;Phone\ny;Bob;+4930901821\n")
    assert LeadImport.objects.latest("pk").columns == row.columns


def test_two_columns_cannot_both_be_the_phone_and_one_must(client: Client, site: Site) -> None:
    upload(client, "A1;B1;Phone\nx;Ann;+4930901820\n")
    row = LeadImport.objects.get()
    page = client.post(f"/leads/import/{row.pk}/columns", right(row, **{"column-0": "phone"}))
    assert "Another column has this meaning" in page.content.decode()
    page = client.post(f"/leads/import/{row.pk}/columns", right(row, **{"column-2": "keep"}))
    assert "which column has the phone" in page.content.decode()
    preview = client.post(
        f"/leads/import/{row.pk}/columns", right(row, **{"column-1": "name"}) | {"preview": "1"}
    )
    assert "Ann" in preview.content.decode()
    assert LeadImport.objects.get().state == "mapping"


def zip_of(parts: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return kept.getvalue()


def spoilt(content: bytes, part: str, text: bytes) -> bytes:
    """The spreadsheet with one of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zip_of(parts | {part: text})


SHEET = "xl/worksheets/sheet1.xml"
GOOD = workbook([["Name", "Phone"], ["Ann", "+4930901820"]])
ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="str">
<v>&b;</v></c></row></sheetData></worksheet>"""
FAR = b"""<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<sheetData><row r="1"><c r="A1" t="str"><v>Name</v></c><c r="B1" t="str"><v>Phone</v></c></row>
<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row></sheetData></worksheet>"""
HOSTILE = {
    "empty": (b"", "empty"),
    "blanks": (b" \r\n\0\0", "empty"),
    "an old XLS": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "Save it as XLSX"),
    "a zip that is no spreadsheet": (zip_of({"a.txt": b"x"}), "no XLSX"),
    "half a zip": (GOOD[: len(GOOD) // 2], "cannot be read"),
    "a zip bomb": (
        zip_of({"[Content_Types].xml": b"", "xl/sharedStrings.xml": b"0" * (70 << 20)}),
        "too large",
    ),
    "entities": (spoilt(GOOD, SHEET, ENTITIES), "cannot be read"),
    "broken XML": (spoilt(GOOD, SHEET, b"<worksheet><she"), "cannot be read"),
    "a million columns": (b"," * 1_000_000 + b"\n", "200 columns"),
    "many columns": (b",".join(b"phone%d" % n for n in range(300)) + b"\n+4930901820\n", "200 columns"),
    "nothing known": (b"hello\nworld\n", "neither names"),
    "NULs": (b"\0" * 5_000, "empty"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_told_beside_the_field(client: Client, site: Site, kind: str) -> None:
    content, told = HOSTILE[kind]
    answer = upload(client, content, "x.xlsx")
    assert answer.status_code == 200
    assert told in str(answer.context["form"].errors["file"])
    assert not LeadImport.objects.exists()


def test_a_cell_in_the_last_corner_costs_nothing(client: Client, site: Site) -> None:
    row = checked(client, spoilt(GOOD, SHEET, FAR), "x.xlsx")
    assert (row.state, row.error) == ("failed", "too_many_rows")


def test_hostile_rows_cost_themselves_only(client: Client, site: Site) -> None:
    long = "x" * 120_000
    content = f'phone,name\n+4930901820,A\0nn\n"+4930901821,Bob\n+4930901822,{long}\n+4930901823,=cmd|x\n'
    row = loaded(client, content + "+4930901824,a,b,c\n+4930901825,Ann\ud7ff\n")
    assert outcomes(row) == ["lead", "error", "error", "lead", "error", "lead"]
    assert [one.problems[0]["code"] for one in row.rows.filter(outcome="error").order_by("line")] == [
        "broken_quotes",
        "too_long",
        "cells",
    ]
    assert Lead.objects.filter(name="Ann").exists()


def test_too_many_rows_are_told(client: Client, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_ROWS", 2)
    row = LeadImport.objects.get() if upload(client, THREE).status_code == 302 else None
    assert row is None
    assert not LeadImport.objects.exists()


def many(count: int) -> str:
    return "phone,name,date\n" + "".join(
        f"+4930{900000 + n},N{n},{10 + n % 10}.03.2026\n" for n in range(count)
    )


def test_a_killed_worker_loses_and_doubles_nothing(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = checked(client, many(250))
    client.post(f"/leads/import/{row.pk}/start")
    done = 0

    def die(row_id: int) -> Any:
        nonlocal done
        done += 1
        if done > 130:
            raise SystemExit  # as good as SIGKILL: nothing is put back
        return real(row_id)

    real = inbox.work
    monkeypatch.setattr(inbox, "work", die)
    with pytest.raises(SystemExit):
        work.work(row.pk)
    monkeypatch.setattr(inbox, "work", real)
    row.refresh_from_db()
    assert (row.state, Lead.objects.count()) == ("loading", 130)
    assert ImportRow.objects.count() == 200
    # Its claim still holds: nobody else touches it.
    assert work.due_imports() == []
    assert not work.work(row.pk)
    LeadImport.objects.update(claimed_at=timezone.now() - timedelta(minutes=5))
    assert work.due_imports() == [row.pk]
    row = finish_now(row.pk)
    assert (row.state, Lead.objects.count(), row.rows_done) == ("done", 250, 250)
    assert set(outcomes(row)) == {"lead"}
    assert InboxRow.objects.count() == 250


def test_a_worker_that_lost_its_claim_stops(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = checked(client, many(250))
    client.post(f"/leads/import/{row.pk}/start")
    real = inbox.work

    def overtaken(row_id: int) -> Any:
        LeadImport.objects.update(claimed_at=timezone.now())
        return real(row_id)

    monkeypatch.setattr(inbox, "work", overtaken)
    assert not work.work(row.pk)
    assert 0 < Lead.objects.count() < 250


def test_a_slice_ends_and_asks_for_the_next(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch, no_broker: list[int]
) -> None:
    row = checked(client, THREE)
    client.post(f"/leads/import/{row.pk}/start")
    no_broker.clear()
    monkeypatch.setattr(work, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(work.work, "__kwdefaults__", {"seconds": 0.0})
    work_import(row.pk)
    assert no_broker == [row.pk]
    monkeypatch.setattr(work.work, "__kwdefaults__", {"seconds": 45.0})
    sweep_imports()
    assert no_broker == [row.pk, row.pk]
    work_import(row.pk)
    row.refresh_from_db()
    assert row.state == "done"


def test_what_breaks_five_times_is_given_up(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = checked(client, THREE)
    client.post(f"/leads/import/{row.pk}/start")
    LeadImport.objects.update(attempts=5)
    assert not work.work(row.pk)
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "crashed")


def test_what_breaks_is_told_without_what_stands_in_the_file(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = checked(client, THREE)
    client.post(f"/leads/import/{row.pk}/start")

    def breaks(*_: Any) -> None:
        raise DataError(
            "value too long\nDETAIL: Failing row contains (1, Ann, +4930901820, ann@example.com)."
        )

    monkeypatch.setattr(load, "_store", breaks)
    with pytest.raises(work.BrokenOffError) as told:
        work.work(row.pk)
    logged = "".join(traceback.format_exception(told.value))
    assert "DataError: value too long" in logged
    assert "Ann" not in logged
    assert "example.com" not in logged


def test_a_file_far_too_large_is_not_even_read(client: Client, site: Site, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    settings.LEADTRACK_REQUEST_MAX_BYTES = 10_000
    told = upload(client, "name,phone\n" + "x" * 2_000)
    assert "larger than" in str(told.context["form"].errors)
    for somebody in (client, Client()):
        assert upload(somebody, "name,phone\n" + "x" * 20_000).status_code == 413


def test_a_lost_file_is_told(client: Client, site: Site) -> None:
    row = checked(client, THREE)
    row.file.delete(save=False)
    LeadImport.objects.filter(pk=row.pk).update(state="loading", claimed_at=None)
    row = finish_now(row.pk)
    assert (row.state, row.error) == ("failed", "file_missing")
    assert client.get(f"/leads/import/{row.pk}/columns").status_code == 200


def books() -> tuple[Any, ...]:
    """Everything that reports read."""
    reconcile_changed()
    columns = ("day", "clock", "model", "source_id", "lead__public_id", "share_ppm", "revenue_cents")
    return tuple(sorted(map(str, Credit.objects.values_list(*columns))))


def test_an_undo_leaves_the_books_as_they_were(client: Client, site: Site) -> None:
    known = make.contact(phone="+4930901820", name="Ann")
    old = make.lead(on=site, who=known, at=datetime(2026, 3, 10, 15, tzinfo=UTC))
    make.deal(of=old)
    reconcile_all()
    before = books()
    counts = (Lead.objects.count(), Contact.objects.count(), ContactKey.objects.count(), Deal.objects.count())
    row = loaded(client, THREE + "Eve;;eve@example.com;2026-03-20;;;asks again;\n")
    assert outcomes(row) == ["attempt", "lead", "lead", "lead"]
    assert books() != before
    row = undone(client, row)
    assert (row.state, set(outcomes(row))) == ("undone", {"undone"})
    assert books() == before
    assert check_books(all_days()).broken == []
    after = (Lead.objects.count(), Contact.objects.count(), ContactKey.objects.count(), Deal.objects.count())
    assert after == counts
    assert not InboxRow.objects.exists()
    assert not DealEvent.objects.exclude(deal__lead=old).exists()
    # What the import filled in on the lead that was there is empty again.
    old.refresh_from_db()
    assert (old.name, old.email, str(old.phone)) == ("", "", "")


def test_what_is_undone_can_be_loaded_again(client: Client, site: Site) -> None:
    undone(client, loaded(client, THREE))
    assert outcomes(loaded(client, THREE)) == ["lead"] * 3


def test_leads_that_somebody_worked_stay_and_are_listed(client: Client, site: Site) -> None:
    row = loaded(client, THREE)
    deal = Deal.objects.get(lead__name="Ann")
    money = {"revenue_cents": 10_000, "cost_cents": 0, "currency": "EUR", "paid_on": deal.lead.day}
    log_won(deal=deal, by=make.member("sales").user, submission_key="k", note="", **money)
    row = undone(client, row)
    assert outcomes(row) == ["kept", "undone", "undone"]
    assert list(Lead.objects.values_list("name", flat=True)) == ["Ann"]
    page = client.get(f"/leads/import/{row.pk}/").content.decode()
    assert f"/leads/{deal.lead.public_id}/" in page
    reconcile_changed()
    assert check_books(all_days()).broken == []


def test_a_lead_that_was_kept_goes_with_a_later_undo_once_nothing_holds_it(
    client: Client, site: Site
) -> None:
    row = loaded(client, THREE)
    lead = Lead.objects.get(name="Ann")
    Lead.objects.filter(pk=lead.pk).update(status="accepted")
    row = undone(client, row)
    assert outcomes(row) == ["kept", "undone", "undone"]
    Lead.objects.filter(pk=lead.pk).update(status="new")
    assert outcomes(undone(client, row)) == ["undone"] * 3
    assert not Lead.objects.exists()


def test_a_row_whose_lead_is_gone_does_not_hold_up_the_undo(client: Client, site: Site) -> None:
    row = loaded(client, THREE)
    lost = row.rows.order_by("line").first()
    assert lost is not None
    # As when a person is erased: the row of the import stays, what it pointed to does not.
    ImportRow.objects.filter(pk=lost.pk).update(inbox_row=None)
    client.post(f"/leads/import/{row.pk}/undo")
    for _slice in range(3):
        work.work(row.pk, seconds=2)
    row.refresh_from_db()
    assert (row.state, set(outcomes(row))) == ("undone", {"undone"})


def test_an_undo_is_exact_also_for_a_row_that_was_run_again(client: Client, site: Site) -> None:
    known = make.contact(phone="+4930901820", name="Ann")
    old = make.lead(on=site, who=known, at=datetime(2026, 3, 10, 15, tzinfo=UTC))
    make.deal(of=old)
    row = loaded(client, THREE)
    attempt = row.rows.get(outcome="attempt").inbox_row
    assert attempt is not None
    inbox.run_again(InboxRow.objects.filter(pk=attempt.pk))
    inbox.work(attempt.pk)
    undone(client, row)
    old.refresh_from_db()
    assert (old.name, old.email) == ("", "")
    assert list(known.keys.values_list("value", flat=True)) == ["+4930901820"]


def test_a_phone_that_an_undo_takes_away_is_owned_by_who_else_has_it(client: Client, site: Site) -> None:
    row = loaded(client, "Name;Phone;E-mail\nAnn;+49 30 901820;ann@example.com\n")
    bob = make.contact(name="Bob")
    ContactKey.objects.create(contact=bob, kind="phone", value="+4930901820", is_owner=False)
    undone(client, row)
    assert ContactKey.objects.get(value="+4930901820").is_owner


def test_an_hour_of_no_place_on_earth_costs_its_row_only(client: Client, site: Site) -> None:
    rows = (
        "a@b.example;2026-03-10 10:00 +99:00\nc@b.example;2026-03-10 10:00 +10:75\nd@b.example;2026-03-10\n"
    )
    row = loaded(client, f"E-mail;Date\n{rows}")
    assert outcomes(row) == ["error", "error", "lead"]
    assert {one.problems[0]["code"] for one in row.rows.filter(outcome="error")} == {"date_unreadable"}


def test_a_lead_that_came_again_by_itself_stays(client: Client, site: Site) -> None:
    row = loaded(client, THREE)
    lead = Lead.objects.get(name="Ann")
    came = InboxRow.objects.create(
        door="form", site=site, submission_key="x", payload={}, received_at=lead.captured_at, lead=lead
    )
    Attempt.objects.create(lead=lead, inbox_row=came, source=lead.source, at=lead.captured_at)
    assert outcomes(undone(client, row)) == ["kept", "undone", "undone"]


def test_news_go_round_and_history_waits(client: Client, site: Site) -> None:
    seller = make.member("sales")
    now = timezone.now()
    content = f"phone,name,date\n+4930901820,New,{now.isoformat()}\n+4930901821,Old,01.03.2020\n"
    loaded(client, content)
    assert Deal.objects.get(lead__name="New").owner == seller.user
    assert Deal.objects.get(lead__name="Old").owner is None


@pytest.mark.parametrize("role", ["sales", "agency"])
def test_only_who_may_import_sees_imports(
    login: Callable[..., Client], client: Client, site: Site, role: str
) -> None:
    row = checked(client, THREE)
    other = login(role)
    for end in ("", "columns", "progress", "errors.csv"):
        assert other.get(f"/leads/import/{row.pk}/{end}").status_code == 403
    for end in ("start", "undo", "columns"):
        assert other.post(f"/leads/import/{row.pk}/{end}").status_code == 403


def test_pages_ask_the_database_no_more_for_more_rows(
    client: Client, site: Site, django_assert_max_num_queries: Any
) -> None:
    row = loaded(client, "phone,name\n" + "x,y\n" * 60)
    for address in ("/leads/import/", f"/leads/import/{row.pk}/", f"/leads/import/{row.pk}/progress"):
        with django_assert_max_num_queries(18):
            assert client.get(address).status_code in (200, 286)
