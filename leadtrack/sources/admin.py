from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from leadtrack.sources.models import Source


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """Sources are written by the register alone; here one only looks."""

    list_display = ("channel", "source", "medium", "campaign", "adgroup", "content", "term", "has_touches")
    list_display_links = ("channel", "source")
    list_filter = ("channel", "has_touches")
    search_fields = ("source", "campaign", "campaign_id", "adgroup_id", "ad_id", "term")
    ordering = ("channel", "source", "campaign", "pk")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody makes a source by hand here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one: everything points to them."""
        return False
