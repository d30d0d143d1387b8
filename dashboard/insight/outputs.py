"""What would be forecast for many rows at once: the one number that a question is about.

The same numbers as the forecast's, without intervals, for what-if questions that try thousands of
values; and how steeply each model's log hazards or log-odds move them, for bands around averages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import MONTHS, Target
from dashboard.insight.attribution import chance_model
from dashboard.insight.curves import asked_of, read_curve, steep_models
from dashboard.insight.halves import lay_out_rows
from dashboard.learning.bundle import Bundle
from dashboard.learning.chance import ChanceModel
from dashboard.learning.hazard import HazardModel
from dashboard.learning.ridge import sigmoid
from dashboard.learning.views import Views

Floats = npt.NDArray[np.float64]

_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Outputs:
    """One target of one bundle."""

    bundle: Bundle
    target: Target

    def of(self, values: Floats, regimens: Sequence[str]) -> Floats:
        """The output of each row of inputs under its regimen (one regimen: for all rows)."""
        return self.read(self.views(values, regimens))

    def views(self, values: Floats, regimens: Sequence[str]) -> Views:
        """Rows of inputs with their regimens as both halves take them."""
        described = self.bundle.contract.describe(list(dict.fromkeys(regimens)))
        names = {name: place for place, name in enumerate(dict.fromkeys(regimens))}
        rows = [names[name] for name in regimens]
        if len(rows) == 1:
            rows = rows * len(values)
        return lay_out_rows(self.bundle.encoding, values, described[rows])

    def read(self, views: Views) -> Floats:
        """The output of each row."""
        if not self.target.timed:
            return sigmoid(chance_model(self.bundle, self.target.name).log_odds(views))
        asked = asked_of(self.bundle, self.target.name, self._months, self._area)
        return read_curve(self.bundle, views, self.target.name, asked)[:, 0]

    def steep(self, views: Views) -> tuple[tuple[ChanceModel | HazardModel, Floats], ...]:
        """How much each row's output moves per unit of each model's score (or log hazards)."""
        if not self.target.timed:
            model = chance_model(self.bundle, self.target.name)
            p = sigmoid(model.log_odds(views))
            return ((model, (p * (1 - p) * model.recalibration.slope)[:, None]),)
        asked = asked_of(self.bundle, self.target.name, self._months, self._area)
        return steep_models(self.bundle, views, self.target.name, asked)

    def link(self, outputs: Floats) -> Floats:
        """The scale on which effects add up: log-odds, log cumulative hazard, or months."""
        if self.target.scale == MONTHS:
            return outputs
        p = np.clip(outputs, _LEAST, 1 - _LEAST)
        if self.target.timed:
            return np.log(-np.log(p))
        linked: Floats = np.log(p / (1 - p))
        return linked

    def link_slope(self, output: float) -> float:
        """Units of output a unit of that scale, at an output."""
        if self.target.scale == MONTHS:
            return 1.0
        p = float(np.clip(output, _LEAST, 1 - _LEAST))
        return p * float(np.log(p)) if self.target.timed else p * (1 - p)

    @property
    def _months(self) -> Floats:
        months = self.target.months
        return np.array([] if months is None else [months], dtype=np.float64)

    @property
    def _area(self) -> bool:
        return self.target.scale == MONTHS
