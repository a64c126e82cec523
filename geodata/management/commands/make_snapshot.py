"""`manage.py make_snapshot YEAR`: the proposals published up to the end of a year, as files at a permanent address."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from geodata.ogc.documents import address
from geodata.snapshots import SnapshotRefused, make_snapshot


class Command(BaseCommand):
    help = "Makes the snapshot of a year that is over. One that is there is never made anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)

    def handle(self, *args: object, year: int, **options: Any) -> None:
        try:
            made = make_snapshot(year)
        except SnapshotRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(made.keys)} proposals: {address('snapshot_manifest', year)}")
