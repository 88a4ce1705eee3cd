from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from leadtrack.spend.enter import drop_rate, set_rate
from leadtrack.spend.forms import RateForm
from leadtrack.spend.models import AdAccount, Rate, Statement


@admin.register(AdAccount)
class AdAccountAdmin(admin.ModelAdmin):
    list_display = ("name", "system", "currency", "time_zone")
    list_filter = ("system",)
    search_fields = ("name",)


@admin.register(Rate)
class RateAdmin(admin.ModelAdmin):
    """Rates go through `enter`, so that the days that use them are booked again."""

    list_display = ("day", "currency", "rate", "origin")
    list_filter = ("currency",)
    date_hierarchy = "day"
    form = RateForm
    fields = ("day", "currency", "rate")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A rate keeps its day and currency; another day is another rate."""
        return ("day", "currency") if obj else ()

    def save_model(self, request: HttpRequest, obj: Rate, form: Any, change: bool) -> None:
        origin = str(request.user)[:100]
        stored = set_rate(day=obj.day, currency=obj.currency, rate=obj.rate, origin=origin)
        obj.pk, obj.origin = stored.pk, stored.origin

    def delete_model(self, request: HttpRequest, obj: Rate) -> None:
        drop_rate(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rate]) -> None:
        for rate in queryset:
            drop_rate(rate)


@admin.register(Statement)
class StatementAdmin(admin.ModelAdmin):
    """Statements are loaded on their own page; here one only looks."""

    list_display = ("file_name", "account", "state", "format", "rows_loaded", "rows_rejected", "created_at")
    list_filter = ("state", "format", "account")
    list_select_related = ("account",)
    search_fields = ("file_name", "sha256")
    exclude = ("file",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody makes one here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one: the books name the statement each row came from."""
        return False
