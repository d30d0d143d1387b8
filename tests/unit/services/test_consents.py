"""What a patient said about the use of their data, and that it is honoured everywhere."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.columns import CohortData, CohortFeature, Timed
from dashboard.cohort.writing import write_cohort
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.knowledge.schema import Kind
from dashboard.services import consents, population
from dashboard.services.allowed_rows import opted_out, read_allowed
from dashboard.services.consents import Purpose
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context
from dashboard.services.shelf import Shelf

PEOPLE = 60


@pytest.fixture
def hospital(tmp_path):
    """An installation with a cohort of its own."""
    context = open_context({"CONCORD_DATA_DIR": str(tmp_path / "data")})
    chance = np.random.default_rng(3)
    months = chance.exponential(20.0, PEOPLE)
    data = CohortData(
        id="ours", label="Ours", disease="thymoma",
        features=(CohortFeature("albumin", "Albumin", Kind.NUMBER, "g/L"),),
        values=chance.normal(38.0, 4.0, (PEOPLE, 1)),
        ids=tuple(f"H{n}" for n in range(PEOPLE)),
        timed={"os": Timed(months, np.ones(PEOPLE, dtype=bool))},
    )  # fmt: skip
    write_cohort(data, Shelf(context.settings, context.library).own_cohorts / "ours")
    yield context
    context.store.close()


def ids_of(context):
    """Who is in the cohort as services read it."""
    return set(population.cohort(context, "thymoma", own="ours").ids)


def test_objection_takes_a_patient_out_at_once_and_can_be_taken_back(hospital):
    """The next reading is without them; a later yes brings them back."""
    assert "H7" in ids_of(hospital)
    first = consents.say(
        hospital, "H7", {Purpose.RESEARCH: False}, source="Form of 1 March 2026", after=0
    )
    assert "H7" not in ids_of(hospital)
    consents.say(hospital, "H7", {Purpose.RESEARCH: True}, source="Call", after=first.version)
    assert "H7" in ids_of(hospital)


def test_objections_of_many_leave_no_record_anywhere(hospital):
    """Of random objections not one is found in what services or training read."""
    chance = random.Random(1)  # noqa: S311 - draws patients, keeps no secret
    gone = {f"H{n}" for n in chance.sample(range(PEOPLE), 25)}
    for name in gone:
        purpose = chance.choice([Purpose.RESEARCH, Purpose.TRAINING])
        consents.say(hospital, name, {purpose: False}, source="Form", after=0)
    assert not gone & ids_of(hospital)
    folder = Shelf(hospital.settings, hospital.library).cohort_folder("thymoma", "ours")
    data = read_allowed(folder, hospital.library)
    assert not gone & set(data.ids)
    assert data.size == PEOPLE - len(gone) == len(data.values)


def test_objection_to_teaching_alone_leaves_research_open(hospital):
    """Each purpose stands for itself; strangers are kept and change no file."""
    consents.say(hospital, "H3", {Purpose.TEACHING: False}, source="Form", after=0)
    consents.say(hospital, "stranger", {Purpose.RESEARCH: False}, source="Form", after=0)
    assert "H3" in ids_of(hospital)
    assert consents.objectors(hospital.store, Purpose.TEACHING) == {"H3"}
    folder = Shelf(hospital.settings, hospital.library).cohort_folder("thymoma", "ours")
    assert opted_out(folder) == frozenset()


def test_objection_by_hand_stays(hospital):
    """A line that somebody wrote into the file is not taken out by the words of others."""
    folder = Shelf(hospital.settings, hospital.library).cohort_folder("thymoma", "ours")
    (folder / "opted-out.txt").write_text("H1\n", encoding="utf-8")
    consents.say(hospital, "H2", {Purpose.TRAINING: False}, source="Form", after=0)
    assert opted_out(folder) == {"H1", "H2"}
    assert consents.follow(hospital) == {"ours": 2}


def test_word_is_kept_with_its_source(hospital):
    """Who said what, where it is written, and who entered it; an unknown patient said nothing."""
    consents.say(hospital, " H9 ", {Purpose.RESEARCH: True}, source=" Form\n12 ", after=0)
    found = consents.said(hospital, "H9")
    assert (found.decisions, found.source, found.by) == (
        {Purpose.RESEARCH: True}, "Form 12", "owner",
    )  # fmt: skip
    assert consents.said(hospital, "H10") is None
    with pytest.raises(UserError, match="without a patient or a source"):
        consents.say(hospital, "H9", {Purpose.RESEARCH: True}, source=" ", after=1)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDUCATOR, Role.AUDITOR])
def test_word_is_kept_by_those_who_may(hospital, role):
    """Others neither read nor write it."""
    other = replace(hospital, actor=Actor("o", "O", role))
    for ask in (
        lambda: consents.say(other, "H1", {}, source="x", after=0),
        lambda: consents.said(other, "H1"),
        lambda: consents.follow(other),
    ):
        with pytest.raises(NotPermitted, match="may not record consent"):
            ask()


def test_objection_reaches_every_cohort_that_can_be_told(hospital):
    """One that cannot be read, or whose list cannot be written, is named and keeps no other."""
    cohorts = Shelf(hospital.settings, hospital.library).own_cohorts
    (cohorts / "aaa").mkdir()
    (cohorts / "aaa" / "cohort.toml").write_text("nothing = [")
    with pytest.raises(UserError):
        consents.say(hospital, "H7", {Purpose.RESEARCH: False}, source="letter", after=0)
    assert "H7" not in ids_of(hospital)
    (cohorts / "aaa" / "cohort.toml").unlink()
    (cohorts / "ours" / "opted-out.txt").unlink()
    (cohorts / "ours" / "opted-out.txt").mkdir()  # stands for a folder that cannot be written
    with pytest.raises(UserError, match="cohort ours could not be told who objects") as told:
        consents.say(hospital, "H8", {Purpose.TRAINING: False}, source="letter", after=0)
    assert "press again" in told.value.hint
    (cohorts / "ours" / "opted-out.txt").rmdir()
    consents.follow(hospital)  # what is done once a day
    assert not {"H7", "H8"} & ids_of(hospital)
