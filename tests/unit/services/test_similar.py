"""The desk of similar patients: simulated ones in full, a hospital's own with care."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.columns import CohortData, CohortFeature, Graded, Timed
from dashboard.cohort.writing import write_cohort
from dashboard.foundation.errors import NotEnoughEvidence, NotPermitted, UnknownFeature
from dashboard.knowledge.schema import Kind
from dashboard.records.patient import Patient
from dashboard.services import forecasts, similar
from dashboard.services.allowed_rows import OPTED_OUT
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context
from dashboard.services.shelf import Shelf
from tests.unit.services.test_explanations import SOMEBODY

OWN = Patient("P1", "thymoma", {"albumin": 38.0, "fit": True})


def test_similar_patients_of_the_simulated_cohort_are_told_in_full(trained):
    """Counts, outcomes, contrasts, exemplars; marked as simulated."""
    found = similar.similar(trained, SOMEBODY, k=60)
    assert found.synthetic
    assert found.patients == 60 == sum(group.patients for group in found.groups)
    assert found.effective <= 60
    assert found.groups[0].label != found.groups[0].regimen
    assert "Simulated patients; nobody is in this cohort." in found.notes
    assert {each.opposite for each in found.exemplars} == {True, False}
    for each in found.exemplars:
        assert each.differences
        assert 0 <= each.likeness <= 1


def test_similar_patients_follow_locks_and_weights(trained):
    """A lock narrows who there is to choose from; a strange name is refused."""
    free, locked = (
        similar.similar(trained, SOMEBODY, k=30, locks=locks) for locks in ((), ("histology",))
    )
    assert locked.pool < free.pool
    assert locked.locks == ("histology",)
    weighted = similar.similar(trained, SOMEBODY, k=30, weights={"nlr": 50.0})
    assert weighted.groups != free.groups
    with pytest.raises(UnknownFeature, match="no input called height"):
        similar.similar(trained, SOMEBODY, weights={"height": 1.0})


def test_similar_patients_are_for_those_who_may_read_patients(trained):
    """An administrator has no patient to compare with."""
    boss = replace(trained, actor=Actor("b", "B", Role.ADMIN))
    with pytest.raises(NotPermitted, match="may not read patients"):
        similar.similar(boss, SOMEBODY)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """A hospital's own cohort of 300 patients, three regimens, one of them rare."""
    context = open_context(
        {"CONCORD_DATA_DIR": str(tmp_path_factory.mktemp("own"))}, audit=lambda _line: None
    )
    shelf = Shelf(context.settings, context.library)
    rng = np.random.default_rng(4)
    size = 300
    albumin, fit = np.round(rng.normal(38, 5, size), 1), (rng.random(size) < 0.6).astype(float)
    regimen = np.where(np.arange(size) < 20, 2, np.arange(size) % 2)
    months = np.round(rng.exponential(12 * np.exp(0.5 * fit - 0.2 * regimen)), 2) + 0.01
    data = CohortData(
        id="ours", label="Ours", disease="thymoma", rows_read=size,
        features=(CohortFeature("albumin", "Albumin", Kind.NUMBER, "g/L", hard=(10.0, 70.0)),
                  CohortFeature("fit", "Fit", Kind.FLAG)),
        values=np.column_stack([albumin, fit]), ids=tuple(f"P{n:03}" for n in range(size)),
        regimens=("drug-a", "drug-b", "drug-c"), regimen=regimen,
        response=Graded((rng.random(size) < 0.4).astype(float), ("no response", "response")),
        timed={"os": Timed(np.minimum(months, 36), months < 36)},
    )  # fmt: skip
    write_cohort(data, shelf.own_cohorts / "ours")
    forecasts.prepare(context, "thymoma", own="ours")
    return context


def test_similar_patients_of_a_hospital_hide_small_groups_and_single_patients(hospital):
    """The rare regimen is withheld, with another so that it cannot be worked out; no exemplar."""
    found = similar.similar(hospital, OWN, k=120, own="ours")
    assert not found.synthetic
    assert found.exemplars == ()
    hidden = [group for group in found.groups if group.hidden]
    assert {group.regimen for group in hidden} >= {"drug-c"}
    assert len(hidden) >= 2
    for group in hidden:
        assert (group.patients, group.response, dict(group.curves)) == (None, None, {})
    assert similar.similar(hospital, OWN, k=60, locks=("fit",), own="ours").pool is None


def test_similar_patients_of_a_hospital_are_never_a_handful(hospital):
    """Few patients are not told about at all."""
    with pytest.raises(NotEnoughEvidence, match="12 patients are too few"):
        similar.similar(hospital, OWN, k=12, own="ours")


def test_similar_groups_that_differ_by_few_are_shown_as_the_one_before(hospital):
    """Asking again with one patient more, or a little older, tells nothing of that patient."""
    first = similar.similar(hospital, OWN, k=80, own="ours")
    more = similar.similar(hospital, OWN, k=82, own="ours")
    assert more.patients == first.patients == 80
    assert [g.patients for g in more.groups] == [g.patients for g in first.groups]
    other = similar.similar(hospital, OWN, k=150, own="ours")
    assert other.patients == 150
    elsewhere = replace(hospital, actor=Actor("o", "Other", Role.OWNER))
    assert similar.similar(elsewhere, OWN, k=82, own="ours").patients == 82


def test_similar_patients_leave_out_whoever_opted_out_and_the_patient(hospital):
    """Ids in the cohort's list never count, nor does the patient who is asked about."""
    folder = Shelf(hospital.settings, hospital.library).cohort_folder("thymoma", "ours")
    me = replace(OWN, id="P299")
    before = similar.similar(hospital, me, k=40, own="ours").pool
    (folder / OPTED_OUT).write_text("P001\n P002 \n\n", encoding="utf-8")
    try:
        assert similar.similar(hospital, me, k=40, own="ours").pool == before - 2 == 297
    finally:
        (folder / OPTED_OUT).unlink()
