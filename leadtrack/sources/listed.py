"""The lists of known sites and names, read once from `data/` (origins: data/SOURCES.md). Pure."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

GA4_KINDS: Final = ("search", "social", "video", "shopping")
_SECOND_LEVEL: Final = frozenset({"co", "com", "net", "org", "ne", "or", "gov", "edu", "ac"})


@dataclass(frozen=True, slots=True)
class Site:
    """A known site: the one name its visits are counted under, and what kind of site it is."""

    source: str
    kind: str


@dataclass(slots=True)
class Sites:
    """Known sites by host; a host also speaks for its subdomains, and a "{}" ending for every country."""

    hosts: dict[str, Site] = field(default_factory=dict)
    paths: dict[str, list[tuple[str, Site]]] = field(default_factory=dict)

    def find(self, host: str, path: str = "") -> Site | None:
        """The site of a host (lower case, no "www."), the longest known ending first; None if unknown."""
        rest = host
        while rest:
            if found := self._at(rest, path):
                return found
            rest = rest.partition(".")[2]
        return None

    def add(self, entry: str, site: Site) -> None:
        """Put a host on the list, unless it is there, or is a subdomain of a site of the same kind."""
        host = entry.lower().removeprefix("www.").replace("{}", "com")
        known = self.find(host)
        if known is None or (known.kind != site.kind and self._at(host, "") is None):
            self.put(entry, site)

    def put(self, entry: str, site: Site) -> None:
        """Put a host, perhaps with the beginning of a path, on the list; what is there already stays."""
        host, slash, path = entry.lower().removeprefix("www.").partition("/")
        if slash:
            self.paths.setdefault(host, []).append((f"/{path}", site))
        else:
            self.hosts.setdefault(host, site)

    def _at(self, host: str, path: str) -> Site | None:
        for name in (host, _any_country(host)):
            for start, site in self.paths.get(name, ()):
                if path.startswith(start):
                    return site
            if found := self.hosts.get(name):
                return found
        return None


@cache
def list_origins() -> tuple[dict[str, str], ...]:
    """Every list with its origin, licence and the day it was taken, from data/SOURCES.md."""
    text = (files("leadtrack.sources") / "data" / "SOURCES.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    names = ("file", "origin", "licence", "taken_on")
    return tuple(dict(zip(names, row, strict=True)) for row in rows if len(row) == len(names))


def read_table(name: str) -> Any:
    """One of our YAML tables under data/."""
    text = (files("leadtrack.sources") / "data" / name).read_text(encoding="utf-8")
    # The C loader is as safe and ten times faster, where PyYAML was built with it.
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


@cache
def ga4_lists() -> Mapping[str, frozenset[str]]:
    """Google's published sources by kind (search, social, video, shopping), in lower case."""
    text = (files("leadtrack.sources") / "data" / "ga4_source_categories.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {
        kind: frozenset(
            row["source"].lower()
            for row in rows
            if row["source_category"] == f"SOURCE_CATEGORY_{kind.upper()}"
        )
        for kind in GA4_KINDS
    }


@cache
def sites() -> Sites:
    """Every known site: ours, then AI assistants, social networks, search engines, then Google's list."""
    known = Sites()
    for kind, group in read_table("names.yaml")["hosts"].items():
        _add_ours(known, kind, group)
    for entry, site in [*_matomo_sites(), *_ga4_sites()]:
        known.add(entry, site)
    return known


@cache
def source_lists() -> Mapping[str, frozenset[str]]:
    """The lists channel rules name: Google's, and `<kind>_added` with the names Google's lists lack."""
    published = ga4_lists()
    all_published = frozenset().union(*published.values())
    added: dict[str, set[str]] = {}
    for site in _all_sites():
        added.setdefault(f"{site.kind}_added", set()).add(site.source)
    return {**published, **{name: frozenset(sources - all_published) for name, sources in added.items()}}


@cache
def other_names() -> Mapping[str, str]:
    """Other name -> canonical name, for what people type into utm_source."""
    return _turned(read_table("names.yaml")["names"])


@cache
def other_names_when_paid() -> Mapping[str, str]:
    """Names that mean a source only together with a paid medium."""
    return _turned(read_table("names.yaml")["paid_names"])


@cache
def other_mediums() -> Mapping[str, str]:
    """Other word -> canonical medium."""
    return _turned(read_table("names.yaml")["mediums"])


@cache
def excluded_hosts() -> frozenset[str]:
    """Hosts that are never a source: payment pages, log-in pages."""
    return frozenset(read_table("names.yaml")["excluded"])


def _add_ours(known: Sites, kind: str, group: Mapping[str, list[str]]) -> None:
    for source, hosts in group.items():
        for host in hosts:
            known.put(host, Site(source, kind))


def _turned(table: Mapping[str, list[str]]) -> Mapping[str, str]:
    return {other: name for name, others in table.items() for other in others}


def _all_sites() -> Iterator[Site]:
    known = sites()
    yield from known.hosts.values()
    for entries in known.paths.values():
        yield from (site for _, site in entries)


def _any_country(host: str) -> str:
    """google.de, google.co.uk, google.com -> google.{}"""
    labels = host.split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        return ".".join(labels[:-2]) + ".{}"
    if len(labels[-1]) == 2 or labels[-1] == "com":
        return ".".join(labels[:-1]) + ".{}"
    return ""


def _matomo_sites() -> Iterator[tuple[str, Site]]:
    for name, hosts in read_table("ai_assistants.yml").items():
        yield from _group(name, hosts, "ai")
    for name, hosts in read_table("socials.yml").items():
        kind = "video" if name.lower() in ga4_lists()["video"] else "social"
        yield from _group(name, hosts, kind)
    for name, entries in read_table("search_engines.yml").items():
        yield from _group(name, [url for entry in entries for url in entry["urls"]], "search")


def _group(name: str, hosts: list[str], kind: str) -> Iterator[tuple[str, Site]]:
    # A leading country ("{}.bing.com") is a subdomain, and those are found anyway.
    entries = [str(host).removeprefix("{}.") for host in hosts]
    plain = [_plain_host(entry) for entry in entries]
    source = _published_name(str(name)) or next(filter(_is_published, plain), plain[0])
    site = Site(source, kind)
    yield from ((entry, site) for entry in entries)


def _published_name(name: str) -> str:
    """Google's word for a site that Matomo calls "Yahoo! Images", or "" if Google has none."""
    lower = name.lower().replace("!", "")
    for candidate in (lower, lower.split(" ")[0]):
        if _is_published(candidate):
            return candidate
    return ""


def _is_published(source: str) -> bool:
    return any(source in names for names in ga4_lists().values())


def _plain_host(entry: str) -> str:
    return entry.partition("/")[0].removeprefix("www.").removesuffix(".{}")


def _ga4_sites() -> Iterator[tuple[str, Site]]:
    for kind, names in ga4_lists().items():
        for host in sorted(name for name in names if "." in name):
            first, _, rest = host.partition(".")
            is_plain = first in names and rest.count(".") <= 1
            yield host, Site(first if is_plain else host, kind)
