"""The one way to a calibrated model: from the pack's own file, or solved on first use.

A pack that ships with Concord has its `calibration.json` beside it. A pack without one, or with
one that was solved for other figures (a hospital's new tumour group, a changed table), is solved
when it is first needed and remembered while the program runs; where a folder is given it is also
kept there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dashboard.answers.population import CalibrationReport
from dashboard.cohort import calibration, trial_simulation
from dashboard.cohort.assumptions import BUILT_IN, Assumptions, load_assumptions
from dashboard.cohort.carry_over import solve_carry_over
from dashboard.cohort.outcomes import OutcomeModel, outcome_model
from dashboard.cohort.parameters import FILE_NAME, Parameters, load_parameters
from dashboard.cohort.simulator import Simulated, simulate
from dashboard.knowledge.schema import DiseasePack

SEED = 20_240_101  # what shipped parameters are solved with; reports use other seeds
_remembered: dict[str, Parameters] = {}


def solve_parameters(
    pack: DiseasePack, assumptions: Assumptions, seed: int = SEED, curves: Parameters | None = None
) -> Parameters:
    """Solve everything for a pack, or, with curves already solved, what later lines carry over."""
    parameters = curves or calibration.solve(pack, assumptions, seed)
    model = outcome_model(pack, assumptions, parameters)
    return replace(parameters, carry_over=solve_carry_over(model, seed))


def kept_parameters(pack: DiseasePack, path: Path) -> Parameters | None:
    """The parameters in a file, if they were solved for the pack and assumptions as they are."""
    fingerprint = calibration.fingerprint_of(pack, load_assumptions(pack.id))
    return load_parameters(path, fingerprint)


def calibrated_model(pack: DiseasePack, folders: Sequence[Path] = ()) -> OutcomeModel:
    """The model of a pack, ready to draw.

    Args:
        pack: the tumour group.
        folders: a site's folders of packs, whose assumptions lie over those that ship.
    """
    assumptions = load_assumptions(pack.id, folders)
    fingerprint = calibration.fingerprint_of(pack, assumptions)
    if fingerprint not in _remembered:
        held = _kept(pack.id, folders, fingerprint)
        _remembered[fingerprint] = held or solve_parameters(pack, assumptions)
    return outcome_model(pack, assumptions, _remembered[fingerprint])


def _kept(pack_id: str, folders: Sequence[Path], fingerprint: str) -> Parameters | None:
    for folder in (*reversed(folders), BUILT_IN / "packs"):
        found = load_parameters(folder / pack_id / FILE_NAME, fingerprint)
        if found is not None:
            return found
    return None


def simulate_cohort(
    pack: DiseasePack, *, patients: int, seed: int, out: Path, folders: Sequence[Path] = ()
) -> Simulated:
    """Draw a cohort folder from a pack, with `truth.csv` beside it."""
    return simulate(calibrated_model(pack, folders), patients=patients, seed=seed, out=out)


def calibration_report(
    pack: DiseasePack,
    *,
    seed: int,
    folders: Sequence[Path] = (),
    patients: int = trial_simulation.PATIENTS,
) -> CalibrationReport:
    """Every published figure of a pack against fresh simulated patients."""
    model = calibrated_model(pack, folders)
    return trial_simulation.calibration_report(model, seed=seed, patients=patients)
