"""The vendors' door: /hooks/leads/<kind>/<key>. Checked, stored, answered; a task makes the leads."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from leadtrack.leads import connect
from leadtrack.leads.knock import Knock, RefusedError, Reply
from leadtrack.leads.models import Connection
from leadtrack.leads.reasons import words_of
from leadtrack.ui.doors import because, refusal

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,40}", re.ASCII)


@csrf_exempt
def vendor_door(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """What the vendor wants to hear for what is taken; 403, 400, 405 with the reason for what is not.

    404 for an address that is no connection's (any more).
    """
    connection = connect.connection_for(kind, key) if _KEY.fullmatch(key) else None
    if connection is None:
        because(
            request,
            "unknown_address",
            door=connect.door_of(kind),
            is_known=False,
            is_counted=request.method != "GET",
        )
        return refusal(404, "not_found", _("There is no connection at this address."))
    knock = _knock_of(request)
    try:
        heard, _rows = connect.take(connection, knock)
    except RefusedError as refused:
        because(
            request,
            refused.reason,
            door=connect.door_of(kind),
            connection_id=connection.pk,
            site_id=connection.site_id,
            is_counted=_is_a_try(connection, knock),
        )
        return _refusal(connection, refused)
    return _said(heard.reply)


def _knock_of(request: HttpRequest) -> Knock:
    return Knock(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        query={name: value.replace("\0", "") for name, value in request.GET.dict().items()},
        body=request.body,
        at=timezone.now(),
    )


def _is_a_try(connection: Connection, knock: Knock) -> bool:
    """Who opens a door's address in a browser has sent no lead; a handshake that fails is worth knowing."""
    return knock.method != "GET" or (connection.kind == Connection.Kind.META and bool(knock.query))


def _refusal(connection: Connection, refused: RefusedError) -> HttpResponse:
    detail = words_of(refused.reason).what
    if connection.kind == Connection.Kind.GOOGLE:
        return JsonResponse({"message": str(detail)}, status=refused.status)
    response = refusal(refused.status, refused.reason, str(detail))
    if refused.status == 405:
        response.headers["Allow"] = "POST"
    return response


def _said(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


urlpatterns = [path("hooks/leads/<str:kind>/<str:key>", vendor_door, name="vendor-door")]
