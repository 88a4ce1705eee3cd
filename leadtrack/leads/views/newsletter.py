"""Pages: personal links for a newsletter, as a table to give to the tool that sends it."""

from typing import Final

from django.core.exceptions import ValidationError
from django.forms import CharField, IntegerField
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads.newsletter import link_lines
from leadtrack.ui.forms import Form
from leadtrack.visits.models import SiteOrigin
from leadtrack.visits.sites import is_web_origin, listed_origins, normal_origin

# What tools write where the column of a person is to stand.
MERGE_TAGS: Final = (
    ("Mailchimp", "?lt_c=*|LT_C|*"),
    ("Brevo", "?lt_c={{ contact.LT_C }}"),
    ("SendPulse, Unisender", "?lt_c={{lt_c}}"),
    ("MailerLite", "?lt_c={$lt_c}"),
    ("HubSpot", "?lt_c={{ contact.lt_c }}"),
)


class LinksForm(Form):
    """Where the links lead, and how long they work."""

    base = CharField(
        label=gettext_lazy("Address the links lead to"),
        max_length=1000,
        help_text=gettext_lazy("A page of one of your sites, with its UTM tags if you like."),
    )
    days = IntegerField(
        label=gettext_lazy("Links work for so many days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=gettext_lazy("Empty: for ever."),
    )

    def clean_base(self) -> str:
        base = str(self.cleaned_data["base"])
        origin = normal_origin(base)
        if not is_web_origin(origin):
            raise ValidationError(
                _("Write the address with http:// or https://, for example https://www.example.com")
            )
        if origin not in listed_origins():
            raise ValidationError(
                _("No site of yours has this address, so nobody would read the links there.")
            )
        return base


@require_GET
@member_required("leads.import", "personal.read")
def links(request: MemberRequest) -> HttpResponseBase:
    """How to put personal links into a newsletter."""
    first = SiteOrigin.objects.order_by("pk").values_list("origin", flat=True).first()
    form = LinksForm(initial={"base": f"{first}/?utm_source=newsletter&utm_medium=email" if first else ""})
    return render(request, "leads/links.html", {"form": form, "merge_tags": MERGE_TAGS})


@require_GET
@member_required("leads.import", "personal.read")
def links_csv(request: MemberRequest) -> HttpResponseBase:
    """The table itself; the page again where the address cannot be."""
    form = LinksForm(request.GET)
    if not form.is_valid():
        return render(request, "leads/links.html", {"form": form, "merge_tags": MERGE_TAGS}, status=400)
    lines = link_lines(base=form.cleaned_data["base"], now=timezone.now(), days=form.cleaned_data["days"])
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="personal-links.csv"'
    # It names people.
    response.headers["Cache-Control"] = "no-store"
    return response
