"""The REST API of people: one contact, finding one, merging two, parting them, and who may be known twice."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from leadtrack.accounts.access import member_of
from leadtrack.accounts.api import ByCursor, MembersOnly
from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.deals.serializers import PersonalText
from leadtrack.leads.merge import REASON_LENGTH, MergeError, merge, standing_merge_of, unmerge
from leadtrack.leads.models import Contact, ContactKey, Lead, Merge, PossibleDuplicate
from leadtrack.leads.pairs import to_decide
from leadtrack.lib.dialled import e164

Kind = ContactKey.Kind
MOST_FOUND = 50


class ContactSerializer(serializers.ModelSerializer):
    """A person. Personal fields are null for who may not see people; `leads` are those the member may see."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = PersonalText()
    phones = serializers.SerializerMethodField()
    emails = serializers.SerializerMethodField()
    messengers = serializers.SerializerMethodField()
    outside_ids = serializers.SerializerMethodField()
    browsers = serializers.SerializerMethodField(help_text="How many browsers are known.")
    merged_ids = serializers.SerializerMethodField(
        help_text="Ids of contacts that became part of this one; asking for them answers with this one."
    )
    leads = serializers.SerializerMethodField()

    class Meta:
        model = Contact
        fields = (
            "id", "name", "phones", "emails", "messengers", "outside_ids",
            "browsers", "created_at", "merged_ids", "leads",
        )  # fmt: skip

    def get_phones(self, contact: Contact) -> list[str] | None:
        return self._values(contact, Kind.PHONE)

    def get_emails(self, contact: Contact) -> list[str] | None:
        return self._values(contact, Kind.EMAIL)

    def get_messengers(self, contact: Contact) -> list[str] | None:
        return self._values(contact, Kind.MESSENGER)

    def get_outside_ids(self, contact: Contact) -> list[str] | None:
        return self._values(contact, Kind.OUTSIDE)

    def get_browsers(self, contact: Contact) -> int:
        return sum(key.kind == Kind.VISITOR for key in contact.keys.all())

    def get_merged_ids(self, contact: Contact) -> list[str]:
        return sorted(other.public_id for other in contact.absorbed.all())

    def get_leads(self, contact: Contact) -> list[str]:
        return [lead.public_id for lead in contact.leads.all()]

    def _values(self, contact: Contact, kind: Kind) -> list[str] | None:
        if not self.context["member"].can("personal.read"):
            return None
        return [key.value for key in contact.keys.all() if key.kind == kind]


class FindSerializer(serializers.Serializer):
    """Whom to look for: one of these at least; who has any of them is found."""

    phone = serializers.CharField(max_length=40, required=False, help_text="E.164.")
    email = serializers.EmailField(required=False)
    messenger = serializers.CharField(max_length=254, required=False, help_text="whatsapp:+49…")
    outside_id = serializers.CharField(max_length=254, required=False, help_text="crm:17")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError("Give a phone, an e-mail, a messenger or an outside id.")
        return attrs

    def wanted(self) -> Q:
        """Any of the keys that were given."""
        said: dict[str, str] = self.validated_data
        values = {
            Kind.PHONE: e164(said["phone"], "") if "phone" in said else None,
            Kind.EMAIL: said["email"].lower() if "email" in said else None,
            Kind.MESSENGER: said.get("messenger"),
            Kind.OUTSIDE: said.get("outside_id"),
        }
        any_of = Q(pk__in=())
        for kind, value in values.items():
            if value:
                any_of |= Q(kind=kind, value=value)
        return any_of


class MergeRequestSerializer(serializers.Serializer):
    contact = serializers.CharField(
        max_length=40, help_text="The other contact's id. Who was known first survives, whichever is named."
    )
    reason = serializers.CharField(max_length=REASON_LENGTH, required=False, default="", allow_blank=True)


class UnmergeRequestSerializer(serializers.Serializer):
    contact = serializers.CharField(
        max_length=40,
        required=False,
        help_text="Who is to become a contact again; may be left out for an absorbed id in the address, or "
        "where the contact has absorbed one only.",
    )


class MergeSerializer(serializers.ModelSerializer):
    """Who became part of whom."""

    survivor = serializers.CharField(source="survivor.public_id", read_only=True)
    absorbed = serializers.CharField(source="absorbed.public_id", read_only=True)

    class Meta:
        model = Merge
        fields = ("survivor", "absorbed", "at", "reason", "undone_at")


class DuplicateSerializer(serializers.ModelSerializer):
    """Two contacts that may be one person."""

    first = serializers.CharField(source="first.public_id", read_only=True)
    second = serializers.CharField(source="second.public_id", read_only=True)
    reason = serializers.ChoiceField(choices=PossibleDuplicate.Reason.choices, read_only=True)

    class Meta:
        model = PossibleDuplicate
        fields = ("id", "first", "second", "reason", "found_at")


class _OfPeople(MembersOnly, APIView):
    capabilities = {"GET": "leads.read", "POST": "leads.merge"}  # noqa: RUF012 (DRF's manner)


class ContactDetail(_OfPeople):
    """One person, also by the id of a contact that became part of them."""

    @extend_schema(responses=ContactSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        member = _member(request)
        return Response(_shown(request, _visible(member, _contact(public_id))))


class ContactFind(_OfPeople):
    """The people with this phone or e-mail. A POST: no address holds a person's data."""

    capabilities = {"POST": "personal.read"}  # noqa: RUF012 (DRF's manner)
    filter_backends = ()

    @extend_schema(request=FindSerializer, responses=ContactSerializer(many=True))
    def post(self, request: Request) -> Response:
        said = FindSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        member = _member(request)
        holders = ContactKey.objects.filter(said.wanted()).values("contact")
        people = _people(member).filter(pk__in=holders, leads__in=_leads(member)).distinct()
        context = {"request": request, "member": member}
        return Response(
            ContactSerializer(people.order_by("pk")[:MOST_FOUND], many=True, context=context).data
        )


class ContactMerge(_OfPeople):
    """Two contacts are one person; who was known first survives and gets everything of the other."""

    @extend_schema(request=MergeRequestSerializer, responses=MergeSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        said = MergeRequestSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        one, other = (
            _contact(public_id),
            Contact.objects.filter(public_id=said.validated_data["contact"]).first(),
        )
        if other is None:
            raise ValidationError({"contact": ["There is no such contact."]})
        try:
            made = merge(one=one, other=other, by=_member(request).user, reason=said.validated_data["reason"])
        except MergeError as problem:
            raise _told(problem) from problem
        return Response(MergeSerializer(made).data)


class ContactUnmerge(_OfPeople):
    """Undo a merge: what moved goes back, what came since stays with the survivor."""

    @extend_schema(request=UnmergeRequestSerializer, responses=MergeSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        said = UnmergeRequestSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        found = _merge_to_undo(_contact(public_id), said.validated_data.get("contact", ""))
        try:
            undone = unmerge(merge=found, by=_member(request).user)
        except MergeError as problem:
            raise _told(problem) from problem
        return Response(MergeSerializer(undone).data)


class NewestPairs(ByCursor):
    ordering = "-id"
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"


class DuplicateList(MembersOnly, generics.ListAPIView):
    """Contacts that may be one person, to be decided, newest first."""

    capabilities = {"GET": "leads.merge"}  # noqa: RUF012 (DRF's manner)
    serializer_class = DuplicateSerializer
    pagination_class = NewestPairs
    filter_backends = ()
    queryset = PossibleDuplicate.objects.none()

    def get_queryset(self) -> QuerySet[PossibleDuplicate]:
        return to_decide().select_related("first", "second")


def _merge_to_undo(contact: Contact, absorbed_id: str) -> Merge:
    """Of the contact in the address if it is absorbed; else of the one named; else the only one there is."""
    own = standing_merge_of(contact)
    if own is not None:
        return own
    standing = Merge.objects.filter(survivor=contact, undone_at=None)
    if absorbed_id:
        standing = standing.filter(absorbed__public_id=absorbed_id)
    found = list(standing[:2])
    if len(found) == 1:
        return found[0]
    problem = "Say which one: several became part of this contact." if found else "There is no such merge."
    raise ValidationError({"contact": [problem]})


def _contact(public_id: str) -> Contact:
    found = Contact.objects.filter(public_id=public_id).first() if "\0" not in public_id else None
    if found is None:
        raise Http404
    return found


def _visible(member: Member, contact: Contact) -> Contact:
    """Who the contact is now, with all that the answer shows; 404 without a lead that the member may see."""
    person = _people(member).filter(pk=contact.survivor().pk, leads__in=_leads(member)).distinct().first()
    if person is None:
        raise Http404
    return person


def _people(member: Member) -> QuerySet[Contact]:
    leads = _leads(member).order_by("pk")
    return Contact.objects.living().prefetch_related("keys", "absorbed", Prefetch("leads", queryset=leads))


def _leads(member: Member) -> QuerySet[Lead]:
    """The leads whose deals the member may see; repeat enquiries go with their deals."""
    if member.can("leads.read_all"):
        return Lead.objects.all()
    visible = Deal.objects.visible_to(member).values("lead")
    return Lead.objects.filter(Q(pk__in=visible) | Q(repeat_of__in=visible))


def _shown(request: Request, contact: Contact) -> dict[str, Any]:
    context = {"request": request, "member": _member(request)}
    shown: dict[str, Any] = ContactSerializer(contact, context=context).data
    return shown


def _told(problem: MergeError) -> ValidationError:
    return ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [problem.message]}, code=problem.code)


def _member(request: Request) -> Member:
    member = member_of(request)
    if member is None:
        raise Http404
    return member
