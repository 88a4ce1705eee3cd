"""The REST API of leads and outcomes."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from leadtrack.accounts.access import member_of
from leadtrack.accounts.api import ByCursor, MembersOnly
from leadtrack.accounts.models import Member
from leadtrack.deals.api_new import TakesLeads
from leadtrack.deals.filters import LeadFilter, PurchaseFilter
from leadtrack.deals.log import log_lost, log_purchase, log_refund, log_won
from leadtrack.deals.models import Deal, LossReason, Purchase, Stage
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.querysets import DealQuerySet, PurchaseQuerySet
from leadtrack.deals.serializers import (
    LeadDetailSerializer,
    LeadSerializer,
    LossReasonSerializer,
    LostSerializer,
    PaymentSerializer,
    PurchaseSerializer,
    RefundSerializer,
    StageSerializer,
)
from leadtrack.deals.undo import reopen
from leadtrack.leads.models import InboxRow
from leadtrack.leads.serializers import WaitingLeadSerializer

Done = TypeVar("Done")
_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key again, for the same lead, answers with the same purchase.",
)
READING = {"GET": "leads.read"}


class ById(ByCursor):
    """Newest first, by key: new rows shift nothing."""

    ordering = "-id"
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"


class LeadList(TakesLeads, MembersOnly, generics.ListAPIView):
    """The leads that the token's member may see, newest first."""

    capabilities = READING | {"POST": "leads.work"}
    serializer_class = LeadSerializer
    filterset_class = LeadFilter
    pagination_class = ById
    queryset = Deal.objects.none()

    def get_queryset(self) -> DealQuerySet:
        visible: DealQuerySet = Deal.objects.visible_to(_member(self.request)).with_lead()
        return visible


class LeadDetail(MembersOnly, APIView):
    """One lead with its money."""

    capabilities = READING

    @extend_schema(responses={200: LeadDetailSerializer, 202: WaitingLeadSerializer})
    def get(self, request: Request, public_id: str) -> Response:
        """The lead, or 202 for one that was handed over and is not worked yet."""
        waiting = _waiting(public_id) if _member(request).can("leads.work") else None
        return waiting or _shown(request, public_id)


class Outcome(MembersOnly, APIView):
    """What every outcome needs: the right to work, and a lead that the member may see."""

    capabilities = {"GET": "leads.work", "POST": "leads.work"}  # noqa: RUF012 (DRF's manner)


class LogWon(Outcome):
    """Close a lead as won with its first money."""

    @extend_schema(request=PaymentSerializer, responses={201: PurchaseSerializer}, parameters=[_KEY])
    def post(self, request: Request, public_id: str) -> Response:
        said = _read(PaymentSerializer, request)
        deal, person = _deal(request, public_id), _member(request).user
        purchase = _checked(lambda: log_won(deal=deal, by=person, **said.payment(key=_key(request))))
        return _made(request, purchase)


class LogPurchase(Outcome):
    """Money again for a won lead."""

    @extend_schema(request=PaymentSerializer, responses={201: PurchaseSerializer}, parameters=[_KEY])
    def post(self, request: Request, public_id: str) -> Response:
        said = _read(PaymentSerializer, request)
        deal, person = _deal(request, public_id), _member(request).user
        purchase = _checked(lambda: log_purchase(deal=deal, by=person, **said.payment(key=_key(request))))
        return _made(request, purchase)


class LogRefund(Outcome):
    """Money back, as a positive amount; not more than was paid in that currency."""

    @extend_schema(request=RefundSerializer, responses={201: PurchaseSerializer}, parameters=[_KEY])
    def post(self, request: Request, public_id: str) -> Response:
        said = _read(RefundSerializer, request)
        deal, person = _deal(request, public_id), _member(request).user
        payment = said.payment(key=_key(request))
        amounts = {
            "amount_cents": payment.pop("revenue_cents"),
            "cost_returned_cents": payment.pop("cost_cents"),
        }
        of = _purchase_of(deal, said.validated_data.get("purchase"))
        return _made(
            request, _checked(lambda: log_refund(deal=deal, by=person, purchase=of, **amounts, **payment))
        )


class LogLost(Outcome):
    """Close a lead as lost, with a reason."""

    @extend_schema(request=LostSerializer, responses=LeadDetailSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        said = _read(LostSerializer, request)
        deal, person = _deal(request, public_id), _member(request).user
        _checked(lambda: log_lost(deal=deal, by=person, **said.validated_data))
        return _shown(request, public_id)


class Reopen(Outcome):
    """Put a won or lost lead back into work; its purchases stand."""

    @extend_schema(request=None, responses=LeadDetailSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        deal, person = _deal(request, public_id), _member(request).user
        _checked(lambda: reopen(deal=deal, by=person))
        return _shown(request, public_id)


class PurchaseList(MembersOnly, generics.ListAPIView):
    """The money of the leads that the member may see, newest first; voided ones are marked."""

    capabilities = READING
    serializer_class = PurchaseSerializer
    filterset_class = PurchaseFilter
    pagination_class = ById
    queryset = Purchase.objects.none()

    def get_queryset(self) -> PurchaseQuerySet:
        visible = Deal.objects.visible_to(_member(self.request))
        found: PurchaseQuerySet = Purchase.objects.filter(deal__in=visible).select_related(
            "deal__lead", "refund_of"
        )
        return found


class LossReasonList(MembersOnly, generics.ListAPIView):
    """Why deals are lost: the ids that logging a loss takes."""

    capabilities = READING
    serializer_class = LossReasonSerializer
    pagination_class = None
    filter_backends = ()
    queryset = LossReason.objects.all()


class StageList(MembersOnly, generics.ListAPIView):
    """The steps of the pipeline."""

    capabilities = READING
    serializer_class = StageSerializer
    pagination_class = None
    filter_backends = ()
    queryset = Stage.objects.all()


def _member(request: Request) -> Member:
    """Who asks; the permission has seen to it that there is somebody."""
    member = member_of(request)
    if member is None:
        raise Http404
    return member


def _deal(request: Request, public_id: str) -> Deal:
    visible = Deal.objects.visible_to(_member(request)).with_lead()
    deal: Deal | None = visible.of_enquiry(public_id)
    if deal is None:
        raise Http404
    return deal


def _waiting(public_id: str) -> Response | None:
    """The answer for an enquiry that is stored and no lead yet."""
    row = InboxRow.objects.filter(public_id=public_id, lead=None).first()
    if row is None:
        return None
    state = "failed" if row.state == InboxRow.State.FAILED else "waiting"
    return Response({"id": public_id, "state": state}, status=status.HTTP_202_ACCEPTED)


def _purchase_of(deal: Deal, public_id: str | None) -> Purchase | None:
    if not public_id:
        return None
    found = deal.purchases.filter(public_id=public_id).first()
    if found is None:
        raise ValidationError({"purchase": ["This lead has no such purchase."]})
    return found


def _shown(request: Request, public_id: str) -> Response:
    deal = _deal(request, public_id)
    return Response(LeadDetailSerializer(deal, context={"request": request}).data)


def _made(request: Request, purchase: Purchase) -> Response:
    return Response(
        PurchaseSerializer(purchase, context={"request": request}).data, status=status.HTTP_201_CREATED
    )


def _read(kind: type[Any], request: Request) -> Any:
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer


def _key(request: Request) -> str:
    """A sender without a key of its own gets a new one each time: it cannot repeat itself."""
    return request.headers.get("Idempotency-Key", "")[:200] or secrets.token_hex(16)


def _checked(log: Callable[[], Done]) -> Done:
    """An outcome that cannot be is the sender's error, told about the field."""
    try:
        return log()
    except OutcomeError as error:
        field = error.field or api_settings.NON_FIELD_ERRORS_KEY
        raise ValidationError({field: [error.message]}, code=error.code) from error
