from typing import Final

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

_ON_RECORD: Final = (
    *("TrackedNumber", "Assignment", "Pool", "CarrierJob"),
    *("CallFlow", "FlowText", "FlowLine", "FlowHours", "FlowHoliday"),
)
# Whose phone it is the row itself knows, and it alone.
_OF_CALLERS: Final = ("ListedCaller", "OptOut")


class PhonesConfig(AppConfig):
    name = "leadtrack.phones"
    label = "leadtrack_phones"
    verbose_name = _("Phones")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Who changed accounts, numbers, pools and call flows stays on record; tokens stay out of it."""
        # auditlog has models of its own: it cannot be imported before the apps are loaded.
        from auditlog.registry import auditlog

        from leadtrack.phones.costs import phone_book
        from leadtrack.phones.insertion import page_numbers
        from leadtrack.phones.lease import note_signal, show_numbers
        from leadtrack.phones.reclassify import call_holder, follow_visits, number_holder, pool_call_holder
        from leadtrack.sources.costs import add_cost_book
        from leadtrack.sources.holders import add_holder
        from leadtrack.visits.afterwards import add_site_setting, keep_numbers, when_visits_moved

        add_site_setting("NUMBERS", page_numbers)
        keep_numbers(show=show_numbers, note=note_signal)
        add_cost_book(phone_book())
        add_holder(number_holder())
        add_holder(call_holder())
        add_holder(pool_call_holder())
        when_visits_moved(follow_visits)
        auditlog.register(self.get_model("CarrierAccount"), exclude_fields=["auth_token"])
        for name in _ON_RECORD:
            auditlog.register(self.get_model(name))
        for name in _OF_CALLERS:
            auditlog.register(self.get_model(name), exclude_fields=["phone"])
