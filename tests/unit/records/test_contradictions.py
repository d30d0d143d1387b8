"""Facts that cannot stand beside each other, found without trying every statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.knowledge.consistency import fit, load_consistency
from dashboard.knowledge.library import load_library
from dashboard.knowledge.rules import Answer, parse
from dashboard.knowledge.schema import DiseasePack, Kind
from dashboard.records.contradictions import Register, given_facts, register, triggers
from dashboard.records.patient import Finding, Patient, Severity, TreatmentCourse
from tests.builders import a_patient

LIBRARY = load_library()
CONSISTENCY = load_consistency()
FITTED = {pack.id: fit(CONSISTENCY, pack) for pack in LIBRARY.packs}
REGISTERS = {name: register(fitted) for name, fitted in FITTED.items()}


def said(disease: str, facts, *courses: str, line: int | None = None) -> list[Finding]:
    """What is said of these facts; facts that no model uses may be among them."""
    known = {k: v for k, v in facts.items() if k in LIBRARY.pack(disease).vocabulary}
    taken = tuple(TreatmentCourse(label) for label in courses)
    patient = Patient("P1", disease, values=known, line=line, courses=taken)
    all_facts = {**facts, **given_facts(patient, FITTED[disease]), **patient.facts}
    return list(REGISTERS[disease].findings(patient, all_facts))


def codes(*args, **more) -> set[str]:
    """Only the codes."""
    return {finding.code for finding in said(*args, **more)}


def test_several_drivers_are_all_named():
    """Three alterations that seldom meet are a warning, not an obstacle."""
    facts = {"egfr_mutation": "exon19del", "alk_fusion": True, "kras_mutation": "G12C"}
    (finding,) = said("nsclc", facts)
    assert finding.message.startswith("EGFR and ALK and KRAS: A rare combination, please check")
    assert finding.severity is Severity.WARNING


def test_contradictions_say_nothing_of_what_goes_together():
    """An ordinary combination is left alone."""
    facts = {
        "sex": "female",
        "menopausal_status": "post",
        "age_years": 60.0,
        "subtype": "tnbc",
        "hr_status": "negative",
        "her2_status": "zero",
        "liver_metastases": True,
        "n_metastatic_sites": 2.0,
        "stage": "IV",
    }
    assert codes("breast", facts, line=1) == set()


def test_contradictions_name_both_sides_and_offer_to_forget_either():
    """Accepting a choice leaves one of the two unknown, or takes what follows."""
    (finding,) = said("nsclc", {"smoking_status": "never", "pack_years": 20.0})
    assert finding.severity is Severity.QUESTION
    assert "Smoking status: never" in finding.message
    assert "Pack-years: 20 pack-years" in finding.message
    assert [dict(choice.values) for choice in finding.choices] == [
        {"pack_years": 0.0},
        {"smoking_status": None},
    ]


def test_contradictions_say_a_thing_and_its_converse_once():
    """Implications that mirror each other give one finding."""
    facts = {"brain_metastasis_status": "none", "brain_metastases": True}
    assert len(said("nsclc", facts)) == 1


def test_contradictions_stop_asking_once_the_answer_is_there():
    """HER2 2+ with an ISH result is no question any more."""
    assert "her2-needs-ish" not in codes("breast", {"her2_ihc": "2+", "her2_ish": "negative"})


def test_ratio_offers_both_values():
    """The computed and the stated one; the choice is kept with the value."""
    facts = {"neutrophils_10e9_l": 6.0, "lymphocytes_10e9_l": 1.0, "nlr": 3.0}
    (finding,) = said("breast", facts)
    assert "3 is stated; 6 / 1 = 6" in finding.message
    assert [choice.values["nlr"] for choice in finding.choices] == [6.0, 3.0]
    assert codes("breast", {**facts, "nlr": 5.5}) == set()
    assert codes("breast", {**facts, "lymphocytes_10e9_l": 0.0}) == set()


@pytest.mark.parametrize(
    ("disease", "feature", "course"),
    [
        ("nsclc", "prior_ici", "Pembrolizumab 200 mg q3w"),
        ("nsclc", "prior_ici", "KEYTRUDA"),
        ("nsclc", "prior_platinum", "carboplatin/paclitaxel"),
        ("melanoma", "prior_anti_pd1", "nivolumab"),
        ("melanoma", "prior_anti_ctla4", "ipilimumab + nivolumab"),
        ("melanoma", "prior_braf_mek", "Tafinlar + Mekinist"),
        ("breast", "prior_cdk46_inhibitor", "palbociclib + letrozole"),
        ("breast", "prior_t_dxd", "T-DXd"),
        ("breast", "prior_t_dm1", "Kadcyla"),
        ("colorectal", "prior_oxaliplatin", "mFOLFOX6"),
        ("colorectal", "prior_irinotecan", "FOLFIRI"),
        ("colorectal", "prior_bevacizumab", "CAPOX + bevacizumab"),
        ("colorectal", "prior_anti_egfr", "cetuximab"),
    ],
)
def test_courses_contradict_what_is_denied(disease, feature, course):
    """A drug that was given cannot have been not given; stated as given, nothing is said."""
    denied = codes(disease, {feature: False}, course, line=3)
    stated = codes(disease, {feature: True}, course, line=3)
    assert any(code.startswith("course-against-prior") for code in denied)
    assert not any(code.startswith("course-against-prior") for code in stated)


def test_courses_are_known_by_the_classes_of_their_regimen():
    """A regimen of the pack says more than its label."""
    patient = Patient(
        "P1",
        "nsclc",
        courses=(TreatmentCourse("as published", regimen="pembrolizumab-mono"),),
    )
    assert given_facts(patient, FITTED["nsclc"])["recorded_pd1"] is True
    assert given_facts(a_patient(), FITTED["nsclc"]) == {}


# -- the register ----------------------------------------------------------------------------------


class AskEverything(Register):
    """A register that tries every check, as a reference."""

    def findings(self, patient, facts) -> Iterator[Finding]:
        """Everything that any check says."""
        for check in self.checks:
            yield from check(patient, facts)


def values_of(pack: DiseasePack):
    """Facts of a pack, some unknown, numbers across their whole range."""

    def one(feature):
        if feature.kind is Kind.NUMBER:
            low, high = (feature.hard.low, feature.hard.high) if feature.hard else (0.0, 100.0)
            return st.floats(low, high) | st.sampled_from([0.0, 1.0, 5.0, 60.0])
        if feature.kind is Kind.FLAG:
            return st.booleans()
        return st.sampled_from(feature.levels)

    choices = {f.id: one(f) for f in FITTED[pack.id].vocabulary.values() if f.id != "line"}
    return st.fixed_dictionaries({}, optional=choices)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(LIBRARY.packs), st.none() | st.integers(1, 4))
def test_register_finds_what_trying_everything_finds(data, pack, line):
    """Filing checks under their facts loses none of them, whatever the facts."""
    facts = data.draw(values_of(pack))
    known = {name: v for name, v in facts.items() if name in pack.vocabulary}
    patient = Patient("P1", pack.id, values=known, line=line)
    everything = {**facts, **patient.facts}
    made = REGISTERS[pack.id]
    reference = AskEverything(made.fitted, checks=made.checks)
    quick = list(made.findings(patient, everything))
    assert quick == list(reference.findings(patient, everything))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("sex == male and age_years > 50", [("sex", "male")]),
        ("age_years > 50 and bmi < 20", [("age_years", None)]),
        ("sex == male or stage == II", [("sex", "male"), ("stage", "II")]),
        ("not (sex == male)", [("sex", None)]),
        ("not (sex == male and (age_years > 3 or bmi > 4))",
         [("sex", None), ("age_years", None), ("bmi", None)]),
        ("liver_metastases == true", [("liver_metastases", True)]),
        ("ecog_ps == 1", [("ecog_ps", None)]),
        ("line == 1", [("line", None)]),
        ("n_metastatic_sites == 0", [("n_metastatic_sites", 0.0)]),
        ("sex != male", [("sex", None)]),
        ("", []),
    ],
)  # fmt: skip
def test_triggers_are_the_facts_a_rule_cannot_hold_without(rule, expected):
    """Preferably one value of one fact."""
    fitted = FITTED["breast"]
    vocabulary = {**fitted.vocabulary, "bmi": FITTED["nsclc"].vocabulary["bmi"]}
    fitted = replace(fitted, vocabulary=vocabulary)
    assert triggers(parse(rule, vocabulary).root, fitted) == expected


def test_conflicts_of_every_pack_can_be_reached():
    """Each statement holds for some facts that can be: none is dead."""
    for name, fitted in FITTED.items():
        for conflict in fitted.conflicts:
            assert any(
                conflict.rule.judge(facts).answer is Answer.YES
                for facts in _attempts(conflict.rule.leaves)
            ), f"{name}: {conflict.statement.code}"


def _attempts(leaves):
    """Facts that make as many comparisons true as possible, alternatives in turn."""
    base = {}
    for leaf in leaves:
        constant = leaf.constants[0]
        if leaf.operator in ("==", "in"):
            base[leaf.name] = constant
        elif leaf.operator == "!=":
            base[leaf.name] = (not constant) if isinstance(constant, bool) else "other"
        else:
            step = 1.0 if leaf.operator in (">", ">=") else -1.0
            base[leaf.name] = float(constant) + step
    yield base
