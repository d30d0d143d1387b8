"""The verbs about simulated cohorts: `simulate` draws one, `calibration` holds it to the trials."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.answers.population import KINDS, CalibrationReport, FigureCheck
from dashboard.services import population, simulation
from dashboard.services.context import Context
from dashboard.verbs.outcome import Outcome, Verb, tell_progress


def _simulate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("disease", metavar="DISEASE", help="the id of a disease pack")
    parser.add_argument("--patients", type=int, required=True, metavar="N", help="how many")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same patients")


def _simulate(context: Context, options: argparse.Namespace) -> Outcome:
    drawn = simulation.simulate(
        context, options.disease, patients=options.patients, seed=options.seed, out=options.out
    )
    document = {
        "disease": drawn.disease,
        "folder": str(drawn.folder),
        "patients": drawn.patients,
        "rows": drawn.rows,
        "seed": drawn.seed,
        "synthetic": True,
    }
    line = (
        f"{drawn.patients} synthetic patients in {drawn.rows} rows written to {drawn.folder}; "
        "truth.csv beside them is for evaluation and teaching only"
    )
    return Outcome(document, [line])


def _disease_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("disease", metavar="DISEASE", help="the id of a disease pack")


def _calibration(context: Context, options: argparse.Namespace) -> Outcome:
    report = population.calibration(context, options.disease, progress=tell_progress)
    shares = [
        f"  {share:6.1%} of {len(report.of(kind))} {kind}s met"
        for kind in KINDS
        if (share := report.share_inside(kind)) is not None
    ]
    lines = [f"{report.disease}, seed {report.seed}", *shares, *map(_figure_line, report.figures)]
    lines += [f"  not simulated: {row}: {reason}" for row, reason in report.not_simulated]
    return Outcome(_calibration_document(report), lines)


def _figure_line(figure: FigureCheck) -> str:
    said = "" if figure.published is None else f"{figure.published:g}"
    low, high = ("not reached" if e is None else f"{e:g}" for e in (figure.low, figure.high))
    span = "" if figure.low is figure.high is None else f" ({low} to {high})"
    mark = "inside" if figure.inside else f"outside {figure.conflict}".strip()
    return (
        f"  {figure.row} {figure.endpoint}: {said}{span}, simulated {figure.simulated:.3g}: {mark}"
    )


def _calibration_document(report: CalibrationReport) -> dict[str, Any]:
    return {
        "disease": report.disease,
        "seed": report.seed,
        "shares": {kind: report.share_inside(kind) for kind in KINDS},
        "arms": [asdict(figure) for figure in report.figures],
        "disagreements": [asdict(one) for one in report.disagreements],
        "not_simulated": [{"row": row, "reason": why} for row, why in report.not_simulated],
    }


VERBS = (
    Verb("simulate", "draw a synthetic cohort into a folder", _simulate_options, _simulate),
    Verb(
        "calibration",
        "hold the simulator against every published arm",
        _disease_option,
        _calibration,
    ),
)
