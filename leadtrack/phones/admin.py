from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.forms.account import CarrierAccountForm
from leadtrack.phones.models import Assignment, Call, CarrierAccount, TrackedNumber


@admin.register(CarrierAccount)
class CarrierAccountAdmin(admin.ModelAdmin):
    form = CarrierAccountForm
    list_display = ("name", "kind", "account_sid", "compared_until")
    readonly_fields = ("address",)

    @admin.display(description=_("What to paste where"))
    def address(self, account: CarrierAccount) -> str:
        """The address that a PBX calls; at Twilio each number is set up by itself."""
        if not account.pk:
            return str(_("Save first; then it stands here."))
        if account.kind == CarrierAccount.Kind.TWILIO:
            return str(_("Nothing: numbers are set up from the page “Numbers”, by “Buy” and “Repair”."))
        base = str(getattr(settings, "PUBLIC_BASE_URL", "")).rstrip("/")
        return base + reverse("leadtrack:pbx", args=[account.account_sid])


@admin.register(TrackedNumber)
class TrackedNumberAdmin(admin.ModelAdmin):
    list_display = ("number", "site", "forward_to", "is_active", "note", "assign")
    list_filter = ("site", "is_active")
    list_select_related = ("site",)
    search_fields = ("number", "forward_to", "note")
    readonly_fields = ("created_at",)

    @admin.display(description=_("Source"))
    def assign(self, number: TrackedNumber) -> str:
        """Assignments have a page of their own, which keeps their history right."""
        return format_html(
            '<a href="{}">{}</a>', reverse("leadtrack:number-assign", args=[number.pk]), _("Assign")
        )


class ReadOnlyAdmin(admin.ModelAdmin):
    """For looking: these rows are written by what happens."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("number", "source", "starts_at", "ends_at", "assigned_by", "note")
    list_select_related = ("number", "source", "assigned_by")
    search_fields = ("number__number", "source__campaign", "note")


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "number", "caller", "source", "status", "talk_seconds")
    list_filter = ("status",)
    list_select_related = ("number", "source")
    # Not by caller: a search of the admin stands in an address.
    search_fields = ("sid",)
    date_hierarchy = "day"
    show_full_result_count = False
