"""The model beside trials, scores and similar patients: voices, verdicts, a gap split in two."""

import csv
import io
from dataclasses import replace

import pytest

from dashboard.answers.concordance import (
    DIFFER,
    MODEL,
    NOT_COMPARABLE,
    SIMILAR,
    TRIAL,
    VERDICTS,
    Concordance,
)
from dashboard.answers.forecast import Chance
from dashboard.answers.similar import ObservedCurve, SimilarGroup
from dashboard.records.patient import Patient
from dashboard.scores.shelf import built_in_shelf
from dashboard.services import concordance, forecasts, replays
from tests.trained import DISEASE

REGIMENS = ("pembrolizumab-mono", "platinum-doublet-chemo", "osimertinib")
VALUES = {
    "age_years": 58.0, "sex": "male", "ecog_ps": "0", "pd_l1_tps": 90.0, "egfr_mutation": "none",
    "alk_fusion": False, "ros1_fusion": False, "liver_metastases": False, "albumin_g_dl": 4.2,
    "ldh_x_uln": 0.9, "nlr": 3.0, "histology": "adenocarcinoma", "smoking_status": "former",
    "brain_metastases": False, "n_metastatic_sites": 1.0, "wbc_10e9_l": 8.0,
    "neutrophils_10e9_l": 5.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def patient():
    """A fit patient with high PD-L1."""
    return Patient("P1", DISEASE, VALUES, line=1)


@pytest.fixture(scope="module")
def found(trained, patient):
    """The rows of three regimens."""
    curve = ObservedCurve((0.0,), (1.0,), (1.0,), (1.0,), 12.0, 9.0, 16.0, 20)
    group = SimilarGroup(
        REGIMENS[0], "x", 40, 30.0, Chance(0.4, 0.3, 0.5), {"os": curve, "pfs": curve}
    )
    return concordance.concordance(trained, patient, REGIMENS, similar={REGIMENS[0]: group})


def test_every_regimen_has_a_row_for_each_endpoint(trained, found):
    """Response, PFS and OS, each with the model's figure and interval."""
    assert {row.key for row in found.rows} == {
        (regimen, endpoint) for regimen in REGIMENS for endpoint in ("response", "pfs", "os")
    }
    assert all(row.model.who == MODEL and row.model.low is not None for row in found.rows)
    with pytest.raises(KeyError, match="nothing/os"):
        found.of("nothing", "os")


def test_trials_like_the_patient_speak_with_their_own_interval(found):
    """KEYNOTE-024 is there as published, with fit, statistic and source."""
    row = found.of("pembrolizumab-mono", "response")
    voice = next(v for v in row.voices if v.label.startswith("KEYNOTE-024"))
    assert (voice.who, voice.value) == (TRIAL, 46.1)
    assert voice.z is not None
    assert voice.verdict in VERDICTS
    assert voice.source.reference == "10.1200/JCO.21.00174"
    assert "fits" in voice.note


def test_a_part_of_a_trial_is_counted_and_the_whole_is_shown(found):
    """Of KEYNOTE-042 the stratum from 50 % is counted; the whole keeps its voice, and says why."""
    row = found.of("pembrolizumab-mono", "os")
    whole = [v for v in row.voices if v.who == TRIAL and not v.counted]
    assert any(v.label.startswith("KEYNOTE-042") for v in whole)
    assert all("counted in a narrower arm" in v.note for v in whole)
    assert not any("1-49" in v.label for v in row.voices)
    part = [v for v in row.voices if v.who == TRIAL and v.counted]
    assert any(v.label.startswith("KEYNOTE-042") for v in part)


def test_scores_speak_where_they_know_the_quantity_and_the_treatment(found):
    """LIPI was seen under checkpoint inhibitors: it speaks of pembrolizumab, not osimertinib."""
    immune = [v.label for v in found.of("pembrolizumab-mono", "os").voices]
    targeted = [v.label for v in found.of("osimertinib", "os").voices]
    assert any(label.startswith("Lung immune prognostic index") for label in immune)
    assert not any(label.startswith("Lung immune prognostic index") for label in targeted)


def test_similar_patients_speak_of_what_was_observed(found):
    """Response and medians of the group, at their own level."""
    (voice,) = [v for v in found.of("pembrolizumab-mono", "response").voices if v.who == SIMILAR]
    assert (voice.value, voice.low, voice.high, voice.level) == (40.0, 30.0, 50.0, 90.0)
    assert not [v for v in found.of("osimertinib", "response").voices if v.who == SIMILAR]


@pytest.mark.parametrize(("effective", "held"), [(9.0, False), (30.0, True), (None, True)])
def test_too_few_similar_patients_are_shown_and_not_compared(trained, patient, effective, held):
    """Two of two say nothing; the figure stays, with the reason."""
    group = SimilarGroup(REGIMENS[0], "x", 12, effective, Chance(1.0, 0.43, 1.0))
    found = concordance.concordance(
        trained, patient, REGIMENS[:1], similar={REGIMENS[0]: group}
    ).of(REGIMENS[0], "response")
    (voice,) = [v for v in found.voices if v.who == SIMILAR]
    assert voice.value == 100.0
    assert (voice.z is not None) == held
    assert voice.reason == ("" if held else "fewer than 10 similar patients received it")


def test_scores_speak_only_of_their_own_tumour_and_treatment(found, patient):
    """GRIm's months are of small-cell lung cancer, Royal Marsden's of phase 1 trials."""
    told = {r.score.id: r for r in (built_in_shelf().of_patient(name, DISEASE, patient.facts)
            for name in ("grim", "royal-marsden"))}  # fmt: skip
    assert all(result.outcomes for result in told.values())
    labels = [v.label for row in found.rows for v in row.voices]
    assert not any(label.startswith(("Gustave", "Royal")) for label in labels)


def apart(rows):
    """The rows as if the model differed from the last trial of each."""
    return [
        replace(
            row,
            voices=tuple(
                replace(v, verdict=DIFFER) if v is last_trial(row) else v for v in row.voices
            ),
        )
        for row in rows
    ]


def last_trial(row):
    """The last trial that is counted."""
    told = [v for v in row.voices if v.who == TRIAL and v.counted]
    return told[-1] if told else None


def test_the_board_is_told_where_and_from_whom_the_model_differs(found):
    """By regimen a mark for each quantity; a sentence and a line each for the room."""
    rows = apart(found.rows)
    marked = Concordance("p", "b", tuple(rows), ())
    marks = concordance.differing(marked)
    row = next(row for row in rows if last_trial(row) is not None)
    assert f"{row.measure}: " in " ".join(marks[row.regimen])
    told, lines = concordance.headline(marked)
    count = sum(bool(row.differing) for row in rows)
    assert f"differs from what is published or observed in {count or 'none'} of " in told
    assert len(lines) == count
    assert any(last_trial(row).label in line for line in lines)
    assert concordance.ordered(found.rows)[0].differing or not any(r.differing for r in found.rows)
    none = Concordance("p", "b", (), ())
    assert concordance.differing(none) == {}
    assert concordance.headline(none)[1] == ()


def test_the_gap_is_split_for_the_trial_that_differs(trained, patient, found):
    """The sentence explains the disagreement, not the best fitting trial that agrees."""
    row = found.of("pembrolizumab-mono", "os")
    differing = [v.label for v in row.voices if v.verdict == DIFFER and v.counted]
    assert row.split.arm in {v.arm for v in row.voices if v.who == TRIAL and v.counted}
    assert not differing or row.split.trial in differing
    moved = concordance.explained(trained, patient, row)
    assert moved.split.arm == row.split.arm


def test_the_gap_is_split_without_rest(found):
    """The patient's part and the model's part are the whole gap."""
    split = found.of("pembrolizumab-mono", "response").split
    assert split.patient_part + split.model_part == pytest.approx(split.gap)
    assert split.published == pytest.approx(split.for_patient - split.gap)


def test_features_make_the_patients_part(trained, patient, found):
    """Their parts add up to it where they do not cancel; the sentence names the trial."""
    row = concordance.explained(trained, patient, found.of("pembrolizumab-mono", "response"))
    split = row.split
    assert split.features
    told = [f.effect for f in split.features if f.effect is not None]
    if told:
        assert sum(told) == pytest.approx(split.patient_part, abs=1e-6)
    assert split.trial.partition(":")[0] in row.sentence
    assert "the model differs from the trial" in row.sentence


def test_a_row_without_a_split_is_explained_as_it_is(trained, patient, found):
    """Nothing is made up where no trial is like the patient."""
    row = next((row for row in found.rows if row.split is None), None)
    assert row is None or concordance.explained(trained, patient, row) is row


def test_what_cannot_be_compared_says_why(found):
    """Without trials, medians or intervals there is a reason and no statistic."""
    for row in found.rows:
        for voice in row.voices:
            assert (voice.z is None) == (voice.verdict == NOT_COMPARABLE) == bool(voice.reason)
        if row.verdict == NOT_COMPARABLE:
            assert "cannot be compared" in row.sentence


def test_rows_are_ordered_by_disagreement(found):
    """Any disagreement first, then by verdict."""
    places = [
        (not row.differing, VERDICTS.index(row.verdict)) for row in concordance.ordered(found.rows)
    ]
    assert places == sorted(places)
    assert all(row.differing for row in found.rows if row.verdict == DIFFER)


def test_every_voice_is_exported(trained, found):
    """A line for the model and one for each voice, with source and statistic."""
    rows = list(csv.DictReader(io.StringIO(concordance.export(trained, found).decode())))
    assert len(rows) == sum(1 + len(row.voices) for row in found.rows)
    assert {"model", "trial", "score", "similar patients"} <= {row["who"] for row in rows}


def test_a_model_that_is_not_there_is_said(tmp_path, patient):
    """Without a bundle nothing is compared."""
    from dashboard.services.installation import open_context

    context = open_context({"CONCORD_DATA_DIR": str(tmp_path)}, audit=lambda _: None)
    assert not replays.is_ready(context, DISEASE)
    with pytest.raises(forecasts.NotPrepared, match="not been learnt"):
        concordance.concordance(context, patient)
