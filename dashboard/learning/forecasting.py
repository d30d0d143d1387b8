"""One patient under every regimen at once, from a bundle.

Answers with chances, curves, incidences and toxicities, each with its interval; with how unlike the
cohort the patient is; and with what the unknown inputs cost: the interval grows by what the inputs'
joint distribution leaves open, and the unknown input that would narrow the forecast most is named.
Which regimens are candidates is the pack's rule and the caller's question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from dashboard.answers.forecast import (
    Chance,
    Forecast,
    Incidence,
    RegimenForecast,
    Support,
    SurvivalCurve,
    Widening,
)
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.foundation.seeds import generator
from dashboard.learning.bundle import Bundle
from dashboard.learning.chance import ChanceModel
from dashboard.learning.competing import CompetingHead
from dashboard.learning.encoding import Encoding
from dashboard.learning.hazard import HazardModel
from dashboard.learning.ranking import ranking_of
from dashboard.learning.response import ResponseHead
from dashboard.learning.ridge import sigmoid
from dashboard.learning.scoring import PatientRows, linear_scores, uncertain_scores
from dashboard.learning.support import OVERLAP
from dashboard.learning.survival import SurvivalHead, consistent, survival_of
from dashboard.learning.taught import TOXICITY
from dashboard.learning.toxicity import ToxicityHead
from dashboard.learning.views import Views
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

LEVEL = 0.9
STEP = 0.5  # months between the points of a curve
FEW = 50.0  # below so many similar patients individual ranking is not trustworthy
ENDPOINTS = ("pfs", "os")
WORDS = {"response": "response", "pfs": "progression-free survival", "os": "overall survival"}
_DRAWS = 64
_LEAST_SIZE = 1e-9


@dataclass(frozen=True)
class Question:
    """One patient under several regimens, as both halves take it."""

    encoding: Encoding
    row: Floats
    regimens: tuple[str, ...]
    descriptors: Floats
    views: Views
    drawn: Floats | None  # draws x core columns; None where everything is known
    cautions: tuple[str, ...]

    @property
    def core(self) -> Floats:
        """The complete core columns, one row."""
        return self.encoding.filled(self.row[None])

    @cached_property
    def drawn_patients(self) -> PatientRows | None:
        """The patient as he may be, one row a draw of what is unknown."""
        if self.drawn is None:
            return None
        flags = np.repeat(np.isnan(self.row)[None].astype(np.float64), len(self.drawn), axis=0)
        columns = self.encoding.patient_columns(self.drawn, flags)
        return PatientRows(self.encoding, columns, self.drawn, np.empty((len(self.drawn), 0)))

    @cached_property
    def half_drawn(self) -> PatientRows | None:
        """The draws without their mirrors, which are as far from the middle."""
        rows = self.drawn_patients
        if rows is None:
            return None
        columns, core = rows.columns[:_DRAWS], rows.core[:_DRAWS]
        return PatientRows(self.encoding, columns, core, rows.trees[:_DRAWS])

    @cached_property
    def drawn_linear(self) -> Floats | None:
        """The linear half's rows of every draw under every regimen."""
        if self.drawn is None:
            return None
        many = np.repeat(self.drawn, len(self.regimens), axis=0)
        flags = np.repeat(np.isnan(self.row)[None].astype(np.float64), len(many), axis=0)
        under = np.tile(self.descriptors, (len(self.drawn), 1))
        return self.encoding.linear_of(many, flags, under)

    @cached_property
    def unknown_bases(self) -> Mapping[int, Floats]:
        """Per unknown input: orthonormal directions in which the draws of its columns vary."""
        if self.drawn is None:
            return {}
        centred = self.drawn - self.drawn.mean(axis=0)
        owner = self.encoding.core_input
        return {
            int(i): _orthonormal(centred[:, owner == i]) for i in np.flatnonzero(np.isnan(self.row))
        }


@dataclass(frozen=True, slots=True)
class _Spread:
    """What the unknown inputs leave open in each score, and which input how much of it."""

    deviation: Floats  # one a regimen
    explained: Mapping[int, Floats]  # input -> share of the variance it would settle


def ask(encoding: Encoding, facts: Mapping[str, Value], regimens: Sequence[str]) -> Question:
    """Lay out a patient under regimens.

    Raises:
        InputRefused: a value no model may be asked about.
        NotEnoughEvidence: too little is known of the patient, or nothing of a regimen.
    """
    row, cautions = encoding.contract.of_patient(facts)
    descriptors = encoding.contract.describe(regimens)
    values = np.repeat(row[None], len(regimens), axis=0)
    views = Views(encoding.linear(values, descriptors), encoding.trees(values, descriptors))
    unknown = np.isnan(row)
    drawn = None
    if unknown.any():
        core = encoding.core(encoding.contract.clipped(row[None]))[0]
        normals = generator(0, "unknown inputs").standard_normal((_DRAWS, len(core)))
        drawn = encoding.completion.draws(core, np.vstack([normals, -normals]))
    return Question(encoding, row, tuple(regimens), descriptors, views, drawn, cautions)


def forecast(
    bundle: Bundle,
    facts: Mapping[str, Value],
    regimens: Sequence[str],
    *,
    fingerprint: str = "",
    level: float = LEVEL,
) -> Forecast:
    """Forecast one patient under the regimens that the bundle can speak of.

    Args:
        bundle: a trained bundle.
        facts: the patient's values by feature; absent is unknown.
        regimens: candidates; one the bundle has never seen is answered by a caution alone.
        fingerprint: the patient's, to tie the forecast to what it was made from.
        level: of the intervals.

    Raises:
        InputRefused: a value no model may be asked about.
        NotEnoughEvidence: too little is known of the patient.
    """
    spoken, silent = _sort_regimens(bundle, regimens)
    question = ask(bundle.encoding, facts, spoken)
    work = _Work(bundle, question, float(ndtri((1 + level) / 2)), level)
    forecasts = {each.regimen: each for each in work.forecasts()} if spoken else {}
    return Forecast(
        fingerprint,
        bundle.disease,
        bundle.id,
        tuple(
            forecasts.get(name) or RegimenForecast(name, cautions=(silent[name],))
            for name in regimens
        ),
        question.cautions,
        work.widenings(),
        ranking_of(bundle.card.get("ranking", {})),
    )


def _sort_regimens(
    bundle: Bundle, regimens: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    silent: dict[str, str] = {}
    for name in regimens:
        try:
            bundle.contract.require(name)
        except NotEnoughEvidence as reason:
            silent[name] = reason.message
    return tuple(name for name in regimens if name not in silent), silent


class _Work:
    """One forecast in the making: the heads' answers for all regimens, then one value a regimen."""

    def __init__(self, bundle: Bundle, question: Question, z: float, level: float) -> None:
        self._bundle = bundle
        self._question = question
        self._z = z
        self._level = level
        self._seen: list[tuple[Floats, _Spread]] = []  # total deviations, and the unknowns' part

    def forecasts(self) -> tuple[RegimenForecast, ...]:
        """Everything, regimen by regimen."""
        heads, views = self._bundle.heads, self._question.views
        response = cast("ResponseHead | None", heads.get("response"))
        toxicity = cast("ToxicityHead | None", heads.get("toxicity"))
        chances = self._chances(response.objective) if response else None
        recist = response.predict_recist(views) if response else None
        curves = self._curves()
        incidences = self._incidences(curves.get("pfs"))
        # Intervals of toxicities hold the truth more often than they say without what costs most.
        groups = toxicity.groups.items() if toxicity else ()
        toxic = {name: self._chances(model, unsure=False) for name, model in groups}
        support = self._support()
        found = (
            RegimenForecast(
                name,
                chances[i] if chances else None,
                {k: float(v[i]) for k, v in recist.items()} if recist else {},
                curves["pfs"][i] if "pfs" in curves else None,
                curves["os"][i] if "os" in curves else None,
                incidences[i] if incidences else None,
                {group: each[i] for group, each in toxic.items()},
                support[i],
                _cautions(support[i], self._bundle.contract.position(name), name),
            )
            for i, name in enumerate(self._question.regimens)
        )
        return tuple(_only_taught(self._bundle, each) for each in found)

    def _unknown(self, model: ChanceModel | HazardModel, *, unsure: bool = True) -> _Spread:
        """What unknown inputs leave open in a linear score: their own spread under its effects.

        Args:
            model: the blend that is asked.
            unsure: also count that an effect is itself unsure, wherever the input may lie.
        """
        question, slope = self._question, model.recalibration.slope
        if question.drawn_patients is None or question.half_drawn is None:
            return _Spread(np.zeros(len(question.regimens)), {})
        own, posterior = model.patient_part
        scores = linear_scores(question.drawn_patients, own, 0.0, question.descriptors)
        variance = scores.var(axis=0)
        if unsure:
            variance += uncertain_scores(posterior, question.half_drawn, question.descriptors)
        return _Spread(slope * np.sqrt(variance), _explained(question.unknown_bases, scores))

    def _chances(self, model: ChanceModel, *, unsure: bool = True) -> list[Chance]:
        views = self._question.views
        unknown = self._unknown(model, unsure=unsure)
        middle, own = model.with_deviation(views)
        deviation = np.hypot(own, unknown.deviation)
        self._seen.append((deviation, unknown))
        p, low, high = (sigmoid(middle + side * self._z * deviation) for side in (0, -1, 1))
        return [
            Chance(float(a), float(b), float(c), self._level)
            for a, b, c in zip(p, low, high, strict=True)
        ]

    def _curve(self, model: HazardModel, months: Floats) -> tuple[Floats, Floats, Floats]:
        views = self._question.views
        unknown = self._unknown(model)
        middle, deviation = model.with_deviation(views, months)
        deviation = np.hypot(deviation, unknown.deviation[:, None])
        self._seen.append((deviation.mean(axis=1), unknown))
        p, low, high = (survival_of(middle + side * self._z * deviation) for side in (0, 1, -1))
        falling = (np.minimum.accumulate(values, axis=1) for values in (p, low, high))
        first, second, third = falling
        return first, np.minimum(second, first), np.maximum(third, first)

    def _curves(self) -> dict[str, list[SurvivalCurve]]:
        heads = {
            name: cast("SurvivalHead", self._bundle.heads[name])
            for name in ("pfs", "os")
            if name in self._bundle.heads
        }
        if not heads:
            return {}
        months = {n: np.arange(0.0, head.horizon + STEP / 2, STEP) for n, head in heads.items()}
        bands = {n: self._curve(head.model, months[n]) for n, head in heads.items()}
        if len(bands) == len(("pfs", "os")):
            bands = _made_consistent(bands, months)
        return {
            name: [
                SurvivalCurve(months[name], p[i], low[i], high[i], self._level)
                for i in range(len(p))
            ]
            for name, (p, low, high) in bands.items()
        }

    def _incidences(self, pfs: Sequence[SurvivalCurve] | None) -> list[Incidence] | None:
        head = cast("CompetingHead | None", self._bundle.heads.get("progression"))
        if head is None or not pfs:
            return None
        months = pfs[0].months
        free = np.array([curve.probability for curve in pfs])
        causes = head.predict(self._question.views, months, free)
        return [
            Incidence(months, {name: values[i] for name, values in causes.items()}, free[i])
            for i in range(len(free))
        ]

    def _support(self) -> tuple[Support, ...]:
        question, contract = self._question, self._bundle.contract
        positions = np.array([contract.position(n) for n in question.regimens], dtype=np.int64)
        untypical = contract.untypical(question.row)
        return self._bundle.support.judge(question.core, positions, untypical)

    def widenings(self) -> tuple[Widening, ...]:
        """The unknown inputs by how much knowing each would narrow the intervals."""
        found: dict[int, list[float]] = {}
        for total, unknown in self._seen:
            variance = np.maximum(total**2, 1e-12)
            for i, share in unknown.explained.items():
                left = np.maximum(variance - share * unknown.deviation**2, 0.0) / variance
                found.setdefault(i, []).append(float(1.0 - np.sqrt(left).mean()))
        ids = self._question.encoding.contract.ids
        named = [Widening(ids[i], float(np.mean(shares))) for i, shares in found.items()]
        return tuple(sorted(named, key=lambda each: (-each.narrowing, each.feature)))


def _explained(bases: Mapping[int, Floats], scores: Floats) -> dict[int, Floats]:
    """The share of each score's variance that a regression on one input's columns explains."""
    centred = scores - scores.mean(axis=0)
    total = np.maximum((centred**2).sum(axis=0), 1e-300)
    fitted = np.vstack([basis.T for basis in bases.values()]) @ centred
    ends = np.cumsum([basis.shape[1] for basis in bases.values()])
    starts = ends - [basis.shape[1] for basis in bases.values()]
    return {
        each: np.clip((fitted[first:last] ** 2).sum(axis=0) / total, 0.0, 1.0)
        for each, first, last in zip(bases, starts, ends, strict=True)
    }


def _orthonormal(centred: Floats) -> Floats:
    """Columns of length one, at right angles, that span the same; none of what does not vary."""
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    kept: Floats = left[:, size > _LEAST_SIZE * max(1.0, float(size.max(initial=0.0)))]
    return kept


def _made_consistent(
    bands: Mapping[str, tuple[Floats, Floats, Floats]], months: Mapping[str, Floats]
) -> dict[str, tuple[Floats, Floats, Floats]]:
    """PFS and OS so that the first never exceeds the second, where both are known."""
    shared = min(len(months["pfs"]), len(months["os"]))
    pairs = [
        consistent(pfs[:, :shared], overall[:, :shared])
        for pfs, overall in zip(bands["pfs"], bands["os"], strict=True)
    ]
    made = {
        name: tuple(
            np.hstack([pair[place], np.minimum(band[:, shared:], pair[place][:, -1:])])
            for pair, band in zip(pairs, bands[name], strict=True)
        )
        for place, name in enumerate(("pfs", "os"))
    }
    return cast("dict[str, tuple[Floats, Floats, Floats]]", made)


def _only_taught(bundle: Bundle, found: RegimenForecast) -> RegimenForecast:
    """The forecast without what the cohort never recorded under such a regimen, which is said."""
    name = found.regimen
    silent = {n for n in ("response", *ENDPOINTS) if not bundle.speaks_of(n, name)}
    known = {
        group: chance
        for group, chance in found.toxicities.items()
        if bundle.speaks_of(TOXICITY + group, name)
    }
    cautions = [f"Not known under this regimen: {WORDS[each]}." for each in sorted(silent)]
    if found.toxicities and not known:
        cautions.append("Not known under this regimen: severe side effects; none were recorded.")
    return replace(
        found,
        response=None if "response" in silent else found.response,
        recist={} if "response" in silent else found.recist,
        pfs=None if "pfs" in silent else found.pfs,
        os=None if "os" in silent else found.os,
        progression=None if "pfs" in silent else found.progression,
        toxicities=known,
        cautions=(*found.cautions, *cautions),
    )


def _cautions(support: Support, position: int, regimen: str) -> tuple[str, ...]:
    found: list[str] = []
    if not regimen:
        found.append("The cohort recorded no treatment: this holds whatever was given.")
    elif position < 0:
        found.append("The cohort never saw this regimen; it is inferred from its drug classes.")
    if not support.inside:
        found.append("This patient is unlike the patients of the cohort.")
    if position >= 0 and support.propensity < OVERLAP:
        found.append("Patients like this one hardly ever received this regimen.")
    elif regimen and support.similar < FEW:
        found.append(
            f"About {support.similar:.0f} similar patients received it; "
            "too few to rank regimens for one person."
        )
    return tuple(found)
