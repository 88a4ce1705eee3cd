"""Pages: every number, and a new one."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.forms.filter import NumberFilter
from leadtrack.phones.forms.number import NumberForm
from leadtrack.phones.listed import listed_numbers
from leadtrack.phones.models import CarrierAccount, with_calls
from leadtrack.phones.views.webhooks import webhooks
from leadtrack.ui.paging import page_after
from leadtrack.visits.models import Site

PAGE_SIZE: Final = 50


@member_required("phones.read")
@require_GET
def numbers(request: MemberRequest) -> HttpResponse:
    """GET /numbers/: every number with its source or pool, its calls and its state at the carrier."""
    form = NumberFilter(request.GET)
    found = listed_numbers(state=form.said("state"), words=form.said("q"))
    rows = with_calls(found.select_related("site", "flow").with_source(), timezone.now())
    page = page_after(rows, order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    context = {"page": page, "form": form, "webhooks": webhooks(request)}
    return render(request, "phones/numbers.html", context)


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def number_add(request: MemberRequest) -> HttpResponse:
    """/numbers/add/: a number we have at the carrier becomes tracked."""
    form = NumberForm(request.POST or None)
    if form.is_valid():
        row = form.save()
        messages.success(request, _("The number is kept. Now say which advertisement carries it."))
        return redirect("leadtrack:number-assign", pk=row.pk)
    context = {
        "form": form,
        "webhooks": webhooks(request),
        "has_account": CarrierAccount.objects.exists(),
        "has_site": Site.objects.exists(),
    }
    return render(request, "phones/number_add.html", context)
