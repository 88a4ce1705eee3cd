"""The spellings by which possible duplicates are looked for, for contacts from before."""

from django.db import migrations

from leadtrack.leads.alike import mail_fold, name_key_of

AT_ONCE = 1000


def fill(apps, schema_editor):
    contacts = apps.get_model("leadtrack_leads", "Contact").objects.exclude(name="").filter(name_key="")
    for chunk in _chunks(contacts):
        for contact in chunk:
            contact.name_key = name_key_of(contact.name)
        contacts.model.objects.bulk_update(chunk, ["name_key"])
    keys = apps.get_model("leadtrack_leads", "ContactKey").objects.filter(kind="email", fold="")
    for chunk in _chunks(keys):
        for key in chunk:
            key.fold = mail_fold(key.value)
        keys.model.objects.bulk_update(chunk, ["fold"])


def _chunks(rows):
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = chunk[-1].pk
        yield chunk


class Migration(migrations.Migration):

    dependencies = [
        ("leadtrack_leads", "0005_imports_of_leads_and_merges"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
