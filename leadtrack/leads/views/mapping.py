"""Page: which field of a sender is what; learned from what came, tried on it, then used."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads import connect, learn, unfinished
from leadtrack.leads.meaning import TARGETS
from leadtrack.leads.models import Connection, InboxRow

_MOST_KEYS: Final = 300
_WORDS: Final[dict[str, str | Promise]] = {
    "name": gettext_lazy("Name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "message": gettext_lazy("Message"),
    "page_url": gettext_lazy("Address of the page"),
    "referrer": gettext_lazy("Page before it (referrer)"),
    "visitor": gettext_lazy("Visitor (cookie lt_v)"),
    "cookies": gettext_lazy("Cookies"),
    "submission_id": gettext_lazy("Number of the submission"),
    "ignore": gettext_lazy("Leave out"),
}


@require_http_methods(["GET", "POST"])
@member_required("sites.manage")
def mapping(request: MemberRequest, pk: int) -> HttpResponseBase:
    """GET /connections/<id>/mapping/: the fields seen so far; POST tries a mapping, or saves it."""
    row = get_object_or_404(Connection.objects.select_related("site"), pk=pk)
    rows = learn.stored_rows(row) if connect.door_of(row.kind) == InboxRow.Door.WEBHOOK else []
    wanted = _wanted(request, row) if request.method == "POST" else dict(row.mapping)
    if request.method == "POST" and "try" not in request.POST:
        return _save(request, row, wanted)
    context = _page(request, row, rows, wanted)
    template = "leads/_outcomes.html" if request.headers.get("HX-Request") else "leads/mapping.html"
    return render(request, template, context)


def _page(
    request: MemberRequest, row: Connection, rows: list[InboxRow], wanted: dict[str, str]
) -> dict[str, Any]:
    return {
        "connection": row,
        "fields": learn.fields_seen(rows, wanted),
        "outcomes": learn.outcomes(rows, wanted),
        "targets": [(target, _WORDS.get(target, target)) for target in TARGETS],
        "held": unfinished.count_by_connection(unfinished.held())[row.pk],
        "may_see_people": request.member.can("personal.read"),
    }


def _wanted(request: MemberRequest, row: Connection) -> dict[str, str]:
    """What the form says, field by field; "" leaves a field to our guess.

    What was said before of fields that the page does not show (none of the latest had them) stays.
    """
    pairs = [
        (request.POST.get(f"key-{n}", "")[:100], request.POST.get(f"field-{n}", ""))
        for n in range(_MOST_KEYS)
    ]
    shown = {key for key, _target in pairs}
    before = {key: target for key, target in row.mapping.items() if key not in shown}
    return before | {key: target for key, target in pairs if key and "\0" not in key and target in TARGETS}


def _save(request: MemberRequest, row: Connection, wanted: dict[str, str]) -> HttpResponseBase:
    row.mapping = wanted
    row.save(update_fields=["mapping"])
    count = connect.run_waiting(row)
    told = ngettext(
        "Saved. %(count)s stored submission is being read anew.",
        "Saved. %(count)s stored submissions are being read anew.",
        count,
    )
    messages.success(
        request, told % {"count": count} if count else _("Saved. It holds from the next lead on.")
    )
    return redirect("leadtrack:connection", pk=row.pk)
