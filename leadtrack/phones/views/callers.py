"""Pages: callers who are no customers."""

from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.forms.caller import CallerForm
from leadtrack.phones.models import ListedCaller
from leadtrack.ui.paging import page_after
from leadtrack.visits.models import Site

PAGE_SIZE: Final = 50
# What was removed last, to be taken back.
_REMOVED: Final = "removed caller"


@member_required("phones.read")
@require_http_methods(["GET", "POST"])
def callers(request: MemberRequest) -> HttpResponse:
    """/numbers/callers/: who is blocked, and our own phones; a form to add one."""
    may_change = request.member.can("phones.manage")
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = CallerForm(request.POST or None, region=_region()) if may_change else None
    if form is not None and form.is_valid():
        ListedCaller.objects.create(**form.cleaned_data, listed_by=request.member.user)
        messages.success(request, _("It is on the list."))
        return redirect("leadtrack:callers")
    rows = ListedCaller.objects.select_related("listed_by")
    page = page_after(rows, order="-pk", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    return render(request, "phones/callers.html", {"form": form, "page": page, "may_change": may_change})


@member_required("phones.manage")
@require_POST
def caller_remove(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/callers/<id>/remove/: calls of this phone are like all others again."""
    row = get_object_or_404(ListedCaller, pk=pk)
    request.session[_REMOVED] = {"phone": str(row.phone), "kind": row.kind, "note": row.note}
    row.delete()
    messages.success(request, render_to_string("phones/_caller_removed.html"))
    return redirect("leadtrack:callers")


@member_required("phones.manage")
@require_POST
def caller_restore(request: MemberRequest) -> HttpResponse:
    """POST /numbers/callers/restore/: put the one that was removed last on the list again."""
    kept = request.session.pop(_REMOVED, None)
    if kept and not ListedCaller.objects.filter(phone=kept["phone"]).exists():
        ListedCaller.objects.create(**kept, listed_by=request.member.user)
        messages.success(request, _("It is on the list again."))
    else:
        messages.error(request, _("There is nobody to put on the list again."))
    page = reverse("leadtrack:callers")
    return HttpResponseClientRedirect(page) if _is_htmx(request) else redirect(page)


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _region() -> str:
    """Of the first site: how people here dial."""
    return Site.objects.filter(is_active=True).order_by("pk").values_list("region", flat=True).first() or ""
