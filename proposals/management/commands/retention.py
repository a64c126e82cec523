"""`manage.py retention [--dry-run]`: forgets what is older than its time; the worker does the same every hour."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from proposals.retention import forget


class Command(BaseCommand):
    help = "Forgets unconfirmed proposals, old contacts, keys and counters that are older than their time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much would go")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        for forgotten in forget(dry_run=dry_run):
            self.stdout.write(f"{forgotten.count:8d}  {forgotten.what}")
        if dry_run:
            self.stdout.write("Nothing was changed.")
