"""`manage.py backup FOLDER`: the database, the photos and a list of settings, with a manifest."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mapapp.backing_up import BackupRefused, back_up


class Command(BaseCommand):
    help = "Writes a backup into a new or empty folder. It holds e-mail addresses of people: encrypt it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = back_up(options["folder"])
        except BackupRefused as error:
            raise CommandError(str(error)) from error
        rows = sum(count for count, _digest in manifest["tables"].values())
        self.stdout.write(
            f"{len(manifest['tables'])} tables with {rows} rows and {len(manifest['photos'])} photos"
            f" are in {options['folder']}; the last seal is {manifest['last_seal'] or 'none'}"
        )
