"""Pages: leads from a file. Upload, name the columns, look at the dry run, load, undo."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads.importing import work
from leadtrack.leads.importing.forms import PREFIX, ColumnsForm, FileForm
from leadtrack.leads.importing.nouns import Problem, Understood, UnreadableFileError
from leadtrack.leads.importing.reasons import problem_text, reason_text
from leadtrack.leads.importing.take import first_rows, reader_of, take_file, understood_rows
from leadtrack.leads.models import ImportRow, LeadImport
from leadtrack.leads.trace import with_tags
from leadtrack.lib.spreadsheet import csv_line, plain_cell
from leadtrack.lib.table import Row
from leadtrack.sources import register
from leadtrack.sources.marker import parse_marker
from leadtrack.ui.paging import page_after
from leadtrack.visits.models import Site

PAGE_SIZE: Final = 50
SHOWN_ROWS: Final = 8
SAMPLES: Final = 3
# htmx stops polling at this answer.
STOP_POLLING: Final = 286
_NAMES: Final = frozenset({"name", "first_name", "last_name"})
State = LeadImport.State
_BEFORE_LOADING: Final = (State.MAPPING, State.CHECKED, State.FAILED)


@dataclass(frozen=True)
class Column:
    """A column of the file: its field, and what stands in it."""

    field: Any
    samples: list[str]


@dataclass(frozen=True)
class Preview:
    """A row as it was understood."""

    line: int
    enquiry: Understood | None
    source: str
    problems: list[str]


@require_http_methods(["GET", "POST"])
@member_required("leads.import")
def imports(request: MemberRequest) -> HttpResponseBase:
    """Every import, newest first; a form for one more."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (row := _taken(request, form)):
        return redirect("leadtrack:import-columns", pk=row.pk)
    rows = LeadImport.objects.select_related("site", "made_by")
    page = page_after(rows, order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    context = {"page": page, "form": form, "has_site": Site.objects.filter(is_active=True).exists()}
    return render(request, "leads/imports.html", context)


@require_http_methods(["GET", "POST"])
@member_required("leads.import")
def import_columns(request: MemberRequest, pk: int) -> HttpResponseBase:
    """What each column means, with the first rows as they are understood; sending it begins the dry run.

    With "preview" only those rows are answered again.
    """
    row = _found(pk)
    if row.state not in _BEFORE_LOADING:
        return redirect("leadtrack:import", pk=pk)
    form = ColumnsForm(request.POST or None, row=row)
    is_valid = form.is_valid()
    if request.method == "POST" and is_valid and "preview" not in request.POST:
        return _begin_check(request, row, form)
    context = _columns_page(row, form)
    template = "leads/_import_preview.html" if "preview" in request.POST else "leads/import_columns.html"
    with timezone.override(row.site.tz):
        return render(request, template, context)


@require_GET
@member_required("leads.import")
def import_page(request: MemberRequest, pk: int) -> HttpResponseBase:
    """One import: how far it is, what came of it, its errors, and the way back."""
    row = _found(pk)
    if row.state == State.MAPPING:
        return redirect("leadtrack:import-columns", pk=pk)
    return render(request, "leads/import.html", _told(request, row))


@require_GET
@member_required("leads.import")
def import_progress(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The part of that page that changes while a worker is at it."""
    row = _found(pk)
    status = 200 if row.is_working else STOP_POLLING
    return render(request, "leads/_import.html", _told(request, row), status=status)


@require_POST
@member_required("leads.import")
def import_start(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Load what was checked."""
    row = _found(pk)
    return _worked(row, partial(work.begin, row, State.LOADING, out_of=(State.CHECKED,)))


@require_POST
@member_required("leads.import")
def import_undo(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take back everything that nobody has worked yet."""
    row = _found(pk)
    return _worked(row, partial(work.begin_undo, row))


@require_GET
@member_required("leads.import")
def import_errors(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The rows that were not taken, with their cells as they stood in the file: to mend and to load again."""
    row = _found(pk)
    response = StreamingHttpResponse(_error_lines(row), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="not-taken-{row.pk}.csv"'
    # It names people.
    response["Cache-Control"] = "no-store"
    return response


def _found(pk: int) -> LeadImport:
    return get_object_or_404(LeadImport.objects.select_related("site", "made_by", "default_source"), pk=pk)


def _taken(request: MemberRequest, form: FileForm) -> LeadImport | None:
    file = form.cleaned_data["file"]
    try:
        return take_file(site=form.cleaned_data["site"], file_name=file.name, stream=file, by=request.user.pk)
    except UnreadableFileError as problem:
        form.add_error("file", reason_text(problem.code, problem.params))
        return None


def _begin_check(request: MemberRequest, row: LeadImport, form: ColumnsForm) -> HttpResponseBase:
    changes = {
        "columns": form.meanings(),
        "day_first": form.order(),
        "default_source": form.default_source(),
        "given_to": form.cleaned_data["given_to"],
        "found": {},
    }
    if form.cleaned_data["given_to"] == LeadImport.GivenTo.ME:
        changes["made_by"] = request.user
    return _worked(row, partial(work.begin, row, State.CHECKING, out_of=_BEFORE_LOADING, **changes))


def _worked(row: LeadImport, begin: Callable[[], bool]) -> HttpResponseBase:
    with transaction.atomic():
        if begin():
            transaction.on_commit(partial(work.wake, row.pk))
    return redirect("leadtrack:import", pk=row.pk)


def _columns_page(row: LeadImport, form: ColumnsForm) -> dict[str, Any]:
    try:
        rows = first_rows(row, SHOWN_ROWS)
    except (FileNotFoundError, UnreadableFileError):
        rows = []
    columns = [Column(form[f"{PREFIX}{place}"], _samples(rows, place)) for place in range(len(row.columns))]
    meanings = form.meanings() if form.is_bound else row.columns
    day_first = form.order() if form.is_bound else row.day_first
    reader = reader_of(row, meanings, day_first=day_first)
    previews = [_preview(line, found) for line, found in understood_rows(reader, rows)]
    own = [form[name] for name in ("day_first", "source", "medium", "campaign", "given_to")]
    return {
        "import": row,
        "form": form,
        "columns": columns,
        "previews": previews,
        "options": own,
        "has_name": not _NAMES.isdisjoint(meanings),
    }


def _samples(rows: list[Row], place: int) -> list[str]:
    return [one.cells[place] for one in rows[:SAMPLES] if place < len(one.cells) and one.cells[place].strip()]


def _preview(line: int, found: Understood | list[Problem]) -> Preview:
    if not isinstance(found, Understood):
        return Preview(line, None, "", [_worded(problem.stored()) for problem in found])
    address = with_tags(found.page_url, dict(found.tags))
    marker = parse_marker(address, found.referrer)
    channel = found.channel or ("" if marker.is_direct else register.verdict_of(marker).channel)
    words = [] if marker.is_direct else [marker.source, marker.campaign]
    return Preview(line, found, " / ".join(filter(None, [channel, *words])), [])


def _worded(problem: dict[str, Any]) -> str:
    column, text = problem.get("column", ""), problem_text(problem)
    return f"{column}: {text}" if column else text


def _told(request: MemberRequest, row: LeadImport) -> dict[str, Any]:
    error = reason_text(row.error, row.error_params) if row.error else ""
    context: dict[str, Any] = {"import": row, "error": error}
    if row.state == State.CHECKED:
        shown = [(one["line"], _worded(one)) for one in row.found.get("problems", [])]
        return context | {"problems": shown, "new": row.found.get("lead", 0)}
    if row.is_working:
        return context
    counts = {outcome: row.rows.filter(outcome=outcome).count() for outcome in ImportRow.Outcome.values}
    wanted = ImportRow.Outcome.KEPT if row.state == State.UNDONE else ImportRow.Outcome.ERROR
    rows = row.rows.filter(outcome=wanted).select_related("inbox_row__lead")
    page = page_after(rows, order="line", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    listed = [(one, " ".join(_worded(problem) for problem in one.problems), _cells(one)) for one in page.rows]
    return context | {"counts": counts, "page": page, "rows": listed}


def _cells(row: ImportRow) -> str:
    return " · ".join(str(cell) for cell in row.cells if str(cell).strip())


def _error_lines(row: LeadImport) -> Iterator[str]:
    header: list[str] = row.opening["header"]
    own = ["LeadTrack: line", "LeadTrack: reason"]
    yield "\ufeff" + csv_line([*map(plain_cell, header), *own])
    for one in row.rows.filter(outcome=ImportRow.Outcome.ERROR).order_by("line").iterator(chunk_size=500):
        cells = [plain_cell(str(cell)) for cell in one.cells[: len(header)]]
        cells += [""] * (len(header) - len(cells))
        reasons = " ".join(_worded(problem) for problem in one.problems)
        yield csv_line([*cells, str(one.line), plain_cell(reasons)])
