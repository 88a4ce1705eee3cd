"""Pages: call flows. What callers hear and who rings, by forms; beside them a call that is only a thought."""

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.core import serializers
from django.db import transaction
from django.db.models import Count, ProtectedError, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones import tasks
from leadtrack.phones.carriers.twilio import public_url
from leadtrack.phones.carriers.twiml import Addresses, twiml_of
from leadtrack.phones.flow import Situation
from leadtrack.phones.flow_examples import EXAMPLES, example_for
from leadtrack.phones.flow_words import Stage, way_of
from leadtrack.phones.forms.flow_try import BLOCKED, KNOWN, TryForm
from leadtrack.phones.forms.flow_whole import FlowEditor
from leadtrack.phones.models import CallFlow
from leadtrack.phones.ring import Parts, forget, with_parts

_REMOVED = "leadtrack_flow_removed"
# A number that belongs to nobody: the sample caller and callee of a dry run.
_CALLER, _CALLED = "+15550100010", "+15550100020"


@dataclass(frozen=True)
class Shown:
    """A stage of the dry run with its document."""

    stage: Stage
    twiml: str


@member_required("phones.manage")
@require_GET
def flows(request: MemberRequest) -> HttpResponse:
    """GET /numbers/flows/: every flow, with the numbers and pools that use it."""
    in_use = Count("numbers", filter=Q(numbers__released_at=None), distinct=True)
    rows = CallFlow.objects.annotate(
        number_count=in_use, pool_count=Count("pools", filter=Q(pools__retired_at=None), distinct=True)
    )
    context = {"flows": rows.order_by("name"), "examples": EXAMPLES}
    return render(request, "phones/flows.html", context)


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def flow_add(request: MemberRequest) -> HttpResponse:
    """/numbers/flows/add/?like=<example>: a new flow, begun with an example."""
    row, parts = example_for(request.GET.get("like", ""))
    return _edited(request, row, parts)


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def flow(request: MemberRequest, pk: int) -> HttpResponse:
    """/numbers/flows/<id>/: change a flow; calls that come from now on follow it."""
    row = get_object_or_404(with_parts(), pk=pk)
    return _edited(request, row, _parts_of(row))


@member_required("phones.manage")
@require_POST
def flow_try(request: MemberRequest) -> HttpResponse:
    """POST /numbers/flows/try/: the way of a call through what the editor holds now. Stores nothing."""
    editor = FlowEditor(CallFlow(), sent=request.POST, parts=Parts())
    # A name that is taken stops the saving, not the thought.
    editor.flow.fields.pop("name")
    asked = TryForm(request.POST, phones=_phones_of(editor))
    if not editor.is_valid() or not asked.is_valid():
        return render(request, "phones/_flow_way.html", {"is_unfinished": True})
    return render(request, "phones/_flow_way.html", {"way": _way(request, editor, asked), **_when(asked)})


@member_required("phones.manage")
@require_POST
def flow_remove(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/flows/<id>/remove/: delete a flow that nothing uses; it can be taken back."""
    row = get_object_or_404(with_parts(), pk=pk)
    kept = _kept(row)
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        messages.error(request, _("Numbers or pools use this flow: give them another one first."))
        return redirect("leadtrack:flow", pk=pk)
    forget()
    request.session[_REMOVED] = kept
    messages.success(request, render_to_string("phones/_flow_removed.html", {"name": row.name}))
    return redirect("leadtrack:flows")


@member_required("phones.manage")
@require_POST
def flow_restore(request: MemberRequest) -> HttpResponse:
    """POST /numbers/flows/restore/: take back the flow that was deleted last."""
    kept = request.session.pop(_REMOVED, "")
    if kept and not _is_name_taken(kept):
        with transaction.atomic():
            for one in serializers.deserialize("json", kept):
                one.save()
        forget()
        messages.success(request, _("The call flow is there again."))
    else:
        messages.error(request, _("There is no deleted call flow to take back."))
    page = reverse("leadtrack:flows")
    return HttpResponseClientRedirect(page) if request.headers.get("HX-Request") else redirect(page)


def _edited(request: MemberRequest, row: CallFlow, parts: Parts) -> HttpResponse:
    more = request.POST.get("more", "")
    editor = FlowEditor(row, sent=request.POST or None, parts=parts, more=more)
    if request.method == "POST" and not more and editor.is_valid():
        saved = editor.save()
        forget()
        transaction.on_commit(tasks.keep_offline_numbers.delay, robust=True)
        messages.success(request, _("“%(flow)s” is saved: the next call follows it.") % {"flow": saved})
        return redirect("leadtrack:flow", pk=saved.pk)
    name = CallFlow.objects.filter(pk=row.pk).values_list("name", flat=True).first() if row.pk else ""
    asked = TryForm(phones=_phones_of(editor), initial={"try_caller": "new"})
    context = {"editor": editor, "asked": asked, "flow_name": name, "pk": row.pk, "was_sent": bool(more)}
    return render(request, "phones/flow.html", context)


def _parts_of(row: CallFlow) -> Parts:
    return Parts(
        tuple(row.texts.all()), tuple(row.hours.all()), tuple(row.holidays.all()), tuple(row.lines.all())
    )


def _phones_of(editor: FlowEditor) -> dict[str, str]:
    """Colleagues by their phones."""
    members = editor.members.values()
    return {str(member.phone): member.name for member in members if member.phone}


def _way(request: HttpRequest, editor: FlowEditor, asked: TryForm) -> list[Shown]:
    number, caller = asked.cleaned_data["try_number"], asked.cleaned_data["try_caller"]
    value = editor.value()
    kind, _colon, phone = caller.partition(":")
    situation = Situation(
        at=asked.moment(timezone.now()),
        language=number.language if number else "",
        is_blocked=kind == BLOCKED,
        last_manager=phone if kind == KNOWN and value.asks_last_manager else "",
    )
    caller_id = str(number.number if number else _CALLED) if kind == "withheld" else _CALLER
    at = _addresses(request, number.pk if number else 0)
    stages = way_of(value, situation, _phones_of(editor))
    return [Shown(stage, _laid_out(twiml_of(stage.steps, at=at, caller_id=caller_id))) for stage in stages]


def _when(asked: TryForm) -> dict[str, object]:
    return {"at": asked.moment(timezone.now()), "zone": str(asked.zone)}


def _addresses(request: HttpRequest, number_id: int) -> Addresses:
    names = ("dial-done", "status", "whisper", "voicemail-done", "recording")
    full = [
        public_url(request, f"{reverse(f'leadtrack:twilio-{name}')}?number={number_id}") for name in names
    ]
    return Addresses(*full)


def _laid_out(document: str) -> str:
    """A verb a line."""
    return document.replace("><", ">\n<")


def _kept(row: CallFlow) -> str:
    parts = _parts_of(row)
    return str(
        serializers.serialize("json", [row, *parts.texts, *parts.hours, *parts.holidays, *parts.lines])
    )


def _is_name_taken(kept: str) -> bool:
    row = cast(CallFlow, next(iter(serializers.deserialize("json", kept))).object)
    return CallFlow.objects.filter(Q(pk=row.pk) | Q(name=row.name)).exists()
