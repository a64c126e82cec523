"""`manage.py create_api_key NAME --scope open311.write --quota 200`: a key for a program; its secret is printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from actors.models import ApiKey, Organisation, Scope
from actors.models.api_key import QUOTA_MAX, QUOTA_PER_HOUR


class Command(BaseCommand):
    help = "Makes a key for a program and prints its secret, which nobody can see again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the key is called in lists: the program or its city")
        parser.add_argument("--scope", action="append", required=True, choices=Scope.values, help="repeatable")
        parser.add_argument("--quota", type=int, default=QUOTA_PER_HOUR, help=f"an hour, 1 to {QUOTA_MAX}")
        parser.add_argument("--organisation", default="", help="slug of the organisation whose program it is")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["quota"] <= QUOTA_MAX:
            raise CommandError(f"--quota is a number from 1 to {QUOTA_MAX}")
        organisation = Organisation.objects.by_slug(options["organisation"]) if options["organisation"] else None
        if options["organisation"] and organisation is None:
            raise CommandError(f"there is no organisation {options['organisation']!r}")
        _key, secret = ApiKey.objects.issue(
            options["name"], options["scope"], quota_per_hour=options["quota"], organisation=organisation
        )
        self.stderr.write("This is shown once. Keep it where passwords are kept:")
        self.stdout.write(secret)
