"""The form door: POST /api/v1/forms/<form key>. Store first, answer at once; a task makes the lead."""

import logging
import re
import time
from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from leadtrack.leads import inbox, spool
from leadtrack.leads.models import Form, InboxRow
from leadtrack.leads.reading import Enquiry
from leadtrack.leads.redirect import page_origin, safe_target
from leadtrack.leads.submission import Submission, read_submission
from leadtrack.ui.doors import DEFAULT_MAX_BYTES, because, body_size, refusal
from leadtrack.ui.outage import Outage, is_unreachable
from leadtrack.visits.staff import client_address

logger = logging.getLogger(__name__)

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_LIFE_SECONDS: Final = 30

# key -> (moment to forget it, form). Only forms that exist: a new one is known at once.
_forms: dict[str, tuple[float, Form]] = {}
_outage = Outage()


@csrf_exempt
def form_door(request: HttpRequest, form_key: str) -> HttpResponseBase:
    """201 {"id", "duplicate": false} for a new submission, 200 and true for a repeated one.

    A browser's own navigation gets a page or the form's redirect instead. 202 without an id while the
    database cannot be reached: the form is on our disk and becomes a lead later (503: no room there).
    400 when there is no way to reach the person, 404 for an unknown key, 405 for other methods, 413 for a
    body that is too large.
    """
    with translation.override(translation.get_language_from_request(request)):
        return _answer(request, form_key)


def _answer(request: HttpRequest, form_key: str) -> HttpResponseBase:
    if request.method != "POST":
        response = refusal(
            405, "method_not_allowed", _("This is the door of a form: send the fields by POST.")
        )
        response.headers["Allow"] = "POST"
        return response
    most = getattr(settings, "LEADTRACK_DOOR_MAX_BYTES", DEFAULT_MAX_BYTES)
    try:
        body = _body_of(request, most)
    except UnreadablePostError:
        return refusal(400, "unreadable", _("The body ended before its announced length."))
    if body is None:
        return refusal(411, "length_required", _("Say the length of the body (Content-Length)."))
    if max(len(body), body_size(request)) > most:
        return refusal(413, "too_large", _("The body is too large."))
    return _take_now_or_later(request, form_key, body)


def _take_now_or_later(request: HttpRequest, form_key: str, body: bytes) -> HttpResponseBase:
    """Later only while the database is missing; whatever else goes wrong is an error as everywhere."""
    if not _outage.may_ask():
        return _keep(request, form_key, body)
    try:
        form = form_for(form_key)
        return _take(request, form, body) if form else _unknown(request)
    except DatabaseError as problem:
        if not is_unreachable(problem):
            raise
        logger.warning("The database cannot be reached (%s): forms wait on the disk", type(problem).__name__)
        _outage.begin()
        return _keep(request, form_key, body)


def _unknown(request: HttpRequest) -> HttpResponseBase:
    because(request, "unknown_form", door=InboxRow.Door.FORM, is_known=False)
    return refusal(
        404,
        "not_found",
        _("There is no form with this key. Copy the address from the page “Sites and forms”."),
    )


def forget_forms() -> None:
    """Look every form up anew, in this process."""
    _forms.clear()


def is_calm() -> bool:
    """Whether the database has answered of late, as far as this process knows."""
    return not _outage.is_on


def notice(problem: DatabaseError) -> None:
    """Remember for a moment that the database is missing, if that is the problem."""
    if is_unreachable(problem):
        _outage.begin()


def form_for(key: str) -> Form | None:
    """The active form with this key, as it was at most half a minute ago."""
    remembered = _forms.get(key)
    if remembered and remembered[0] > time.monotonic():
        return remembered[1]
    _forms.pop(key, None)
    if not _KEY.fullmatch(key):
        return None
    form = Form.objects.filter(key=key, is_active=True).select_related("site").first()
    if form is not None:
        _forms[key] = (time.monotonic() + _LIFE_SECONDS, form)
    return form


def _take(request: HttpRequest, form: Form, body: bytes) -> HttpResponseBase:
    submission = read_submission(request.headers.get("Content-Type", ""), body)
    enquiry = submission.enquiry
    if not enquiry.is_reachable:
        return _unreachable(request, form, submission)
    row, is_new = inbox.accept(
        form=form,
        submission=submission,
        received_at=timezone.now(),
        referer_header=request.headers.get("Referer", ""),
        user_agent=request.headers.get("User-Agent", ""),
        origin_header=request.headers.get("Origin", ""),
        address=client_address(request.META),
    )
    if is_new:
        inbox.wake(row)
    if _outage.end():
        spool.replay_soon()
    return _thanks(request, form, enquiry, row, is_new)


def _keep(request: HttpRequest, form_key: str, body: bytes) -> HttpResponseBase:
    """On our disk until the database is back; whether there is such a form is seen then."""
    if not _KEY.fullmatch(form_key):
        return _unknown(request)
    submission = read_submission(request.headers.get("Content-Type", ""), body)
    if not submission.enquiry.is_reachable:
        return JsonResponse({"type": "validation_error", "errors": _explain(submission)}, status=400)
    waiting = spool.Waiting(
        form_key=form_key,
        content_type=request.headers.get("Content-Type", ""),
        body=body.decode("latin-1"),
        received_at=timezone.now().isoformat(),
        referer=request.headers.get("Referer", ""),
        user_agent=request.headers.get("User-Agent", ""),
        origin=request.headers.get("Origin", ""),
    )
    try:
        spool.keep(waiting)
    except spool.SpoolFullError:
        response = refusal(503, "unavailable", _("We cannot take it now. Please send it again later."))
        response.headers["Retry-After"] = "30"
        return response
    if not is_navigation(request):
        return JsonResponse({"id": None, "duplicate": False}, status=202)
    _moment, form = _forms.get(form_key, (0.0, None))
    return render(request, "leads/thanks.html", {"site": form.site if form else None}, status=202)


def _body_of(request: HttpRequest, most: int) -> bytes | None:
    """The body, or a little more than the most we take of it; None if it cannot be read.

    Some programs send in chunks without a length. Django takes that for an empty body, but a server that
    marks the end of the input (as granian does) lets us read it.
    """
    if body_size(request) > most:
        return b""
    if "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
        return request.body
    if not request.META.get("wsgi.input_terminated"):
        return None
    content: bytes = request.META["wsgi.input"].read(most + 1)
    return content


def _thanks(
    request: HttpRequest, form: Form, enquiry: Enquiry, row: InboxRow, is_new: bool
) -> HttpResponseBase:
    status = 201 if is_new else 200
    if not is_navigation(request):
        return JsonResponse({"id": row.public_id, "duplicate": not is_new}, status=status)
    target = _target_of(request, form, enquiry.redirect)
    if target:
        return HttpResponse(status=303, headers={"Location": target})
    return render(
        request, "leads/thanks.html", {"site": form.site, "back": _back(request, form)}, status=status
    )


def _unreachable(request: HttpRequest, form: Form, submission: Submission) -> HttpResponseBase:
    because(request, "no_contact", door=InboxRow.Door.FORM, form_id=form.pk, site_id=form.site_id)
    errors = _explain(submission)
    if is_navigation(request):
        page = {"site": form.site, "errors": errors, "back": _back(request, form)}
        return render(request, "leads/not_sent.html", page, status=400)
    return JsonResponse({"type": "validation_error", "errors": errors}, status=400)


def _explain(submission: Submission) -> list[dict[str, str | None]]:
    if "not_json" in submission.problems and not submission.fields:
        detail = _("The body is not JSON, and no fields were found in it.")
        return [{"code": "parse_error", "detail": detail, "attr": None}]
    detail = _("Give a phone number or an e-mail address, so that we can reach you.")
    return [{"code": "required", "detail": detail, "attr": "phone"}]


def is_navigation(request: HttpRequest) -> bool:
    """Whether the browser itself sent the form and will show what we answer. Scripts take */* or JSON."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _target_of(request: HttpRequest, form: Form, wanted: str) -> str | None:
    return safe_target(wanted, page=_page_of(request), origins=_origins_of(form)) if wanted else None


def _back(request: HttpRequest, form: Form) -> str | None:
    """Where the form was, for a link back; only if it is the site's own page."""
    page = _page_of(request)
    return safe_target(page, page=page, origins=_origins_of(form)) if page else None


def _page_of(request: HttpRequest) -> str:
    return request.headers.get("Referer", "") or page_origin(request.headers.get("Origin", ""))


def _origins_of(form: Form) -> list[str]:
    return list(form.site.origins.values_list("origin", flat=True))
