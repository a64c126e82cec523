"""How much memory an export adds to the process that serves it: run as a process of its own by `python -m benchmarks`."""

import re
import resource
import sys
from pathlib import Path

import django

PROCESS = Path("/proc/self")  # Linux alone


def peak_mb() -> float:
    """The most memory that the process has held since `forget_peak`."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", (PROCESS / "status").read_text())[1]) / 1024


def forget_peak() -> None:
    (PROCESS / "clear_refs").write_text("5")  # proc(5): resets the high-water mark to what is held now


def main(address: str) -> None:
    django.setup()
    from benchmarks.clients import answer  # here: the application needs Django set up

    for _chunk in answer(f"{address}?kind=parking&q=nothingofthekind&lang=fi"):
        pass  # imports and caches of the first answer are not the export's
    forget_peak()
    before = peak_mb()
    size = sum(map(len, answer(f"{address}?lang=fi")))
    # An upper bound: a child begins with what its parent held.
    writer_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"{peak_mb() - before:.1f} {before:.1f} {size / 1e6:.1f} {writer_mb:.1f}\n")


if __name__ == "__main__":
    main(sys.argv[1])
