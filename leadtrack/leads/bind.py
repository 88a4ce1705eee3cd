"""Binding a lead to a visit because a person says so: the caller read a promo code out, or sales just knows.

The lead then has the visit's source and the contact the visit's browser; the receipt says who said so, and
what would have won otherwise. A binding can be undone exactly, the latest first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.leads.browsers import give_browser, take_browser
from leadtrack.leads.models import Binding, Contact, Lead, Receipt
from leadtrack.lib.periods import local_day
from leadtrack.phones.models import Call, CallCandidate
from leadtrack.sources.dirty import mark_contact, mark_days
from leadtrack.visits.models import Visit
from leadtrack.visits.promo import RECENT, key_start_of, visits_by_code
from leadtrack.visits.track import OVERTAKING

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    Person = User
else:
    Person = Any

BOUND: Final = "bound"
OVERRULED: Final = "overruled"
_ENDS: Final = frozenset({"channel", "unknown", "call-shared"})
_OFFERED: Final = 30

Step = dict[str, Any]


class BindError(ValueError):
    """A binding, or its undoing, that cannot be: a translated sentence, for the field `code` or the page."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class _Before:
    """A lead as it was; steps are its receipt's."""

    lead: Lead
    steps: list[Step]


def visits_for_code(*, lead: Lead, code: str) -> list[Visit]:
    """The visits that a code read out may mean, newest first, at least one. BindError says why none."""
    if key_start_of(code) is None:
        raise BindError(_("A promo code has eight digits, for example 0123-4567."))
    found = visits_by_code(site=lead.site, code=code, before=_latest_for(lead))
    if not found:
        raise BindError(_why_none(lead, code))
    return found


def candidates_of(lead: Lead) -> list[CallCandidate]:
    """The visits that the lead's ambiguous call may belong to, the likeliest first, each with its share."""
    if lead.call is None or lead.call.match != Call.Match.AMBIGUOUS:
        return []
    found = CallCandidate.objects.filter(call=lead.call_id, visit__started_at__lte=_latest_for(lead))
    return list(found.select_related("visit__source", "visit__visitor"))


def visits_near(lead: Lead, *, of: timedelta = timedelta(hours=3)) -> list[Visit]:
    """Visits of the site that a person may choose among: the latest 30 that began shortly before the lead."""
    until = _latest_for(lead)
    first_day = local_day(until - of, lead.site.tz)
    near = Visit.objects.filter(site=lead.site_id, day__range=(first_day, lead.day))
    near = near.filter(started_at__lte=until, started_at__gt=until - of)
    return list(near.select_related("source", "visitor").order_by("-started_at", "-pk")[:_OFFERED])


@transaction.atomic
def bind_to_visit(*, lead: Lead, visit: Visit, by: Person | None, how: str, code: str = "") -> Binding:
    """Give the lead the visit and its source, and the contact the visit's browser. `how`: Binding.How.

    BindError for a visit of another site or one that began after the lead came, and for the same again.
    """
    was = _locked(lead)
    if visit.site_id != was.lead.site_id:
        raise BindError(_("This visit is of another site."))
    if visit.started_at > _latest_for(was.lead):
        raise BindError(_("This visit began after the lead came."))
    if was.lead.visit_id == visit.pk:
        raise BindError(_("The lead has this visit already."))
    binding = Binding(lead=was.lead, visit=visit, how=how, code=code[:16], by=by)
    binding.before = {
        "source": was.lead.source_id,
        "visit": was.lead.visit_id,
        "steps": was.steps,
        "added_key": give_browser(was.lead.contact_id, visit.visitor_id),
    }
    matched = _matched_visitor(was.lead)
    _rewrite(was.lead, visit.pk, visit.source_id, _steps(was.steps, binding))
    if matched is not None and matched != visit.visitor_id and take_browser(was.lead.contact_id, matched):
        binding.before["took"] = matched
    binding.save()
    return binding


@transaction.atomic
def undo_binding(*, binding: Binding, by: Person | None) -> Lead:
    """Put the lead back as it was before. BindError when a later binding stands; twice is once."""
    was = _locked(binding.lead)
    standing = Binding.objects.filter(lead=was.lead, undone_at=None).order_by("-pk").first()
    if standing is not None and standing.pk != binding.pk and binding.undone_at is None:
        raise BindError(_("The lead was bound again since. Undo that first."))
    if not Binding.objects.filter(pk=binding.pk, undone_at=None).update(
        undone_at=timezone.now(), undone_by=by
    ):
        return was.lead
    # As it is now: its call may have been given another source meanwhile.
    before = Binding.objects.get(pk=binding.pk).before
    _rewrite(was.lead, before["visit"], before["source"], before["steps"])
    if before["added_key"]:
        take_browser(was.lead.contact_id, binding.visit.visitor_id)
    if before.get("took"):
        give_browser(was.lead.contact_id, before["took"])
    return was.lead


def standing_binding(lead: Lead) -> Binding | None:
    """The binding that holds now."""
    standing = Binding.objects.filter(lead=lead, undone_at=None).select_related("by", "visit__source")
    return standing.order_by("-pk").first()


def _why_none(lead: Lead, code: str) -> str:
    """The code may be right and the lead too old for it: asking the caller again would be in vain."""
    if visits_by_code(site=lead.site, code=code, before=_latest_for(lead) + RECENT):
        return _("The visitor with this code was on the site only later, not before this lead came.")
    return _("No visitor with this code was on the site in the 30 days before. Ask for the code once more.")


def _latest_for(lead: Lead) -> datetime:
    """Credit never reaches back in time; a form may overtake the news of its own page."""
    return lead.captured_at + OVERTAKING


def _locked(lead: Lead) -> _Before:
    """The contact first, as captures and merges lock it, then the lead as it is now."""
    Contact.objects.select_for_update(no_key=True).filter(pk=lead.contact_id).first()
    mine = Lead.objects.select_for_update(no_key=True).get(pk=lead.pk)
    if mine.contact_id != lead.contact_id:
        raise BindError(_("Somebody changed this lead a moment ago. Look at it again."))
    receipt = Receipt.objects.filter(lead=mine).first()
    return _Before(mine, list(receipt.steps) if receipt else [])


def _matched_visitor(lead: Lead) -> int | None:
    """Whose browser the contact only has because the call was matched to it: a person may know better."""
    call = Call.objects.filter(lead=lead, visit__isnull=False).select_related("visit").first()
    if call is None or call.visit is None or call.visit_id != lead.visit_id:
        return None
    return call.visit.visitor_id


def _rewrite(lead: Lead, visit_id: int | None, source_id: int, steps: list[Step]) -> None:
    lead.visit_id, lead.source_id = visit_id, source_id
    lead.save(update_fields=["visit", "source"])
    Receipt.objects.update_or_create(lead=lead, defaults={"steps": steps})
    mark_days([lead.day])
    mark_contact(lead.contact_id)


def _steps(before: list[Step], binding: Binding) -> list[Step]:
    """The person's word first, then what was tried before; who had won lost to it."""
    source = binding.visit.source
    evidence = {
        "source": str(source),
        "visit": binding.visit_id,
        "started_at": binding.visit.started_at.isoformat(),
        "by": binding.by.get_full_name() or str(binding.by) if binding.by else "",
        "how": binding.how,
        "code": binding.code,
    }
    lost = [_overruled(step) for step in before if step.get("rule") not in _ENDS]
    channel = {"channel": source.channel, "by": binding.visit.rule}
    return [
        {"rule": BOUND, "won": True, "evidence": evidence},
        *lost,
        {"rule": "channel", "won": True, "evidence": channel},
    ]


def _overruled(step: Step) -> Step:
    if not step.get("won"):
        return step
    return {**step, "won": False, "evidence": {**(step.get("evidence") or {}), OVERRULED: True}}
