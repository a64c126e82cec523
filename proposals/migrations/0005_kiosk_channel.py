"""Proposals made at a public terminal keep that channel."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("proposals", "0004_responses_and_watches"),
    ]

    operations = [
        migrations.AlterField(
            model_name="proposal",
            name="channel",
            field=models.CharField(
                choices=[
                    ("web", "web"),
                    ("phone", "phone"),
                    ("desk", "service desk"),
                    ("paper", "paper"),
                    ("workshop", "workshop"),
                    ("walk", "walk"),
                    ("kiosk", "public terminal"),
                ],
                default="web",
                max_length=10,
            ),
        ),
    ]
