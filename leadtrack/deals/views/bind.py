"""Which visit a lead came from, when a person knows better: by a promo code that was read out, or by hand."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.forms import BindForm
from leadtrack.deals.models import Deal
from leadtrack.deals.views.lead import deal_for
from leadtrack.deals.views.note import Note
from leadtrack.deals.views.outcome import answer_with, render_lead
from leadtrack.leads.bind import (
    BindError,
    bind_to_visit,
    candidates_of,
    undo_binding,
    visits_for_code,
    visits_near,
)
from leadtrack.leads.models import Binding, Lead
from leadtrack.visits.models import Visit


@require_POST
@member_required("leads.work")
def bind(request: MemberRequest, public_id: str) -> HttpResponse:
    """Bind the lead to the code's visit, or to the chosen one; several for one code are offered."""
    deal, form = deal_for(request, public_id), BindForm(request.POST)
    if not form.is_valid():
        return render_lead(request, deal, bind_form=form)
    code = form.cleaned_data["code"]
    try:
        is_chosen = not code and form.cleaned_data["visit"]
        found = _offered(deal.lead) if is_chosen else visits_for_code(lead=deal.lead, code=code)
        visit = _chosen(found, form.cleaned_data["visit"])
        if visit is None:
            return render_lead(request, deal, bind_form=form, bind_choices=found)
        how = Binding.How.CODE if code else Binding.How.HAND
        binding = bind_to_visit(lead=deal.lead, visit=visit, by=request.member.user, how=how, code=code)
    except BindError as problem:
        form.add_error("code", problem.message)
        return render_lead(request, deal, bind_form=form)
    undo = reverse("leadtrack:lead-unbind", args=[public_id])
    note = Note(_("Bound to the visit from %(source)s.") % {"source": visit.source}, undo)
    note.undo_fields["binding"] = str(binding.pk)
    return answer_with(request, deal, note)


@require_POST
@member_required("leads.work")
def unbind(request: MemberRequest, public_id: str) -> HttpResponse:
    """Take a binding back: the lead is as it was before."""
    deal = deal_for(request, public_id)
    binding = _binding(deal, request.POST.get("binding", ""))
    if binding is None:
        return render_lead(request, deal, trouble=_("There is no such binding of this lead."))
    try:
        undo_binding(binding=binding, by=request.member.user)
    except BindError as problem:
        return render_lead(request, deal, trouble=problem.message)
    return answer_with(request, deal, Note(_("The binding was undone.")))


@require_GET
@member_required("leads.work")
def visits(request: MemberRequest, public_id: str) -> HttpResponse:
    """What was going on at the site shortly before, to choose from."""
    deal = deal_for(request, public_id)
    context = {"choices": visits_near(deal.lead), "lead": deal.lead, "tz": deal.lead.site.time_zone}
    return render(request, "deals/_bind_choices.html", context)


def _offered(lead: Lead) -> list[Visit]:
    """Those who were shown the number of the call, and whoever was on the site just before."""
    return [*(one.visit for one in candidates_of(lead)), *visits_near(lead)]


def _chosen(found: list[Visit], pk: int | None) -> Visit | None:
    """The one a person pointed at, of those that were offered; else the only one there is."""
    if pk is None:
        return found[0] if len(found) == 1 else None
    chosen = next((visit for visit in found if visit.pk == pk), None)
    if chosen is None:
        raise BindError(_("This visit cannot be chosen any more. Look at the list again."))
    return chosen


def _binding(deal: Deal, pk: str) -> Binding | None:
    number = int(pk) if pk.isascii() and pk.isdecimal() and len(pk) < 19 else 0
    return Binding.objects.filter(pk=number, lead=deal.lead_id).first()
