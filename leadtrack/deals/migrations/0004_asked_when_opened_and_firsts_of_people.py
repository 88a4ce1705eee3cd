"""Deals from before repeat enquiries were last asked about when they were opened; firsts are of people."""

from django.db import migrations
from django.db.models import Count, F


def fill(apps, schema_editor):
    deals = apps.get_model("leadtrack_deals", "Deal")
    purchases = apps.get_model("leadtrack_deals", "Purchase")
    deals.objects.update(asked_at=F("opened_at"))
    live = purchases.objects.filter(kind="first", voided_at=None)
    several = live.values("deal__lead__contact").annotate(n=Count("pk")).filter(n__gt=1).order_by()
    for contact in list(several.values_list("deal__lead__contact", flat=True)):
        of_contact = live.filter(deal__lead__contact=contact).order_by("paid_on", "pk")
        later = list(of_contact.values_list("pk", flat=True))[1:]
        purchases.objects.filter(pk__in=later).update(kind="repeat")


class Migration(migrations.Migration):

    dependencies = [
        ("leadtrack_deals", "0003_repeat_enquiries"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
