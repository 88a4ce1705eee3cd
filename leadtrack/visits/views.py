import gzip
import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

READABLE = Path(__file__).parent / "static" / "visits" / "lt.js"
MINIFIED = "vendor/lt.min.js"


@require_safe
def snippet(request: HttpRequest) -> HttpResponseBase:
    """GET /lt.js: the script that a page includes. Kept by browsers for an hour."""
    plain, packed, etag = script()
    headers = {
        "Content-Type": "application/javascript; charset=utf-8",
        "Cache-Control": "public, max-age=3600",
        "ETag": etag,
    }
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(packed, headers={**headers, "Content-Encoding": "gzip"})
    else:
        response = HttpResponse(plain, headers=headers)
    patch_vary_headers(response, ["Accept-Encoding"])
    return get_conditional_response(request, etag=etag, response=response) or response


@cache
def script() -> tuple[bytes, bytes, str]:
    """The script, the same gzipped, and its ETag; the readable source where assets were not installed."""
    built = finders.find(MINIFIED)
    content = Path(built if isinstance(built, str) else READABLE).read_bytes()
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    return content, gzip.compress(content, mtime=0), etag
