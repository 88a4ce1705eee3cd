"""Where an enquiry came from, with the receipt: the rules tried in order, what each saw, which one won."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from leadtrack.leads.reading import Enquiry
from leadtrack.phones.models import Call
from leadtrack.sources import register
from leadtrack.sources.marker import parse_marker
from leadtrack.sources.models import Source
from leadtrack.sources.tags import click_networks, fields
from leadtrack.visits.models import Site, Visit
from leadtrack.visits.sites import own_hosts
from leadtrack.visits.track import visit_of

Step = dict[str, Any]


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


def trace_call(call: Call) -> Trace:
    """The source that the number belonged to when it rang; the call has kept it."""
    evidence = {"number": str(call.number.number), "assignment": call.assignment_id}
    if call.assignment_id is None:
        steps = [
            _lost("call-assignment", evidence | {"reason": "no-assignment"}),
            _won("unknown", call.source, {}),
        ]
        return Trace(call.source, None, steps)
    return Trace(
        call.source,
        None,
        [_won("call-assignment", call.source, evidence), _channel(call.source, "assignment")],
    )


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


def with_tags(address: str, sent: dict[str, str]) -> str:
    """The address with the markers that came as form fields of their own added behind its own."""
    known = {tag.lower() for tags in fields().values() for tag in tags} | {
        network.name.lower() for network in click_networks()
    }
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
