from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from leadtrack.leads.models import Contact, Form, InboxRow, Lead, Receipt


class _ReadOnly(admin.ModelAdmin):
    """Rows that only the doing modules write."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Form)
class FormAdmin(admin.ModelAdmin):
    list_display = ("name", "site", "key", "is_active")
    list_filter = ("site", "is_active")
    list_select_related = ("site",)
    readonly_fields = ("key",)
    search_fields = ("name", "key")


@admin.register(InboxRow)
class InboxRowAdmin(_ReadOnly):
    list_display = ("public_id", "door", "site", "state", "attempts", "received_at", "error")
    list_filter = ("state", "door")
    list_select_related = ("site",)
    search_fields = ("public_id",)
    ordering = ("-id",)


@admin.register(Lead)
class LeadAdmin(_ReadOnly):
    list_display = ("public_id", "kind", "status", "site", "source", "contact", "captured_at")
    list_filter = ("kind", "status", "site")
    list_select_related = ("site", "source", "contact")
    # A search of the admin stands in an address, so never by a person's data: the inbox has such a search.
    search_fields = ("public_id",)
    ordering = ("-id",)


@admin.register(Contact)
class ContactAdmin(_ReadOnly):
    list_display = ("public_id", "name", "created_at")
    search_fields = ("public_id",)
    ordering = ("-id",)


@admin.register(Receipt)
class ReceiptAdmin(_ReadOnly):
    list_display = ("lead", "made_at")
    list_select_related = ("lead",)
    search_fields = ("lead__public_id",)
    ordering = ("-id",)
