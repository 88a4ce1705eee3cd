"""Pages: many numbers given at once, from a table."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.lib.spreadsheet import csv_text
from leadtrack.phones.assign import AssignmentError, undo_assignment
from leadtrack.phones.bulk import COLUMNS, BulkRow, give_all, read_bulk, template
from leadtrack.phones.forms.bulk import BulkForm
from leadtrack.phones.listed import listed_numbers
from leadtrack.phones.models import Assignment

_MOST_UNDONE = 500


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def numbers_bulk(request: MemberRequest) -> HttpResponse:
    """/numbers/bulk/: look at a table line by line; only “Assign” (`go`) writes, and only what is right."""
    form = BulkForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        now = timezone.now()
        rows = read_bulk(form.cleaned_data["text"], now=now)
        if "go" in request.POST:
            given = give_all(rows, by=request.user, now=now)
            left = [row for row in rows if row.problems]
            context |= {"given": given, "rows": left, "form": _again(_rest(left))}
        else:
            context |= {"rows": rows, "form": _again(form.cleaned_data["text"])}
        context |= _counted(context["rows"])
    return render(request, "phones/bulk.html", context)


@member_required("phones.manage")
@require_GET
def numbers_template(request: MemberRequest) -> HttpResponse:
    """GET /numbers/bulk/template.csv: every number in use with its present owner, to fill in."""
    numbers = listed_numbers().select_related("site").with_source().order_by("number")
    answer = HttpResponse("\ufeff" + template(numbers), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="numbers.csv"'
    return answer


@member_required("phones.manage")
@require_POST
def numbers_bulk_undo(request: MemberRequest) -> HttpResponse:
    """POST /numbers/bulk/undo/: take back what one table gave, as far as nothing came after it."""
    sent = [text for text in request.POST.getlist("assignment") if text.isascii() and text.isdecimal()]
    wanted = [int(text) for text in sent[:_MOST_UNDONE] if len(text) < 19]
    rows = Assignment.objects.filter(pk__in=wanted, ends_at=None).select_related("number")
    undone = sum(_is_undone(row) for row in rows)
    text = ngettext("%(count)d assignment is undone.", "%(count)d assignments are undone.", undone)
    messages.success(request, text % {"count": undone})
    if undone < len(wanted):
        messages.warning(request, _("The others were changed meanwhile and stay as they are."))
    return redirect("leadtrack:numbers")


def _is_undone(row: Assignment) -> bool:
    try:
        undo_assignment(assignment=row)
    except AssignmentError:
        # Changed in this very moment: it is counted among those that stay.
        return False
    return True


def _again(text: str) -> BulkForm:
    return BulkForm(initial={"text": text})


def _rest(rows: list[BulkRow]) -> str:
    """The lines that were not carried out, to be mended."""
    return csv_text([COLUMNS, *([row.cells[name] for name in COLUMNS] for row in rows)]) if rows else ""


def _counted(rows: list[BulkRow]) -> dict[str, int]:
    wrong = sum(bool(row.problems) for row in rows)
    return {"wrong": wrong, "right": len(rows) - wrong}
