"""Pages: sites with their web addresses and forms."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads.forms import FormForm, OriginForm, SiteForm, SnippetForm, SpamForm
from leadtrack.leads.models import Form
from leadtrack.lib.periods import local_day
from leadtrack.visits.afterwards import site_setting
from leadtrack.visits.consent import share_without_consent
from leadtrack.visits.crossing import has_several_domains
from leadtrack.visits.models import Site, SiteOrigin
from leadtrack.visits.sites import forget, known

CONSENT_SHOWN: Final = timedelta(days=30)


@dataclass(frozen=True)
class FormDoor:
    """A form with the address it sends to."""

    row: Form
    address: str


@require_http_methods(["GET", "POST"])
@member_required("sites.manage")
def sites(request: MemberRequest) -> HttpResponseBase:
    """Every site; a form for one more."""
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("leadtrack:site", pk=form.save().pk)
    rows = Site.objects.annotate(form_count=Count("forms")).order_by("name", "pk")
    return render(request, "leads/sites.html", {"sites": rows, "form": form})


@require_http_methods(["GET", "POST"])
@member_required("sites.manage")
def site(request: MemberRequest, pk: int) -> HttpResponseBase:
    """One site: the line for its pages, its web addresses, its forms with what to copy."""
    row = get_object_or_404(Site, pk=pk)
    adding = request.POST.get("add", "")
    origin_form = OriginForm(request.POST if adding == "origin" else None, site=row)
    form_form = FormForm(request.POST if adding == "form" else None, site=row)
    spam_form = SpamForm(request.POST if adding == "spam" else None, instance=row)
    snippet_form = SnippetForm(request.POST if adding == "snippet" else None, instance=row)
    for form in (origin_form, form_form, spam_form, snippet_form):
        if form.is_bound and form.is_valid():
            form.save()
            # The doors remember sites for half a minute; the person here wants to try it now.
            forget()
            return redirect("leadtrack:site", pk=row.pk)
    if snippet_form.is_bound or spam_form.is_bound:
        # A refused form has written what is wrong into the row; the rest of the page shows what is true.
        row.refresh_from_db()
    shown = {"origin_form": origin_form, "form_form": form_form, "spam_form": spam_form} | {
        "snippet_form": snippet_form
    }
    return render(request, "leads/site.html", _site_page(request, row) | shown)


@require_POST
@member_required("sites.manage")
def remove_origin(request: MemberRequest, pk: int, origin_pk: int) -> HttpResponseBase:
    """Take a web address off a site's list."""
    get_object_or_404(SiteOrigin, pk=origin_pk, site_id=pk).delete()
    forget()
    return redirect("leadtrack:site", pk=pk)


def _site_page(request: HttpRequest, row: Site) -> dict[str, Any]:
    forms = Form.objects.filter(site=row).order_by("name", "pk")
    address = _outside(request, "leadtrack:form-door", "KEY")
    today = local_day(timezone.now(), row.tz)
    return {
        "site": row,
        "script_address": _outside(request, "leadtrack:site-snippet", row.key),
        # A number that is swapped must be so before the visitor sees the page.
        "shows_numbers": site_setting("NUMBERS", row) is not None,
        "origins": row.origins.order_by("origin"),
        "has_several_domains": has_several_domains(known(row)),
        "without_consent": share_without_consent(row, today - CONSENT_SHOWN, today),
        "consent_days": CONSENT_SHOWN.days,
        "doors": [FormDoor(form, address.removesuffix("KEY") + form.key) for form in forms],
    }


def _outside(request: HttpRequest, name: str, *args: str) -> str:
    """The address as the outside world reaches it."""
    path = reverse(name, args=args)
    base: str = getattr(settings, "PUBLIC_BASE_URL", "")
    return base + path if base else request.build_absolute_uri(path)
