"""The patients of a cohort most like one, what they received and how they fared.

Asked of the cohort that the forecasts were learnt from. Of a hospital's own cohort nothing is told
that few patients stand behind: small groups are withheld, curves move in whole months and end where
few are at risk, no single patient is shown, and a group that differs by few patients from one shown
before is answered with that one. Patients listed in the cohort's `opted-out.txt` are never looked
at, nor is the patient who is asked about.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dashboard.answers.similar import Exemplar, SimilarGroup, SimilarPatients
from dashboard.cohort.columns import CohortData
from dashboard.cohort.small_cells import hidden_cells, rows_threshold
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.records.patient import Patient
from dashboard.services import forecasts, population
from dashboard.services.allowed_rows import opted_out
from dashboard.services.context import Context, Permission
from dashboard.services.shelf import Shelf

if TYPE_CHECKING:
    from dashboard.insight.neighbours import Neighbours, Space
    from dashboard.learning.bundle import Bundle

_MOST_EXEMPLARS = 3
_HALF = 0.5
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Laid:
    """A cohort in the space of a bundle, remembered by what both came from."""

    bundle_id: str
    cohort: str
    bundle: Bundle = field(compare=False, hash=False)
    data: CohortData = field(compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class _Wish:
    """Who is asked about and how likeness is to be measured."""

    patient: Patient
    count: int
    weights: Mapping[str, float]
    locks: tuple[str, ...]
    left_out: frozenset[str]


def similar(
    context: Context,
    patient: Patient,
    *,
    k: int = 50,
    weights: Mapping[str, float] | None = None,
    locks: Sequence[str] = (),
    own: str = "",
) -> SimilarPatients:
    """The k most similar patients and what happened to them by regimen.

    Args:
        context: who asks.
        patient: the patient at this decision.
        k: how many are wanted.
        weights: factors on how much each input counts; 1 where none is given, 0 leaves it out.
        locks: inputs that must match exactly (numbers: nearly).
        own: the folder of a hospital's own cohort; empty for the default one.

    Raises:
        NotPrepared: the bundle has to be trained first.
        NotEnoughEvidence: nobody matches, or so few that nothing may be told of them.
        UnknownFeature: a weight or lock of an input that the model does not have.
    """
    context.require(Permission.PATIENT_READ)
    context.require(Permission.COHORT_READ)
    context.record("patient.similar", patient.id, wanted=k, locks=len(locks))
    bundle = forecasts.opened(context, patient.disease, own=own)
    data = population.cohort(context, patient.disease, own=own)
    space = _space(_Laid(bundle.id, data.fingerprint, bundle, data))
    folder = Shelf(context.settings, context.library).cohort_folder(patient.disease, own)
    wish = _Wish(patient, k, dict(weights or {}), tuple(locks), opted_out(folder) | {patient.id})
    least = 0
    if not data.synthetic:
        least = rows_threshold(data.ids, context.settings.small_cell_threshold)
    if k < max(1, 2 * least):
        raise NotEnoughEvidence(
            f"{k} patients are too few to be told about.",
            hint=f"Ask for at least {max(1, 2 * least)}.",
        )
    found = _nearest(space, data, wish)
    if least:
        found = _as_shown(context, data, space, wish, found, least=least)
    return _told(context, (bundle, data, space), wish, found, least=least)


@lru_cache(maxsize=4)
def _space(laid: _Laid) -> Space:
    from dashboard.insight.neighbours import Space

    return Space.of(laid.bundle, laid.data)


def _nearest(space: Space, data: CohortData, wish: _Wish, count: int = 0) -> Neighbours:
    return space.nearest(
        wish.patient.facts,
        data.ids,
        count or wish.count,
        wishes=wish.weights,
        locks=wish.locks,
        left_out=wish.left_out,
    )


def _told(
    context: Context,
    asked: tuple[Bundle, CohortData, Space],
    wish: _Wish,
    found: Neighbours,
    *,
    least: int,
) -> SimilarPatients:
    from dashboard.insight.observed import contrasts_of, groups_of

    bundle, data, space = asked
    labels = _labels(context, wish.patient.disease)
    groups = groups_of(data, found, labels, least=least)
    if least:
        groups = _protected(groups, least)
    overlap = _overlap(bundle, wish.patient)
    shown = [group for group in groups if not group.hidden]
    return SimilarPatients(
        wish.patient.disease,
        data.label,
        data.synthetic,
        wish.count,
        len(found.rows),
        found.effective,
        None if least and wish.locks else found.pool,
        None if least and wish.locks else found.share,
        groups,
        contrasts_of(shown, overlap),
        () if least else _exemplars(space, data, wish, shown),
        dict(zip(bundle.contract.ids, space.weights.tolist(), strict=True)),
        wish.locks,
        _notes(data, least),
    )


def _labels(context: Context, disease: str) -> dict[str, str]:
    if disease not in context.library.ids:
        return {}
    pack = context.library.pack(disease)
    return {"": "All patients", **{regimen.id: regimen.label for regimen in pack.regimens}}


def _overlap(bundle: Bundle, patient: Patient) -> dict[str, float]:
    """How often a patient like this one received each regimen."""
    row, _ = bundle.contract.of_patient(patient.facts)
    shares = bundle.support.share(bundle.encoding.filled(row[None]))[0]
    return dict(zip(bundle.contract.regimens, shares.tolist(), strict=False))


def _notes(data: CohortData, least: int) -> tuple[str, ...]:
    notes = ["What was observed, not what a treatment would do: patients were chosen for it."]
    if data.synthetic:
        notes.append("Simulated patients; nobody is in this cohort.")
    if least:
        notes.append("Small groups are withheld, and no single patient is shown.")
    return tuple(notes)


# -- a hospital's own patients --------------------------------------------------------------------


def _protected(groups: Sequence[SimilarGroup], least: int) -> tuple[SimilarGroup, ...]:
    """Small groups hidden, and others as long as their sizes would give those away."""
    words = hidden_cells([group.patients or 0 for group in groups], least)
    return tuple(
        replace(
            group, patients=None, effective=None, response=None, curves={}, toxicity={}, hidden=word
        )
        if word
        else group
        for group, word in zip(groups, words, strict=True)
    )


def _as_shown(
    context: Context,
    data: CohortData,
    space: Space,
    wish: _Wish,
    found: Neighbours,
    *,
    least: int,
) -> Neighbours:
    """The same patients as before where the new group differs from a shown one by few."""
    ledger = Shelf(context.settings, context.library).ledger(f"similar-{data.fingerprint}")
    rows = set(found.rows.tolist())
    with _lock:
        held: dict[str, list[list[int]]] = (
            json.loads(ledger.read_text(encoding="utf-8")) if ledger.is_file() else {}
        )
        shown = held.setdefault(context.actor.id, [])
        for before in shown:
            if len(rows ^ set(before)) < least:
                return space.around(
                    wish.patient.facts, np.array(before), wishes=wish.weights, pool=found.pool
                )
        shown.append(sorted(rows))
        ledger.parent.mkdir(parents=True, exist_ok=True)
        ledger.write_text(json.dumps(held), encoding="utf-8")
    return found


# -- single patients of simulated cohorts ----------------------------------------------------------


def _exemplars(
    space: Space, data: CohortData, wish: _Wish, groups: Sequence[SimilarGroup]
) -> tuple[Exemplar, ...]:
    """Under the regimens most given: the nearest patient who responded, and who did not."""
    from dashboard.insight.observed import Outcomes

    if data.response is None or data.regimen is None:
        return ()
    everybody = _nearest(space, data, wish, count=data.size)
    responded = Outcomes(data, everybody.rows, everybody.likeness).responded
    if responded is None:
        return ()
    received = data.regimen[everybody.rows]
    found: list[Exemplar] = []
    for group in groups[:_MOST_EXEMPLARS]:
        usual = group.response is not None and group.response.p >= _HALF
        own = received == data.regimens.index(group.regimen)
        for answer in (usual, not usual):
            places = np.flatnonzero(own & (responded == float(answer)))
            if len(places):
                place = int(places[0])
                found.append(
                    Exemplar(
                        group.regimen,
                        "responded" if answer else "did not respond",
                        answer != usual,
                        *_fate(data, int(everybody.rows[place])),
                        float(everybody.likeness[place]),
                        space.differences(wish.patient.facts, everybody, place),
                    )
                )
    return tuple(found)


def _fate(data: CohortData, row: int) -> tuple[float | None, bool | None]:
    timed = data.timed.get("os")
    if timed is None or not timed.known[row]:
        return None, None
    return float(timed.months[row]), bool(timed.event[row])
