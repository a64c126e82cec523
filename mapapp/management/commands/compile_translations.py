"""manage.py compile_translations: locale/*/LC_MESSAGES/*.po to .mo, without GNU gettext, which a server need not have."""

import os
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Compiles the translations that have changed since they were last compiled."
    requires_system_checks: list[str] = []  # it must run before the templates and models can be checked

    def handle(self, *args: Any, **options: Any) -> None:
        sources = [path for folder in settings.LOCALE_PATHS for path in sorted(Path(folder).glob("*/LC_MESSAGES/*.po"))]
        compiled = [path for path in sources if not is_fresh(path)]
        for path in compiled:
            compile_translation(path)
        if options["verbosity"] > 1:
            self.stdout.write(f"{len(compiled)} of {len(sources)} translations compiled.")


def is_fresh(source: Path) -> bool:
    """Whether the compiled file beside `source` is as new as it is."""
    target = source.with_suffix(".mo")
    return target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns


def compile_translation(source: Path) -> None:
    """Writes the compiled file beside `source`. Raises CommandError with file and line where it cannot be read."""
    target = source.with_suffix(".mo")
    unfinished = target.with_suffix(f".{os.getpid()}.part")
    try:
        polib.pofile(str(source)).save_as_mofile(str(unfinished))
    except OSError as error:
        raise CommandError(f"The translation cannot be compiled: {error}") from error
    unfinished.replace(target)  # a server that starts meanwhile reads the old file or the new one, never a half
