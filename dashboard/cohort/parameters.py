"""The solved parameters of the simulator: data, kept beside the pack as `calibration.json`.

One set per regimen, shared by all of its trials: the two curves, the chance of response, what a
later line changes, and severe side effects by group; with them the sizes of the effects and of
the shared mechanisms. The file names the pack's fingerprint and the seed it was solved with; a
file that does not fit the pack is solved again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dashboard.cohort.curves import Curve

FILE_NAME = "calibration.json"
FORMAT = 2


@dataclass(frozen=True, slots=True)
class SevereEvents:
    """Severe side effects of one regimen, on the log-odds scale."""

    groups: Mapping[str, float] = field(default_factory=dict)
    other: float | None = None  # severe events outside the listed groups
    frailty: float = 0.3  # how much the groups hang together


@dataclass(frozen=True, slots=True)
class RegimenParameters:
    """What one regimen does to a patient at the centre of its trials."""

    pfs: Curve
    os: Curve
    response: float  # log odds
    complete: float  # log odds of a complete response, below `response`
    later_line: Mapping[str, float] = field(default_factory=dict)  # endpoint -> shift
    severe: SevereEvents = SevereEvents()
    basis: str = "trials"  # "trials", or "class": nothing published, taken from its classes


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that was solved for one pack."""

    pack: str
    fingerprint: str
    seed: int
    regimens: Mapping[str, RegimenParameters]
    sizes: Mapping[str, float]  # term -> size
    carry_over: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the parameters, rounded to what matters, in a stable order."""
        content = {"format": FORMAT, **_plain(asdict(self))}
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def load_parameters(path: Path, fingerprint: str) -> Parameters | None:
    """The parameters in a file, or None when it is absent or was solved for another pack."""
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("format") != FORMAT or content.get("fingerprint") != fingerprint:
        return None
    return Parameters(
        pack=content["pack"],
        fingerprint=content["fingerprint"],
        seed=content["seed"],
        regimens={name: _regimen(held) for name, held in content["regimens"].items()},
        sizes=content["sizes"],
        carry_over={name: tuple(held) for name, held in content["carry_over"].items()},
    )


def _regimen(held: dict[str, Any]) -> RegimenParameters:
    rest = {key: held[key] for key in ("response", "complete", "later_line", "basis")}
    severe = SevereEvents(**held["severe"])
    return RegimenParameters(
        pfs=Curve(**held["pfs"]), os=Curve(**held["os"]), severe=severe, **rest
    )


def _plain(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _plain(value) for key, value in item.items()}
    if isinstance(item, tuple):
        return [_plain(value) for value in item]
    return round(float(item), 5) if isinstance(item, float) else item
