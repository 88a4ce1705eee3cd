"""Pages: connections to vendors, with what to paste where and how they fare."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads import connect, inbox, unfinished
from leadtrack.leads.connection_forms import ConnectionForm, VendorForm
from leadtrack.leads.knock import RefusedError
from leadtrack.leads.models import Connection, InboxRow, Refusal
from leadtrack.leads.reasons import words_of
from leadtrack.leads.samples import sample_of
from leadtrack.leads.steps import STEPS
from leadtrack.phones.carriers.twilio import public_url
from leadtrack.visits.models import Site

_MOST: Final = 200
_LATELY: Final = timedelta(days=1)


@require_http_methods(["GET", "POST"])
@member_required("sites.manage")
def connections(request: MemberRequest) -> HttpResponseBase:
    """GET /connections/: every way in for vendors, and how it fares; a form for one more."""
    form = ConnectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("leadtrack:connection", pk=connect.add_connection(form.save(commit=False)).pk)
    rows = Connection.objects.select_related("site").order_by("-is_active", "site__name", "pk")[:_MOST]
    context = {"connections": _with_state(rows), "form": form, "has_site": Site.objects.exists()}
    return render(request, "leads/connections.html", context)


@require_http_methods(["GET", "POST"])
@member_required("sites.manage")
def connection(request: MemberRequest, pk: int) -> HttpResponseBase:
    """GET /connections/<id>/: the steps at the vendor, what to copy, what the vendor gave us."""
    row = _with_state([get_object_or_404(Connection.objects.select_related("site"), pk=pk)])[0]
    form = VendorForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        _say_saved(request, connect.run_waiting(row) if form.brought_secrets else 0)
        return redirect("leadtrack:connection", pk=pk)
    return render(request, "leads/connection.html", _page(request, row, form))


@require_POST
@member_required("sites.manage")
def send_test(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Send a sample, signed as the vendor signs, through the real door, and say what came of it."""
    row = get_object_or_404(Connection.objects.select_related("site"), pk=pk)
    try:
        _heard, rows = connect.take(row, sample_of(row, timezone.now()))
    except RefusedError as refused:
        messages.error(request, str(words_of(refused.reason).what))
        return redirect("leadtrack:connection", pk=pk)
    for stored in rows:
        inbox.work(stored.pk)
    messages.success(request, _("The sample came through the door and was read. It makes no lead."))
    return redirect("leadtrack:connection", pk=pk)


@require_POST
@member_required("sites.manage")
def renew(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A new secret or address, in use or not: what the pressed button says."""
    row = get_object_or_404(Connection, pk=pk)
    what = request.POST.get("what", "")
    if what == "secret" and row.kind not in connect.GIVEN_SECRET:
        connect.rotate_secret(row)
        messages.success(request, _("There is a new secret. The one before it is taken for another day."))
    elif what == "address":
        connect.rotate_address(row)
        messages.success(request, _("There is a new address. The one before it is answered for another day."))
    elif what == "no-secret":
        connect.drop_secret(row)
    elif what in ("use", "rest"):
        row.is_active = what == "use"
        row.save(update_fields=["is_active"])
    return redirect("leadtrack:connection", pk=pk)


def _page(request: MemberRequest, row: Connection, form: VendorForm) -> dict[str, Any]:
    address = public_url(request, reverse("leadtrack:vendor-door", args=[row.kind, row.key]))
    return {
        "connection": row,
        "form": form if form.fields else None,
        "address": address,
        "steps": STEPS.get(row.kind, ()),
        "asks_secret": row.kind in connect.ADDRESS_ONLY,
        "shows_secret": row.kind not in connect.GIVEN_SECRET and row.secret,
        "shows_handshake": row.kind == Connection.Kind.META,
        "is_mapped": connect.door_of(row.kind) == InboxRow.Door.WEBHOOK,
        "is_local": not address.startswith("https://"),
    }


def _say_saved(request: MemberRequest, count: int) -> None:
    told = ngettext(
        "Saved. %(count)s lead that was waiting is being worked.",
        "Saved. %(count)s leads that were waiting are being worked.",
        count,
    )
    messages.success(request, told % {"count": count} if count else _("Saved."))


def _with_state(rows: Iterable[Connection]) -> list[Connection]:
    """Each with `held`, `failed` (all of them) and `refused` (of the last day); three queries for all."""
    shown = list(rows)
    ids = [row.pk for row in shown]
    held, failed = map(unfinished.count_by_connection, (unfinished.held(), unfinished.failed()))
    lately = Refusal.objects.filter(connection__in=ids, at__gte=timezone.now() - _LATELY)
    refused = dict(lately.order_by().values_list("connection").annotate(Count("pk")))
    for row in shown:
        counts = {"held": held, "failed": failed, "refused": refused}
        vars(row).update({name: found.get(row.pk, 0) for name, found in counts.items()})
    return shown
