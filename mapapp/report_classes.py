"""Classes of a choropleth: which areas share a colour, and what the legend says of it."""

import math
from dataclasses import dataclass

import numpy
import pandas
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from mapapp.report_filter import SHARES as SHARE_MEASURES
from mapapp.report_filter import WHOLE_NUMBERS

CLASSES_MAX = 5  # more shades than that are not told apart
SHARES = (20, 40, 60, 80, 100)  # per cent


@dataclass(frozen=True)
class Class:
    """A shade of the legend, 0 ("no proposals") to 5, and the values that it stands for, in words."""

    shade: int
    label: str


def classify(values: pandas.Series, proposals: pandas.Series, measure: str) -> tuple[pandas.Series, list[Class]]:
    """The shade of each area by `values`, and the legend of the shades. Areas without proposals have shade 0."""
    present = proposals > 0
    edges = upper_edges(values[present], measure)
    shades = numpy.array([0, *spread(len(edges))])
    numbers = pandas.Series(0, index=values.index)
    numbers[present] = shades[numpy.searchsorted(edges, values[present].to_numpy(dtype=float), side="left") + 1]
    legend = [Class(0, _("no proposals"))] if not present.all() else []
    lower = values[present].min() - 1 if measure in WHOLE_NUMBERS else 0.0
    for shade, upper in zip(shades[1:], edges, strict=True):
        legend.append(Class(int(shade), label(lower, upper, measure)))
        lower = upper
    return numbers, legend


def spread(count: int) -> list[int]:
    """`count` of the five shades, as far from each other as they can be: 2 -> 1 and 5."""
    if count == 1:
        return [(1 + CLASSES_MAX) // 2]
    return [round(1 + step * (CLASSES_MAX - 1) / (count - 1)) for step in range(count)]


def upper_edges(values: pandas.Series, measure: str) -> list[float]:
    """The greatest value of each class, ascending: about as many areas in each, but for shares, whose steps are even."""
    if values.empty:
        return []
    if measure in SHARE_MEASURES:
        return list(SHARES)
    ordered = sorted(values)
    # The value that each fifth of the areas ends with: an area's own, so that no class stays empty.
    fifths = [ordered[math.ceil(step * len(ordered) / CLASSES_MAX) - 1] for step in range(1, CLASSES_MAX + 1)]
    rounded = (math.ceil(edge) if measure in WHOLE_NUMBERS else rounded_up(edge) for edge in fifths)
    return sorted(set(rounded))


def rounded_up(number: float) -> float:
    """`number` to two significant digits, never less: 0.01234 -> 0.013."""
    if number <= 0:
        return 0.0
    decimals = 1 - math.floor(math.log10(number))
    scaled = math.ceil(round(number * 10**decimals, 6))
    return round(scaled / 10**decimals, max(decimals, 0))


def label(lower: float, upper: float, measure: str) -> str:
    """The values above `lower` up to `upper`: "4–7", "0.5–1.2", "20–40 %"."""
    if measure in WHOLE_NUMBERS and upper == lower + 1:
        return _number(upper)
    first = lower + 1 if measure in WHOLE_NUMBERS else lower
    sign = "\u00a0%" if measure in SHARE_MEASURES else ""  # a no-break space
    return f"{_number(first)}–{_number(upper)}{sign}"


def _number(value: float) -> str:
    return number_format(int(value) if value == int(value) else value)
