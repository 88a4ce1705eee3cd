"""Pages: own calls from a file. Upload, look at the columns and the first rows, load."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads.call_files.forms import PREFIX, CallColumnsForm
from leadtrack.leads.call_files.load import begin, first_calls, take_file
from leadtrack.leads.call_files.reasons import words_of
from leadtrack.leads.call_files.rows import ToldCall
from leadtrack.leads.importing.forms import FileForm
from leadtrack.leads.importing.nouns import UnreadableFileError
from leadtrack.leads.importing.reasons import reason_text
from leadtrack.leads.models import CallFile
from leadtrack.phones.models import TrackedNumber
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 30
SHOWN_ROWS: Final = 8
_State = CallFile.State


@dataclass(frozen=True)
class Preview:
    """A row as it was understood, or what is wrong with it."""

    line: int
    call: ToldCall | None
    problem: str


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def call_files(request: MemberRequest) -> HttpResponseBase:
    """/numbers/calls/import/: every list of calls, newest first; a form for one more."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (file := _taken(request, form)):
        return redirect("leadtrack:call-file", pk=file.pk)
    rows = CallFile.objects.select_related("site", "made_by")
    page = page_after(rows, order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    context = {"page": page, "form": form, "has_number": TrackedNumber.objects.exists()}
    return render(request, "leads/call_files.html", context)


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def call_file(request: MemberRequest, pk: int) -> HttpResponseBase:
    """/numbers/calls/import/<id>/: what its columns mean, how the first rows read; then what came of it."""
    file = get_object_or_404(CallFile.objects.select_related("site"), pk=pk)
    if file.state != _State.MAPPING:
        problems = [(line, words_of(code)) for line, code in file.problems]
        error = reason_text(file.error, {}) if file.error else ""
        return render(request, "leads/call_file.html", {"file": file, "problems": problems, "error": error})
    form = CallColumnsForm(request.POST if request.method == "POST" else None, file=file)
    is_valid = form.is_valid()
    if is_valid and "preview" not in request.POST:
        begin(file, columns=form.meanings(), day_first=form.order())
        messages.success(request, _("The calls are being loaded."))
        return redirect("leadtrack:call-file", pk=pk)
    if request.method == "POST":
        file.columns, file.day_first = form.meanings(), form.order()
    with timezone.override(file.site.tz):
        return render(request, "leads/call_file_columns.html", _columns_page(file, form))


def _columns_page(file: CallFile, form: CallColumnsForm) -> dict[str, Any]:
    found = first_calls(file, SHOWN_ROWS)
    samples = [
        (form[f"{PREFIX}{place}"], [row.cells[place] for row, _told in found[:3] if place < len(row.cells)])
        for place in range(len(file.columns))
    ]
    previews = [_preview(row.line_no, told) for row, told in found if told is not None]
    return {"file": file, "form": form, "columns": samples, "previews": previews}


def _preview(line: int, told: ToldCall | str) -> Preview:
    return Preview(line, None, words_of(told)) if isinstance(told, str) else Preview(line, told, "")


def _taken(request: MemberRequest, form: FileForm) -> CallFile | None:
    sent = form.cleaned_data["file"]
    try:
        return take_file(
            site=form.cleaned_data["site"], file_name=sent.name, stream=sent, by=request.member.user_id
        )
    except UnreadableFileError as problem:
        form.add_error("file", reason_text(problem.code, problem.params))
        return None
