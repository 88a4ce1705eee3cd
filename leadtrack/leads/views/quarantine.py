"""Pages: leads that were set aside as spam, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads import sift
from leadtrack.leads.afterwards import CannotSiftError
from leadtrack.leads.models import Form, Lead, SpamVerdict
from leadtrack.leads.spam_words import Remark, remarks
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 30
SHARES_OF: Final = timedelta(days=30)
_MOST_SHARES: Final = 12
_MESSAGE_LENGTH: Final = 600


@dataclass(frozen=True)
class Aside:
    """A lead that was set aside, with the reasons in words; `verdict` is None where none was kept."""

    lead: Lead
    verdict: SpamVerdict | None
    remarks: list[Remark]
    message: str


@dataclass(frozen=True)
class Share:
    """How many of a form's enquiries (or of a kind of door) were set aside."""

    name: str
    form_id: int | None
    aside: int
    total: int

    @property
    def fraction(self) -> float:
        return self.aside / self.total


@require_GET
@member_required("leads.sift")
def quarantine(request: MemberRequest) -> HttpResponseBase:
    """What was set aside, newest first, each with why; and how much of it there is, by form."""
    form = _form(request.GET.get("form", ""))
    leads = _set_aside().filter(form=form) if form else _set_aside()
    page = page_after(leads, order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    context = {
        "page": page,
        "lines": [_line(lead) for lead in page.rows],
        "shares": _shares(),
        "form": form,
        "may_see_people": request.member.can("personal.read"),
        "may_set": request.member.can("sites.manage"),
    }
    return render(request, "leads/quarantine.html", context)


@require_POST
@member_required("leads.sift")
def not_spam(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """A person says: this is no spam. The lead comes to life."""
    lead = get_object_or_404(_set_aside_or_back(), public_id=public_id)
    trouble = _sifted(lambda: sift.call_back(lead=lead, by=request.user))
    return _answer(request, lead, trouble, "leads/_called_back.html", _("It is a lead again."))


@require_POST
@member_required("leads.sift")
def spam_again(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """Undo: it is set aside again, as if nobody had said anything."""
    lead = get_object_or_404(_set_aside_or_back(), public_id=public_id)
    trouble = _sifted(lambda: sift.set_aside_again(lead=lead, by=request.user))
    return _answer(request, lead, trouble, "leads/_aside.html", _("It is set aside again."))


def _sifted(say: Any) -> str:
    """What is in the way, if anything."""
    try:
        say()
    except CannotSiftError as problem:
        return str(problem)
    return ""


def _answer(request: MemberRequest, lead: Lead, trouble: str, template: str, told: str) -> HttpResponseBase:
    if request.headers.get("HX-Request") != "true":
        messages.add_message(request, messages.ERROR if trouble else messages.SUCCESS, trouble or told)
        return redirect("leadtrack:quarantine")
    fresh = _set_aside_or_back().get(pk=lead.pk)
    context = {
        "line": _line(fresh),
        "trouble": trouble,
        "may_see_people": request.member.can("personal.read"),
    }
    return render(request, template, context)


def _set_aside() -> QuerySet[Lead]:
    return _set_aside_or_back().filter(status=Lead.Status.SPAM)


def _set_aside_or_back() -> QuerySet[Lead]:
    return Lead.objects.select_related("site", "form", "source", "spam_verdict__said_by")


def _line(lead: Lead) -> Aside:
    verdict: SpamVerdict | None = getattr(lead, "spam_verdict", None)
    reasons = remarks(verdict.reasons) if verdict else []
    return Aside(lead, verdict, reasons, lead.message[:_MESSAGE_LENGTH])


def _form(text: str) -> Form | None:
    """The form asked for in the address; what is none is nothing, not an error."""
    is_id = text.isascii() and text.isdecimal() and len(text) < 10
    return Form.objects.filter(pk=int(text)).first() if is_id else None


def _shares() -> list[Share]:
    """Of the last 30 days, where any were set aside; the most first. One pass over those days' leads."""
    lately = Lead.objects.filter(captured_at__gt=timezone.now() - SHARES_OF).order_by()
    rows = (
        lately.values("kind", "form_id", "form__name", "site__name")
        .annotate(total=Count("pk"), aside=Count("pk", filter=Q(status=Lead.Status.SPAM)))
        .filter(aside__gt=0)
    )
    return [_share(row) for row in rows.order_by("-aside", "form_id")[:_MOST_SHARES]]


def _share(row: Mapping[str, Any]) -> Share:
    name = row["form__name"] or str(Lead.Kind(row["kind"]).label)
    return Share(f"{row['site__name']}: {name}", row["form_id"], row["aside"], row["total"])
