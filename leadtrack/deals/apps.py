"""What became of them: stages, outcomes, purchases, repeats and refunds."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    name = "leadtrack.deals"
    label = "leadtrack_deals"
    verbose_name = _("Deals")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only once the apps are loaded.
        from leadtrack.deals.assign import open_deal
        from leadtrack.deals.call_backs import follow_call
        from leadtrack.deals.firsts import follow_merge
        from leadtrack.deals.removed import forget_deals, worked_leads
        from leadtrack.deals.undo import follow_sifting
        from leadtrack.leads.afterwards import (
            when_call_told,
            when_captured,
            when_merged,
            when_removed,
            when_sifted,
            when_unmerged,
        )

        when_captured(open_deal)
        when_call_told(follow_call)
        when_removed(forget_deals, worked=worked_leads)
        when_merged(follow_merge)
        when_unmerged(follow_merge)
        when_sifted(follow_sifting)
