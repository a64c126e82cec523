"""Two times of a membership: by them the desk tells what is new since the last visit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("actors", "0005_organisations_members_and_roles"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="desk_new_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="desk_seen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
