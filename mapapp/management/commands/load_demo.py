"""manage.py load_demo: the demo city, complete; run again, it adds only what is lacking."""

from typing import Any

from django.core.management.base import BaseCommand

from mapapp.demo.load import AnotherCity, load_demo


class Command(BaseCommand):
    help = (
        "Loads the demo city: areas, services, spaces, categories and proposals. Changes nothing that is there already."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_demo()
        except AnotherCity as refusal:
            self.stdout.write(f"{refusal} Nothing was loaded.")
            return
        if loaded.areas_kept:
            self.stdout.write("The city has areas of its own already; they stay.")
        if not loaded.anything:
            self.stdout.write("The demo city is complete; nothing was changed.")
            return
        self.stdout.write(
            f"The demo city is ready. Added: {loaded.areas} areas, {loaded.services} services, "
            f"{loaded.spaces} spaces, {loaded.categories} categories, {loaded.proposals} proposals with {loaded.events} events "
            f"and {loaded.photos} photos."
        )
