"""Pages: what the carrier is asked for about a number, and how far it has got."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.addresses import hooks_of_ours
from leadtrack.phones.carriers.interface import CarrierError, carrier_for
from leadtrack.phones.check import note_state
from leadtrack.phones.faults import words_of
from leadtrack.phones.forms.order import TestForm
from leadtrack.phones.jobs import try_again, wake
from leadtrack.phones.models import CarrierJob, TrackedNumber
from leadtrack.phones.order import OrderError, keep_number, order_release, order_repair, order_test
from leadtrack.phones.views.number import number_or_404


@member_required("phones.manage")
@require_GET
def order(request: MemberRequest, pk: int) -> HttpResponse:
    """GET /numbers/orders/<id>/: how far it has got; the page asks again by itself until it is over."""
    job = get_object_or_404(CarrierJob.objects.select_related("tracked", "account"), pk=pk)
    is_going_on = job.state in (CarrierJob.State.WAITING, CarrierJob.State.ASKED)
    return render(request, "phones/order.html", {"job": job, "is_going_on": is_going_on})


@member_required("phones.manage")
@require_POST
def order_again(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/orders/<id>/again/: what did not work is tried from anew."""
    job = get_object_or_404(CarrierJob, pk=pk)
    try_again(job, now=timezone.now())
    return redirect("leadtrack:number-order", pk=pk)


@member_required("phones.manage")
@require_POST
def number_check(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/check/: compare what the carrier has set with what it should be, at once."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    try:
        carrier, hooks = carrier_for(row.account), hooks_of_ours()
        owned = next(iter(carrier.owned(number=str(row.number))), None)
        note_state(row, owned, hooks=hooks, at=timezone.now())
    except CarrierError as problem:
        messages.error(request, str(problem.words))
    else:
        _tell_faults(request, row)
    return redirect("leadtrack:number", pk=pk)


@member_required("phones.manage")
@require_POST
def number_release(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/release/: given back to the carrier in seven days."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    try:
        order_release(number=row, now=timezone.now(), by=request.user)
    except OrderError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("It is given back in 7 days. Until then you can keep it after all."))
    return redirect("leadtrack:number", pk=pk)


@member_required("phones.manage")
@require_POST
def number_keep(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/keep/: it is not given back after all."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    try:
        keep_number(number=row)
    except OrderError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The number stays yours."))
    return redirect("leadtrack:number", pk=pk)


@member_required("phones.manage")
@require_POST
def number_repair(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/repair/: what the carrier has set is made ours."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    job = order_repair(number=row, now=timezone.now(), by=request.user)
    wake(job)
    return redirect("leadtrack:number-order", pk=job.pk)


@member_required("phones.manage")
@require_POST
def number_test(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/test/: ring a phone from the number, to hear that it works."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    form = TestForm(request.POST, region=row.site.region)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form["to"].errors)))
        return redirect("leadtrack:number", pk=pk)
    job = order_test(number=row, to=form.cleaned_data["to"].as_e164, now=timezone.now(), by=request.user)
    wake(job)
    return redirect("leadtrack:number-order", pk=job.pk)


def _tell_faults(request: MemberRequest, row: TrackedNumber) -> None:
    if not row.faults:
        messages.success(request, _("All is set up at the carrier as it should be."))
    for code in row.faults:
        messages.error(request, words_of(code))
