"""`manage.py figures_of_operation`: what waits and what was given up; the same as `/metrics` tells a monitoring."""

from typing import Any

from django.core.management.base import BaseCommand

from mapapp.operation import FIGURES, figures


class Command(BaseCommand):
    help = "Prints how much waits for the worker, for how long, and what was given up."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, value in figures().items():
            self.stdout.write(f"{value:10g}  {name}: {FIGURES[name][0]}")
