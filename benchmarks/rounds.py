"""Contenders that do the same work, timed in turns, and the table that is made of it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SLOW_S = 60.0  # what takes longer may have fewer rounds

Work = Callable[[], int]  # does the work once and returns what it made: bytes, rows or answers


@dataclass(frozen=True)
class Contender:
    name: str
    work: Work


@dataclass(frozen=True)
class Benchmark:
    """Ours, the raw floor and peers on the same work. `goal`: ours may take at most so many times the floor, or None."""

    name: str
    ours: Contender
    floor: Contender
    goal: float | None = None
    peers: tuple[Contender, ...] = ()


@dataclass
class Times:
    """Seconds of each round, and what one round makes."""

    made: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Result:
    benchmark: Benchmark
    times: dict[str, Times]

    def ratio(self, contender: Contender) -> float:
        """Median of the rounds' own ratios to the floor: what slows a whole round down does not count."""
        # A contender that had fewer rounds had the first ones.
        pairs = zip(self.times[contender.name].seconds, self.times[self.benchmark.floor.name].seconds, strict=False)
        return statistics.median(ours / floor for ours, floor in pairs)


def run(benchmark: Benchmark, rounds: int, slow_rounds: int | None = None) -> Result:
    """One warm-up and `rounds` rounds; in each, every contender once, begun by another one each time.

    A contender whose warm-up took more than SLOW_S has only the first `slow_rounds` of them, where that is given.
    """
    contenders = [benchmark.ours, benchmark.floor, *benchmark.peers]
    times, steady = {}, []
    for contender in contenders:
        made, seconds = timed(contender)
        times[contender.name] = Times(made)
        if seconds <= SLOW_S:
            steady.append(contender)
    for number in range(rounds):
        taking_part = contenders if number < (slow_rounds or rounds) else steady
        shift = number % max(len(taking_part), 1)
        for contender in taking_part[shift:] + taking_part[:shift]:
            times[contender.name].seconds.append(timed(contender)[1])
    return Result(benchmark, times)


def timed(contender: Contender) -> tuple[int, float]:
    """What it made, and in how many seconds."""
    began = time.perf_counter()
    made = contender.work()
    return made, time.perf_counter() - began


def lines(result: Result) -> list[str]:
    """The rows of the table for one benchmark."""
    benchmark = result.benchmark
    rows = []
    for contender in (benchmark.ours, benchmark.floor, *benchmark.peers):
        times = result.times[contender.name]
        ratio = result.ratio(contender)
        verdict = ""
        if contender is benchmark.ours and benchmark.goal is not None:
            verdict = f"goal {benchmark.goal:.2f} {'met' if ratio <= benchmark.goal else 'MISSED'}"
        title = benchmark.name if contender is benchmark.ours else ""
        rows.append(
            f"{title:34} {contender.name:34} {times.median * 1000:10.1f} {ratio:7.2f} {times.made:12,}  {verdict}".rstrip()
        )
    return rows


HEADER = f"{'':34} {'':34} {'median ms':>10} {'x floor':>7} {'made':>12}"
