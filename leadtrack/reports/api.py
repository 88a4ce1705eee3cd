from typing import ClassVar, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leadtrack.accounts.api import MembersOnly
from leadtrack.ledger.models import AttributionModel, Clock
from leadtrack.reports.calendar import today
from leadtrack.reports.export import funnel_json, table_json
from leadtrack.reports.funnel import chosen_goals, funnel, goals_to_choose
from leadtrack.reports.question import Question, QuestionError, read_question
from leadtrack.reports.table import source_table


class FiguresSerializer(serializers.Serializer):
    """The figures of a row: money as strings with two decimals, "no value" as null."""

    visits = serializers.IntegerField()
    goals = serializers.IntegerField(help_text="visits that reached at least one goal")
    goal_rate = serializers.FloatField(allow_null=True, help_text="goals / visits, as a fraction")
    leads = serializers.FloatField()
    won = serializers.FloatField()
    customers = serializers.FloatField()
    revenue = serializers.CharField()
    margin = serializers.CharField()
    spend = serializers.CharField()
    cpl = serializers.CharField(allow_null=True)
    cac = serializers.CharField(allow_null=True)
    romi = serializers.FloatField(allow_null=True, help_text="(margin - spend) / spend, as a fraction")


class RowSerializer(FiguresSerializer):
    """A row with its names; a level it is not grouped by is null."""

    channel = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # Field.source is not meant
    campaign = serializers.CharField(allow_null=True)


class UnmatchedSerializer(serializers.Serializer):
    """What the books hold but no row shows."""

    spend = serializers.CharField()
    items = serializers.IntegerField()
    without_rate = inline_serializer(
        "WithoutRate",
        {
            "currency": serializers.CharField(),
            "spend": serializers.CharField(),
            "revenue": serializers.CharField(),
        },
        many=True,
    )


class SourceReportSerializer(serializers.Serializer):
    """The source-to-revenue report."""

    rows = RowSerializer(many=True)
    total = FiguresSerializer()
    unmatched = UnmatchedSerializer()


class StepSerializer(serializers.Serializer):
    """One step of the funnel."""

    step = serializers.CharField(help_text="visits, goals, goal-<id>, leads, accepted, won or purchases")
    name = serializers.CharField()
    count = serializers.FloatField()
    of_previous = serializers.FloatField(allow_null=True, help_text="fraction of the step before")
    of_first = serializers.FloatField(allow_null=True, help_text="fraction of the first step")


class PartSerializer(serializers.Serializer):
    """The counts of one channel, source or campaign, in the order of the steps."""

    name = serializers.CharField()
    counts = serializers.ListField(child=serializers.FloatField())


class FunnelSerializer(serializers.Serializer):
    """The funnel, and the parts that its counts are the sums of."""

    steps = StepSerializer(many=True)
    level = serializers.CharField(help_text="what the parts are: channel, source, campaign, or empty")
    parts = PartSerializer(many=True)


QUESTION: Final = [
    OpenApiParameter("from", description="first day, YYYY-MM-DD (default: 30 days)"),
    OpenApiParameter("to", description="last day, included (default: today)"),
    OpenApiParameter("model", enum=AttributionModel.values),
    OpenApiParameter("clock", enum=Clock.values),
    OpenApiParameter("channel", description="only this channel"),
    OpenApiParameter("source", description="only this source"),
    OpenApiParameter("campaign", description="only this campaign"),
]


class FunnelView(MembersOnly, APIView):
    """GET /api/v1/reports/funnel: from visits over goals and leads to purchases."""

    capabilities: ClassVar = {"GET": "reports.read"}

    @extend_schema(
        parameters=[
            *QUESTION,
            OpenApiParameter(
                "goal", type=int, many=True, description="ids of goals, in the order of the steps"
            ),
        ],
        responses=FunnelSerializer,
    )
    def get(self, request: Request) -> Response:
        goals = chosen_goals(request.query_params.getlist("goal"), goals_to_choose())
        return Response(funnel_json(funnel(_question(request), goals)))


class SourceReportView(MembersOnly, APIView):
    """GET /api/v1/reports/sources: the same table as the page and the command."""

    capabilities: ClassVar = {"GET": "reports.read"}

    @extend_schema(
        parameters=[
            *QUESTION,
            OpenApiParameter("by", description="channel,source,campaign,term or fewer of them"),
        ],
        responses=SourceReportSerializer,
    )
    def get(self, request: Request) -> Response:
        question = _question(request)
        return Response(table_json(source_table(question), question))


def _question(request: Request) -> Question:
    try:
        return read_question(request.query_params.dict(), today=today())
    except QuestionError as error:
        raise serializers.ValidationError({error.field: [error.message]}) from error
