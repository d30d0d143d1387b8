"""A file of many patients, scored: every regimen that is not closed to each of them.

Reads a table of the pack's features (or of the bundle's own, for a disease without a pack), judges
eligibility by the same rules as for one patient, and writes one row a patient and regimen. Works in
portions, so that memory does not grow with the file; the rows come in the file's order.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import CohortData
from dashboard.cohort.folder import select
from dashboard.cohort.plain import LINE, features_of, read_plain
from dashboard.foundation.errors import UserError
from dashboard.knowledge.eligibility_tables import judge_table
from dashboard.records.patient import Finding
from dashboard.services.context import Context, Permission
from dashboard.services.errand import Progress
from dashboard.services.forecasts import candidates
from dashboard.services.population import silent

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle

HORIZONS = (6.0, 12.0, 24.0, 36.0, 60.0)
PORTION = 2_000
_DIGITS = 5

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scored:
    """What a batch came to."""

    patients: int
    rows: int  # written: a patient under a regimen each
    silent: int  # patients of whom too little is known
    horizons: tuple[float, ...]
    ignored: tuple[str, ...]  # columns that are not used
    findings: tuple[Finding, ...]


def score_file(
    context: Context, bundle: Bundle, path: Path, out: Path, *, progress: Progress = silent
) -> Scored:
    """Score the patients of a table into a CSV file.

    Args:
        context: who asks.
        bundle: what forecasts.
        path: a CSV or Parquet file whose columns are called by features.
        out: the file to write; it appears when it is whole.
        progress: told how far the work is.

    Raises:
        ImportRejected: the file is no table, or none of its columns is a feature.
        UserError: the place of the result is a folder, or the file itself.
    """
    context.require(Permission.PATIENT_EXPORT)
    if out.is_dir() or out.resolve() == path.resolve():
        raise UserError(f"{out} cannot be written.", hint="Name a new file.")
    progress(0.0, f"Reading {path.name}")
    data = _read(context, bundle, path)
    context.record("batch.scored", bundle.disease, patients=data.size)
    months = _horizons(bundle)
    beside = out.with_name(f".{out.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            rows, unknown = _write(context, bundle, data, file, progress)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    progress(1.0, "Done")
    return Scored(data.size, rows, unknown, months, data.ignored, data.findings)


def _read(context: Context, bundle: Bundle, path: Path) -> CohortData:
    own = bundle.contract.columns
    if bundle.disease not in context.library.ids:
        return read_plain(path, bundle.disease, own)
    pack = context.library.pack(bundle.disease)
    known = {each.id for each in own}
    others = tuple(each for each in features_of(pack) if each.id not in known)
    return read_plain(path, bundle.disease, (*others, *own), pack)


def _columns(bundle: Bundle) -> list[tuple[str, float]]:
    """The curves of the bundle at the months that each of them reaches."""
    heads = {name: bundle.heads[name] for name in ("pfs", "os") if name in bundle.heads}
    ends = {name: float(getattr(head, "horizon", 0.0)) for name, head in heads.items()}
    return [(name, month) for name, end in ends.items() for month in HORIZONS if month <= end]


def _horizons(bundle: Bundle) -> tuple[float, ...]:
    """The months that a curve of the bundle reaches."""
    return tuple(sorted({month for _, month in _columns(bundle)}))


def _write(
    context: Context, bundle: Bundle, data: CohortData, file: TextIO, progress: Progress
) -> tuple[int, int]:
    """Write portion by portion; how many rows, and of how many patients too little is known."""
    regimens = candidates(context.library, bundle)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(
        ["patient", "regimen", "verdict", "inside", "response"]
        + [f"{name}_{month:g}" for name, month in _columns(bundle)]
    )
    rows = unknown = 0
    for first in range(0, data.size, PORTION):
        portion = select(data, np.arange(first, min(first + PORTION, data.size)))
        known, lines = _portion(context, bundle, portion, regimens)
        unknown += portion.size - known
        for line in lines:
            writer.writerow(line)
            rows += 1
        progress((first + portion.size) / data.size, f"{first + portion.size:,} patients")
    return rows, unknown


def _portion(
    context: Context, bundle: Bundle, data: CohortData, regimens: tuple[str, ...]
) -> tuple[int, Iterator[list[Any]]]:
    """How many patients can be forecast, and the rows of these patients."""
    from dashboard.learning.scoring import score

    values = bundle.contract.matrix_of(data)
    enough = bundle.contract.enough(values)
    verdicts = _verdicts(context, data, regimens)
    months = _horizons(bundle)
    scores = score(bundle, values, regimens, months)
    parts = [values[:, :, None] for values in (scores.response,) if values is not None]
    for name, month in _columns(bundle):
        parts.append(scores.curves[name][:, :, [months.index(month)]])
    figures = np.round(np.concatenate(parts, axis=2), _DIGITS)
    told = [not np.isnan(figures[:, place]).any() for place in range(len(regimens))]
    pad = [""] if scores.response is None else []

    def lines() -> Iterator[list[Any]]:
        for row in np.flatnonzero(enough).tolist():
            inside = "yes" if scores.inside[row] else "no"
            for place, regimen in enumerate(regimens):
                verdict = verdicts(row, regimen)
                if verdict != "no":
                    start = [data.ids[row], regimen, verdict, inside]
                    found = figures[row, place].tolist()
                    yield [*start, *pad, *(found if told[place] else map(_known, found))]

    return int(enough.sum()), lines()


def _known(figure: float) -> float | str:
    """A figure, or nothing where the cohort never recorded such an outcome under the regimen."""
    return "" if figure != figure else figure  # noqa: PLR0124  (NaN)


def _verdicts(
    context: Context, data: CohortData, regimens: tuple[str, ...]
) -> Callable[[int, str], str]:
    """The answer of each row and regimen; none without a pack."""
    if data.disease not in context.library.ids:
        return lambda _row, _regimen: ""
    pack = context.library.pack(data.disease)
    columns = {f.id: data.values[:, i] for i, f in enumerate(data.features)}
    if data.line is not None:
        places = {float(level): place for place, level in enumerate(pack.vocabulary[LINE].levels)}
        columns[LINE] = np.array([places.get(line, np.nan) for line in data.line.tolist()])
    judged = judge_table(columns, data.size, pack) if any(regimens) else {}
    texts: Mapping[str, list[str]] = {
        name: np.where(judged[name].yes, "yes", np.where(judged[name].no, "no", "unknown")).tolist()
        for name in filter(None, regimens)
    }
    texts = texts or {"": [""] * data.size}
    return lambda row, regimen: texts[regimen][row]
