from django.db import migrations, models

# What DatabaseCache expects (Django's createcachetable), so that one command, migrate, is enough.
CREATE = """
CREATE TABLE cache_entries (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX cache_entries_expires ON cache_entries (expires);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("actors", "0003_temporary_organisations"),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitingMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("to", models.EmailField(max_length=254)),
                ("reply_to", models.EmailField(max_length=254, null=True)),
                ("subject", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("language", models.CharField(max_length=5)),
                ("due_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["due_at"], name="waitingmail_due")],
            },
        ),
        migrations.RunSQL(CREATE, "DROP TABLE cache_entries"),
    ]
