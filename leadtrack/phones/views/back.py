"""Where a button of several pages leads back to."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect


def back(request: HttpRequest, page: str) -> HttpResponse:
    """To the page of numbers that the button was on; to `page` where that is not told."""
    told = urlsplit(request.headers.get("HX-Current-URL", ""))
    if told.path.startswith(reverse("leadtrack:numbers")):
        page = told.path + (f"?{told.query}" if told.query else "")
    return HttpResponseClientRedirect(page) if request.headers.get("HX-Request") else redirect(page)
