"""What the simulator assumes: shapes by class, mechanisms and whom they spare, trials' years."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.cohort.assumptions import PopulationTerm, Reading, Refinement, load_assumptions
from dashboard.cohort.effects import CALENDAR_YEAR, effect_book
from dashboard.cohort.trial_populations import year_of
from dashboard.knowledge.library import load_library

LIBRARY = load_library()
LUNG = LIBRARY.pack("nsclc")


@pytest.mark.parametrize(
    ("classes", "family"),
    [
        ({"supportive"}, "supportive"),
        ({"ici_pd1", "chemotherapy"}, "ici"),
        ({"til_cell_therapy"}, "ici"),
        ({"taxane_chemo"}, "chemotherapy"),
        ({"braf_mek"}, "targeted"),
        ({"endocrine"}, "default"),
    ],
)
def test_shape_follows_the_first_family_that_holds_a_class(classes: set[str], family: str) -> None:
    """Immunotherapy with chemotherapy may plateau; what no family names has the plain shape."""
    held = load_assumptions("melanoma")
    assert held.shape_of(classes, "os") == held.shapes[family].os
    assert held.shape_of(classes, "pfs") == held.shapes[family].pfs


def test_care_without_drugs_keeps_nobody_in_the_end() -> None:
    """Hardly anybody is left under supportive care, and trials can hardly move that."""
    shape = load_assumptions("nsclc").shapes["supportive"].os
    assert shape.plateau <= 0.01
    assert shape.plateau_sd <= 0.2


def test_calendar_spares_care_without_drugs() -> None:
    """What comes after progression has improved, but not where nothing is given."""
    book = effect_book(LUNG, load_assumptions("nsclc"))
    (term,) = [t for t in book.mechanisms if t.slope_of == CALENDAR_YEAR]
    spared = [name for name, on in zip(book.regimens, term.regimens, strict=True) if not on]
    assert spared == ["best-supportive-care"]


def test_mechanism_without_exceptions_is_of_everybody() -> None:
    """Broken twin: the same term without the classes it spares reaches every regimen."""
    assumptions = load_assumptions("nsclc")
    bare = tuple(t.model_copy(update={"not_classes": ()}) for t in assumptions.terms)
    book = effect_book(LUNG, assumptions.model_copy(update={"terms": bare}))
    (term,) = [t for t in book.mechanisms if t.slope_of == CALENDAR_YEAR]
    assert np.all(term.regimens == 1.0)


def test_year_is_when_patients_were_treated() -> None:
    """A meta-analysis of old trials is dated by its trials, another report by itself."""
    assumptions = load_assumptions("nsclc")
    arms = {arm.trial: arm for arm in LUNG.arms}
    assert year_of(arms["NSCLC Meta-Analyses Collaborative Group"], assumptions) == 1993.0
    assert year_of(arms["FLAURA2"], assumptions) == float(arms["FLAURA2"].year or 0)
    undated = arms["FLAURA2"].model_copy(update={"year": None})
    assert year_of(undated, assumptions) == 2015.0


@pytest.mark.parametrize("kind", [Refinement, Reading])
def test_what_is_known_of_a_trial_speaks_of_its_arms(kind: type[Refinement | Reading]) -> None:
    """By how the trial's name begins, or arm by arm; nothing named speaks of nothing."""
    assert kind(trial="ASCENT", why="x").speaks_of("ASCENT-03", "any-arm")
    assert not kind(trial="ASCENT-03", why="x").speaks_of("ASCENT", "any-arm")
    assert kind(arms=("one",), why="x").speaks_of("ASCENT", "one")
    assert not kind(why="x").speaks_of("ASCENT", "one")


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_no_mechanism_names_a_trial(disease: str) -> None:
    """A term is of regimens, classes and patients: nothing is fitted to one trial."""
    trials = {arm.trial.split(" ")[0] for arm in LIBRARY.pack(disease).arms}
    for term in load_assumptions(disease).terms:
        assert "trial" not in PopulationTerm.model_fields
        assert not trials & set(term.when.split()), term.id
        assert term.why
