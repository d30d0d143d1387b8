"""A calibration report as a file, and as a table for a spreadsheet; a cohort's first table as one.

Files are JSON and carry what they were made from: a report of other figures is never shown as this
one. Text that a spreadsheet would run as a formula gets an apostrophe in front. Nothing is measured
here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.answers.population import (
    CalibrationReport,
    CohortSummary,
    Disagreement,
    FigureCheck,
    GroupCurve,
)

FORMAT = 2
REPLAYED_BY = (  # the modules that decide a report's figures
    "assumptions", "calibration", "curves", "effects", "estimators", "marginals", "margins",
    "outcomes", "parameters", "population", "progress", "severe_events", "trial_cases",
    "trial_populations", "trial_simulation",
)  # fmt: skip
_COLUMNS = [field.name for field in fields(FigureCheck)]
_TEXTS = (
    "kind", "row", "label", "regimen", "endpoint", "verified", "source", "reference", "conflict",
)  # fmt: skip
_FORMULA = re.compile(r"'*[=+\-@\t\r\x00]")


@cache
def code_version() -> str:
    """Names the code that simulates and measures: a change of any of it makes older files stale."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


@cache
def replay_version() -> str:
    """Names the code that replays trials: a change of any of it makes kept reports stale."""
    digest = hashlib.sha256()
    for name in REPLAYED_BY:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:8]


def save_report(report: CalibrationReport, path: Path, fingerprint: str) -> None:
    """Write a report with what it was made from; a reader never sees half of it.

    Texts that return in many figures are written once, numbers to six digits, a figure a line.
    """
    texts: dict[str, int] = {}
    rows = [[_written(getattr(f, name), texts) for name in _COLUMNS] for f in report.figures]
    held = {
        "disease": report.disease,
        "seed": report.seed,
        "solved_with_seed": report.solved_with_seed,
        "disagreements": [asdict(one) for one in report.disagreements],
        "not_simulated": report.not_simulated,
        "columns": _COLUMNS,
        "texts": list(texts),
    }
    content = {"format": FORMAT, "fingerprint": fingerprint, "report": held}
    figures = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    opening = json.dumps(content, ensure_ascii=False, separators=(",", ":")).removesuffix("}}")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(f'{opening},"figures":[\n{figures}\n]}}}}\n', encoding="utf-8")
    beside.replace(path)


def _written(value: object, texts: dict[str, int]) -> object:
    if isinstance(value, str):
        return texts.setdefault(value, len(texts))
    return float(f"{value:.6g}") if isinstance(value, float) else value


def load_report(path: Path, fingerprint: str) -> CalibrationReport | None:
    """The report in a file; None when there is none, or when it was made from something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if content.get("format") != FORMAT or content.get("fingerprint") != fingerprint:
        return None
    held: dict[str, Any] = content["report"]
    return CalibrationReport(
        disease=held["disease"],
        seed=held["seed"],
        solved_with_seed=held["solved_with_seed"],
        figures=tuple(
            _figure(dict(zip(held["columns"], row, strict=True)), held["texts"])
            for row in held["figures"]
        ),
        disagreements=tuple(
            Disagreement(**{**row, "arms": tuple(row["arms"])}) for row in held["disagreements"]
        ),
        not_simulated=tuple((row, reason) for row, reason in held["not_simulated"]),
    )


def _figure(row: dict[str, Any], texts: Sequence[str]) -> FigureCheck:
    spelled = {name: texts[row[name]] for name in _TEXTS}
    return FigureCheck(**{**row, **spelled})


def report_csv(report: CalibrationReport) -> bytes:
    """Every figure of a report, a row each."""
    header = (
        "kind", "row", "label", "regimen", "endpoint", "months", "patients", "published", "low",
        "high", "simulated", "inside", "verified", "source", "reference", "conflict",
    )  # fmt: skip
    rows = ([getattr(figure, name) for name in header] for figure in report.figures)
    return _csv(header, rows)


def summary_csv(summary: CohortSummary) -> bytes:
    """A cohort's first table: one row a level, or one for a number with its quartiles."""
    header = (
        "feature", "label", "unit", "level", "patients", "share_of_known", "median",
        "lower_quartile", "upper_quartile", "known", "missing_share",
    )  # fmt: skip
    return _csv(header, _summary_rows(summary))


def curves_csv(curves: Sequence[GroupCurve]) -> bytes:
    """The points of every curve with its band."""
    header = ("group", "label", "months", "survival", "low", "high")
    rows = (
        (curve.group, curve.label, *point)
        for curve in curves
        for point in zip(curve.months, curve.survival, curve.low, curve.high, strict=True)
    )
    return _csv(header, rows)


def _summary_rows(summary: CohortSummary) -> Iterable[Sequence[object]]:
    for title, shares in (
        ("regimen", summary.regimens), ("line", summary.lines), ("site", summary.sites)
    ):  # fmt: skip
        for share in shares:
            count = share.hidden if share.patients is None else share.patients
            yield (title, title, "", share.level, count, share.share, "", "", "", "", "")
    for feature in summary.features:
        low, high = feature.quartiles or ("", "")
        known = feature.hidden if feature.known is None else feature.known
        names = (feature.feature, feature.label, feature.unit)
        for share in feature.levels:
            count = share.hidden if share.patients is None else share.patients
            told = (share.level, count, share.share, "", "", "")
            yield (*names, *told, known, feature.missing_share)
        if not feature.levels:
            yield (*names, "", "", "", feature.median, low, high, known, feature.missing_share)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text
