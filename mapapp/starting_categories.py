"""The categories that a city starts with, from a JSON file that it may edit; afterwards they are edited in the admin."""

import json
from pathlib import Path

from django.conf import settings
from django.db import transaction

from proposals.models import Category

STARTING_CATEGORIES = settings.BASE_DIR / "city" / "categories.json"


def load_categories(path: Path = STARTING_CATEGORIES) -> int:
    """Adds the categories whose slug is not known yet, in the order of the file; returns how many. Known ones stay.

    Raises OSError or ValueError for a file that is not a JSON list, KeyError for a row without slug or name, and
    IntegrityError for values that the table refuses; then none is added.
    """
    added = 0
    with transaction.atomic():
        for position, row in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            facts = dict(row)
            facts["names"] = facts.pop("name")
            _, created = Category.objects.get_or_create(slug=facts.pop("slug"), defaults=facts | {"position": position})
            added += created
    return added
