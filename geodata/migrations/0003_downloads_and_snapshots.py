"""Numbers of downloads, and the yearly snapshots."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("geodata", "0001_count_pyramid")]

    operations = [
        migrations.CreateModel(
            name="DownloadCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("collection", models.CharField(max_length=40)),
                ("format", models.CharField(max_length=20)),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "collection", "format"), name="downloadcount_once_a_day"),
                    models.CheckConstraint(condition=models.Q(("count__gt", 0)), name="downloadcount_counts"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True)),
                ("made_at", models.DateTimeField()),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("files", models.JSONField()),
                ("errata", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 2000), ("year__lte", 2999)), name="snapshot_of_a_year"
                    )
                ],
            },
        ),
    ]
