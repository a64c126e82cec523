"""`manage.py verify_history`: recomputes the hash chain over all events; exit 1 and the rows' names where it does not hold."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from proposals.sealing import verify


class Command(BaseCommand):
    help = "Verifies the history: altered or missing events, and events not sealed after five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify()
        self.stdout.write(f"{found.sealed} events sealed; the last seal is {found.head or 'none'}")
        self.stdout.write(f"{found.notes_erased} notes erased, {found.notes_unprovable} of accounts that are gone")
        for fault in found.faults:
            self.stdout.write(fault)
        if found.fault_count:
            raise CommandError(f"The history does not hold: {found.fault_count} faults.")
        self.stdout.write("The history holds.")
