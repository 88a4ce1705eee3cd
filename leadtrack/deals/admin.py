from django.contrib import admin
from django.http import HttpRequest

from leadtrack.deals.models import Deal, LossReason, Purchase, Stage


class LookOnly(admin.ModelAdmin):
    """Outcomes are changed on the pages of leads, where the books and the history follow."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Stage)
class StageAdmin(admin.ModelAdmin):
    list_display = ("name", "group", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Stage | None = None) -> tuple[str, ...]:
        # The group says what past deals mean for the books: it stays.
        return ("group",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Every group needs a stage.
        return False


@admin.register(LossReason)
class LossReasonAdmin(admin.ModelAdmin):
    list_display = ("name", "is_active")


@admin.register(Deal)
class DealAdmin(LookOnly):
    list_display = ("id", "lead", "stage", "owner", "opened_at", "closed_on")
    list_filter = ("stage",)
    list_select_related = ("lead", "stage", "owner")
    show_full_result_count = False


@admin.register(Purchase)
class PurchaseAdmin(LookOnly):
    list_display = ("public_id", "deal", "kind", "revenue_cents", "currency", "paid_on", "voided_at")
    list_filter = ("kind", "currency")
    list_select_related = ("deal",)
    show_full_result_count = False
