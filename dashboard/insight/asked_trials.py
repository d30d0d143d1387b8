"""Everything that follows from asking one model about the patients of every trial, as one text.

The replays themselves, how far model and trials are apart beyond the trials' own intervals (by kind
of figure), and which arms stand out. Asking takes some seconds; the text is kept beside the model
and read in milliseconds. Which model, which file and who may ask is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field

import numpy as np

from dashboard.cohort.assumptions import Assumptions
from dashboard.insight.agreement import Point, Residuals, Spread
from dashboard.insight.standing_out import Apart, apart, field_of
from dashboard.insight.trial_replays import RATIOS, Replay, Tell, replay_trials
from dashboard.knowledge.schema import DiseasePack
from dashboard.learning.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Asked:
    """What one model said of the trials' patients."""

    replays: tuple[Replay, ...]
    spreads: Mapping[str, Spread] = field(default_factory=dict)  # by measure
    apart: Mapping[str, Apart] = field(default_factory=dict)  # by arm


def ask(bundle: Bundle, pack: DiseasePack, assumptions: Assumptions, tell: Tell) -> Asked:
    """Ask the model about every trial, and work out what follows."""
    replays = replay_trials(bundle, pack, assumptions, tell)
    spreads = {name: held.spread() for name, held in residuals_of(replays).items()}
    patients = {arm.id: arm.n or 0 for arm in pack.arms}
    return Asked(replays, spreads, apart(field_of(replays, patients)))


def residuals_of(replays: Sequence[Replay]) -> dict[str, Residuals]:
    """By measure, the model minus each trial on its own patients; hazard ratios are left out."""
    held: dict[str, list[Replay]] = {}
    for each in replays:
        if each.measure not in RATIOS:
            held.setdefault(each.measure, []).append(each)
    return {
        name: Residuals(
            np.array([replay.difference for replay in group]),
            np.array([replay.published.variance for replay in group]),
            [replay.regimen for replay in group],
            [replay.trial for replay in group],
            np.array([replay.claimed for replay in group]),
        )
        for name, group in held.items()
    }


def as_text(asked: Asked) -> str:
    """What was said, as JSON."""
    content = {
        "replays": [astuple(each) for each in asked.replays],
        "spreads": {name: astuple(each) for name, each in asked.spreads.items()},
        "apart": {name: astuple(each) for name, each in asked.apart.items()},
    }
    return json.dumps(content)


def of_text(text: str) -> Asked:
    """What was said, read back."""
    content = json.loads(text)
    replays = (
        Replay(arm, regimen, measure, trial, Point(*published), *said)
        for arm, regimen, measure, trial, published, *said in content["replays"]
    )
    return Asked(
        tuple(replays),
        {name: Spread(*each) for name, each in content["spreads"].items()},
        {name: Apart(*each) for name, each in content["apart"].items()},
    )
