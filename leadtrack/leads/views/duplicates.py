"""Pages: people who may be known twice, the merges that were made, and merging by hand."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads.merge import MergeError, merge, unmerge
from leadtrack.leads.models import Contact, Merge, PossibleDuplicate
from leadtrack.leads.pairs import ask_again, tell_apart, to_decide
from leadtrack.leads.people import found_by, questions_of
from leadtrack.ui.paging import page_after

PAGE_SIZE = 10
MERGES_AT_ONCE = 50
# More than this many questions are "many": nobody counts further.
MOST_COUNTED = 100


@require_GET
@member_required("leads.merge")
def duplicates(request: MemberRequest) -> HttpResponseBase:
    """The questions, newest first: two people side by side, one person or two?"""
    page = page_after(to_decide(), order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    context = {"page": page, "questions": questions_of(page.rows), **_waiting()}
    return render(request, "leads/duplicates.html", context)


@require_GET
@member_required("leads.merge")
def duplicates_count(request: MemberRequest) -> HttpResponseBase:
    """The badge beside the page's name in the navigation."""
    return render(request, "leads/_duplicates_count.html", _waiting())


@require_POST
@member_required("leads.merge")
def duplicate_merge(request: MemberRequest, pk: int) -> HttpResponseBase:
    """They are one person."""
    pair = get_object_or_404(PossibleDuplicate.objects.select_related("first", "second"), pk=pk)
    try:
        made = merge(one=pair.first, other=pair.second, by=request.member.user, reason=pair.reason)
    except MergeError as problem:
        return _answer(request, problem.message, is_wrong=True)
    return _answer(request, _("Merged."), undo=reverse("leadtrack:merge-undo", args=[made.pk]))


@require_POST
@member_required("leads.merge")
def duplicate_different(request: MemberRequest, pk: int) -> HttpResponseBase:
    """They are two people; nobody is asked again."""
    pair = get_object_or_404(PossibleDuplicate, pk=pk)
    if not tell_apart(pair, by=request.member.user, at=timezone.now()):
        return _answer(request, _("Somebody has decided this already."), is_wrong=True)
    undo = reverse("leadtrack:duplicate-ask-again", args=[pk])
    return _answer(request, _("Two people. You will not be asked again."), undo=undo)


@require_POST
@member_required("leads.merge")
def duplicate_ask_again(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Undo “two people”."""
    if ask_again(get_object_or_404(PossibleDuplicate, pk=pk)):
        messages.success(request, _("The question is open again."))
    return _to(request, reverse("leadtrack:duplicates"))


@require_GET
@member_required("leads.merge")
def merges(request: MemberRequest) -> HttpResponseBase:
    """Every merge, newest first, each with its undo."""
    rows = Merge.objects.select_related("survivor", "absorbed", "by", "undone_by")
    page = page_after(rows, order="-id", cursor=request.GET.get("cursor"), size=MERGES_AT_ONCE)
    reasons = dict(PossibleDuplicate.Reason.choices)
    for row in page.rows:
        row.why = reasons.get(row.reason, row.reason)  # type: ignore[attr-defined]
    return render(request, "leads/merges.html", {"page": page})


@require_POST
@member_required("leads.merge")
def merge_undo(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Two people again, each with what was theirs."""
    found = get_object_or_404(Merge, pk=pk)
    try:
        undone = unmerge(merge=found, by=request.member.user)
    except MergeError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _came_since(undone))
    return _to(request, _back(request))


@require_POST
@member_required("leads.merge")
def contact_merge(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """Merge this contact with the one that was found by hand."""
    one, other = _contact(public_id), _contact(request.POST.get("other", "")[:40])
    try:
        made = merge(one=one, other=other, by=request.member.user)
    except MergeError as problem:
        messages.error(request, problem.message)
        return _to(request, reverse("leadtrack:contact", args=[one.survivor().public_id]))
    messages.success(request, _("Merged. It can be undone below, under “Merges”."))
    return _to(request, reverse("leadtrack:contact", args=[made.survivor.public_id]))


@require_POST
@member_required("leads.merge")
def contact_search(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """Whom to merge with, as one types. A POST: no address holds a person's data."""
    one, text = _contact(public_id), request.POST.get("search", "")
    try:
        found = found_by(text.replace("\0", ""), besides=one)
    except ValidationError:
        found = []
    return render(
        request, "leads/_merge_with.html", {"contact": one, "found": found, "searched": bool(text.strip())}
    )


def _waiting() -> dict[str, Any]:
    count = to_decide()[: MOST_COUNTED + 1].count()
    return {"waiting": min(count, MOST_COUNTED), "are_many": count > MOST_COUNTED}


def _contact(public_id: str) -> Contact:
    found = Contact.objects.filter(public_id=public_id.replace("\0", "")).first()
    if found is None:
        raise Http404
    return found.survivor()


def _came_since(merge: Merge) -> str:
    """What the survivor keeps, said in so many words."""
    since = merge.survivor.leads.filter(captured_at__gte=merge.at).count()
    if since:
        return _("Two people again. What came since the merge stays with %(person)s.") % {
            "person": merge.survivor.shown_name
        }
    return _("Two people again, each with what was theirs.")


def _answer(request: MemberRequest, text: str, *, undo: str = "", is_wrong: bool = False) -> HttpResponseBase:
    """htmx takes the question away and shows a note with its undo; without it, the page is loaded again."""
    if request.headers.get("HX-Request") == "true":
        level = "error" if is_wrong else "success"
        note = {
            "text": text,
            "level": level,
            "undo_url": undo,
            "undo_fields": {"back": "duplicates"},
            **_waiting(),
        }
        answer = render(request, "leads/_decided.html", note)
        answer.headers["HX-Trigger"] = "badges-changed"
        return answer
    (messages.error if is_wrong else messages.success)(request, text)
    return redirect("leadtrack:duplicates")


def _back(request: MemberRequest) -> str:
    """To the page with the button, which says its name; the list of merges otherwise."""
    contact = Contact.objects.filter(public_id=request.POST.get("contact", "")[:40].replace("\0", "")).first()
    if contact is not None:
        return reverse("leadtrack:contact", args=[contact.public_id])
    is_asked = request.POST.get("back") == "duplicates"
    return reverse("leadtrack:duplicates" if is_asked else "leadtrack:merges")


def _to(request: MemberRequest, address: str) -> HttpResponse:
    is_htmx = request.headers.get("HX-Request") == "true"
    return HttpResponseClientRedirect(address) if is_htmx else redirect(address)
