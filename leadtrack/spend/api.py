from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from leadtrack.accounts.api import ByCursor, MembersOnly
from leadtrack.spend import tasks
from leadtrack.spend.enter import set_rate
from leadtrack.spend.load import accept_statement, account_for
from leadtrack.spend.models import AdAccount, Rate, RejectedRow, SpendRow, Statement
from leadtrack.spend.serializers import (
    AdAccountSerializer,
    RateSerializer,
    RejectedRowSerializer,
    SpendRowSerializer,
    StatementSerializer,
    UploadSerializer,
)


class NewestFirst(ByCursor):
    ordering = "-pk"
    page_size = 50


class ByLine(ByCursor):
    ordering = "line"
    page_size = 200


class ByDay(ByCursor):
    ordering = ("-day", "-pk")
    page_size = 200


class SpendRowFilter(filters.FilterSet):  # type: ignore[misc]
    first = filters.DateFilter("day", "gte", label="first day")
    last = filters.DateFilter("day", "lte", label="last day, included")
    account = filters.CharFilter("item__account__name", label="name of the ad account")
    source = filters.CharFilter("item__source")
    campaign = filters.CharFilter("item__campaign")

    class Meta:
        model = SpendRow
        fields = ("first", "last", "account", "source", "campaign", "currency")


class AdAccountList(MembersOnly, generics.ListAPIView):
    """GET /api/v1/spend/accounts"""

    capabilities: ClassVar = {"GET": "spend.read"}
    queryset = AdAccount.objects.all()
    serializer_class = AdAccountSerializer
    pagination_class = NewestFirst


class StatementList(MembersOnly, generics.ListAPIView):
    """GET, POST /api/v1/spend/statements: what was loaded; load a file."""

    capabilities: ClassVar = {"GET": "spend.read", "POST": "spend.load"}
    queryset = Statement.objects.select_related("account")
    serializer_class = StatementSerializer
    pagination_class = NewestFirst
    filterset_fields = ("account", "state")
    parser_classes = (MultiPartParser,)

    @extend_schema(request=UploadSerializer, responses={202: StatementSerializer})
    def post(self, request: Request) -> Response:
        """Answers 202 at once: the file is stored, ask for the statement to see how the loading went."""
        upload = UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        statement = _accept(upload.validated_data, request.user.pk)
        return Response(StatementSerializer(statement).data, status=202)


def _accept(upload: dict[str, Any], user_id: int | None) -> Statement:
    with transaction.atomic():
        statement = accept_statement(
            account=account_for(upload["account"], currency=upload["currency"]),
            file_name=upload["file"].name,
            content=upload["file"].read(),
            format=upload["format"],
            currency=upload["currency"],
            loaded_by=user_id,
        )
        # Robust: a broker that is down must not fail the upload, the sweep finds the row.
        transaction.on_commit(partial(tasks.load.delay, statement.pk), robust=True)
    return statement


class StatementDetail(MembersOnly, generics.RetrieveAPIView):
    """GET /api/v1/spend/statements/<id>"""

    capabilities: ClassVar = {"GET": "spend.read"}
    queryset = Statement.objects.select_related("account")
    serializer_class = StatementSerializer


class RejectedRowList(MembersOnly, generics.ListAPIView):
    """GET /api/v1/spend/statements/<id>/rejected"""

    capabilities: ClassVar = {"GET": "spend.read"}
    queryset = RejectedRow.objects.all()
    serializer_class = RejectedRowSerializer
    pagination_class = ByLine

    def get_queryset(self) -> QuerySet[RejectedRow]:
        if getattr(self, "swagger_fake_view", False):
            return RejectedRow.objects.none()
        return get_object_or_404(Statement, pk=self.kwargs["pk"]).rejected_rows.all()


class SpendRowList(MembersOnly, generics.ListAPIView):
    """GET /api/v1/spend/rows: what was paid for each item on each day."""

    capabilities: ClassVar = {"GET": "spend.read"}
    queryset = SpendRow.objects.select_related("item__account")
    serializer_class = SpendRowSerializer
    pagination_class = ByDay
    filterset_class = SpendRowFilter


class RateList(MembersOnly, generics.ListCreateAPIView):
    """GET, POST /api/v1/spend/rates: the price of one unit in the reporting currency. Replaces that day's."""

    capabilities: ClassVar = {"GET": "spend.read", "POST": "spend.load"}
    queryset = Rate.objects.all()
    serializer_class = RateSerializer
    pagination_class = ByDay
    filterset_fields = ("currency", "day")

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = set_rate(**serializer.validated_data)
