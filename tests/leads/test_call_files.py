"""Own calls from a file: guessed, shown, loaded once, matched like live ones."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from leadtrack.leads import inbox
from leadtrack.leads.call_files import load
from leadtrack.leads.call_files.columns import guess
from leadtrack.leads.call_files.rows import CallReader, ToldCall
from leadtrack.leads.models import CallFile, InboxRow, Lead
from leadtrack.ledger.models import ResultFact
from leadtrack.ledger.reconcile import reconcile_changed
from leadtrack.lib.table import Row
from leadtrack.phones.begin import begin_call
from leadtrack.phones.models import Call, TrackedNumber
from leadtrack.visits.models import Site
from tests import make

OURS, CALLER = "+493012345678", "+4930901820"
RIGA = ZoneInfo("Europe/Riga")
BRAND = "https://shop.example/?utm_source=yandex&utm_medium=cpc&utm_campaign=brand&utm_term=buy+phone"
LIST = (
    "Called number;Caller;Date;Duration;Answered\n"
    "030 12345678;030 901820;10.03.2026 12:00:00;01:04;yes\n"
    "030 12345678;anonymous;10.03.2026 12:30:00;0;no\n"
    "030 99999999;030 901820;10.03.2026 13:00:00;5;yes\n"
)
Login = Callable[..., Client]


def reader(*meanings: str, **more: Any) -> CallReader:
    usual = {
        "numbers": frozenset({OURS}),
        "region": "DE",
        "tz": RIGA,
        "now": datetime(2026, 3, 11, tzinfo=UTC),
    }
    return CallReader(
        **{"meanings": meanings or ("number", "caller", "date", "seconds", "answered")} | usual | more
    )


def row(*cells: str) -> Row:
    return Row(2, list(cells), [";".join(cells)])


@pytest.mark.parametrize(
    ("header", "meanings"),
    [
        ("Called number;Caller;Date;Duration;Answered", "number caller date seconds answered"),
        ("calldate;clid;src;dst;billsec;disposition", "date skip caller number seconds answered"),
        (
            "Дата;Время;Кто звонил;Набранный номер;Длительность;Статус",
            "date time caller number seconds answered",
        ),
        (
            "Datum;Uhrzeit;Anrufer;Angerufene Nummer;Dauer;Ergebnis",
            "date time caller number seconds answered",
        ),
        ("A;B;C", "skip skip skip"),
    ],
)
def test_columns_are_guessed_by_their_names(header: str, meanings: str) -> None:
    assert guess(header.split(";")) == meanings.split()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        # Riga is two hours ahead in March.
        (("030 12345678", "030 901820", "10.03.2026 12:00", "64", "yes"), (CALLER, 10, 64, True)),
        (("030 12345678", "030 901820", "10.03.2026 12:00", "1:04", ""), (CALLER, 10, 64, True)),
        (
            ("030 12345678", "+4930901820", "2026-03-10 12:00:00", "00:01:04", "ANSWERED"),
            (CALLER, 10, 64, True),
        ),
        (("+493012345678", "", "2026-03-10T12:00:00Z", "", ""), ("", 12, 0, False)),
        (("030 12345678", "Anonymous", "10.03.2026 12:00", "20 s", "NO ANSWER"), ("", 10, 0, False)),
        (("030 12345678", "030 901820", "10.03.2026 12:00", "20", "Не отвечен"), (CALLER, 10, 0, False)),
    ],
)
def test_a_row_is_a_call(cells: tuple[str, ...], told: tuple[Any, ...]) -> None:
    call = reader().read(row(*cells))
    assert isinstance(call, ToldCall)
    assert (call.caller, call.started_at.hour, call.seconds, call.is_answered) == told
    assert (call.number, call.started_at.date()) == (OURS, date(2026, 3, 10))


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("030 99999999", "030 901820", "10.03.2026 12:00", "1", "yes"), "not_our_number"),
        (("?", "030 901820", "10.03.2026 12:00", "1", "yes"), "number_unreadable"),
        (("030 12345678", "Anna", "10.03.2026 12:00", "1", "yes"), "caller_unreadable"),
        (("030 12345678", "030 901820", "10.03.2026", "1", "yes"), "time_missing"),
        (("030 12345678", "030 901820", "soon", "1", "yes"), "date_unreadable"),
        (("030 12345678", "030 901820", "03/04/2026 12:00", "1", "yes"), "date_ambiguous"),
        (("030 12345678", "030 901820", "12.03.2026 12:00", "1", "yes"), "in_the_future"),
        (("030 12345678", "030 901820", "10.03.2026 12:00", "long", "yes"), "duration_unreadable"),
        (("030 12345678", "030 901820", "10.03.2026 12:00", "1", "perhaps"), "answered_unreadable"),
    ],
)
def test_what_is_wrong_with_a_row_has_a_code(cells: tuple[str, ...], code: str) -> None:
    assert reader().read(row(*cells)) == code


def test_an_empty_row_is_no_call() -> None:
    assert reader().read(row("", "", "")) is None


@pytest.fixture
def number(db: None) -> TrackedNumber:
    site = make.site(time_zone="Europe/Riga", region="DE")
    make.pool(OURS, since=make.NOON - timedelta(days=9), site=site)
    return TrackedNumber.objects.get()


def upload(client: Client, content: bytes = LIST.encode(), name: str = "calls.csv") -> CallFile:
    sent = {"site": Site.objects.get().pk, "file": SimpleUploadedFile(name, content)}
    assert client.post("/numbers/calls/import/", sent).status_code == 302
    return CallFile.objects.latest("pk")


def fields(file: CallFile, **other: str) -> dict[str, str]:
    return {f"column-{place}": meaning for place, meaning in enumerate(file.columns)} | other


def load_all(client: Client, file: CallFile) -> CallFile:
    assert client.post(f"/numbers/calls/import/{file.pk}/", fields(file)).status_code == 302
    while load.work(file.pk):
        pass
    for waiting in InboxRow.objects.filter(state="new").order_by("pk"):
        inbox.work(waiting.pk)
    file.refresh_from_db()
    return file


def test_a_file_becomes_calls_and_leads_by_number_and_time(number: TrackedNumber, login: Login) -> None:
    # 12:00 in Riga is 10:00 UTC.
    visit = make.visit(at=datetime(2026, 3, 10, 9, 50, tzinfo=UTC), on=number.site, of=make.source(BRAND))
    make.lease(number, visit, seen=datetime(2026, 3, 10, 9, 59, tzinfo=UTC))
    client = login("admin")
    file = upload(client)
    page = client.get(f"/numbers/calls/import/{file.pk}/").content.decode()
    assert "yes, 64 s" in page
    assert "none of this site" in page
    load_all(client, file)
    assert (file.state, file.calls, file.known, file.wrong) == ("done", 2, 0, 1)
    first, second = Call.objects.order_by("started_at")
    assert (first.told_by, first.status, first.talk_seconds, first.visit) == ("file", "answered", 64, visit)
    assert (second.status, second.talk_seconds, second.is_withheld) == ("missed", None, True)
    assert second.visit == visit
    lead = Lead.objects.get(call=first)
    assert (lead.kind, lead.source.term, str(lead.phone), lead.captured_at) == (
        "call",
        "buy phone",
        CALLER,
        first.started_at,
    )
    told = client.get(f"/numbers/calls/import/{file.pk}/").content.decode()
    assert "Line 4: The called number is none of this site" in told
    reconcile_changed()
    fact = ResultFact.objects.get(clock="cohort", model="last", source=lead.source)
    assert (fact.leads_ppm, fact.day) == (2_000_000, first.day)


def test_the_same_file_again_changes_nothing(number: TrackedNumber, login: Login) -> None:
    client = login("admin")
    load_all(client, upload(client))
    before = list(Call.objects.values()), list(Lead.objects.values())
    again = load_all(client, upload(client))
    assert (again.calls, again.known) == (0, 2)
    assert (list(Call.objects.values()), list(Lead.objects.values())) == before


def test_a_call_that_the_carrier_told_of_is_the_same_call(number: TrackedNumber, login: Login) -> None:
    at = datetime(2026, 3, 10, 9, 59, 30, tzinfo=UTC)
    begin_call(account=number.account, number=number, sid="CA1", started_at=at, caller=CALLER)
    client = login("admin")
    file = load_all(client, upload(client))
    assert (file.calls, file.known) == (1, 1)


def test_a_worker_who_dies_in_the_middle_leaves_nothing_out(
    number: TrackedNumber, login: Login, monkeypatch: pytest.MonkeyPatch, time_machine: Any
) -> None:
    lines = [f"030 12345678;030 90182{place:02d};10.03.2026 12:{place:02d}:00;9;yes" for place in range(45)]
    content = "\n".join(["Called number;Caller;Date;Duration;Answered", *lines]).encode()
    client = login("admin")
    file = upload(client, content)
    client.post(f"/numbers/calls/import/{file.pk}/", fields(file))
    whole, told = load._keep, []

    def die(*arguments: Any) -> bool:
        told.append(arguments)
        if len(told) == 30:
            raise KeyboardInterrupt
        return whole(*arguments)

    monkeypatch.setattr(load, "_keep", die)
    with pytest.raises(KeyboardInterrupt):
        load.work(file.pk)
    monkeypatch.undo()
    assert load.due_files() == []
    CallFile.objects.update(claimed_at=datetime(2026, 3, 10, tzinfo=UTC))
    assert load.due_files() == [file.pk]
    assert load.work(file.pk) is False
    file.refresh_from_db()
    assert (file.state, Call.objects.count()) == ("done", 45)


def test_a_spreadsheet_is_read_too(number: TrackedNumber, login: Login) -> None:
    book, stream = Workbook(), BytesIO()
    book.active.append(["Дата звонка", "Кто звонил", "Набранный номер", "Длительность"])
    book.active.append(
        [datetime(2026, 3, 10, 12, 0, tzinfo=UTC).replace(tzinfo=None), "030 901820", "030 12345678", 64]
    )
    book.save(stream)
    client = login("admin")
    file = load_all(client, upload(client, stream.getvalue(), "calls.xlsx"))
    assert (file.calls, file.wrong) == (1, 0)
    assert Call.objects.get().started_at == datetime(2026, 3, 10, 10, tzinfo=UTC)


def test_columns_that_nobody_named_are_asked_for(number: TrackedNumber, login: Login) -> None:
    client = login("admin")
    file = upload(client)
    page = client.post(f"/numbers/calls/import/{file.pk}/", fields(file) | {"column-1": "skip"})
    assert "Say which column is: Caller." in page.content.decode()
    page = client.post(f"/numbers/calls/import/{file.pk}/", fields(file) | {"column-1": "number"})
    assert "Another column has this meaning" in page.content.decode()
    file.refresh_from_db()
    assert file.state == "mapping"


def test_what_is_no_table_is_told_beside_the_field(number: TrackedNumber, login: Login) -> None:
    sent = {"site": number.site.pk, "file": SimpleUploadedFile("calls.xls", b"\xd0\xcf\x11\xe0old")}
    page = login("admin").post("/numbers/calls/import/", sent)
    assert "Save it as XLSX or CSV" in page.content.decode()
    assert not CallFile.objects.exists()


@pytest.mark.parametrize("role", ["sales", "marketer", "agency"])
def test_it_is_for_who_manages_numbers(number: TrackedNumber, login: Login, role: str) -> None:
    assert login(role).get("/numbers/calls/import/").status_code == 403


def test_an_empty_form_names_nothing(number: TrackedNumber, login: Login) -> None:
    client = login("admin")
    page = client.post(f"/numbers/calls/import/{upload(client).pk}/")
    assert (page.status_code, "Say which column is" in page.content.decode()) == (200, True)


def test_the_pages_cost_the_same_for_many(
    number: TrackedNumber, login: Login, django_assert_max_num_queries: Any
) -> None:
    client = login("admin")
    for _ in range(5):
        file = upload(client)
    # Session, user, member; the files and their people; the sites to choose, the numbers, the menu's counts.
    with django_assert_max_num_queries(14):
        client.get("/numbers/calls/import/")
    with django_assert_max_num_queries(14):
        client.get(f"/numbers/calls/import/{file.pk}/")
