"""Pages: leaving our own people out of what is counted."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.ui import forms
from leadtrack.visits import staff
from leadtrack.visits.address import STAFF
from leadtrack.visits.models import SiteOrigin, StaffBrowser, StaffNetwork


class NetworkForm(forms.ModelForm):
    """The firm's own address or network."""

    class Meta:
        model = StaffNetwork
        fields = ("network", "note")

    def clean_network(self) -> str:
        return str(self.cleaned_data["network"]).strip()


@dataclass(frozen=True)
class OwnPage:
    """A web address with the links that leave the browser out that opens them, or take it in again."""

    site: str
    address: str
    out: str
    back: str


@require_http_methods(["GET", "POST"])
@member_required()
def own_visits(request: MemberRequest) -> HttpResponseBase:
    """Everybody: links that leave this browser out. Who manages sites: the firm's own networks."""
    may_manage = request.member.can("sites.manage")
    form = NetworkForm(request.POST or None) if may_manage else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            form.save()
            staff.forget()
            messages.success(request, _("Visits from there are no longer counted."))
            return redirect("leadtrack:own-visits")
    page = {
        "pages": list(_pages()),
        "form": form,
        "networks": StaffNetwork.objects.order_by("network") if may_manage else None,
        "browser_count": StaffBrowser.objects.count(),
        "address": staff.client_address(request.META),
    }
    return render(request, "visits/own_visits.html", page)


@require_POST
@member_required("sites.manage")
def network_remove(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Count visits from a network again."""
    StaffNetwork.objects.filter(pk=pk).delete()
    staff.forget()
    messages.success(request, _("Visits from there are counted again."))
    return redirect("leadtrack:own-visits")


def _pages() -> Iterator[OwnPage]:
    listed = SiteOrigin.objects.filter(site__is_active=True).select_related("site")
    for row in listed.order_by("site__name", "origin"):
        out, back = (_link(row, wish) for wish in (staff.OUT, staff.IN))
        yield OwnPage(row.site.name, row.origin, out, back)


def _link(row: SiteOrigin, wish: str) -> str:
    return f"{row.origin}/?{STAFF}={staff.word_for(site=row.site, wish=wish)}"
