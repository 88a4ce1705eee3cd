"""What the API's lists can be narrowed by. Never by a person's data: it would stand in an address."""

import django_filters as filters

from leadtrack.accounts.access import member_of
from leadtrack.deals.models import Deal, Purchase, Stage
from leadtrack.deals.querysets import DealQuerySet
from leadtrack.leads.models import Lead


class LeadFilter(filters.FilterSet):  # type: ignore[misc]
    day_from = filters.DateFilter(
        field_name="lead__day", lookup_expr="gte", label="first day, of the site's calendar"
    )
    day_to = filters.DateFilter(field_name="lead__day", lookup_expr="lte", label="last day")
    channel = filters.CharFilter(field_name="lead__source__channel")
    status = filters.ChoiceFilter(field_name="lead__status", choices=Lead.Status.choices)
    outcome = filters.ChoiceFilter(field_name="stage__group", choices=Stage.Group.choices)
    owner = filters.ChoiceFilter(choices=[("me", "me")], method="mine")

    class Meta:
        model = Deal
        fields: tuple[str, ...] = ()

    def mine(self, deals: DealQuerySet, _name: str, _value: str) -> DealQuerySet:
        member = member_of(self.request) if self.request is not None else None
        return deals.filter(owner=member.user_id) if member is not None else deals.none()


class PurchaseFilter(filters.FilterSet):  # type: ignore[misc]
    paid_from = filters.DateFilter(field_name="paid_on", lookup_expr="gte", label="first day")
    paid_to = filters.DateFilter(field_name="paid_on", lookup_expr="lte", label="last day")
    kind = filters.ChoiceFilter(choices=Purchase.Kind.choices)
    currency = filters.CharFilter(lookup_expr="iexact")
    lead = filters.CharFilter(field_name="deal__lead__public_id")
    voided = filters.BooleanFilter(field_name="voided_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Purchase
        fields: tuple[str, ...] = ()
