from django.db import migrations, models

# Places of generalising categories called themselves exact until now.
SAY_GENERALISED = """
UPDATE proposals_proposal AS proposal SET place_precision = 'generalised'
FROM proposals_category AS category
WHERE category.id = proposal.category_id AND category.privacy_rule = 'generalised' AND proposal.place_precision = 'exact'
"""
SAY_EXACT = "UPDATE proposals_proposal SET place_precision = 'exact' WHERE place_precision = 'generalised'"


class Migration(migrations.Migration):
    dependencies = [("proposals", "0001_proposals_and_history")]

    operations = [
        migrations.AlterField(
            model_name="proposal",
            name="place_precision",
            field=models.CharField(
                choices=[
                    ("exact", "exact place"),
                    ("generalised", "the middle of a 250 m square"),
                    ("area", "an area"),
                    ("city", "the whole city"),
                ],
                default="exact",
                max_length=12,
            ),
        ),
        migrations.RunSQL(SAY_GENERALISED, SAY_EXACT),
    ]
