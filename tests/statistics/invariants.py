"""What must hold of every head, whatever it was trained on; each check has a broken twin.

A head is seen through `Probe`: the answers it gives for a matrix of patients under one regimen, all
as chances of something good (`rises`) or bad. A check raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dashboard.learning.bundle import Bundle
from dashboard.learning.competing import CompetingHead
from dashboard.learning.response import ResponseHead
from dashboard.learning.survival import SurvivalHead
from dashboard.learning.toxicity import ToxicityHead
from dashboard.learning.views import Views, views_of

MONTHS = np.array([0.0, 1.0, 3.0, 6.0, 12.0, 18.0, 24.0])
Answers = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Probe:
    """A head's answers: name -> rows, or rows x months for curves."""

    bundle: Bundle
    answer: Callable[[Views], Answers]
    direction: str  # which declared directions hold: "response", "hazard" or "" for none
    falling: bool | None  # curves that fall (True) or rise (False) with time
    whole: tuple[tuple[str, ...], ...] = ()  # names that add up to one

    def ask(self, values: np.ndarray, regimen: str) -> Answers:
        """The answers for patients under one regimen."""
        encoding = self.bundle.encoding
        descriptors = np.repeat(encoding.contract.describe([regimen]), len(values), axis=0)
        return self.answer(views_of(encoding, values, descriptors))


def probe_of(bundle: Bundle, name: str) -> Probe:
    """The probe of one head of a bundle."""
    head = bundle.heads[name]
    if isinstance(head, ResponseHead):
        recist = ("CR", "PR", "SD", "PD")

        def response(views: Views) -> Answers:
            return {"response": head.predict(views), **(head.predict_recist(views) or {})}

        return Probe(bundle, response, "response", None, (recist,))
    if isinstance(head, SurvivalHead):
        return Probe(bundle, lambda v: {name: head.predict(v, MONTHS)}, "hazard", True)
    if isinstance(head, ToxicityHead):
        return Probe(bundle, head.predict, "", None)
    assert isinstance(head, CompetingHead)

    def incidence(views: Views) -> Answers:
        free = bundle.heads["pfs"].predict(views, MONTHS)  # type: ignore[attr-defined]
        return {**head.predict(views, MONTHS, free), "event_free": free}

    return Probe(bundle, incidence, "", False, (("progressed", "died_first", "event_free"),))


def distorted(probe: Probe, change: Callable[[str, np.ndarray], np.ndarray]) -> Probe:
    """A twin whose answers are changed: what a check must notice."""
    return replace(
        probe,
        answer=lambda views: {n: change(n, values) for n, values in probe.answer(views).items()},
    )


def check_chances(probe: Probe, patients: np.ndarray) -> None:
    """Every answer is a number from zero to one, for whole patients and for patched ones."""
    for regimen in probe.bundle.contract.regimens:
        for name, values in probe.ask(patients, regimen).items():
            assert np.isfinite(values).all(), (name, "not finite")
            assert values.min() >= 0, (name, values.min())
            assert values.max() <= 1, (name, values.max())


def check_time(probe: Probe, patients: np.ndarray) -> None:
    """Survival falls and incidence rises with time; nobody has had an event at month 0."""
    if probe.falling is None:
        return
    for regimen in probe.bundle.contract.regimens:
        for name, values in probe.ask(patients, regimen).items():
            falls = probe.falling or name == "event_free"
            steps = np.diff(values, axis=1)
            assert ((steps <= 1e-12) if falls else (steps >= -1e-12)).all(), name
            np.testing.assert_allclose(values[:, 0], 1.0 if falls else 0.0, atol=1e-12)


def check_whole(probe: Probe, patients: np.ndarray) -> None:
    """What is everybody adds up to one."""
    for regimen in probe.bundle.contract.regimens:
        answers = probe.ask(patients, regimen)
        for names in probe.whole:
            total = sum(answers[name] for name in names)
            np.testing.assert_allclose(total, 1.0, atol=1e-12)


def check_directions(probe: Probe, patients: np.ndarray) -> None:
    """A declared direction holds under every regimen when nothing else changes."""
    contract = probe.bundle.contract
    known = patients[~np.isnan(patients).any(axis=1)]
    for column, each in enumerate(contract.inputs):
        sign = {"response": each.monotone_response, "hazard": -each.monotone_hazard}.get(
            probe.direction, 0
        )
        if not sign:
            continue
        low, high = known.copy(), known.copy()
        ends = each.clip or (0.0, float(len(each.levels) - 1))
        low[:, column], high[:, column] = ends
        middle = known.copy()
        middle[:, column] = (ends[0] + ends[1]) / 2
        for regimen in contract.regimens:
            steps = [probe.ask(matrix, regimen) for matrix in (low, middle, high)]
            for name in steps[0]:
                if name in {"CR", "PR", "SD", "PD"}:
                    continue
                for before, after in ((0, 1), (1, 2)):
                    gain = sign * (steps[after][name] - steps[before][name])
                    assert gain.min() >= -1e-12, (each.id, name, regimen, gain.min())


def check_patients_apart(probe: Probe, patients: np.ndarray) -> None:
    """A patient's answer depends on that patient alone, not on who else is asked about."""
    regimen = probe.bundle.contract.regimens[0]
    together = probe.ask(patients, regimen)
    alone = probe.ask(patients[5:6], regimen)
    for name, values in alone.items():
        np.testing.assert_allclose(values[0], together[name][5], atol=1e-9)


CHECKS = (check_chances, check_time, check_whole, check_directions, check_patients_apart)
