"""Which unknown facts matter, and how much."""

from __future__ import annotations

from dashboard.knowledge.eligibility import judge
from dashboard.knowledge.library import load_library
from dashboard.records.completeness import (
    core_known,
    missing_facts,
    note_missing,
    setting_of,
    weights,
)
from dashboard.records.patient import Patient
from tests.builders import a_patient, tiny_pack

PACK = load_library().pack("nsclc")
PATIENT = Patient("P1", "nsclc", values={"age_years": 60.0, "histology": "adenocarcinoma"}, line=1)


def test_missing_facts_are_ordered_by_what_they_decide():
    """First by regimens, then by published effects."""
    found = missing_facts(PATIENT, PACK)
    keys = [(-len(fact.decides), -fact.effects) for fact in found]
    assert keys == sorted(keys)
    assert found[0].decides
    assert all(fact.decides or fact.effects for fact in found)


def test_missing_facts_agree_with_the_judgement():
    """What decides is what the rules say decides."""
    deciding = {fact.feature: fact.regimens for fact in judge(PATIENT.facts, PACK).deciding}
    found = {fact.feature: fact.decides for fact in missing_facts(PATIENT, PACK) if fact.decides}
    assert found == {name: deciding[name] for name in found}
    assert set(deciding) - set(found) <= {"line"}


def test_missing_facts_leave_out_what_is_known():
    """A known fact is never missing, nor is the line when it is stated."""
    names = {fact.feature for fact in missing_facts(PATIENT, PACK)}
    assert not names & {"age_years", "histology", "line"}
    unknown_line = Patient("P1", "nsclc", values=dict(PATIENT.values))
    assert "line" in {fact.feature for fact in missing_facts(unknown_line, PACK)}


def test_note_names_the_weightiest_and_counts_the_rest():
    """Five by name, the others by number."""
    note = note_missing(PATIENT, PACK)
    order = [name for name in weights(PACK).order if name not in PATIENT.facts]
    assert note is not None
    assert note.message.startswith(f"{len(order)} facts that matter are unknown: ")
    assert f"and {len(order) - 5} more" in note.message
    assert PACK.vocabulary[order[0]].label in note.message


def test_note_is_left_out_when_nothing_is_missing():
    """A complete patient hears nothing."""
    pack = tiny_pack()
    complete = a_patient({"ecog_ps": "1", "kras_g12c": True, "age_years": 60.0})
    assert note_missing(complete, pack) is None
    assert note_missing(a_patient({"ecog_ps": "1"}), pack) is not None


def test_weights_never_count_what_is_derived():
    """Asking for a ratio of two counts that are known would be asking twice."""
    derived = {feature.id for feature in PACK.features if feature.derived_from}
    assert derived
    assert not derived & set(weights(PACK).order)


def test_core_begins_with_age_activity_and_line():
    """Every forecast rests on them."""
    known, core = core_known(PATIENT, PACK)
    assert core[:3] == ("age_years", "ecog_ps", "line")
    assert set(known) == {"age_years", "line", "histology"} & set(core)


BREAST = load_library().pack("breast")
EARLY_ONLY = {"nottingham_grade", "nodes_positive", "tumour_size_mm", "screen_detected"}


def test_missing_facts_leave_out_those_of_the_other_setting():
    """Grade and nodes of the breast decide nothing about metastatic disease, and are not asked."""
    advanced = Patient("P1", "breast", values={"disease_setting": "advanced"})
    early = Patient("P1", "breast", values={"disease_setting": "early"})
    asked = {fact.feature for fact in missing_facts(advanced, BREAST)}
    assert not asked & EARLY_ONLY
    assert {fact.feature for fact in missing_facts(early, BREAST)} >= EARLY_ONLY - {
        "tumour_size_mm"
    }


def test_missing_facts_take_the_setting_from_what_implies_it():
    """Stage IV or a counted line is advanced disease, also where nobody wrote that down."""
    for patient in (
        Patient("P1", "breast", values={"stage": "IV"}),
        Patient("P1", "breast", values={}, line=2),
    ):
        assert not {fact.feature for fact in missing_facts(patient, BREAST)} & EARLY_ONLY
        note = note_missing(patient, BREAST)
        assert note is not None
        assert note.message != note_missing(Patient("P1", "breast"), BREAST).message


def test_missing_facts_count_everything_while_the_setting_is_open():
    """Nothing is left out on a guess; and a pack of one setting has none to leave out."""
    open_one = Patient("P1", "breast", values={"age_years": 60.0})
    assert {fact.feature for fact in missing_facts(open_one, BREAST)} >= EARLY_ONLY - {
        "tumour_size_mm"
    }
    assert weights(PACK) == weights(PACK, setting_of(PATIENT, PACK))
    assert setting_of(PATIENT, PACK) == ""


def test_weights_of_a_setting_never_exceed_those_of_all():
    """A setting can only take regimens and effects away."""
    everything = weights(BREAST)
    for setting in ("early", "advanced"):
        of_setting = weights(BREAST, setting)
        assert set(of_setting.order) < set(everything.order)
        assert all(of_setting.effects[f] <= everything.effects[f] for f in everything.effects)
        assert all(of_setting.regimens[f] <= everything.regimens[f] for f in of_setting.regimens)


def test_core_of_advanced_disease_has_no_fact_of_early_disease():
    """The gate before a forecast asks for facts the forecast would use."""
    _, core = core_known(Patient("P1", "breast", line=1), BREAST)
    assert not set(core) & EARLY_ONLY


def test_note_leaves_out_what_follows_from_known_facts():
    """Where no EGFR mutation was found there is no T790M either; it is not unknown."""
    follows = Patient("P1", "nsclc", values={**PATIENT.values, "egfr_mutation": "none"}, line=1)
    inferred = {found.feature for found in judge(follows.facts, PACK).inferred}
    assert inferred
    assert not inferred & {fact.feature for fact in missing_facts(follows, PACK)}
    without = note_missing(Patient("P1", "nsclc", follows.values, line=1), PACK)
    stated = [name for name in weights(PACK).order if name not in follows.facts]
    assert without is not None
    assert without.message.startswith(f"{len(set(stated) - inferred)} facts that matter")


def test_core_of_early_disease_has_no_line():
    """Lines are counted from the first treatment of metastatic disease."""
    breast = load_library().pack("breast")
    early = Patient("P1", "breast", values={"disease_setting": "early", "age_years": 50.0})
    assert "line" not in core_known(early, breast)[1]
    assert "line" in core_known(Patient("P1", "breast"), breast)[1]


def test_note_names_first_what_matters_whatever_the_setting():
    """While the setting is open, the line (of metastatic disease) waits behind the setting."""
    breast = load_library().pack("breast")
    order = weights(breast).order
    assert order[0] == "disease_setting"
    assert order.index("line") > order.index("her2_status")
    assert order.index("nodes_positive") > order.index("her2_status")
