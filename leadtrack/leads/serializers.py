"""What the API takes of a lead that a program hands over."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from leadtrack.leads.reach import email_of, phone_of
from leadtrack.sources.tags import tag_names
from leadtrack.visits.models import Site

# A clock that is a little fast.
_AHEAD: Final = timedelta(minutes=10)
_WORDS: Final = ("source", "medium", "campaign", "content", "term")
_PLAIN: Final = (
    "phone",
    "email",
    "name",
    "message",
    "channel",
    "page_url",
    "referrer",
    "visitor",
    "external_id",
)
MOST_AT_ONCE: Final = 100
# Of words that we have no field for.
_MOST_MORE: Final = 100
_NAME_LENGTH: Final = 100
_TEXT_LENGTH: Final = 2000


class NewLeadSerializer(serializers.Serializer):
    """One enquiry. A phone or an e-mail is all that is needed.

    UTM tags and click ids (utm_source, gclid …) may stand beside the fields as well as in `tags`. Any other
    field is kept beside the lead as if it stood in `extra`.
    """

    phone = serializers.CharField(required=False, allow_blank=True, max_length=100)
    email = serializers.CharField(required=False, allow_blank=True, max_length=254)
    name = serializers.CharField(required=False, allow_blank=True, max_length=500)
    message = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    site = serializers.CharField(
        required=False, max_length=32, help_text="Key of the site; may be left out where there is one site."
    )
    # The base class has an attribute of this name, but DRF takes declared fields out of the class.
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, max_length=255, help_text="As utm_source."
    )
    medium = serializers.CharField(
        required=False, allow_blank=True, max_length=255, help_text="As utm_medium."
    )
    campaign = serializers.CharField(required=False, allow_blank=True, max_length=255)
    content = serializers.CharField(required=False, allow_blank=True, max_length=255)
    term = serializers.CharField(required=False, allow_blank=True, max_length=255)
    channel = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="Only to overrule what the tags say."
    )
    tags = serializers.DictField(
        child=serializers.CharField(max_length=1024, allow_blank=True),
        required=False,
        help_text="UTM tags and click ids by their names in an address: utm_id, gclid, yclid, fbclid …",
    )
    page_url = serializers.CharField(
        required=False, allow_blank=True, max_length=2048, help_text="The page with its tags and click ids."
    )
    referrer = serializers.CharField(required=False, allow_blank=True, max_length=2048)
    visitor = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="The browser's lt_visitor: its visit tells the source.",
    )
    captured_at = serializers.DateTimeField(
        required=False,
        validators=[MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC))],
        help_text="When they asked; now, if left out.",
    )
    external_id = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Your own id of the lead; kept beside it."
    )
    submission_id = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Or the header Idempotency-Key. The same key again changes nothing.",
    )
    extra = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True),
        required=False,
        help_text="Whatever else should stand beside the lead.",
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().to_internal_value(data)
        more = [(str(name), value) for name, value in data.items() if name not in self.fields]
        said["more"] = {name[:_NAME_LENGTH]: _as_text(value) for name, value in more[:_MOST_MORE]}
        return said

    def validate_site(self, key: str) -> str:
        if not Site.objects.filter(key=key, is_active=True).exists():
            raise serializers.ValidationError(_("There is no site with this key."), code="does_not_exist")
        return key

    def validate_captured_at(self, moment: datetime) -> datetime:
        if moment > timezone.now() + _AHEAD:
            raise serializers.ValidationError(_("This moment is in the future."), code="future")
        return moment

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["site"] = self._site(attrs.get("site"))
        typed = attrs.get("phone", "").strip(), attrs.get("email", "").strip()
        if not any(typed):
            told = _("Give a phone number or an e-mail address, so that we can reach the person.")
            raise serializers.ValidationError({"phone": [told]}, code="required")
        if not phone_of(typed[0], attrs["site"].region) and not email_of(typed[1]):
            field, told = (
                ("phone", _("This is no phone number."))
                if typed[0]
                else ("email", _("This is no e-mail address."))
            )
            raise serializers.ValidationError({field: [told]}, code="invalid")
        return attrs

    def key(self, header: str) -> str:
        """The program's own key: the header's, else the field's, else the lead's id in its system."""
        said = self.validated_data
        return header or said.get("submission_id", "") or said.get("external_id", "")

    def told(self) -> dict[str, Any]:
        """What the inbox keeps of valid input."""
        said: dict[str, Any] = self.validated_data
        named, other = _parted(said["more"])
        words = {f"utm_{word}": said[word] for word in _WORDS if said.get(word)}
        return {word: said.get(word, "") for word in _PLAIN} | {
            "tags": named | dict(said.get("tags", {})) | words,
            "kept": other | dict(said.get("extra", {})),
        }

    def received_at(self) -> datetime:
        """The lead's moment, never in the future."""
        now = timezone.now()
        given: datetime | None = self.validated_data.get("captured_at")
        return min(given, now) if given else now

    def _site(self, key: str | None) -> Site:
        sites = Site.objects.filter(is_active=True)
        found = list((sites.filter(key=key) if key else sites).order_by("pk")[:2])
        if len(found) != 1:
            raise serializers.ValidationError(
                {"site": [_("Say which site it is of, by its key.")]}, code="required"
            )
        return found[0]


def _as_text(value: Any) -> str:
    """Whatever was sent, as a text to keep."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:_TEXT_LENGTH]


def _parted(more: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What tells of the source, under the names of tags, and the rest."""
    known = tag_names()
    named = {name.lower(): text for name, text in more.items() if name.lower() in known}
    return named, {name: text for name, text in more.items() if name.lower() not in known}


class StoredLeadSerializer(serializers.Serializer):
    """The answer: it is stored, whatever happens next."""

    id = serializers.CharField(help_text="The lead's id. GET /leads/<id> answers 202 until it is worked.")
    duplicate = serializers.BooleanField(help_text="Whether the same key was sent before.")


class WaitingLeadSerializer(serializers.Serializer):
    """A lead that is stored and not worked yet."""

    id = serializers.CharField()
    state = serializers.ChoiceField(choices=["waiting", "failed"])


class LeadBatchSerializer(serializers.Serializer):
    """Up to 100 enquiries."""

    leads = serializers.ListField(
        child=serializers.DictField(),
        min_length=1,
        max_length=MOST_AT_ONCE,
        help_text="As one POST /leads takes them.",
    )


class BatchAnswerSerializer(serializers.Serializer):
    """The answer to one enquiry of a batch: an id, or what is wrong with it."""

    id = serializers.CharField(required=False)
    duplicate = serializers.BooleanField(required=False)
    # As above: declared fields leave the class.
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class BatchAnswersSerializer(serializers.Serializer):
    """The answers, in the order of the enquiries."""

    results = BatchAnswerSerializer(many=True)
