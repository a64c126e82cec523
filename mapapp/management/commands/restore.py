"""`manage.py restore FOLDER`: a backup into an empty database, compared with its manifest to the last value."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mapapp.backing_up import BackupRefused, differences, restore
from proposals.sealing import verify


class Command(BaseCommand):
    help = "Restores a backup and compares every table, sequence and photo with what was backed up."
    requires_system_checks = ()  # the database is empty

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--replace", action="store_true", help="replace what the database in use holds")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["folder"], replace=options["replace"])
        except BackupRefused as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        found = differences(manifest)
        for difference in found:
            self.stdout.write(difference)
        if found:
            raise CommandError(f"Restored, but {len(found)} things are not as they were backed up.")
        rows = sum(count for count, _digest in manifest["tables"].values())
        self.stdout.write(
            f"{len(manifest['tables'])} tables with {rows} rows, {len(manifest['sequences'])} sequences and"
        )
        self.stdout.write(f"{len(manifest['photos'])} photos are what they were on {manifest['made_at']}.")
        history = verify()
        # Events that waited in the outbox when the backup was made are the worker's to seal.
        altered = [fault for fault in history.faults if "not sealed" not in fault]
        if altered:
            raise CommandError(f"The history does not hold: {altered[0]}")
        self.stdout.write(f"The history holds: {history.sealed} events sealed.")
