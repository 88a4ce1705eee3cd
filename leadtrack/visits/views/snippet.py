"""The script that pages include: put together for a site of the parts that it uses."""

import gzip
import hashlib
import json
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from leadtrack.ui.doors import refusal
from leadtrack.visits.afterwards import site_setting
from leadtrack.visits.consent import is_required
from leadtrack.visits.crossing import has_several_domains
from leadtrack.visits.goals import click_goals_of
from leadtrack.visits.sites import KnownSite, site_for

READABLE = Path(__file__).parent.parent / "static" / "visits" / "lt.js"
# Every set of parts, minified apart: leaving out what a site does not use makes the rest smaller, too.
VARIANTS = "vendor/lt.variants.json"
PLAIN: Final = "plain"
PARTS: Final = ("CODE", "CONSENT", "CROSS", "FILL", "GOALS", "NUMBERS")

# plain, gzipped, ETag
Script = tuple[bytes, bytes, str]


@require_safe
def snippet(request: HttpRequest) -> HttpResponseBase:
    """GET /lt.js: the plain script, for pages that name their site in data-site. Kept for an hour."""
    return _sent(request, script(PLAIN), seconds=3600)


@require_safe
def site_snippet(request: HttpRequest, key: str) -> HttpResponseBase:
    """GET /lt/<site key>.js: the script of one site, with its settings. Kept for five minutes."""
    site = site_for(key) if len(key) <= 32 and "\0" not in key else None
    if site is None:
        return refusal(404, "not_found", "There is no site with this key.")
    return _sent(request, script(" ".join(parts_of(site)), json.dumps(_settings(site))), seconds=300)


def parts_of(site: KnownSite) -> list[str]:
    """The parts of the script that a site uses, in their order."""
    used = {
        "CODE": site.row.shows_code,
        "CONSENT": is_required(site.row),
        "CROSS": has_several_domains(site),
        "FILL": site.row.fills_fields,
        "GOALS": bool(click_goals_of(site.row)),
        "NUMBERS": site_setting("NUMBERS", site.row) is not None,
    }
    return [part for part in PARTS if used[part]]


@lru_cache(maxsize=1000)
def script(parts: str, settings: str = "") -> Script:
    """The script with these parts and settings (JSON); the readable source until assets are installed."""
    built = variants()
    code = built[parts] if parts in built else _readable(parts)
    content = (f"{{const LT={settings};{code}}}" if settings else code).encode()
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    return content, gzip.compress(content, mtime=0), etag


@cache
def variants() -> dict[str, str]:
    """Every minified script, by its parts; empty where assets were not installed."""
    built = finders.find(VARIANTS)
    return json.loads(Path(built).read_text(encoding="utf-8")) if isinstance(built, str) else {}


def forget() -> None:
    """Read the files anew."""
    script.cache_clear()
    variants.cache_clear()


def _settings(site: KnownSite) -> dict[str, Any]:
    parts = parts_of(site)
    settings: dict[str, Any] = {"site": site.row.key}
    if "CROSS" in parts:
        settings["origins"] = sorted(site.origins)
    if "GOALS" in parts:
        settings["goals"] = [[goal.name, goal.selector] for goal in click_goals_of(site.row)]
    settings.update(site_setting("NUMBERS", site.row) or {})
    return settings


def _readable(parts: str) -> str:
    names = {"API"} if parts == PLAIN else {"API", "SITE", *parts.split()}
    return f"{{{_flags(names)}\n{READABLE.read_text(encoding='utf-8')}}}"


def _flags(names: Iterable[str]) -> str:
    known = ("API", "SITE", *PARTS)
    return "const " + ",".join(f"{name}={'true' if name in names else 'false'}" for name in known) + ";"


def _sent(request: HttpRequest, script: Script, *, seconds: int) -> HttpResponseBase:
    content, packed, etag = script
    headers = {
        "Content-Type": "application/javascript; charset=utf-8",
        "Cache-Control": f"public, max-age={seconds}",
        "ETag": etag,
    }
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(packed, headers={**headers, "Content-Encoding": "gzip"})
    else:
        response = HttpResponse(content, headers=headers)
    patch_vary_headers(response, ["Accept-Encoding"])
    return get_conditional_response(request, etag=etag, response=response) or response
