from typing import Any

from django.db import transaction
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny

from bench.ordinary.models import Contact, Lead, Source


class LeadSerializer(serializers.Serializer):
    """The fields of a form; saving makes contact, source and lead in one transaction."""

    name = serializers.CharField(max_length=200, required=False, default="")
    phone = PhoneNumberField(region="DE")
    message = serializers.CharField(required=False, default="")
    page_url = serializers.URLField(required=False, default="")
    utm_source = serializers.CharField(max_length=200, required=False, default="")
    utm_medium = serializers.CharField(max_length=200, required=False, default="")
    utm_campaign = serializers.CharField(max_length=200, required=False, default="")
    id = serializers.IntegerField(read_only=True)

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Lead:
        """The lead, with its contact and source found or made."""
        fields = dict(validated_data)
        contact, _ = Contact.objects.get_or_create(
            phone=fields["phone"].as_e164, defaults={"name": fields["name"]}
        )
        utm = {name: fields[name] for name in ("utm_source", "utm_medium", "utm_campaign")}
        source, _ = Source.objects.get_or_create(**utm)
        return Lead.objects.create(
            contact=contact, source=source, message=fields["message"], page_url=fields["page_url"]
        )

    def to_representation(self, instance: Lead) -> dict[str, Any]:
        """Only the id."""
        return {"id": instance.pk}


class LeadView(generics.CreateAPIView):
    """POST: one lead."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = LeadSerializer
    queryset = Lead.objects.all()
