from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from leadtrack.visits import sites
from leadtrack.visits.models import Site, SiteOrigin, Visit, Visitor


class SiteOriginForm(forms.ModelForm):
    def clean_origin(self) -> str:
        """As browsers send it; a pasted page address becomes its origin."""
        origin = sites.normal_origin(self.cleaned_data["origin"])
        if not sites.is_web_origin(origin):
            raise ValidationError(
                _("Write the address with http:// or https://, for example https://www.example.com")
            )
        return origin


class SiteOriginInline(admin.TabularInline):
    model = SiteOrigin
    form = SiteOriginForm
    extra = 1


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):
    """A site, its web addresses, and the line to put into its pages."""

    list_display = ("name", "key", "time_zone", "region", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "key", "origins__origin")
    readonly_fields = ("key", "script_line")
    inlines = (SiteOriginInline,)

    @admin.display(description=_("line for the pages"))
    def script_line(self, site: Site) -> str:
        if not site.pk:
            return str(_("Save the site first."))
        base = getattr(settings, "PUBLIC_BASE_URL", "")
        line = f'<script src="{base}{reverse("leadtrack:snippet")}" data-site="{site.key}" async></script>'
        return format_html("<code>{}</code>", line)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        sites.forget()


class ReadOnlyAdmin(admin.ModelAdmin):
    """Written by the beacon alone; here one only looks."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Visitor)
class VisitorAdmin(ReadOnlyAdmin):
    list_display = ("key", "site", "first_seen_at")
    list_select_related = ("site",)
    search_fields = ("=key",)
    ordering = ("-pk",)


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "site", "source", "rule", "page_count", "landing_url")
    list_select_related = ("site", "source")
    list_filter = ("site",)
    search_fields = ("=visitor__key",)
    ordering = ("-pk",)
