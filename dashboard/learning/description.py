"""A bundle described in a model card: heads, choices, figures and limits, from what it carries.

Answers "what is this model, and what may it not be used for?" The limits are stated from the facts
of the bundle itself (simulated or real, how many patients, which heads are absent), so that none is
claimed that does not hold. Nothing is measured here: the figures were taken in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.answers.landmark import LandmarkError
from dashboard.answers.model_card import HeadCard, ModelCard, PlainEffect, Tenth
from dashboard.learning.bundle import HEADS, Bundle
from dashboard.learning.landmark import UNTIMED_FROM
from dashboard.learning.matrix import LEAST_GROUP

_GROUPED = ("progression", "toxicity")
_RESPONSE = "response"
_FEW_ROWS = 1000


def describe_bundle(bundle: Bundle) -> ModelCard:
    """The card of a bundle."""
    card, cohort = bundle.card, bundle.card["cohort"]
    counts, plain = cohort["patients_per_regimen"], card.get("glass_box", {})
    return ModelCard(
        bundle.disease,
        bundle.id,
        cohort["label"],
        cohort["source"],
        cohort["synthetic"],
        cohort["rows_read"],
        cohort["rows_used"],
        bundle.seed,
        bundle.pack_fingerprint,
        bundle.cohort_fingerprint,
        bundle.code_version,
        card["folds"],
        tuple(card["inputs"]),
        tuple(card["not_used"]),
        {name: count if isinstance(count, int) else None for name, count in counts.items()},
        tuple(_heads(card)),
        dict(card.get("left_out", {})),
        tuple(_limits(bundle)),
        card["use"],
        {
            name: tuple(PlainEffect(**row) for row in rows)
            for name, rows in plain.items()
            if name != _RESPONSE
        },
        tuple((row["feature"], row["points"]) for row in plain.get(_RESPONSE, ())),
        tuple(errors_of(card)),
    )


def errors_of(card: Mapping[str, Any]) -> Iterator[LandmarkError]:
    """What a bundle's card says of its update after each landmark, with and without it."""
    told = card.get("landmark", {})
    for endpoint in ("pfs", "os"):
        for row in told.get(endpoint, {}).get("landmarks", ()):
            yield LandmarkError(
                endpoint,
                row["month"],
                row["n"],
                row["ibs_time_alone"],
                row["ibs_updated"],
                row["gain"],
                row["gain_error"],
            )


def _heads(card: Mapping[str, Any]) -> Iterator[HeadCard]:
    synthetic = bool(card["cohort"]["synthetic"])
    for name in (name for name in HEADS if name in card["quality"]):
        quality, choice = card["quality"][name], card["choice"][name]
        if name not in _GROUPED:
            yield _head(name, quality, choice, synthetic=synthetic)
            continue
        for part, chosen in choice.items():
            if isinstance(chosen, Mapping):
                yield _head(f"{name}:{part}", quality.get(part, {}), chosen, synthetic=synthetic)


def _head(
    target: str, quality: Mapping[str, Any], choice: Mapping[str, Any], *, synthetic: bool
) -> HeadCard:
    figures = {k: float(v) for k, v in quality.items() if isinstance(v, int | float)}
    note = str(quality.get("judged", ""))
    tenths = tuple(Tenth(**each) for each in quality.get("tenths", ()))
    at = figures.pop("tenths_at", None)
    return HeadCard(
        target, figures, {k: float(v) for k, v in choice.items()}, note,
        tenths if synthetic else tuple(filter(_may_be_told, tenths)), at,
    )  # fmt: skip


def _may_be_told(tenth: Tenth) -> bool:
    """Whether enough of a hospital's patients had the event, and had not, to tell of the group."""
    having = round(tenth.n * tenth.observed)
    return min(having, tenth.n - having) >= LEAST_GROUP


def _limits(bundle: Bundle) -> Iterator[str]:
    cohort = bundle.card["cohort"]
    if cohort["synthetic"]:
        yield (
            "Learnt from simulated patients drawn to agree with published trials: it knows what "
            "the trials and the simulator's stated assumptions say, and nothing of real patients."
        )
    else:
        yield (
            "Learnt from patients who were not randomised: differences between regimens are "
            "associations, and whatever decided the treatment without being recorded biases them."
        )
    if cohort["rows_used"] < _FEW_ROWS:
        yield f"{cohort['rows_used']} rows are few: intervals are wide and rare effects are missed."
    rare = [n for n, count in cohort["patients_per_regimen"].items() if not isinstance(count, int)]
    if rare:
        yield (
            f"{len(rare)} regimens have fewer than {LEAST_GROUP} patients; forecasts under them "
            "rest on other regimens of the same drug classes."
        )
    ends = ", ".join(
        f"{name.upper()} {horizon:g} months" for name, horizon in sorted(_horizons(bundle).items())
    )
    if ends:
        yield f"Nothing is said beyond the follow-up of the cohort: {ends}."
    if bundle.landmark is None:
        yield f"No update at a landmark: {bundle.card.get('landmark', {}).get('absent', '')}"
    elif not bundle.landmark.timed:
        yield (
            "The cohort does not tell when a response was reached: the update at a landmark takes "
            f"it as known from month {UNTIMED_FROM:g} on, which flatters responses."
        )
    moved = bundle.card.get("recalibrated")
    if moved:
        of_whom = "simulated patients" if moved["synthetic"] else "patients"
        yield (
            f"Recalibrated to {moved['patients']} {of_whom} of {moved['label']}: level and spread "
            f"of {', '.join(moved['heads'])}; the order of patients and regimens is as it was."
        )
    for name, reason in bundle.card.get("left_out", {}).items():
        yield f"No forecast of {name}: {reason}"


def _horizons(bundle: Bundle) -> dict[str, float]:
    found = {name: getattr(bundle.heads.get(name), "horizon", None) for name in ("os", "pfs")}
    return {name: float(horizon) for name, horizon in found.items() if horizon is not None}
