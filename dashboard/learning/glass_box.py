"""A model anybody can read, beside the one that forecasts: Cox regression with its hazard ratios.

Answers "what would a plain regression have said?" for overall and progression-free survival, and
"which facts move the boosted half most?" for response. The regression is lifelines' Cox model,
stratified by regimen, so that its ratios speak of the patient and not of the treatment; the second
is shap's interventional values in points of probability. Both are made while training and kept in
the card: neither library is needed to forecast.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import Timed
from dashboard.knowledge.schema import Kind
from dashboard.learning.chance import ChanceModel
from dashboard.learning.matrix import LEAST_GROUP, Input
from dashboard.learning.ridge import sigmoid
from dashboard.learning.views import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEVEL = 0.9
_PENALTY = 0.01  # on the mean partial likelihood: enough to stand up to collinear laboratory values
_MOST_REGRESSED = 3000  # rows; evenly taken, because ten thousand cost seconds and a third digit
_MOST_EXPLAINED = 400  # rows; the mean over more changes the second digit at most
_BACKGROUND = 100
_TELLS_NOTHING = float(np.log(1000.0))  # an interval so wide: too few have the fact, or all of them
_QUARTILES = (25.0, 50.0, 75.0)


def hazard_ratios(study: Study, timed: Timed, regimen: Integers) -> list[dict[str, Any]]:
    """The Cox model's hazard ratios, the surest first; none where it does not settle.

    Args:
        study: the cohort as it is trained on.
        timed: the endpoint.
        regimen: each row's regimen, by which the model is stratified.
    """
    import pandas as pd
    from lifelines.exceptions import ConvergenceError

    rows = _spread(timed.known & (timed.months > 0))
    columns = dict(_columns(study, rows))
    if not columns or int(timed.event[rows].sum()) < 2 * len(columns):
        return []
    frame = pd.DataFrame({name: values for name, (_, values) in columns.items()})
    frame["months"], frame["event"] = timed.months[rows], timed.event[rows].astype(float)
    frame["regimen"] = regimen[rows]
    model = _regression()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said by an empty list, or seen in the intervals
            model.fit(frame, "months", "event", strata=["regimen"], batch_mode=True)
    except ConvergenceError:
        return []
    spans = model.confidence_intervals_.to_numpy()
    certain = (model.params_ / model.standard_errors_).abs()
    found = [
        {
            "feature": columns[name][0],
            "words": name,
            "ratio": round(float(np.exp(beta)), 4),
            "low": round(float(np.exp(low)), 4),
            "high": round(float(np.exp(high)), 4),
        }
        for name, beta, (low, high) in zip(model.params_.index, model.params_, spans, strict=True)
        if high - low < _TELLS_NOTHING
    ]
    return sorted(found, key=lambda row: -float(certain[row["words"]]))


def _regression() -> Any:
    """Lifelines' Cox regression without the typical patient of every stratum.

    Those serve plots that nobody draws here, and finding them takes nine tenths of the time.
    """
    from lifelines.fitters.coxph_fitter import SemiParametricPHFitter

    class Lean(SemiParametricPHFitter):  # type: ignore[misc]
        def _compute_central_values_of_raw_training_data(self, frame: Any, *_: Any) -> Any:
            return frame.head(1)

    return Lean(penalizer=_PENALTY, alpha=1 - LEVEL)


def _spread(usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """So many of the usable rows as are regressed on, evenly taken."""
    places = np.flatnonzero(usable)
    if len(places) > _MOST_REGRESSED:
        places = places[np.linspace(0, len(places) - 1, _MOST_REGRESSED).astype(int)]
    chosen = np.zeros(len(usable), dtype=bool)
    chosen[places] = True
    return chosen


def points_moved(study: Study, model: ChanceModel) -> list[dict[str, Any]]:
    """By how many points of probability each fact moves the boosted half, on average.

    Interventional values of the log-odds against the cohort itself, told in points at each
    patient's own chance; the regimen's columns are counted together.
    """
    import lightgbm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap sets up colours for plots that nobody draws here
        import shap

    if not model.forest_text:
        return []
    rows = study.whole.views.trees
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), _MOST_EXPLAINED)).astype(int)
    background = rows[np.linspace(0, len(rows) - 1, min(len(rows), _BACKGROUND)).astype(int)]
    booster = lightgbm.Booster(model_str=model.forest_text)
    explainer = shap.TreeExplainer(
        booster, background, feature_perturbation="interventional", model_output="raw"
    )
    values = np.asarray(explainer.shap_values(rows[chosen]))
    values = values[..., -1] if values.ndim > 2 else values  # noqa: PLR2004 - a class axis
    if model.forest.lean:
        values = values + model.forest.lean.added(rows[chosen])
    p = sigmoid(model.forest.predict(rows[chosen]))
    return _by_fact(study, values * (p * (1 - p))[:, None])


def _by_fact(study: Study, values: Floats) -> list[dict[str, Any]]:
    found: dict[str, list[int]] = {}
    ids = set(study.contract.ids)
    for place, name in enumerate(study.whole.encoding.tree_columns):
        fact = name.split("=")[0]
        found.setdefault(fact if fact in ids else "regimen", []).append(place)
    moved = {
        fact: 100 * float(np.abs(values[:, places].sum(axis=1)).mean())
        for fact, places in found.items()
    }
    ranked = sorted(moved.items(), key=lambda item: -item[1])
    return [{"feature": fact, "points": round(points, 3)} for fact, points in ranked if points > 0]


# -- the plain model's columns --------------------------------------------------------------------


def _columns(study: Study, rows: npt.NDArray[np.bool_]) -> Iterator[tuple[str, tuple[str, Floats]]]:
    """Each column with its words and its feature; what is unknown lies at the middle."""
    for place, each in enumerate(study.contract.inputs):
        column = study.values[rows, place]
        known = column[~np.isnan(column)]
        if len(known) < LEAST_GROUP:
            continue
        if each.kind is Kind.CATEGORY:
            yield from _levels(each, column, known)
            continue
        words, values = _scaled(each, column, known)
        if float(values.std()) > 0:
            yield words, (each.id, values)


def _scaled(each: Input, column: Floats, known: Floats) -> tuple[str, Floats]:
    if each.kind is Kind.FLAG:
        return f"{each.label}: yes", np.where(np.isnan(column), known.mean(), column)
    if each.kind is Kind.ORDINAL:
        return f"{each.label}: one step more", np.where(np.isnan(column), known.mean(), column)
    low, middle, high = np.percentile(known, _QUARTILES)
    width = high - low or known.std()
    words = f"{each.label}: {high:.3g} against {low:.3g} {each.unit}".rstrip()
    return words, np.where(np.isnan(column), 0.0, (column - middle) / width)


def _levels(each: Input, column: Floats, known: Floats) -> Iterator[tuple[str, tuple[str, Floats]]]:
    codes, counts = np.unique(known, return_counts=True)
    usual = codes[int(np.argmax(counts))]
    for code, count in zip(codes, counts, strict=True):
        if code != usual and count >= LEAST_GROUP:
            words = f"{each.label}: {each.levels[int(code)]} against {each.levels[int(usual)]}"
            yield words, (each.id, np.where(np.isnan(column), 0.0, (column == code) * 1.0))
