"""`manage.py load_categories [FILE]`: the categories that a city starts with."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from mapapp.starting_categories import STARTING_CATEGORIES, load_categories


class Command(BaseCommand):
    help = "Adds the categories of a JSON file (city/categories.json) that are not there yet; changes none that are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=STARTING_CATEGORIES)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            added = load_categories(options["file"])
        except (OSError, ValueError, KeyError, TypeError, IntegrityError) as error:
            raise CommandError(f"{options['file']} was not loaded: {error}") from error
        self.stdout.write(f"{added} categories added.")
