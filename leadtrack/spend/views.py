from functools import partial
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.lib.spreadsheet import csv_line, plain_cell
from leadtrack.spend import tasks
from leadtrack.spend.enter import drop_rate, set_rate
from leadtrack.spend.forms import RateForm, RowFilterForm, UploadForm
from leadtrack.spend.load import accept_statement, retry_statement
from leadtrack.spend.models import AdAccount, Rate, SpendRow, Statement
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 50
# htmx stops polling at this answer.
STOP_POLLING: Final = 286


@member_required("spend.read")
@require_GET
def spend(request: MemberRequest) -> HttpResponseBase:
    """All statements, newest first."""
    statements = Statement.objects.select_related("account")
    page = page_after(statements, order="-pk", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    told = {"page": page, "accounts": AdAccount.objects.all()} | _may(request)
    return render(request, "spend/spend.html", told)


@member_required("spend.load")
def upload(request: MemberRequest) -> HttpResponseBase:
    """Take a file; its own page shows how the loading goes."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return redirect("leadtrack:spend-statement", _accept(request, form).pk)
    return render(request, "spend/upload.html", {"form": form})


def _accept(request: MemberRequest, form: UploadForm) -> Statement:
    file = form.cleaned_data["file"]
    with transaction.atomic():
        statement = accept_statement(
            account=form.chosen_account(),
            file_name=file.name,
            content=file.read(),
            format=form.cleaned_data["format"],
            currency=form.cleaned_data["currency"],
            loaded_by=request.user.pk,
        )
        # Robust: a broker that is down must not fail the upload, the sweep finds the row.
        transaction.on_commit(partial(tasks.load.delay, statement.pk), robust=True)
    return statement


@member_required("spend.read")
@require_GET
def statement(request: MemberRequest, pk: int) -> HttpResponseBase:
    """What came of one statement."""
    return render(request, "spend/statement.html", _told(request, pk) | _may(request))


@member_required("spend.read")
@require_GET
def statement_progress(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The part of that page that changes while the statement is being loaded."""
    told = _told(request, pk)
    status = STOP_POLLING if told["statement"].is_finished else 200
    return render(request, "spend/_statement.html", told, status=status)


def _told(request: MemberRequest, pk: int) -> dict[str, Any]:
    row = get_object_or_404(Statement.objects.select_related("account", "loaded_by"), pk=pk)
    rejected = page_after(
        row.rejected_rows.all(), order="line", cursor=request.GET.get("cursor"), size=PAGE_SIZE
    )
    return {"statement": row, "page": rejected}


@member_required("spend.load")
@require_POST
def statement_retry(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Load a failed statement once more."""
    row = get_object_or_404(Statement, pk=pk)
    if retry_statement(row.pk):
        transaction.on_commit(partial(tasks.load.delay, row.pk), robust=True)
    return redirect("leadtrack:spend-statement", row.pk)


@member_required("spend.read")
@require_GET
def rejected_csv(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The rejected rows as a table to mend and to send back to whoever exported it."""
    row = get_object_or_404(Statement, pk=pk)
    head = [csv_line([_("line"), _("reason"), _("as it stands in the file")])]
    rejected = row.rejected_rows.iterator(chunk_size=500)
    lines = (csv_line([str(one.line), plain_cell(one.reason_text), plain_cell(one.raw)]) for one in rejected)
    parts = ("\ufeff", *head, *lines)
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{row.pk}.csv"'
    return response


@member_required("spend.read")
@require_GET
def account(request: MemberRequest, pk: int) -> HttpResponseBase:
    """One ad account: its costs by currency and its statements."""
    row = get_object_or_404(AdAccount, pk=pk)
    statements = row.statements.select_related("account")
    page = page_after(statements, order="-pk", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    totals = SpendRow.objects.of_account(row).totals()
    return render(
        request, "spend/account.html", {"account": row, "totals": totals, "page": page} | _may(request)
    )


@member_required("spend.read")
@require_GET
def row_list(request: MemberRequest) -> HttpResponseBase:
    """The rows of the books, newest day first, with the sum of all that the filter lets through."""
    form = RowFilterForm(request.GET)
    form.is_valid()
    rows = SpendRow.objects.filter(**form.lookups())
    page = page_after(
        rows.select_related("item__account"), order="-day", cursor=request.GET.get("cursor"), size=PAGE_SIZE
    )
    return render(request, "spend/rows.html", {"form": form, "page": page, "totals": rows.totals()})


@member_required("spend.read")
@require_GET
def rates(request: MemberRequest) -> HttpResponseBase:
    """Currency rates, newest first."""
    return _rates_page(request, RateForm())


@member_required("spend.load")
@require_POST
def rate_add(request: MemberRequest) -> HttpResponseBase:
    """Enter one rate."""
    form = RateForm(request.POST)
    if not form.is_valid():
        return _rates_page(request, form, status=422)
    set_rate(**form.cleaned_data, origin=_("entered by %(name)s") % {"name": request.member.name[:80]})
    messages.success(request, _("The rate is entered; the days that use it are being booked again."))
    return redirect("leadtrack:rates")


@member_required("spend.load")
@require_POST
def rate_drop(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take one rate back."""
    drop_rate(get_object_or_404(Rate, pk=pk))
    messages.success(request, _("The rate is gone; the days that used it are being booked again."))
    return redirect("leadtrack:rates")


def _rates_page(request: MemberRequest, form: RateForm, status: int = 200) -> HttpResponse:
    page = page_after(Rate.objects.all(), order="-day", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    told = {"page": page, "form": form, "base": settings.LEADTRACK_CURRENCY} | _may(request)
    return render(request, "spend/rates.html", told, status=status)


def _may(request: MemberRequest) -> dict[str, bool]:
    return {"may_load": request.member.can("spend.load")}
