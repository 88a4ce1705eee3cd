"""Where an enquiry came from, with the receipt: the rules tried in order, what each saw, which one won."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from leadtrack.leads.reading import Enquiry
from leadtrack.phones.models import Call, Pool
from leadtrack.sources import register
from leadtrack.sources.marker import parse_marker
from leadtrack.sources.models import Source
from leadtrack.sources.tags import tag_names
from leadtrack.visits.models import Site, Visit
from leadtrack.visits.sites import own_hosts
from leadtrack.visits.track import visit_of

Step = dict[str, Any]


@dataclass(frozen=True)
class Words:
    """What was said of a source: tags by their names in an address, a page, its referrer, a channel."""

    tags: Mapping[str, str] = field(default_factory=dict)
    page_url: str = ""
    referrer: str = ""
    channel: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said at all."""
        return not (any(self.tags.values()) or self.page_url or self.referrer or self.channel)


@dataclass(frozen=True)
class Trace:
    """The source, the visit it was read from (if any), and the steps of the receipt."""

    source: Source
    visit: Visit | None
    steps: list[Step]


def trace_form(*, site: Site, enquiry: Enquiry, referer: str, at: datetime) -> Trace:
    """The visitor's visit of that moment; else what the page's address and referrer say; else unknown."""
    visit = visit_of(site=site, visitor_key=enquiry.visitor, at=at) if enquiry.visitor else None
    if visit is not None:
        evidence = {"visit": visit.pk, "started_at": visit.started_at.isoformat()}
        return Trace(
            visit.source, visit, [_won("visit", visit.source, evidence), _channel(visit.source, visit.rule)]
        )
    steps = [_lost("visit", {"reason": "no-visit" if enquiry.visitor else "no-visitor"})]
    return _trace_address(site, enquiry, referer, steps)


def trace_address(*, site: Site, enquiry: Enquiry, referer: str) -> Trace:
    """What the page's address and referrer say by today's rules, whatever visit there may be."""
    return _trace_address(site, enquiry, referer, [])


def trace_call(call: Call) -> Trace:
    """Whose the call is, as it was matched by its number and moment; the call has kept it."""
    match call.match:
        case Call.Match.VISIT:
            return _trace_visitor(call)
        case Call.Match.AMBIGUOUS:
            return _trace_candidates(call)
    evidence = {"number": str(call.number.number), "assignment": call.assignment_id}
    if call.assignment is not None and call.assignment.source_id is not None:
        won = _won("call-assignment", call.source, evidence)
        return Trace(call.source, None, [won, _channel(call.source, "assignment")])
    if call.assignment is not None:
        lost = _lost("call-visit", _of_pool(call) | {"reason": "nobody"})
    else:
        lost = _lost("call-assignment", evidence | {"reason": "no-assignment"})
    return Trace(call.source, None, [lost, _won("unknown", call.source, {})])


def _trace_visitor(call: Call) -> Trace:
    """One visitor was shown the number: the call goes on with that visit."""
    visit, candidate = call.visit, call.candidates.first()
    if visit is None:
        raise ValueError(f"call {call.pk} is matched to no visit")
    seen = {"visit": visit.pk, "started_at": visit.started_at.isoformat(), "pages": visit.page_count}
    evidence = _of_pool(call) | seen | (candidate.evidence if candidate else {})
    return Trace(
        call.source, visit, [_won("call-visit", call.source, evidence), _channel(call.source, visit.rule)]
    )


def _trace_candidates(call: Call) -> Trace:
    """Several visitors were shown the number: no winner is made up. The credit is as the pool says."""
    found = list(call.candidates.select_related("source"))
    told = [
        {"source": str(one.source), "share_ppm": one.share_ppm, "visit": one.visit_id, **one.evidence}
        for one in found
    ]
    lost = _lost("call-candidates", _of_pool(call) | {"candidates": told})
    pool = call.assignment.pool if call.assignment else None
    ends = "call-shared" if pool and pool.ambiguous == Pool.Ambiguous.SHARES else "unknown"
    return Trace(call.source, None, [lost, _won(ends, call.source, {})])


def _of_pool(call: Call) -> dict[str, Any]:
    pool = call.assignment.pool if call.assignment else None
    return {
        "number": str(call.number.number),
        "assignment": call.assignment_id,
        "pool": pool.name if pool else "",
        "window": pool.window_seconds if pool else 0,
    }


def _trace_address(site: Site, enquiry: Enquiry, referer: str, steps: list[Step]) -> Trace:
    address = with_tags(enquiry.page_url or referer, dict(enquiry.rest))
    marker = parse_marker(address, enquiry.referrer, own_hosts=own_hosts(site))
    if marker.is_direct:
        source = register.unknown_source()
        return Trace(
            source,
            None,
            [*steps, _lost("page-address", {"reason": "no-marker"}), _won("unknown", source, {})],
        )
    source = register.source_for(marker)
    # No address: its query may hold a person's e-mail, and receipts are shown to everybody.
    evidence = {"landing": marker.landing_host + marker.landing_path, "referrer": marker.referrer_host}
    return Trace(
        source,
        None,
        [*steps, _won("page-address", source, evidence), _channel(source, register.verdict_of(marker).rule)],
    )


def trace_words(
    *, rule: str, site: Site, words: Words, evidence: dict[str, Any], steps: list[Step] | None = None
) -> Trace:
    """What somebody said of the source in words, tags or a page's address; else unknown.

    `rule` is the step of the receipt, `evidence` what it shows to everybody: nothing personal.
    """
    before = steps or []
    source, by = _source_of_words(site, words)
    if source is None:
        unknown = register.unknown_source()
        return Trace(unknown, None, [*before, _lost(rule, evidence), _won("unknown", unknown, {})])
    return Trace(source, None, [*before, _won(rule, source, evidence), _channel(source, by)])


def trace_source(*, rule: str, source: Source, evidence: dict[str, Any], steps: list[Step]) -> Trace:
    """A source that a person chose from those that are known."""
    return Trace(source, None, [*steps, _won(rule, source, evidence), _channel(source, "chosen")])


def _source_of_words(site: Site, words: Words) -> tuple[Source | None, str]:
    """The source, and the rule that gave its channel; a channel that was said outright is kept."""
    if words.channel:
        told = {name: words.tags.get(f"utm_{name}", "") for name in ("source", "medium", "campaign")}
        told |= {name: words.tags.get(f"utm_{name}", "") for name in ("content", "term")}
        return register.assigned_source(channel=words.channel, **told), "said"
    address = with_tags(words.page_url, dict(words.tags))
    marker = parse_marker(address, words.referrer, own_hosts=own_hosts(site))
    if marker.is_direct:
        return None, ""
    return register.source_for(marker), register.verdict_of(marker).rule


def with_tags(address: str, sent: dict[str, str]) -> str:
    """The address with the markers that came as form fields of their own added behind its own."""
    known = tag_names()
    extra = urlencode([(name, value) for name, value in sent.items() if name.lower() in known and value])
    if not extra:
        return address
    page, hash_sign, fragment = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{extra}{hash_sign}{fragment}"


def _won(rule: str, source: Source, evidence: dict[str, Any]) -> Step:
    return {"rule": rule, "won": True, "evidence": {"source": str(source), **evidence}}


def _lost(rule: str, evidence: dict[str, Any]) -> Step:
    return {"rule": rule, "won": False, "evidence": evidence}


def _channel(source: Source, rule: str) -> Step:
    return {"rule": "channel", "won": True, "evidence": {"channel": source.channel, "by": rule}}
