from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from leadtrack.ui.doors import refusal
from leadtrack.visits.beacon import MAX_BYTES, Sender, answer
from leadtrack.visits.staff import client_address


@csrf_exempt
def beacon(request: HttpRequest) -> HttpResponse:
    """POST /api/v1/visits: what happened on a page. leadtrack/wsgi.py has a short cut, same answers."""
    if request.method != "POST":
        response = refusal(405, "method_not_allowed", "POST page views and events here.")
        response.headers["Allow"] = "POST, OPTIONS"
        return response
    status, headers, body = answer(
        body=request.read(MAX_BYTES + 1),
        sender=Sender(
            request.headers.get("Origin", ""),
            request.headers.get("User-Agent", ""),
            client_address(request.META),
        ),
        now=timezone.now(),
    )
    return HttpResponse(body, status=status, headers=headers)
