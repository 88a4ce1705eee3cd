"""One of everything, so that every address of LeadTrack leads somewhere; and the list of all addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from leadtrack import urls
from leadtrack.accounts.models import Member
from leadtrack.accounts.tokens import issue_token
from leadtrack.deals.models import Deal, LossReason, Purchase
from leadtrack.leads.call_files.load import take_file as take_calls
from leadtrack.leads.connect import add_connection
from leadtrack.leads.importing.take import take_file
from leadtrack.leads.merge import merge
from leadtrack.leads.models import (
    CallFile,
    Connection,
    Form,
    InboxRow,
    Lead,
    LeadImport,
    Merge,
    PossibleDuplicate,
    Refusal,
)
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import (
    Assignment,
    Call,
    CallFlow,
    CarrierJob,
    ListedCaller,
    Pool,
    Recording,
    TrackedNumber,
)
from leadtrack.phones.order import order_repair
from leadtrack.sources import register
from leadtrack.sources.models import ChannelRule, IssuedLink, Reclassification, SourceAlias
from leadtrack.spend.load import load_file
from leadtrack.spend.models import Rate, Statement
from leadtrack.visits.models import Goal, Site, SiteOrigin
from tests import make
from tests.spend.files import WITH_BAD_ROWS

_CONDITIONS = [{"field": "source", "how": "is", "value": "anna"}]
ROLES = ("admin", "sales_manager", "sales", "marketer", "agency")


@dataclass(frozen=True)
class World:
    """What the addresses are about. The deal belongs to `owner`, a sales person whom no client here is."""

    owner: AbstractBaseUser
    deal: Deal
    purchase: Purchase
    form: Form
    origin: SiteOrigin
    number: TrackedNumber
    statement: Statement
    rate: Rate
    failed: InboxRow
    connection: Connection
    refusal: Refusal
    reason: LossReason
    lead_import: LeadImport
    rule: ChannelRule
    removed_rule: ChannelRule
    alias: SourceAlias
    removed_alias: SourceAlias
    link: IssuedLink
    reading: Reclassification
    goal: Goal
    pair: PossibleDuplicate
    merge: Merge
    ad: Assignment
    order: CarrierJob
    pool: Pool
    flow: CallFlow
    recording: Recording
    listed: ListedCaller
    call_file: CallFile

    def arguments(self, name: str) -> dict[str, object]:
        """What stands in the address of this name."""
        lead, site = self.deal.lead, self.form.site
        by_name: dict[str, dict[str, object]] = {
            "form-door": {"form_key": self.form.key},
            "site": {"pk": site.pk},
            "site-origin-remove": {"pk": site.pk, "origin_pk": self.origin.pk},
            "site-snippet": {"key": site.key},
            "own-network-remove": {"pk": 1},
            "failed-again": {"pk": self.failed.pk},
            "refused-take": {"pk": self.refusal.pk},
            "pbx": {"account_sid": "office"},
            "vendor-door": {"kind": self.connection.kind, "key": self.connection.key},
            "channel-rule-restore": {"pk": self.removed_rule.pk},
            "source-alias-remove": {"pk": self.alias.pk},
            "source-alias-restore": {"pk": self.removed_alias.pk},
            "source-link-qr": {"pk": self.link.pk},
            "quarantine-not-spam": {"public_id": lead.public_id},
            "quarantine-spam-again": {"public_id": lead.public_id},
            "merge-undo": {"pk": self.merge.pk},
            "spend-account": {"pk": self.statement.account_id},
            "rate-drop": {"pk": self.rate.pk},
            "report-credits": {"figure": "leads"},
            "call-recording": {"call_pk": self.recording.call_id, "pk": self.recording.pk},
            "lead-verdict": {"public_id": lead.public_id, "call_pk": self.recording.call_id},
            "lead-call-pause": {"public_id": lead.public_id, "call_pk": self.recording.call_id},
            "lead-transcript": {"public_id": lead.public_id, "call_pk": self.recording.call_id},
            "caller-remove": {"pk": self.listed.pk},
            "call-file": {"pk": self.call_file.pk},
            "number-order": {"pk": self.order.pk},
            "number-order-again": {"pk": self.order.pk},
            "number-ad": {"pk": self.number.pk, "assignment_pk": self.ad.pk},
            "number-picture": {"pk": self.number.pk, "assignment_pk": self.ad.pk},
        }
        by_beginning: dict[str, dict[str, object]] = {
            "goal": {"pk": self.goal.pk} if name not in ("goals", "goal-add", "goals-try") else {},
            "duplicate-": {"pk": self.pair.pk},
            "contact": {"public_id": lead.contact.public_id},
            "api-contact": {} if name == "api-contact-find" else {"public_id": lead.contact.public_id},
            "purchase-": {"public_id": self.purchase.public_id},
            "channel-rule": {"pk": self.rule.pk},
            "sources-history": {"pk": self.reading.pk},
            "lead": {"public_id": lead.public_id},
            "api-lead": {"public_id": lead.public_id},
            "number": {"pk": self.number.pk},
            "flow": {"pk": self.flow.pk} if name in ("flow", "flow-remove") else {},
            "pool": {"pk": self.pool.pk} if name not in ("pools", "pool-add") else {},
            "connection": {} if name == "connections" else {"pk": self.connection.pk},
            "received-": {"public_id": self.failed.public_id},
            "import": {"pk": self.lead_import.pk},
            "spend-statement": {"pk": self.statement.pk},
            "spend-rejected": {"pk": self.statement.pk},
            "api-spend-statement": {"pk": self.statement.pk},
            "api-spend-rejected": {"pk": self.statement.pk},
        }
        found = by_name.get(name)
        return found or next((a for start, a in by_beginning.items() if name.startswith(start)), {})

    def address(self, name: str) -> str:
        """The path of this name."""
        path = "/" + ROUTES[name]
        for word, value in self.arguments(name).items():
            for kind in ("int", "str"):
                path = path.replace(f"<{kind}:{word}>", str(value))
        return path


def build() -> World:
    """One of each, with money, a call's number, and work that failed."""
    owner = make.member("sales", "owner").user
    deal = make.deal(of=make.lead(name="Ann", phone="+4915123456789", email="ann@example.com"), owner=owner)
    won = make.deal(of=make.lead(on=deal.lead.site, of=deal.lead.source), group="won", owner=owner)
    number = make.number(site=deal.lead.site)
    source = register.assigned_source(
        channel="Offline", source="billboard", medium="", campaign="Main street"
    )
    ad = assign_number(number=number, source=deal.lead.source, at=timezone.now() - timedelta(days=5))
    ad.picture.save("ad.jpg", ContentFile(b"picture"))
    assign_number(number=number, source=source, at=timezone.now() - timedelta(days=3))
    form = make.form(site=deal.lead.site)
    failed = InboxRow.objects.create(
        door="form", site=form.site, form=form, submission_key="f", payload={"phone": "1"}, state="failed"
    )
    connection = add_connection(Connection(site=form.site, kind="other", name="Zapier"))
    refusal = Refusal.objects.create(
        door="webhook",
        reason="wrong_secret",
        status=403,
        connection=connection,
        path="/",
        size=0,
        is_whole=True,
    )
    return World(
        owner=owner,
        deal=deal,
        purchase=make.purchase(of=won),
        form=form,
        origin=form.site.origins.get(),
        number=number,
        statement=load_file(WITH_BAD_ROWS.encode(), account_name="Ads", file_name="bad.csv"),
        rate=Rate.objects.create(day=make.TODAY, currency="USD", rate=Decimal("0.9")),
        failed=failed,
        connection=connection,
        refusal=refusal,
        reason=make.loss_reason(),
        lead_import=_imported(form.site),
        rule=ChannelRule.objects.create(name="Ours", channel="Ours", conditions=_CONDITIONS),
        removed_rule=ChannelRule.objects.create(
            name="Old", channel="Old", conditions=_CONDITIONS, removed_at=timezone.now()
        ),
        alias=SourceAlias.objects.create(spelling="fbk", name="facebook"),
        removed_alias=SourceAlias.objects.create(spelling="ggl", name="google", removed_at=timezone.now()),
        link=IssuedLink.objects.create(
            url="https://shop.example/?utm_source=a", template="custom", channel="x"
        ),
        reading=Reclassification.objects.create(
            state=Reclassification.State.DONE, finished_at=timezone.now()
        ),
        goal=Goal.objects.create(site=deal.lead.site, name="Order", pattern="/thanks*"),
        pair=PossibleDuplicate.objects.create(
            first=deal.lead.contact, second=won.lead.contact, reason="shared_phone"
        ),
        ad=ad,
        order=order_repair(number=number, now=timezone.now()),
        pool=Pool.objects.create(name="Search ads", site=deal.lead.site, replaces=["+4930901820"]),
        flow=CallFlow.objects.create(name="Sales"),
        recording=_recorded(deal, number),
        listed=ListedCaller.objects.create(phone="+4915100000001", kind=ListedCaller.Kind.BLOCKED),
        call_file=take_calls(
            site=form.site, file_name="c.csv", stream=BytesIO(b"number,caller,date\n1,2,3\n"), by=None
        ),
        merge=merge(one=deal.lead.contact, other=make.contact(name="Anna"), by=None),
    )


def _recorded(deal: Deal, number: TrackedNumber) -> Recording:
    """What was said in a call of the deal's lead."""
    now = timezone.now()
    call = Call.objects.create(
        account=number.account,
        number=number,
        sid="CA1",
        source=deal.lead.source,
        started_at=now,
        day=now.date(),
    )
    Lead.objects.filter(pk=deal.lead_id).update(call=call)
    row = Recording.objects.create(call=call, sid="RE1", state="stored", content_type="audio/mpeg")
    row.file.save("a.mp3", ContentFile(b"sound"))
    return row


def _imported(site: Site) -> LeadImport:
    """A file that waits for its columns to be named."""
    return take_file(site=site, file_name="a.csv", stream=BytesIO(b"name,phone\nAnn,+4930901820\n"), by=None)


def page_client(role: str) -> Client:
    """A browser of somebody with the role; of a stranger without one."""
    client = Client(raise_request_exception=False)
    if role != "stranger":
        client.force_login(_member(role).user)
    return client


def api_client(role: str) -> Client:
    """A program with a token of somebody with the role; without a token for a stranger."""
    if role == "stranger":
        return Client(raise_request_exception=False)
    key = issue_token(member=_member(role), name="test")[1]
    return Client(raise_request_exception=False, headers={"Authorization": f"Token {key}"})


def _member(role: str) -> Member:
    return Member.objects.filter(user__username=f"the {role}").first() or make.member(role, f"the {role}")


def _walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield pattern.name or f"(nameless) {route}", route


# name -> route, of everything under leadtrack.urls
ROUTES: dict[str, str] = dict(_walk(urls.urlpatterns))
