"""The banner, the record and the verdicts, as the words a person reads."""

from datetime import date

import pytest

from components.charts import values, verdicts
from components.widgets import patient as widgets
from components.widgets import regimens
from components.widgets.panels import SYMBOLS, Tone
from dashboard.knowledge import eligibility
from dashboard.knowledge.library import load_library
from dashboard.knowledge.rules import Answer
from dashboard.knowledge.schema import Drug, Kind, Regimen
from dashboard.records.patient import (
    Finding,
    Measurement,
    Origin,
    Severity,
    TreatmentCourse,
    Where,
)
from tests.builders import a_feature, a_patient, tiny_pack
from tests.unit.components.test_markup import PAYLOADS, parsed_again

TODAY = date(2026, 6, 1)


def words(markup):
    """Everything a reader reads, pieces apart."""
    return " ".join(text.strip() for text in parsed_again(f"<x>{markup}</x>").itertext() if text)


def a_regimen(name, **rules):
    """A regimen with only its rules set."""
    return Regimen(id=name, label=name.upper(), drugs=(Drug(name=name),), classes=("x",), **rules)


# -- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feature", "value", "text"),
    [
        ("albumin_g_dl", 3.8, "3.8 g/dL"),
        ("albumin_g_dl", None, "unknown"),
        ("liver_metastases", True, "yes"),
        ("liver_metastases", False, "no"),
        ("ldh_x_uln", 1.2, "1.2 \N{MULTIPLICATION SIGN} ULN"),
        ("braf_v600", "other_V600", "other V600"),
    ],
)
def test_value_text_writes_each_kind_with_its_unit(feature, value, text):
    """A value reads as a clinician would write it; unknown is a word, not a blank."""
    assert values.value_text(a_feature(feature), value) == text


def test_range_text_is_empty_without_a_range():
    """Nothing is invented where the pack states no usual range."""
    assert values.range_text(a_feature("albumin_g_dl")) == "2.5 to 5 g/dL"
    assert values.range_text(a_feature("sex")) == ""


def test_origin_text_tells_file_row_and_what_was_done():
    """Where a value came from, as it stood, and the conversion on the way."""
    origin = Origin("lung.csv", 3, "Albumin", "38", "g/L", "<", note="converted from g/L")
    assert values.origin_text(origin) == (
        "lung.csv, row 3, Albumin; as \N{LEFT DOUBLE QUOTATION MARK}<38 g/L"
        "\N{RIGHT DOUBLE QUOTATION MARK}; converted from g/L"
    )
    assert values.origin_text(None) == ""
    assert values.origin_text(Origin(who="Owner")) == "Owner"


def test_by_group_leaves_no_feature_out():
    """Every fact of a pack stands in exactly one group."""
    pack = tiny_pack()
    grouped = [
        feature.id for members in values.by_group(pack.features).values() for feature in members
    ]
    assert sorted(grouped) == sorted(feature.id for feature in pack.features)


# -- banner and record ---------------------------------------------------------------------------


def test_banner_says_who_this_is():
    """Pseudonym, age, sex, tumour, line and date; the synthetic badge when it is one."""
    patient = a_patient(recorded_on=date(2026, 3, 9), synthetic=True)
    said = words(widgets.banner(patient, tiny_pack()))
    assert said == (
        f"P1 {SYMBOLS[Tone.CAUTION]} SYNTHETIC Age 61 years Sex female Tumour Tiny cancer "
        "Line 1 Data of 9 Mar 2026"
    )


def test_banner_does_not_call_a_real_record_synthetic():
    """The badge is on invented patients alone; what is unknown is said."""
    said = words(widgets.banner(a_patient({}, line=None), tiny_pack()))
    assert "SYNTHETIC" not in said
    assert said.count("unknown") == 4


def test_data_date_falls_back_on_the_latest_measurement():
    """Without a date of record the newest result dates the data."""
    taken = [Measurement("albumin_g_dl", 3.0, day) for day in (date(2026, 1, 2), date(2026, 2, 1))]
    patient = a_patient(measurements=(*taken, Measurement("albumin_g_dl", 3.1)))
    assert widgets.data_date(patient) == date(2026, 2, 1)
    assert widgets.data_date(a_patient()) is None


@pytest.mark.parametrize("payload", PAYLOADS)
def test_banner_shows_a_payload_as_its_letters(payload):
    """A pseudonym that is a script is drawn as text."""
    drawn = parsed_again(str(widgets.banner(a_patient(id=payload), tiny_pack())))
    assert drawn.find("span").text == payload


def test_completeness_counts_the_line_as_known():
    """The line is kept beside the values and still counts."""
    pack = tiny_pack(features=(*tiny_pack().features, a_feature("line", group="treatment")))
    assert "1 of 1" in words(widgets.completeness(a_patient(line=2), pack))
    assert "0 of 1" in words(widgets.completeness(a_patient(line=None), pack))


def test_record_table_flags_an_unusual_value_and_shows_its_finding():
    """A value outside its usual range is marked, and what was found stands beside it."""
    patient = a_patient({"albumin_g_dl": 1.5, "pd_l1_tps": 5.0})
    finding = Finding(
        Severity.WARNING,
        "unusual",
        "Albumin is low.",
        Where("a.csv", 2, "albumin_g_dl"),
        expected="2.5 to 5 g/dL",
        fix="Check it.",
        rest="It is kept.",
    )
    features = [a_feature("albumin_g_dl"), a_feature("pd_l1_tps"), a_feature("bmi")]
    drawn = parsed_again(
        str(widgets.record_table("Laboratory", features, patient, {"albumin_g_dl": [finding]}))
    )
    albumin, pd_l1, bmi = (" ".join(row.itertext()) for row in drawn.findall(".//tbody/tr"))
    assert "unusual" in albumin
    assert "Albumin is low. Expected: 2.5 to 5 g/dL." in albumin
    assert "Check it. It is kept." in albumin
    assert "unusual" not in pd_l1
    assert "5%" in pd_l1
    assert "unknown" in bmi


def test_findings_panel_puts_the_gravest_first():
    """What stops a patient is read before what is worth knowing."""
    found = [
        Finding(severity, "c", f"about {severity}")
        for severity in (Severity.NOTE, Severity.ERROR, Severity.WARNING)
    ]
    said = words(widgets.findings_panel(found))
    assert said.index("about error") < said.index("about warning") < said.index("about note")
    assert "Nothing doubtful was found" in words(widgets.findings_panel([]))


def test_timeline_has_the_same_facts_in_a_table():
    """Dated and undated treatments and results all stand in the table twin."""
    patient = a_patient(
        courses=(
            TreatmentCourse(
                "Old drug", "", 1, date(2025, 1, 1), date(2025, 3, 1), "PR", "progression"
            ),
            TreatmentCourse("", "drug-a"),
            TreatmentCourse(""),
        ),
        measurements=(
            Measurement("albumin_g_dl", 3.5, date(2025, 2, 1)),
            Measurement("mystery", "high"),
        ),
    )
    said = words(widgets.timeline(patient, tiny_pack(), TODAY))
    assert "Old drug (line 1) 1 Jan 2025 to 1 Mar 2025 best response PR; ended: progression" in said
    assert "Drug A not dated no outcome on record" in said
    assert "Treatment without a name" in said
    assert "Serum albumin 1 Feb 2025 3.5 g/dL" in said
    assert "mystery unknown high" in said


def test_timeline_counts_the_days_of_a_patient_without_dates():
    """De-identified dates are shown as days since the diagnosis, never as dates."""
    patient = a_patient(
        courses=(TreatmentCourse("Old drug", "", 1, date(1900, 1, 31), date(1900, 3, 1)),),
        measurements=(Measurement("albumin_g_dl", 3.5, date(1900, 2, 10)),),
        recorded_on=date(1900, 4, 11),
    )
    said = str(widgets.timeline(patient, tiny_pack(), TODAY))
    assert "day 30 to day 59" in said
    assert "1900" not in said
    assert "Data of day 100" in words(widgets.banner(patient, tiny_pack()))


def test_timeline_without_dates_is_the_table_alone():
    """Undated history is listed; without any history the page says so."""
    undated = a_patient(courses=(TreatmentCourse("Old drug"),))
    assert "<img" not in str(widgets.timeline(undated, tiny_pack(), TODAY))
    assert "Old drug not dated" in words(widgets.timeline(undated, tiny_pack(), TODAY))
    assert "No dated treatment" in words(widgets.timeline(a_patient(), tiny_pack(), TODAY))


# -- verdicts ------------------------------------------------------------------------------------


LINE = a_feature("line", label="Line", kind=Kind.ORDINAL, levels=("1", "2", "3"))
PACK = tiny_pack(
    fingerprint="verdicts",
    features=(*tiny_pack().features, LINE),
    regimens=(
        a_regimen("open", eligible_when="ecog_ps <= 2", caution_when="age_years > 60 or bmi > 30"),
        a_regimen("closed", eligible_when="kras_g12c == true and age_years < 60 and ecog_ps <= 2"),
        a_regimen("banned", eligible_when="ecog_ps <= 2", never_when="liver_metastases == true"),
        a_regimen("later", lines=(2,)),
        a_regimen("asks", eligible_when="pd_l1_tps >= 50", preferred_when="ecog_ps == 0"),
    ),
)
PATIENT = a_patient(
    {
        "age_years": 61.0,
        "ecog_ps": "1",
        "kras_g12c": False,
        "liver_metastases": True,
        "bmi": 22.0,
    }
)


@pytest.fixture
def judgement():
    """The verdicts of the small pack for one patient."""
    return eligibility.judge(PATIENT.facts, PACK)


@pytest.mark.parametrize(
    ("regimen", "said"),
    [
        ("open", []),
        ("closed", ["Needs KRAS G12C: yes", "Needs Age below 60 years (patient: 61 years)"]),
        ("banned", ["Liver metastases: yes"]),
        ("later", ["Needs Line is 2 (patient: 1)"]),
        ("asks", ["Not known: PD-L1 on tumour cells (TPS)"]),
    ],
)
def test_reasons_name_what_decided(judgement, regimen, said):
    """A closed regimen names the conditions that closed it, an undecided one what is missing."""
    assert verdicts.reasons(judgement.of(regimen), PACK, PATIENT.facts) == said


def test_reasons_name_the_first_unknowns_and_count_the_rest():
    """A long list of unknowns stays readable; nothing of it is lost from the conditions."""
    rule = "pd_l1_tps >= 1 and bmi < 40 and sex == male and stage == IVA and kras_g12c == true"
    pack = pack_with((a_regimen("asks", eligible_when=rule),))
    verdict = eligibility.judge({}, pack).of("asks")
    (said,) = verdicts.reasons(verdict, pack, {})
    assert said == ("Not known: PD-L1 on tumour cells (TPS), Body mass index, Sex and 2 more")
    listed = words(regimens.verdict_table(eligibility.judge({}, pack), pack, {}, [Answer.UNKNOWN]))
    assert "KRAS G12C: yes: unknown" in listed


def test_reasons_ask_only_for_what_is_still_open():
    """Of a condition that holds already no further fact is asked for."""
    rule = "(line == 1 or kras_g12c == true) and pd_l1_tps >= 1"
    pack = pack_with((a_regimen("asks", eligible_when=rule),))
    facts = {"line": 1.0}
    verdict = eligibility.judge(facts, pack).of("asks")
    assert verdicts.reasons(verdict, pack, facts) == ["Not known: PD-L1 on tumour cells (TPS)"]


def test_verdict_table_gives_the_reason_where_a_fact_only_follows():
    """What closes or favours a regimen is said, though nobody wrote that fact down."""
    pack = load_library().pack("nsclc")
    facts = {"driver_alteration": "egfr_exon19del", "line": 1.0}
    judgement = eligibility.judge(facts, pack)
    rows = parsed_again(
        str(regimens.verdict_table(judgement, pack, facts, [Answer.NO, Answer.UNKNOWN]))
    ).findall(".//tbody/tr")
    said = {
        next(row[0].itertext()): " ".join(row.itertext()).split("All conditions")[0] for row in rows
    }
    assert "Needs ALK fusion: yes" in said["Alectinib"]
    assert "Favoured by the rules" in said["Osimertinib"]


def test_verdict_table_lists_what_was_asked_for(judgement):
    """Regimens come by verdict, in the pack's order, and only the verdicts asked for."""
    listed = regimens.verdict_table(judgement, PACK, PATIENT.facts, [Answer.UNKNOWN, Answer.YES])
    rows = parsed_again(str(listed)).findall(".//tbody/tr")
    assert [next(row[0].itertext()) for row in rows] == ["OPEN", "ASKS"]
    first, second = (" ".join(row.itertext()) for row in rows)
    assert "Eligible" in first
    assert "Caution" in first
    assert "Age above 60 years (patient: 61 years)" in first
    assert "Body mass index above" not in first.split("All conditions")[0]
    assert "Undecided" in second


def test_inferred_list_says_what_follows_from_what():
    """Facts that nobody wrote down and that were judged by can be read, each with its ground."""
    pack = load_library().pack("nsclc")
    judgement = eligibility.judge({"smoking_status": "never"}, pack)
    said = words(regimens.inferred_list(judgement, pack))
    assert "1 fact follows from these" in said
    assert "Pack-years: 0 pack-years, from Smoking status" in said
    assert not str(regimens.inferred_list(eligibility.judge({}, pack), pack))


def test_verdict_chip_says_contraindicated_when_it_is(judgement):
    """A contraindication that holds is not hidden behind 'not eligible'."""
    assert "Contraindicated" in str(regimens.verdict_chip(judgement.of("banned")))
    assert "Not eligible" in str(regimens.verdict_chip(judgement.of("closed")))


def test_verdict_table_unfolds_every_condition(judgement):
    """Each condition that was judged can be read, with its own verdict in words."""
    listed = words(regimens.verdict_table(judgement, PACK, PATIENT.facts, [Answer.NO]))
    assert "KRAS G12C: yes: does not hold" in listed
    assert "ECOG performance status at most 2 (patient: 1): holds" in listed


def test_verdict_table_never_recommends(judgement):
    """The words that would choose for the reader do not occur."""
    said = words(regimens.verdict_table(judgement, PACK, PATIENT.facts, list(Answer))).lower()
    assert not any(word in said for word in ("recommend", "best", "preferred", "should"))


def test_deciding_list_counts_what_each_fact_settles(judgement):
    """Unknown facts come with the number of regimens each could settle alone."""
    assert words(regimens.deciding_list(judgement, PACK)).endswith("1 regimen")
    assert "PD-L1" in words(regimens.deciding_list(judgement, PACK))


def test_deciding_list_says_when_nothing_is_open():
    """When every regimen is decided, that is said."""
    pack = pack_with((a_regimen("all"),))
    judgement = eligibility.judge(PATIENT.facts, pack)
    assert "Every regimen is decided" in words(regimens.deciding_list(judgement, pack))


def pack_with(regimens):
    """The small pack with other regimens, under a fingerprint of its own."""
    names = "-".join(regimen.label + regimen.eligible_when for regimen in regimens)
    return tiny_pack(features=PACK.features, regimens=regimens, fingerprint=names)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_verdicts_show_a_payload_as_its_letters(payload):
    """A site's own pack cannot put a script on the screen."""
    regimen = a_regimen("x").model_copy(update={"label": payload, "contraindications": payload})
    pack = pack_with((regimen,))
    judgement = eligibility.judge(PATIENT.facts, pack)
    listed = parsed_again(str(regimens.verdict_table(judgement, pack, PATIENT.facts, list(Answer))))
    assert next(listed.find(".//tbody/tr")[0].itertext()) == payload
