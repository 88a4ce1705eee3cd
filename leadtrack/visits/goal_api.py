"""The REST API of goals."""

from typing import ClassVar

from rest_framework import generics, serializers

from leadtrack.accounts.api import ByCursor, MembersOnly
from leadtrack.lib.money import format_cents
from leadtrack.visits.models import Goal


class GoalSerializer(serializers.ModelSerializer):
    """A goal as it is set up; `address` and `selector` are empty for other kinds."""

    site = serializers.CharField(source="site.key")
    address = serializers.CharField(source="pattern")
    value = serializers.SerializerMethodField("worth_of")

    class Meta:
        model = Goal
        fields = (
            "id",
            "site",
            "name",
            "kind",
            "address",
            "selector",
            "value",
            "currency",
            "is_once_per_visit",
            "is_active",
            "is_set_up",
        )

    def worth_of(self, goal: Goal) -> str | None:
        """An amount with two decimals, or null."""
        return None if goal.value_cents is None else format_cents(goal.value_cents)


class _ById(ByCursor):
    ordering = "pk"
    page_size = 100


class GoalList(MembersOnly, generics.ListAPIView):
    """GET /api/v1/goals: what the sites count as goals. How often: GET /api/v1/reports/funnel?goal=<id>."""

    capabilities: ClassVar = {"GET": "api.read"}
    queryset = Goal.objects.select_related("site")
    serializer_class = GoalSerializer
    pagination_class = _ById
