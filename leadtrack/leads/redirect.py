"""Where a browser may be sent after its form: to the site's own pages and nowhere else. Pure."""

from collections.abc import Collection
from typing import Final
from urllib.parse import urljoin, urlsplit

from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

from leadtrack.visits.sites import normal_origin

_LONGEST: Final = 2000


def safe_target(wanted: str, *, page: str, origins: Collection[str]) -> str | None:
    """The absolute address to send the browser to, or None where `wanted` leads off the site's origins.

    A relative address is meant on the page that sent the form (`page`, absolute or empty).
    """
    if len(wanted) > _LONGEST or any(not sign.isprintable() or sign in " \\" for sign in wanted):
        return None
    try:
        target = urljoin(page, wanted.strip())
        host = urlsplit(target).netloc
    except ValueError:
        return None
    listed = {normal_origin(origin) for origin in origins}
    if not host or normal_origin(target) not in listed or "@" in host:
        return None
    return iri_to_uri(target) if url_has_allowed_host_and_scheme(target, allowed_hosts={host}) else None


def page_origin(header: str) -> str:
    """An Origin header as the address of the site's first page; "" for none and for "null"."""
    return f"{header}/" if header.startswith(("http://", "https://")) else ""
