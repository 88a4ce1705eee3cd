"""Sites as the doors know them: asked for on every page view, so remembered for half a minute."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from leadtrack.ui.prepared import columns_of, one_row, read
from leadtrack.visits.models import Site, SiteOrigin

LIFE_SECONDS: Final = 30
# Anybody may ask for any key: what we remember has a limit.
MOST_KEYS: Final = 1000
_SITE: Final = f"SELECT {columns_of(Site)} FROM {Site._meta.db_table} WHERE id = %s"  # noqa: S608


@dataclass(frozen=True, slots=True)
class KnownSite:
    """An active site with the web origins of its pages ("https://shop.example") and their hosts."""

    row: Site
    origins: frozenset[str]
    hosts: frozenset[str]


# key -> (moment to forget it, site or None where there is none)
_sites: dict[str, tuple[float, KnownSite | None]] = {}
_origins: dict[str, tuple[float, frozenset[str]]] = {}


def site_for(key: str) -> KnownSite | None:
    """The active site with this key, as it was at most half a minute ago; None where there is none."""
    remembered = _sites.get(key)
    if remembered and remembered[0] > time.monotonic():
        return remembered[1]
    if len(_sites) >= MOST_KEYS:
        _sites.clear()
    row = Site.objects.filter(key=key, is_active=True).first()
    found = known(row) if row else None
    _sites[key] = (time.monotonic() + LIFE_SECONDS, found)
    return found


def site_with(site_id: int) -> Site:
    """The site with this id, active or not, as it is now. Site.DoesNotExist if there is none."""
    row = one_row(_SITE, [site_id])
    if row is None:
        raise Site.DoesNotExist
    return read(Site, row)


def known(site: Site) -> KnownSite:
    """A site with its web addresses, as they are now."""
    origins = frozenset(normal_origin(row.origin) for row in site.origins.all())
    listed = filter(is_web_origin, origins)
    hosts = frozenset(host for origin in listed if (host := urlsplit(origin).hostname))
    return KnownSite(site, origins, hosts)


def own_hosts(site: Site) -> frozenset[str]:
    """The hosts of a site's own pages: links between them are no source."""
    return (site_for(site.key) or known(site)).hosts


def site_choices() -> list[tuple[str, str]]:
    """Key and name of every active site, for pages that ask which one."""
    return list(Site.objects.filter(is_active=True).order_by("name", "pk").values_list("key", "name"))


def hosts_of_key(key: str) -> frozenset[str]:
    """The own hosts of the site with this key; none for an unknown one. Any text in."""
    known = site_for(key) if "\0" not in key and len(key) <= 32 else None
    return known.hosts if known else frozenset()


def own_origins(site: Site) -> frozenset[str]:
    """The web origins of a site's own pages, as `normal_origin` writes them."""
    return (site_for(site.key) or known(site)).origins


def listed_origins() -> frozenset[str]:
    """Every web origin whose pages may call the doors, as it was at most half a minute ago."""
    remembered = _origins.get("")
    if remembered and remembered[0] > time.monotonic():
        return remembered[1]
    rows = SiteOrigin.objects.filter(site__is_active=True).values_list("origin", flat=True)
    listed = frozenset(normal_origin(origin) for origin in rows)
    _origins[""] = (time.monotonic() + LIFE_SECONDS, listed)
    return listed


def forget() -> None:
    """Look everything up anew, in this process: somebody has just changed a site."""
    _sites.clear()
    _origins.clear()


@lru_cache(maxsize=1024)
def normal_origin(text: str) -> str:
    """An origin as browsers send it: lower case, no path, no default port, international hosts in ASCII.

    Total; what is no web origin comes back trimmed, and equals nothing a browser sends.
    """
    try:
        parts = urlsplit(text.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except ValueError:
        return text.strip()
    if parts.scheme not in {"http", "https"} or not host:
        return text.strip()
    is_usual = port is None or (parts.scheme, port) in {("http", 80), ("https", 443)}
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if is_usual else f":{port}")


def is_web_origin(text: str) -> bool:
    """Whether this is an origin that a browser could send: a scheme of the web, and a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
