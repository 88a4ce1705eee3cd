from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.models import Assignment, Call, CarrierAccount, TrackedNumber


class CarrierAccountForm(forms.ModelForm):
    """The token is never shown again; left empty, it stays what it is."""

    auth_token = forms.CharField(
        label=_("auth token"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown. Leave it empty to keep the present one."),
    )

    class Meta:
        model = CarrierAccount
        fields = ("name", "kind", "account_sid", "auth_token")

    def clean_auth_token(self) -> str:
        token: str = self.cleaned_data["auth_token"] or self.instance.auth_token
        if not token:
            raise forms.ValidationError(_("Without the token no call can be checked."))
        return token


@admin.register(CarrierAccount)
class CarrierAccountAdmin(admin.ModelAdmin):
    form = CarrierAccountForm
    list_display = ("name", "kind", "account_sid")


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
