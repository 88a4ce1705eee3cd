"""Pages: the pools of numbers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.forms.pool import PoolForm
from leadtrack.phones.match import credit_differently
from leadtrack.phones.models import Pool
from leadtrack.phones.pools import forget
from leadtrack.phones.retire import restore_pool, retire_pool
from leadtrack.phones.views.board import pool_board
from leadtrack.visits.models import Site


@member_required("phones.read")
@require_GET
def pools(request: MemberRequest) -> HttpResponse:
    """GET /numbers/pools/: every pool with its numbers, and the free ones beside them."""
    retired = Pool.objects.exclude(retired_at=None).select_related("site").order_by("-retired_at")[:50]
    return render(request, "phones/pools.html", pool_board() | {"retired": retired})


@member_required("phones.read")
@require_http_methods(["GET", "POST"])
def pool(request: MemberRequest, pk: int) -> HttpResponse:
    """/numbers/pools/<id>/: what a pool does; who may not change it sees it all the same."""
    row = get_object_or_404(Pool.objects.select_related("site", "flow"), pk=pk)
    may_change = request.member.can("phones.manage")
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = PoolForm(request.POST or None, instance=row)
    if form.is_valid():
        _save(form)
        messages.success(request, _("Saved. Pages that are open now follow within a minute."))
        return redirect("leadtrack:pools")
    shown = Pool.objects.get(pk=pk) if form.errors else row
    context = {"pool": shown, "form": form, "may_change": may_change, "has_site": True}
    return render(request, "phones/pool.html", context)


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def pool_add(request: MemberRequest) -> HttpResponse:
    """/numbers/pools/add/: a new pool, still without numbers."""
    form = PoolForm(request.POST or None)
    if form.is_valid():
        row = form.save()
        forget()
        messages.success(request, _("“%(pool)s” is there. Now move numbers into it.") % {"pool": row})
        return redirect("leadtrack:pools")
    context = {"form": form, "may_change": True, "has_site": Site.objects.exists()}
    return render(request, "phones/pool.html", context)


@member_required("phones.manage")
@require_POST
def pool_retire(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/pools/<id>/retire/: nobody is shown its numbers any more; they become free."""
    row = get_object_or_404(Pool, pk=pk)
    freed = retire_pool(row, now=timezone.now())
    forget()
    messages.success(request, render_to_string("phones/_retired.html", {"pool": row, "freed": freed}))
    return redirect("leadtrack:pools")


@member_required("phones.manage")
@require_POST
def pool_restore(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/pools/<id>/restore/: the pool is used again, with its numbers that are free still."""
    row = get_object_or_404(Pool, pk=pk)
    count = restore_pool(row)
    forget()
    messages.success(
        request, _("“%(pool)s” is used again with %(count)s numbers.") % {"pool": row, "count": count}
    )
    page = reverse("leadtrack:pools")
    return HttpResponseClientRedirect(page) if request.headers.get("HX-Request") else redirect(page)


def _save(form: PoolForm) -> None:
    """Another credit of ambiguous calls holds for those that were, too: their days are booked again."""
    with transaction.atomic():
        row = form.save()
        if "ambiguous" in form.changed_data:
            credit_differently(row)
    forget()
