"""The REST API's door for leads: POST /api/v1/leads. Its address is that of the list of leads."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leadtrack.accounts.api import MembersOnly
from leadtrack.leads.models import InboxRow
from leadtrack.leads.serializers import (
    BatchAnswersSerializer,
    LeadBatchSerializer,
    NewLeadSerializer,
    StoredLeadSerializer,
)
from leadtrack.leads.told import accept_from_program

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key again answers with the same lead.",
)


class TakesLeads:
    """POST on the list of leads: a program hands over one."""

    @extend_schema(
        request=NewLeadSerializer,
        responses={201: StoredLeadSerializer, 200: StoredLeadSerializer},
        parameters=[KEY],
    )
    def post(self, request: Request) -> Response:
        """Store one lead: 201, or 200 for a key that was sent before. A 2xx means that it is stored."""
        said = NewLeadSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        row, is_new = _accept(said, request.headers.get("Idempotency-Key", ""))
        told = {"id": row.public_id, "duplicate": not is_new}
        return Response(told, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class LeadBatch(MembersOnly, APIView):
    """Several leads at once; each is answered for itself."""

    capabilities = {"GET": "leads.work", "POST": "leads.work"}  # noqa: RUF012 (DRF's manner)

    @extend_schema(request=LeadBatchSerializer, responses=BatchAnswersSerializer)
    def post(self, request: Request) -> Response:
        """Store up to 100 leads. Those with an id are stored; those with errors are not."""
        batch = LeadBatchSerializer(data=request.data)
        batch.is_valid(raise_exception=True)
        return Response({"results": [_answer(one) for one in batch.validated_data["leads"]]})


def _answer(one: dict[str, Any]) -> dict[str, Any]:
    said = NewLeadSerializer(data=one)
    if not said.is_valid():
        return {"errors": {field: [str(text) for text in texts] for field, texts in _flat(said.errors)}}
    row, is_new = _accept(said, "")
    return {"id": row.public_id, "duplicate": not is_new}


def _flat(errors: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """Errors inside tags and extra are told of the field as a whole."""
    return [
        (
            field,
            list(texts) if isinstance(texts, list) else [one for inner in texts.values() for one in inner],
        )
        for field, texts in errors.items()
    ]


def _accept(said: NewLeadSerializer, header: str) -> tuple[InboxRow, bool]:
    return accept_from_program(
        site=said.validated_data["site"],
        told=said.told(),
        key=said.key(header),
        received_at=said.received_at(),
    )
