from django.db import migrations

STAGES = (
    ("New", "in_work", 10),
    ("In work", "in_work", 20),
    ("Won", "won", 80),
    ("Lost", "lost", 90),
    ("Not counted", "not_counted", 100),
)
LOSS_REASONS = ("Too expensive", "Chose another", "No answer", "Not our service", "Changed their mind")


def add(apps, schema_editor):
    stage = apps.get_model("leadtrack_deals", "Stage")
    for name, group, position in STAGES:
        stage.objects.get_or_create(position=position, defaults={"name": name, "group": group})
    reason = apps.get_model("leadtrack_deals", "LossReason")
    for name in LOSS_REASONS:
        reason.objects.get_or_create(name=name)


def remove(apps, schema_editor):
    """Only those that no deal uses: the rest is a firm's history."""
    apps.get_model("leadtrack_deals", "Stage").objects.filter(
        name__in=[name for name, _group, _position in STAGES], deals=None
    ).delete()
    apps.get_model("leadtrack_deals", "LossReason").objects.filter(name__in=LOSS_REASONS, deals=None).delete()


class Migration(migrations.Migration):
    dependencies = [("leadtrack_deals", "0001_deals_and_purchases")]

    operations = [migrations.RunPython(add, remove)]
