"""The one way to a calibrated model: from the pack's own file, or solved on first use.

A pack that ships with Concord has its `calibration.json` beside it. A pack without one, or with
one that was solved for other figures (a hospital's new tumour group, a changed table), is solved
when it is first needed and remembered while the program runs; where a folder is given it is also
kept there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dashboard.answers.population import CalibrationReport
from dashboard.cohort import calibration, reports, trial_simulation
from dashboard.cohort.assumptions import BUILT_IN, Assumptions, load_assumptions
from dashboard.cohort.carry_over import solve_carry_over
from dashboard.cohort.outcomes import OutcomeModel, outcome_model
from dashboard.cohort.parameters import FILE_NAME, Parameters, load_parameters
from dashboard.cohort.progress import Told, silent, within
from dashboard.cohort.simulator import Simulated, simulate
from dashboard.knowledge.schema import DiseasePack

SEED = 20_240_101  # what shipped parameters are solved with; reports use other seeds
REPORT_SEED = 77  # of the reports that ship
REPORT_NAME = "calibration-report.json"
_SOLVED = 0.75  # of the way, once the parameters are solved
_remembered: dict[str, Parameters] = {}


def solve_parameters(
    pack: DiseasePack,
    assumptions: Assumptions,
    seed: int = SEED,
    curves: Parameters | None = None,
    *,
    told: Told = silent,
) -> Parameters:
    """Solve everything for a pack, or, with curves already solved, what later lines carry over."""
    solving = within(told, 0.0, 0.95)
    parameters = curves or calibration.solve(pack, assumptions, seed, told=solving)
    model = outcome_model(pack, assumptions, parameters)
    return replace(parameters, carry_over=solve_carry_over(model, seed))


def kept_parameters(pack: DiseasePack, path: Path) -> Parameters | None:
    """The parameters in a file, if they were solved for the pack and assumptions as they are."""
    fingerprint = calibration.fingerprint_of(pack, load_assumptions(pack.id))
    return load_parameters(path, fingerprint)


def calibrated_model(
    pack: DiseasePack, folders: Sequence[Path] = (), told: Told = silent
) -> OutcomeModel:
    """The model of a pack, ready to draw.

    Args:
        pack: the tumour group.
        folders: a site's folders of packs, whose assumptions lie over those that ship.
        told: how far the solving is, where it has not been solved yet.
    """
    assumptions = load_assumptions(pack.id, folders)
    fingerprint = calibration.fingerprint_of(pack, assumptions)
    if fingerprint not in _remembered:
        held = _kept(pack.id, folders, fingerprint)
        _remembered[fingerprint] = held or solve_parameters(pack, assumptions, told=told)
    return outcome_model(pack, assumptions, _remembered[fingerprint])


def _kept(pack_id: str, folders: Sequence[Path], fingerprint: str) -> Parameters | None:
    for folder in (*reversed(folders), BUILT_IN / "packs"):
        found = load_parameters(folder / pack_id / FILE_NAME, fingerprint)
        if found is not None:
            return found
    return None


def simulate_cohort(
    pack: DiseasePack,
    *,
    patients: int,
    seed: int,
    out: Path,
    folders: Sequence[Path] = (),
    told: Told = silent,
) -> Simulated:
    """Draw a cohort folder from a pack, with `truth.csv` beside it."""
    model = calibrated_model(pack, folders, within(told, 0.0, _SOLVED))
    drawing = within(told, _SOLVED if _was_solved(pack, folders) else 0.0, 1.0)
    return simulate(model, patients=patients, seed=seed, out=out, told=drawing)


def calibration_report(
    pack: DiseasePack,
    *,
    seed: int,
    folders: Sequence[Path] = (),
    patients: int = trial_simulation.PATIENTS,
    told: Told = silent,
) -> CalibrationReport:
    """Every published figure of a pack against fresh simulated patients."""
    model = calibrated_model(pack, folders, within(told, 0.0, _SOLVED))
    replaying = within(told, _SOLVED if _was_solved(pack, folders) else 0.0, 1.0)
    return trial_simulation.calibration_report(model, seed=seed, patients=patients, told=replaying)


def report_key(pack: DiseasePack, assumptions: Assumptions) -> str:
    """Names what a report comes from: pack, assumptions, parameters that ship, and the replay."""
    kept = BUILT_IN / "packs" / pack.id / FILE_NAME
    solved = hashlib.sha256(kept.read_bytes()).hexdigest()[:8] if kept.is_file() else "own"
    made_from = calibration.fingerprint_of(pack, assumptions)
    return f"{made_from}-{solved}-{reports.replay_version()}"


def shipped_report(pack_id: str) -> Path:
    """Where the report of a pack that ships lies."""
    return BUILT_IN / "packs" / pack_id / REPORT_NAME


def _was_solved(pack: DiseasePack, folders: Sequence[Path]) -> bool:
    """Whether the parameters had to be solved here: then that took most of the time."""
    assumptions = load_assumptions(pack.id, folders)
    return _kept(pack.id, folders, calibration.fingerprint_of(pack, assumptions)) is None
