from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def say_how(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Until now every number was static: a call with an assignment was matched by its number."""
    calls = apps.get_model("leadtrack_phones", "Call").objects.exclude(assignment=None)
    calls.update(match="static")


class Migration(migrations.Migration):
    dependencies = [("leadtrack_phones", "0002_pools_flows_and_recordings")]

    operations = [migrations.RunPython(say_how, migrations.RunPython.noop)]
