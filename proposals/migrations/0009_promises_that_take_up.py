from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("proposals", "0008_mails_of_deliveries"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="pledge",
            index=models.Index(
                condition=models.Q(("state__in", ("active", "delivered", "confirmed"))),
                fields=["proposal"],
                name="pledge_taking_up",
            ),
        ),
    ]
