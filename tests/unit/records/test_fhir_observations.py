"""FHIR R4: what observations give, what is refused, and which of several values counts."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.records.fhir import read_fhir
from dashboard.records.patient import Severity
from dashboard.records.reading import Reading
from tests.builders import TODAY
from tests.bundles import (
    SNOMED,
    bundle,
    coded,
    condition,
    loinc,
    observation,
    packed,
    patient,
    quantity,
)
from tests.fhir_readings import (
    BREAST,
    COLON,
    LIBRARY,
    MELANOMA,
    codes,
    finding,
    intake_of,
    listed,
    look,
    lung,
    only,
    values,
)


@pytest.mark.parametrize(
    ("code", "fields", "name", "value"),
    [
        ("1751-7", {"valueQuantity": quantity(38, "g/L")}, "albumin_g_dl", 3.8),
        (
            "1751-7",
            {"valueQuantity": {"value": 38, "unit": "grams", "code": "g/L"}},
            "albumin_g_dl",
            3.8,
        ),
        (
            "718-7",
            {"valueQuantity": quantity(7.5, "mmol/L")},
            "haemoglobin_g_dl",
            pytest.approx(12.08, abs=0.02),
        ),
        ("89247-1", {"valueInteger": 1}, "ecog_ps", "1"),
        ("89247-1", {"valueQuantity": quantity(2, "{score}")}, "ecog_ps", "2"),
        ("89247-1", {"valueCodeableConcept": loinc("LA9623-5", "Restricted")}, "ecog_ps", "1"),
        (
            "72166-2",
            {"valueCodeableConcept": coded(SNOMED, "8517006", "Ex-smoker")},
            "smoking_status",
            "former",
        ),
        ("72166-2", {"valueCodeableConcept": {"text": "Never smoker"}}, "smoking_status", "never"),
        ("94076-7", {"valueQuantity": quantity(9.5, "mut/Mb")}, "tmb_mut_mb", 9.5),
        ("83053-9", {"valueQuantity": quantity(60, "%")}, "pd_l1_tps", 60.0),
        ("21908-9", {"valueCodeableConcept": {"text": "Stage IVB"}}, "stage", "IVB"),
        ("39156-5", {"valueQuantity": quantity(24.5, "kg/m2")}, "bmi", 24.5),
    ],
)
def test_an_observation_becomes_the_value_of_its_feature(code, fields, name, value):
    """Quantities with units or codes, integers, coded answers and words."""
    assert values(lung(observation(loinc(code), **fields))) == {name: value}


@pytest.mark.parametrize(
    ("tumour", "code", "fields", "name", "value"),
    [
        (
            MELANOMA,
            "21907-1",
            {
                "valueCodeableConcept": {
                    "text": "American Joint Committee on Cancer cM1b (qualifier value)"
                }
            },
            "m_stage",
            "M1b",
        ),
        (
            COLON,
            "81695-9",
            {"valueCodeableConcept": loinc("LA26203-2", "MSI-H")},
            "msi_status",
            "msi_h",
        ),
        (COLON, "2039-6", {"valueQuantity": quantity(45, "ng/mL")}, "cea_ng_ml", 45.0),
        (BREAST, "85319-2", {"valueString": "3+"}, "her2_status", "positive"),
        (
            BREAST,
            "44648-4",
            {"valueCodeableConcept": {"text": "Nottingham grade 2"}},
            "nottingham_grade",
            "2",
        ),
        (BREAST, "33728-7", {"valueQuantity": quantity(2.5, "cm")}, "tumour_size_mm", 25.0),
    ],
)
def test_observations_of_the_other_tumour_groups(tumour, code, fields, name, value):
    """The same rules with other packs."""
    intake = intake_of(patient(), condition(tumour), observation(loinc(code), **fields))
    assert only(intake).values[name] == value


def test_components_are_observations_of_their_own():
    """A blood panel is one resource with many facts."""
    intake = lung(
        observation(
            loinc("58410-2", "Blood panel"),
            component=[
                {"code": loinc("718-7"), "valueQuantity": quantity(12.1, "g/dL")},
                {"code": loinc("1751-7"), "valueQuantity": quantity(4.0, "g/dL")},
                {"code": loinc("789-8", "Erythrocytes"), "valueQuantity": quantity(4.1, "10*12/L")},
            ],
        )
    )
    assert values(intake) == {"haemoglobin_g_dl": 12.1, "albumin_g_dl": 4.0}
    assert listed(intake)["Erythrocytes"] == "not a fact asked for"


def test_a_test_without_standard_code_is_found_by_name():
    """Local codes and plain words; a foreign LOINC code is never overruled by a name."""
    named = observation({"text": "Albumin"}, valueQuantity=quantity(4.1, "g/dL"))
    local = observation(
        coded("http://lab.local", "ALB", "albumin"), valueQuantity=quantity(4.1, "g/dL")
    )
    urine = observation({**loinc("1754-1"), "text": "Albumin"}, valueQuantity=quantity(4.1, "g/dL"))
    assert values(lung(named)) == values(lung(local)) == {"albumin_g_dl": 4.1}
    assert values(lung(urine)) == {}


def test_comparator_and_digits_are_kept():
    """<0.10 stays <0.10 for whoever looks it up."""
    body = bundle(
        patient(),
        condition(BREAST),
        observation(loinc("1988-5"), valueQuantity=quantity(0.5, "mg/L", comparator="<")),
    )
    raw = packed(body).replace(b'"value": 0.5', b'"value": 0.50')
    origin = only(read_fhir(raw, "b.json", Reading(LIBRARY, TODAY))).origins["crp_mg_l"]
    assert (origin.text, origin.comparator, origin.unit) == ("0.50", "<", "mg/L")


def test_a_number_sent_as_text_is_refused():
    """FHIR decimals are numbers; '3.8' may be anything."""
    intake = lung(observation(loinc("1751-7"), valueQuantity=quantity("3.8", "g/dL")))
    assert values(intake) == {}
    assert finding(intake, "number-as-text").severity is Severity.ERROR


@pytest.mark.parametrize(("unit", "code"), [("furlongs", "unit-unknown"), ("", "")])
def test_a_quantity_in_a_strange_unit_is_never_converted(unit, code):
    """A finding, no value that somebody guessed."""
    intake = lung(observation(loinc("1751-7"), valueQuantity=quantity(38, unit)))
    assert "albumin_g_dl" not in values(intake)
    assert intake.findings


def test_a_value_outside_the_hard_limits_is_refused():
    """Neutrophils of 3000 x 10^9/L do not exist."""
    intake = intake_of(
        patient(),
        condition(BREAST),
        observation(loinc("26499-4"), valueQuantity=quantity(3000, "10*3/uL")),
    )
    assert "neutrophils_10e9_l" not in values(intake)
    assert finding(intake, "out-of-range").severity is Severity.ERROR


def test_a_ratio_to_the_laboratorys_limit_is_computed_from_its_own_range():
    """480 U/L with an upper limit of 240 is twice the limit; the note says how."""
    intake = lung(
        observation(
            loinc("2532-0"),
            valueQuantity=quantity(480, "U/L"),
            referenceRange=[{"low": quantity(100, "U/L"), "high": quantity(240, "U/L")}],
        )
    )
    assert values(intake) == {"ldh_x_uln": 2.0}
    assert "240 U/L" in only(intake).origins["ldh_x_uln"].note


@pytest.mark.parametrize(
    "limits",
    [[], [{"text": "normal"}], [{"high": quantity(4, "ukat/L")}], [{"high": quantity(0, "U/L")}]],
)
def test_without_the_laboratorys_limit_the_ratio_is_asked_for(limits):
    """No laboratory's limit is assumed."""
    intake = lung(
        observation(loinc("2532-0"), valueQuantity=quantity(480, "U/L"), referenceRange=limits)
    )
    assert "ldh_x_uln" not in values(intake)
    assert any(f.severity is Severity.QUESTION for f in intake.findings)


def test_a_test_not_done_is_shown_with_its_reason():
    """Not the same as a test nobody mentions."""
    intake = lung(
        observation(loinc("83053-9", "PD-L1"), dataAbsentReason={"text": "insufficient tissue"})
    )
    assert "pd_l1_tps" not in values(intake)
    assert "insufficient tissue" in finding(intake, "test-not-done").message
    assert any(left.value == "not done: insufficient tissue" for left in intake.unmapped)


def test_a_component_not_done_is_shown_too():
    """The reason stands at the component."""
    intake = lung(
        observation(
            loinc("58410-2"),
            component=[
                {"code": loinc("718-7", "Haemoglobin"), "dataAbsentReason": {"text": "clotted"}}
            ],
        )
    )
    assert any(left.value == "not done: clotted" for left in intake.unmapped)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_retracted_results_are_listed_and_not_used(status):
    """What the laboratory took back is not believed."""
    examined = look(
        patient(),
        condition(),
        observation(loinc("718-7"), status=status, valueQuantity=quantity(9, "g/dL")),
    )
    assert "haemoglobin_g_dl" not in only(examined.intake).values
    assert any("not used" in left.reason for left in examined.intake.unmapped)
    assert examined.silent == []


def test_a_preliminary_result_is_used_and_flagged():
    """It may change."""
    intake = lung(
        observation(loinc("718-7"), status="preliminary", valueQuantity=quantity(9, "g/dL"))
    )
    assert values(intake) == {"haemoglobin_g_dl": 9.0}
    assert finding(intake, "result-not-final").severity is Severity.WARNING


def haemoglobin(value: float, identifier: str, day: str = "", issued: str = "") -> dict[str, Any]:
    """A haemoglobin of a day."""
    times = {"effectiveDateTime": day, "issued": issued}
    stated = {name: text for name, text in times.items() if text}
    return observation(loinc("718-7"), identifier, valueQuantity=quantity(value, "g/dL"), **stated)


def test_the_latest_of_several_dated_values_is_current():
    """All of them stay as measurements, oldest first."""
    intake = lung(haemoglobin(11, "a", "2025-04-01"), haemoglobin(12, "b", "2025-03-01T08:00:00Z"))
    assert values(intake) == {"haemoglobin_g_dl": 11.0}
    assert [m.value for m in only(intake).measurements] == [12.0, 11.0]
    assert intake.findings == ()


def test_of_one_day_the_one_issued_later_counts():
    """And both are named."""
    intake = lung(
        haemoglobin(11, "a", "2025-04-01", "2025-04-01T09:00:00Z"),
        haemoglobin(12, "b", "2025-04-01", "2025-04-01T15:00:00Z"),
    )
    assert values(intake) == {"haemoglobin_g_dl": 12.0}
    assert "11" in finding(intake, "value-superseded").message


def test_of_one_day_without_times_the_user_is_asked():
    """Two values, one day, no order: unknown until answered."""
    intake = lung(haemoglobin(11, "a", "2025-04-01"), haemoglobin(12, "b", "2025-04-01"))
    assert values(intake) == {}
    question = finding(intake, "values-contradict")
    assert [choice.values for choice in question.choices][-1] == {"haemoglobin_g_dl": None}
    assert {c.values["haemoglobin_g_dl"] for c in question.choices} == {11.0, 12.0, None}


def test_an_undated_value_stands_behind_a_dated_one():
    """It is pointed out, not used."""
    intake = lung(haemoglobin(11, "a", "2025-04-01"), haemoglobin(12, "b"))
    assert values(intake) == {"haemoglobin_g_dl": 11.0}
    assert finding(intake, "value-undated").severity is Severity.WARNING


def test_two_undated_values_are_asked_about():
    """Nothing says which is newer."""
    intake = lung(haemoglobin(11, "a"), haemoglobin(12, "b"))
    assert values(intake) == {}
    assert "values-contradict" in codes(intake)


def test_a_value_from_the_future_is_refused():
    """Tomorrow is allowed for time zones, next month is not."""
    intake = lung(haemoglobin(11, "a", "2026-07-15"), haemoglobin(12, "b", "2026-06-02"))
    assert values(intake) == {"haemoglobin_g_dl": 12.0}
    assert "2026-07-15" in finding(intake, "date-in-future").message


def test_receptors_are_combined_not_overwritten():
    """One negative receptor does not make a tumour hormone-negative."""

    def status(oestrogen: str, progesterone: str, codes: tuple[str, str]) -> Any:
        words = {"+": loinc("LA6576-8"), "-": loinc("LA6577-6")}
        given = [
            (code, sign)
            for code, sign in zip(codes, (oestrogen, progesterone), strict=True)
            if sign
        ]
        tests = [
            observation(loinc(code), code, valueCodeableConcept=words[sign]) for code, sign in given
        ]
        return only(intake_of(patient(), condition(BREAST), *tests)).values.get("hr_status")

    for pair in (("85337-4", "85339-0"), ("16112-5", "16113-3")):
        assert status("+", "-", pair) == "positive"
        assert status("+", "", pair) == "positive"
        assert status("-", "+", pair) == "positive"
        assert status("-", "-", pair) == "negative"
        assert status("-", "", pair) is None


def test_karnofsky_is_offered_as_ecog_not_converted():
    """The usual equivalent is one answer to a question."""
    intake = lung(observation(loinc("89243-0"), valueInteger=80))
    assert values(intake) == {}
    assert finding(intake, "karnofsky").choices[0].values == {"ecog_ps": "1"}
    both = lung(
        observation(loinc("89243-0"), valueInteger=80),
        observation(loinc("89247-1"), "o2", valueInteger=0),
    )
    assert "karnofsky" not in codes(both)


def test_index_ratio_and_clearance_follow_from_their_parts():
    """Body mass index, neutrophil ratio, Cockcroft-Gault; each says how it was made."""
    day = {"effectiveDateTime": "2025-05-01"}
    intake = lung(
        observation(loinc("29463-7"), "a", valueQuantity=quantity(155, "[lb_av]"), **day),
        observation(loinc("8302-2"), "b", valueQuantity=quantity(165, "cm"), **day),
        observation(loinc("751-8"), "c", valueQuantity=quantity(6.0, "10*9/L"), **day),
        observation(loinc("731-0"), "d", valueQuantity=quantity(1.5, "10*3/uL"), **day),
        observation(loinc("2160-0"), "e", valueQuantity=quantity(0.9, "mg/dL"), **day),
    )
    known = values(intake)
    assert known["bmi"] == pytest.approx(25.8, abs=0.1)
    assert known["nlr"] == 4.0
    assert known["crcl_ml_min"] == pytest.approx(68, abs=2)
    assert "Cockcroft" in only(intake).origins["crcl_ml_min"].note
    assert {left.reason for left in intake.unmapped} >= {"used to compute other values"}


def test_a_ratio_is_not_made_of_two_samples():
    """Neutrophils of March over lymphocytes of May mean nothing."""
    intake = lung(
        observation(
            loinc("751-8"), "c", valueQuantity=quantity(6, "10*9/L"), effectiveDateTime="2025-03-01"
        ),
        observation(
            loinc("731-0"),
            "d",
            valueQuantity=quantity(1.5, "10*9/L"),
            effectiveDateTime="2025-05-01",
        ),
    )
    assert "nlr" not in values(intake)
