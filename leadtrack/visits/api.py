from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from leadtrack.ui.doors import refusal
from leadtrack.visits.beacon import MAX_BYTES, answer


@csrf_exempt
def beacon(request: HttpRequest) -> HttpResponse:
    """POST /api/v1/visits: a page was looked at. leadtrack/wsgi.py has a short cut with the same answers."""
    if request.method != "POST":
        response = refusal(405, "method_not_allowed", "POST a page view here.")
        response.headers["Allow"] = "POST, OPTIONS"
        return response
    status, headers, body = answer(
        body=request.read(MAX_BYTES + 1),
        origin=request.headers.get("Origin", ""),
        user_agent=request.headers.get("User-Agent", ""),
        now=timezone.now(),
    )
    return HttpResponse(body, status=status, headers=headers)
