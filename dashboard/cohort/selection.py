"""Which rows of a cohort are asked for: by line, regimen, levels of features, ranges of numbers.

A selection is a small value that can be kept, compared and written down; it names no patient. Rows
whose value is unknown never meet a condition on it: they are left out and counted as such by the
flow. Nothing is computed from the rows here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.cohort.columns import CohortData, CohortFeature, Flags
from dashboard.foundation.errors import UnknownFeature
from dashboard.knowledge.schema import DiseasePack, Kind

FLAG_LEVELS = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that meet every condition; without conditions all rows."""

    lines: tuple[int, ...] = ()
    regimens: tuple[str, ...] = ()
    levels: tuple[tuple[str, tuple[str, ...]], ...] = ()  # feature, any of these levels
    ranges: tuple[tuple[str, float, float], ...] = ()  # feature, from, below


EVERYBODY = Selection()


@dataclass(frozen=True, slots=True)
class OfferedFeature:
    """A feature that a cohort can be filtered by, with its levels and their names."""

    id: str
    label: str
    group: str
    levels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """What a cohort can be filtered by."""

    lines: tuple[int, ...]
    regimens: tuple[tuple[str, str], ...]  # id, name: the most frequent first
    features: tuple[OfferedFeature, ...]
    endpoints: tuple[str, ...]
    ages: bool


def offered_by(data: CohortData, pack: DiseasePack | None = None) -> Offered:
    """What a cohort can be filtered by, with the names of the pack where there is one."""
    lines = [] if data.line is None else data.line[data.line > 0].astype(int).tolist()
    labels = regimen_labels(data, pack)
    given = Counter(() if data.regimen is None else data.regimen[data.regimen >= 0].tolist())
    return Offered(
        lines=tuple(sorted(set(lines))),
        regimens=tuple(
            (data.regimens[place], labels[data.regimens[place]]) for place, _ in given.most_common()
        ),
        features=tuple(_offered(feature, pack) for feature in data.features if levels_of(feature)),
        endpoints=tuple(data.timed),
        ages="age_years" in {feature.id for feature in data.features},
    )


def regimen_labels(data: CohortData, pack: DiseasePack | None) -> dict[str, str]:
    """The name of each regimen of the cohort: the pack's, or its id."""
    known = pack.regimens_by_id if pack else {}
    return {name: known[name].label if name in known else name for name in data.regimens}


def rows_of(data: CohortData, selection: Selection) -> Flags:
    """A mask of the rows that meet the selection.

    Raises:
        UnknownFeature: a condition on a feature or level that the cohort does not have.
    """
    rows = np.ones(data.size, dtype=bool)
    for _, met in conditions(data, selection, {}):
        rows &= met
    return rows


def conditions(
    data: CohortData, selection: Selection, labels: Mapping[str, str]
) -> Iterator[tuple[str, Flags]]:
    """Each condition in words with the rows that meet it, in a fixed order.

    Args:
        data: the cohort.
        selection: the conditions.
        labels: the regimens' names by id, where they have one.
    """
    if selection.lines:
        words = ", ".join(map(str, selection.lines))
        yield f"Line of treatment: {words}", _of_lines(data, selection.lines)
    if selection.regimens:
        words = ", ".join(labels.get(regimen, regimen) for regimen in selection.regimens)
        yield f"Regimen: {words}", _of_regimens(data, selection.regimens)
    for name, levels in selection.levels:
        feature, column = _column(data, name)
        places = [_level(feature, level) for level in levels]
        words = ", ".join(level.replace("_", " ") for level in levels)
        yield f"{feature.label}: {words}", np.isin(column, places)
    for name, low, high in selection.ranges:
        feature, column = _column(data, name)
        unit = f" {feature.unit}" if feature.unit else ""
        with np.errstate(invalid="ignore"):
            met = (column >= low) & (column < high)
        yield f"{feature.label}: {_range(low, high)}{unit}", met


def levels_of(feature: CohortFeature) -> tuple[str, ...]:
    """The levels of a feature by position; a flag has no and yes, a number none."""
    return FLAG_LEVELS if feature.kind is Kind.FLAG else feature.levels


def _offered(feature: CohortFeature, pack: DiseasePack | None) -> OfferedFeature:
    known = pack.vocabulary.get(feature.id) if pack else None
    named = known.level_label if known and feature.levels else str
    levels = tuple((level, named(level)) for level in levels_of(feature))
    return OfferedFeature(feature.id, feature.label, known.group if known else "disease", levels)


def _of_lines(data: CohortData, lines: tuple[int, ...]) -> Flags:
    if data.line is None:
        return np.zeros(data.size, dtype=bool)
    return np.isin(data.line, lines)


def _of_regimens(data: CohortData, regimens: tuple[str, ...]) -> Flags:
    if data.regimen is None:
        return np.zeros(data.size, dtype=bool)
    places = [data.regimens.index(name) for name in regimens if name in data.regimens]
    return np.isin(data.regimen, places)


def _column(data: CohortData, name: str) -> tuple[CohortFeature, np.ndarray]:
    for place, feature in enumerate(data.features):
        if feature.id == name:
            return feature, data.values[:, place]
    raise UnknownFeature(
        f"The cohort {data.label!r} has no feature {name!r}.",
        hint="Choose one of the features that the cohort lists.",
    )


def _level(feature: CohortFeature, level: str) -> int:
    levels = levels_of(feature)
    if level not in levels:
        raise UnknownFeature(
            f"{feature.label} has no level {level!r}.",
            hint=f"Levels: {', '.join(levels) or 'none'}.",
        )
    return levels.index(level)


def _range(low: float, high: float) -> str:
    if np.isinf(high):
        return f"{low:g} or more"
    if np.isinf(low):
        return f"below {high:g}"
    return f"{low:g} to below {high:g}"
