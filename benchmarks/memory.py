"""How much memory an export adds to the process that serves it: run as a process of its own by `python -m benchmarks`."""

import resource
import sys

import django


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kB on Linux


def main(address: str) -> None:
    django.setup()
    from benchmarks.clients import answer  # here: the application needs Django set up

    for _chunk in answer(f"{address}?kind=parking&q=nothingofthekind&lang=fi"):
        pass  # imports and caches of the first answer are not the export's
    before = peak_mb()
    size = sum(map(len, answer(f"{address}?lang=fi")))
    sys.stdout.write(f"{peak_mb() - before:.1f} {before:.1f} {size / 1e6:.1f}\n")


if __name__ == "__main__":
    main(sys.argv[1])
