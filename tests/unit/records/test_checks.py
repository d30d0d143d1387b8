"""What speaks against a patient: values, measurements, the gate before a forecast."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest

from dashboard.knowledge.library import Library, load_library
from dashboard.records.checks import (
    check_intake,
    check_patient,
    check_patients,
    gate_for_forecast,
)
from dashboard.records.patient import (
    Finding,
    Intake,
    Measurement,
    Origin,
    Patient,
    Severity,
    Unmapped,
    Where,
)
from tests.builders import TODAY, a_feature, a_library, a_patient, tiny_pack

LIBRARY = load_library()
PACK = LIBRARY.pack("nsclc")
TINY = tiny_pack()
FACTS = {
    "age_years": 61.0,
    "sex": "female",
    "ecog_ps": "1",
    "histology": "adenocarcinoma",
    "pd_l1_tps": 40.0,
}


def nsclc(**changes) -> Patient:
    """A patient of the lung pack with nothing wrong, some values changed."""
    line = changes.pop("line", 1)
    values = {**FACTS, **changes}
    values = {name: value for name, value in values.items() if value is not None}
    origins = {name: Origin("a.csv", 7, f"col {name}") for name in values}
    return Patient("P1", "nsclc", values=values, line=line, origins=origins)


def found(patient: Patient, code: str) -> Finding:
    """The one finding with this code."""
    (finding,) = [f for f in check_patient(patient, PACK, TODAY) if f.code == code]
    return finding


def codes(patient: Patient, pack=PACK, **more) -> set[str]:
    """All codes but the note on what is missing."""
    return {f.code for f in check_patient(patient, pack, TODAY, **more)} - {"facts-missing"}


class TestValues:
    """Kind, level, limits."""

    def test_checks_find_nothing_wrong_with_an_ordinary_patient(self):
        """Only what is missing is noted."""
        assert codes(nsclc()) == set()

    def test_checks_name_file_row_column_and_patient(self):
        """A finding says where the value came from."""
        finding = found(nsclc(albumin_g_dl=39.0), "value-impossible")
        assert finding.where == Where("a.csv", 7, "col albumin_g_dl")
        assert finding.patient == "P1"
        assert finding.value == "39 g/dL"
        assert finding.expected == "1 to 6 g/dL"
        assert "Check the unit" in finding.fix
        assert finding.rest

    @pytest.mark.parametrize("value", [1.0, 6.0])
    def test_checks_accept_values_on_the_limits(self, value):
        """Both ends of a range are allowed."""
        assert "value-impossible" not in codes(nsclc(albumin_g_dl=value))

    @pytest.mark.parametrize("value", [0.99, 6.01, -3.0, 1e308])
    def test_checks_refuse_values_outside_the_hard_limits(self, value):
        """What cannot be is an error."""
        assert found(nsclc(albumin_g_dl=value), "value-impossible").severity is Severity.ERROR

    @pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, "39", True])
    def test_checks_refuse_what_is_no_number(self, value):
        """Infinity, not-a-number, text and truth are no laboratory values."""
        assert found(nsclc(albumin_g_dl=value), "not-a-number").severity is Severity.ERROR

    def test_checks_accept_a_whole_number_where_a_number_is_due(self):
        """A form may hand over 61 for 61.0."""
        assert codes(nsclc(age_years=61)) == set()
        assert codes(nsclc(age_years=121)) == {"value-impossible"}

    def test_checks_refuse_numbers_that_are_not_finite_where_no_range_is_known(self):
        """A feature without limits still has to be a number."""
        pack = tiny_pack(features=(a_feature("score"),), regimens=())
        patient = a_patient({"score": math.inf})
        assert "not-a-number" in codes(patient, pack)
        assert codes(a_patient({"score": 1e300}), pack) == set()

    @pytest.mark.parametrize("value", [3.2, 9.0, 40.0])
    def test_checks_warn_of_what_is_unusual(self, value):
        """Far outside of what a pack calls common, and inside of what can be."""
        finding = found(nsclc(ldh_x_uln=value), "implausible")
        assert finding.severity is Severity.WARNING
        assert "most values are 0.6 to 1.8 xULN" in finding.message

    @pytest.mark.parametrize("value", [2.0, 3.1, 0.3])
    def test_checks_are_silent_about_what_one_patient_in_five_has(self, value):
        """The common range leaves out ordinary patients; they are not warned of."""
        assert "implausible" not in codes(nsclc(ldh_x_uln=value))

    @pytest.mark.parametrize("value", ["large cell", "adenoid cystic", 1.0, True])
    def test_checks_refuse_levels_the_pack_does_not_know(self, value):
        """A category that was never seen is out of scope, and the levels are listed."""
        finding = found(nsclc(histology=value), "level-unknown")
        assert "out of scope" in finding.message
        assert "adenocarcinoma, squamous" in finding.expected

    def test_checks_suggest_the_level_that_was_probably_meant(self):
        """A near miss is named."""
        assert "squamous" in found(nsclc(histology="squamos"), "level-unknown").fix

    @pytest.mark.parametrize("value", ["yes", 1.0, "true"])
    def test_checks_refuse_flags_that_are_neither_yes_nor_no(self, value):
        """A flag is true or false and nothing else."""
        assert found(nsclc(alk_fusion=value), "level-unknown").expected == "yes or no"

    def test_checks_name_a_feature_the_pack_does_not_have(self):
        """With the nearest that it has."""
        finding = found(nsclc(pdl1_tps=5.0), "feature-unknown")
        assert "pd_l1_tps" in finding.fix

    @pytest.mark.parametrize("line", [0, -1, 13])
    def test_checks_refuse_lines_that_cannot_be(self, line):
        """Lines run from one to the last the packs speak of."""
        assert found(nsclc(line=line), "line-impossible").expected == "1 to 12"

    def test_checks_refuse_the_young_with_the_reason(self):
        """The packs were made for adults."""
        finding = found(nsclc(age_years=15.0), "age-under-limit")
        assert "adults 18 and over" in finding.message
        assert "kept and shown" in finding.fix

    @pytest.mark.parametrize("age", [121.0, 150.0, -2.0])
    def test_checks_send_impossible_ages_to_the_date_of_birth(self, age):
        """That is where the mistake usually is."""
        assert found(nsclc(age_years=age), "value-impossible").fix == "Check the date of birth."

    def test_checks_accept_the_age_of_majority(self):
        """Eighteen is an adult."""
        assert "age-under-limit" not in codes(nsclc(age_years=18.0))

    def test_checks_note_what_is_missing_in_order_of_weight(self):
        """The facts that decide most regimens come first."""
        finding = found(nsclc(), "facts-missing")
        assert finding.severity is Severity.NOTE
        assert "regimens" in finding.message


class TestMeasurements:
    """Two results for one fact."""

    def reports(self, feature, *pairs) -> Patient:
        """A patient with dated measurements of one feature."""
        taken = tuple(
            Measurement(feature, value, day, Origin(f"report{number}.pdf"))
            for number, (value, day) in enumerate(pairs)
        )
        return replace(nsclc(), measurements=taken)

    def test_checks_ask_when_two_reports_differ_on_a_lasting_fact(self):
        """Both sources are named with their dates; the newest is not chosen silently."""
        patient = self.reports(
            "egfr_mutation", ("none", date(2025, 1, 2)), ("exon19del", date(2026, 2, 3))
        )
        finding = found(patient, "reports-differ")
        assert finding.severity is Severity.QUESTION
        assert "none on 2025-01-02 in report0.pdf" in finding.message
        assert "exon 19 deletion on 2026-02-03 in report1.pdf" in finding.message
        assert [c.values for c in finding.choices] == [
            {"egfr_mutation": "none"},
            {"egfr_mutation": "exon19del"},
            {"egfr_mutation": None},
        ]

    def test_checks_let_acquired_alterations_appear(self):
        """T790M arises under treatment: two different reports are no contradiction."""
        patient = self.reports("egfr_t790m", (False, date(2025, 1, 2)), (True, date(2026, 2, 3)))
        assert "reports-differ" not in codes(patient)

    def test_checks_let_laboratory_values_change(self):
        """Albumin of two days differs, as it should."""
        patient = self.reports("albumin_g_dl", (3.9, date(2025, 1, 2)), (3.1, date(2026, 2, 3)))
        assert codes(patient) == set()

    def test_checks_ask_when_one_day_has_two_results(self):
        """The same test twice on one day cannot be ordered."""
        day = date(2025, 1, 2)
        finding = found(self.reports("albumin_g_dl", (3.9, day), (3.1, day)), "same-day-differs")
        assert "3.9 g/dL and 3.1 g/dL" in finding.message
        assert len(finding.choices) == 3

    def test_checks_accept_equal_results_and_unknown_features(self):
        """A repetition says nothing new; what the pack does not know is left alone."""
        day = date(2025, 1, 2)
        assert codes(self.reports("albumin_g_dl", (3.9, day), (3.9, day))) == set()
        assert codes(self.reports("shoe_size", (40.0, day), (41.0, day))) == set()
        assert codes(self.reports("albumin_g_dl", (3.9, None), (3.1, None))) == set()


class TestMany:
    """Patients together, and beside what a file holds."""

    def test_checks_name_a_tumour_group_without_a_pack(self):
        """That is no error: the data are kept and shown."""
        (finding,) = check_patients((a_patient(disease="gastric"),), LIBRARY, TODAY)
        assert finding.code == "no-pack"
        assert finding.severity is Severity.NOTE
        assert "no model for this tumour type" in finding.message

    def test_checks_of_many_equal_the_checks_of_each(self):
        """Nothing is lost when patients are checked together."""
        patients = (nsclc(albumin_g_dl=39.0), replace(nsclc(line=2), id="P2"))
        together = check_patients(patients, LIBRARY, TODAY)
        single = [f for p in patients for f in check_patient(p, PACK, TODAY)]
        assert list(together) == single

    def test_checks_use_facts_that_no_model_uses(self):
        """A pregnancy in an extra column contradicts the sex, row by row."""
        first = replace(nsclc(sex="male"), origins={"sex": Origin("a.csv", 2, "sex")})
        second = replace(
            nsclc(sex="male", age_years=60.0),
            id="P2",
            origins={"sex": Origin("a.csv", 3, "sex")},
        )
        unmapped = (
            Unmapped(Where("a.csv", 2, "Pregnant"), "Pregnant", "Yes", "not used"),
            Unmapped(Where("a.csv", 3, "Pregnant"), "Pregnant", "no", "not used"),
        )
        findings = check_intake(Intake((first, second), unmapped=unmapped), LIBRARY, TODAY)
        (finding,) = [f for f in findings if f.code == "male-pregnant"]
        assert finding.patient == "P1"
        assert finding.severity is Severity.QUESTION
        assert "Pregnancy: yes" in finding.value
        assert "Sex: male" in finding.value

    def test_checks_do_not_repeat_the_reader(self):
        """What the reader said of the value or the column is not said again."""
        patient = nsclc(ldh_x_uln=9.0)
        said = Finding(
            Severity.WARNING, "implausible", "", Where("a.csv", 7, "col ldh_x_uln"), patient="P1"
        )
        of_column = replace(said, patient="")
        for known in (said, of_column):
            findings = check_intake(Intake((patient,), (known,)), LIBRARY, TODAY)
            assert "implausible" not in {f.code for f in findings}
        assert "implausible" in {f.code for f in check_intake(Intake((patient,)), LIBRARY, TODAY)}

    def test_checks_work_with_any_pack(self):
        """A pack of data alone is checked like those that ship."""
        library = a_library(TINY)
        patient = a_patient({"age_years": 15.0, "stage": "XX"})
        assert {f.code for f in check_patients((patient,), library, TODAY)} >= {
            "age-under-limit",
            "level-unknown",
        }


class TestGate:
    """Reading is lenient, forecasting strict."""

    def test_gate_opens_for_an_ordinary_patient(self):
        """Nothing stands in the way, nothing is withheld."""
        gate = gate_for_forecast(nsclc(), PACK)
        assert gate.open
        assert gate.withheld == frozenset()

    def test_gate_refuses_an_empty_patient(self):
        """Never a number from an empty row, and the words say how little is known."""
        gate = gate_for_forecast(Patient("P1", "nsclc"), PACK)
        (finding,) = gate.blockers
        assert finding.message == "No forecast: 0 of 9 facts that a forecast rests on are known."
        assert "Age" in finding.fix

    def test_gate_refuses_two_facts_and_takes_three(self):
        """Three core facts are the least."""
        two = Patient("P1", "nsclc", values={"age_years": 60.0}, line=1)
        three = Patient("P1", "nsclc", values={"age_years": 60.0, "ecog_ps": "1"}, line=1)
        assert not gate_for_forecast(two, PACK).open
        assert gate_for_forecast(three, PACK).open

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"age_years": 15.0}, "age-under-limit"),
            ({"albumin_g_dl": 39.0}, "value-impossible"),
            ({"ldh_x_uln": math.inf}, "not-a-number"),
            ({"histology": "adenoid cystic"}, "level-unknown"),
            ({"unheard_of": 1.0}, "feature-unknown"),
            ({"line": 0}, "line-impossible"),
            ({"prior_ici": False, "months_since_last_ici": 2.0}, "ici-interval-without-ici"),
        ],
    )
    def test_gate_blocks_errors_and_open_questions(self, change, code):
        """Nothing is forecast from what cannot be, or from what still has to be answered."""
        gate = gate_for_forecast(nsclc(**change), PACK)
        assert not gate.open
        assert code in {f.code for f in gate.blockers}

    def test_gate_passes_warnings_on(self):
        """What is odd is forecast and flagged."""
        gate = gate_for_forecast(nsclc(ldh_x_uln=9.0), PACK)
        assert gate.open
        assert {f.code for f in gate.warnings} == {"implausible"}

    def test_gate_blocks_what_reading_left_open_for_this_patient_only(self):
        """Another patient's question is no obstacle."""
        question = Finding(Severity.QUESTION, "unit-unclear", "?", patient="P1")
        other = replace(question, patient="P2")
        assert gate_for_forecast(nsclc(), PACK, [other]).open
        assert not gate_for_forecast(nsclc(), PACK, [question]).open

    def test_gate_says_nothing_twice(self):
        """A finding of the checks that is handed in again is shown once."""
        patient = nsclc(albumin_g_dl=39.0)
        findings = check_patient(patient, PACK, TODAY)
        gate = gate_for_forecast(patient, PACK, findings)
        assert [f.code for f in gate.blockers] == ["value-impossible"]

    def test_gate_withholds_discordant_facts_instead_of_blocking(self):
        """Models use neither of two discordant results until one is corrected."""
        pack = LIBRARY.pack("colorectal")
        patient = Patient(
            "P1",
            "colorectal",
            values={"age_years": 60.0, "ecog_ps": "1", "msi_status": "msi_h"},
            line=1,
        )
        discordant = Finding(Severity.WARNING, "msi-high-mmr-proficient", "", patient="P1")
        gate = gate_for_forecast(patient, pack, [discordant])
        assert gate.open
        assert gate.withheld == {"msi_status", "mmr_status"}

    def test_gate_refuses_another_tumour_group(self):
        """A patient is not forecast with the wrong pack."""
        (finding,) = gate_for_forecast(nsclc(), LIBRARY.pack("breast")).blockers
        assert finding.code == "other-disease"

    def test_gate_serves_small_packs(self):
        """A pack with fewer core facts than the least asks for all of them."""
        pack = tiny_pack(features=(a_feature("ecog_ps"),), regimens=())
        assert gate_for_forecast(a_patient({"ecog_ps": "1"}), pack).open
        assert not gate_for_forecast(a_patient({}), pack).open


def test_checks_of_a_library_take_every_pack():
    """Each of the packs that ship can be checked against."""
    patients = tuple(a_patient({"age_years": 60.0}, disease=name, id=name) for name in LIBRARY.ids)
    findings = check_patients(patients, Library(LIBRARY.packs), TODAY)
    assert {f.patient for f in findings if f.code == "facts-missing"} == set(LIBRARY.ids)
