"""`generate_load 100000`: that many plausible proposals for load tests; `--remove` takes them out again."""

from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from mapapp.generated_load import NothingToStandOn, generate, has_other_proposals, remove

COUNT_MAX = 10_000_000


class Command(BaseCommand):
    help = "Adds generated proposals to a test database, or removes them. Refuses where people have made proposals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", nargs="?", type=int, metavar="N", help="how many to add")
        parser.add_argument("--remove", action="store_true", help="take out every generated one")
        parser.add_argument("--yes", action="store_true", help="even where people have made proposals")
        parser.add_argument("--seed", type=int, default=1, help="another number gives other places")

    def handle(self, *, count: int | None, **options: Any) -> None:
        if options["remove"] == (count is not None):
            raise CommandError("Give a number to add, or --remove.")
        began = monotonic()
        if options["remove"]:
            try:
                self.stdout.write(f"Removed {remove():,} generated proposals.")
            except IntegrityError as error:
                raise CommandError(
                    f"People have acted on a generated proposal; nothing was removed. {error}"
                ) from error
            return
        if not 1 <= count <= COUNT_MAX:
            raise CommandError(f"Give a number from 1 to {COUNT_MAX:,}.")
        if has_other_proposals() and not options["yes"]:
            raise CommandError("There are proposals here that people made. To add generated ones all the same: --yes")
        try:
            total = generate(count, seed=options["seed"])
        except NothingToStandOn as error:
            raise CommandError(
                "There are no areas or no categories here. First: import_areas, or load_demo."
            ) from error
        self.stdout.write(f"Added {count:,} proposals in {monotonic() - began:.1f} s; {total:,} generated ones in all.")
