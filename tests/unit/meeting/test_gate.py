"""The gate: what is missing, ordered by what it would change, and what the case waits for."""

from dashboard.answers.forecast import Widening
from dashboard.foundation.settings import ROOT
from dashboard.knowledge.library import load_library
from dashboard.meeting.gate import gate_of
from dashboard.records.casefile import read_cases
from dashboard.records.patient import Origin
from tests.builders import a_patient, a_reading, tiny_pack

LIBRARY = load_library(())


def sample(name="SYN-NSCLC-02"):
    """An invented patient who came too early: fusions are not known yet."""
    path = ROOT / "sample_data" / "cases" / f"{name}.json"
    cases, _ = read_cases(path.read_bytes(), path.name, a_reading(LIBRARY))
    return cases.patients[0], LIBRARY.pack(cases.patients[0].disease)


def test_gate_waits_for_facts_that_decide_a_regimen_on_the_board():
    """A fusion that opens alectinib holds the case up only where alectinib is on the board."""
    patient, pack = sample()
    gate = gate_of(patient, pack, ("alectinib", "docetaxel"))
    alk = next(fact for fact in gate.missing if fact.feature == "alk_fusion")
    assert alk.decides == ("alectinib",)
    assert alk.holds_up
    assert alk.decides_others > 0
    others = gate_of(patient, pack, ("docetaxel",))
    assert next(f for f in others.missing if f.feature == "alk_fusion").decides == ()
    assert alk.label in gate.open_facts
    assert alk.label not in others.open_facts


def test_gate_counts_every_regimen_when_none_is_on_the_board():
    """Before anything is chosen all regimens count."""
    patient, pack = sample()
    alk = next(f for f in gate_of(patient, pack).missing if f.feature == "alk_fusion")
    assert len(alk.decides) > 1
    assert alk.decides_others == 0


def test_gate_tells_what_holds_up_before_what_would_only_narrow():
    """Within each part the weightier fact comes first."""
    patient, pack = sample()
    gate = gate_of(patient, pack, (), (Widening("stk11_mutation", 0.2), Widening("nlr", 0.01)))
    holds = [fact.holds_up for fact in gate.missing]
    assert holds == sorted(holds, reverse=True)
    order = [fact.feature for fact in gate.missing if not fact.holds_up]
    assert order.index("stk11_mutation") < order.index("nlr")
    decides = [len(fact.decides) for fact in gate.holding_up]
    assert decides == sorted(decides, reverse=True)


def test_gate_waits_for_the_core():
    """A core fact holds the case up even where no rule asks for it."""
    patient, pack = sample()
    without = patient.with_values({"ecog_ps": None}, Origin())
    before, after = gate_of(patient, pack, ("docetaxel",)), gate_of(without, pack, ("docetaxel",))
    assert after.core == before.core
    assert after.known == before.known - 1
    assert pack.vocabulary["ecog_ps"].label in after.open_facts
    assert pack.vocabulary["ecog_ps"].label not in before.open_facts


def test_gate_is_passed_when_nothing_matters_any_more():
    """A patient of whom everything is known waits for nothing."""
    pack = tiny_pack()
    values = {"age_years": 61.0, "sex": "female", "ecog_ps": "1"}
    everything = {f.id: values.get(f.id) for f in pack.features}
    for feature in pack.features:
        if everything[feature.id] is None:
            everything[feature.id] = feature.levels[0] if feature.levels else 1.0
    assert gate_of(a_patient(everything), pack).open_facts == ()


def test_gate_lists_what_narrows_although_no_rule_speaks_of_it():
    """What the model would like to know is listed, unless it would change next to nothing."""
    pack = tiny_pack()
    patient = a_patient({"age_years": 61.0})
    unknown = next(f.id for f in pack.features if f.id not in gate_names(patient, pack)
                   and f.id not in patient.values)  # fmt: skip
    found = gate_of(patient, pack, (), (Widening(unknown, 0.1),))
    assert next(f for f in found.missing if f.feature == unknown).narrowing == 0.1
    assert not any(
        f.feature == unknown
        for f in gate_of(patient, pack, (), (Widening(unknown, 0.001),)).missing
    )


def gate_names(patient, pack):
    """The facts that the gate names without a forecast."""
    return {fact.feature for fact in gate_of(patient, pack).missing}
