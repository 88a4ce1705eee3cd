from django.db import migrations
from django.utils import timezone


def mark_days_of_goals(apps, schema_editor):
    """Hits that came before the books knew of goals are booked with the next run."""
    hits = apps.get_model("leadtrack_visits", "GoalHit").objects.order_by()
    marks = apps.get_model("leadtrack_sources", "DirtyMark").objects
    now = timezone.now()
    days = list(hits.values_list("visit__day", flat=True).distinct())
    for first in range(0, len(days), 500):
        chunk = days[first : first + 500]
        marks.bulk_create([marks.model(day=day, marked_at=now) for day in chunk])


class Migration(migrations.Migration):
    dependencies = [
        ("leadtrack_ledger", "0002_goal_facts"),
        ("leadtrack_sources", "0001_sources_and_marks"),
    ]

    operations = [migrations.RunPython(mark_days_of_goals, migrations.RunPython.noop, elidable=True)]
