"""Servers that are told of public changes, and the calls that tell them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import geodata.models.webhook


class Migration(migrations.Migration):
    dependencies = [
        ("geodata", "0003_downloads_and_snapshots"),
        ("proposals", "0014_fewer_indexes_of_deliveries"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.URLField(max_length=500, verbose_name="address")),
                ("description", models.CharField(max_length=200, verbose_name="whose it is")),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("proposal.published", "A proposal was published"),
                                ("proposal.updated", "Its public wording changed"),
                                ("proposal.removed", "A proposal is not public any more"),
                                ("proposal.status_changed", "Its stage changed"),
                                ("proposal.answered", "It got an official answer"),
                                ("pledge.made", "An organisation promised something"),
                                ("pledge.moved", "The day of a promise was moved"),
                                ("pledge.delivered", "A promise was reported as done"),
                                ("pledge.ended", "A promise was handed back or ran out of time"),
                            ],
                            max_length=40,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="events",
                    ),
                ),
                (
                    "query",
                    models.CharField(
                        blank=True,
                        help_text="As in the address of a list: kind=parking&area=tapiola",
                        max_length=2000,
                        verbose_name="filter",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("salt", models.CharField(default=geodata.models.webhook.new_salt, editable=False, max_length=32)),
                ("seen", models.BigIntegerField(default=0, editable=False)),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="failing since"),
                ),
                ("rests_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("note", models.CharField(blank=True, editable=False, max_length=300, verbose_name="note")),
                (
                    "made_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="made"),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="WebhookCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("proposal.published", "A proposal was published"),
                            ("proposal.updated", "Its public wording changed"),
                            ("proposal.removed", "A proposal is not public any more"),
                            ("proposal.status_changed", "Its stage changed"),
                            ("proposal.answered", "It got an official answer"),
                            ("pledge.made", "An organisation promised something"),
                            ("pledge.moved", "The day of a promise was moved"),
                            ("pledge.delivered", "A promise was reported as done"),
                            ("pledge.ended", "A promise was handed back or ran out of time"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits"),
                            ("sent", "taken"),
                            ("given_up", "given up"),
                            ("dropped", "not public any more"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.CharField(blank=True, max_length=200)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="proposals.event"
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="geodata.webhook"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["webhook", "due_at"], name="webhook_call_due"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("webhook", "event", "topic"), name="webhook_call_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "sent", "given_up", "dropped"])),
                        name="webhook_call_state_known",
                    ),
                ],
            },
        ),
    ]
