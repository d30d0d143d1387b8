"""What goes wrong in tables of hospitals, the whole way: read, checked, said with its cure."""

from dataclasses import dataclass, field

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.checks import check_intake
from dashboard.records.deidentify import deidentify
from dashboard.records.patient import Finding, Intake, Severity
from dashboard.records.pseudonyms import SiteKey
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY

LIBRARY = load_library()


@dataclass(frozen=True)
class Case:
    """A table, and the finding that must come of it."""

    id: str
    text: str
    code: str
    severity: Severity
    says: str
    row: int | None = 2
    disease: str = "nsclc"
    values: dict[str, object] = field(default_factory=dict)  # of the first patient


ERROR, QUESTION, WARNING = Severity.ERROR, Severity.QUESTION, Severity.WARNING
CASES = [
    Case("B065 refused", "id,TMB\n1,4500\n", "out-of-range", ERROR, "outside the allowed 0 to 400"),
    Case("B065 flagged", "id,TMB\n1,150\n", "burden-above-100", WARNING, "More than 100 mutations",
         values={"tmb_mut_mb": 150.0}),
    Case("B074", "id,tumour size\n1,4.5\n2,3\n", "unit-unclear", QUESTION, "it looks like mm or cm",
         disease="breast"),
    Case("B074 refused", "id,tumour size\n1,450\n", "out-of-range", ERROR, "allowed 1 to 200 mm",
         disease="breast"),
    Case("B081", "id,age\n1,15\n", "out-of-range", ERROR, "made for adults 18 and over"),
    Case("B084", "id,age,dob\n1,60,1985-03-01\n", "age-against-birth-date", QUESTION,
         "The age is 60, but the birth date 1985-03-01 gives 41"),
    Case("B085", "id,age,date_of_diagnosis\n1,60,2027-03-01\n", "date-in-future", ERROR,
         "is 2027-03-01, after today"),
    Case("B086 death", "id,age,date_of_diagnosis,death_date\n1,60,2025-03-01,2024-01-01\n",
         "dates-out-of-order", ERROR,
         "The date of death (2024-01-01) lies before the date of diagnosis (2025-03-01)"),
    Case("B086 progression",
         "id,age,treatment_start,progression_date\n1,60,2025-01-01,2024-12-01\n",
         "dates-out-of-order", ERROR, "(2024-12-01) lies before the start of treatment"),
    Case("B086 end", "id,age,treatment_start,treatment_end\n1,60,2025-01-01,2024-11-01\n",
         "dates-out-of-order", ERROR, "The end of treatment (2024-11-01) lies before the start"),
    Case("B086 before diagnosis",
         "id,age,date_of_diagnosis,treatment_start\n1,60,2025-03-01,2024-11-01\n",
         "treatment-before-diagnosis", WARNING,
         "The treatment (2024-11-01) starts before the date of diagnosis (2025-03-01)",
         values={"age_years": 60.0}),
    Case("B086 after death", "id,age,death_date,sample_date\n1,60,2025-03-01,2025-04-01\n",
         "dated-after-death", WARNING,
         "The sample (2025-04-01) is dated after the death of the patient (2025-03-01)",
         values={"age_years": 60.0}),
    Case("B099", "id,sex,pregnancy\n1,male,yes\n", "male-pregnant", QUESTION,
         "Sex male and pregnancy yes conflict"),
    Case("B107", "id,test,value,date\n1,EGFR,exon19del,2024-01-01\n1,EGFR,wt,2025-01-01\n",
         "reports-differ", QUESTION, "exon 19 deletion on 2024-01-01", row=3),
    Case("B108", "id,EGFR,ALK\n1,exon19del,pos\n", "several-drivers", WARNING,
         "please check the report", values={"alk_fusion": True}),
    Case("B110", "id,msi,mmr\n1,MSI-H,proficient\n", "msi-high-mmr-proficient", WARNING,
         "are discordant", disease="colorectal"),
    Case("B122", "id,age,line,course_1_label,course_2_label\n1,60,1,docetaxel,osimertinib\n",
         "line-against-courses", WARNING, "Line 1 is stated, yet 2 earlier courses"),
    Case("alive", "id,age,os_event,death_date\n1,60,alive,2024-05-01\n", "alive-with-death-date",
         ERROR, "recorded as alive, yet died on 2024-05-01"),
    Case("born later", "id,sex,dob\n1,male,2488-01-01\n", "date-in-future", ERROR,
         "The birth date is 2488-01-01, after today"),
    Case("placeholder", "id,age,recorded_on\n1,60,1970-01-01\n", "date-placeholder", WARNING,
         "computers write where no date was known"),
    Case("half a site", "id,n_metastatic_sites\n1,2.5\n", "not-whole", ERROR, "not a whole number"),
    Case("smoked early", "id,age,pack_years\n1,20,100\n", "pack-years-against-age", QUESTION,
         "than the age leaves room for"),
]  # fmt: skip


def taken(text: str, disease: str = "nsclc") -> tuple[Intake, list[Finding]]:
    """What came of a table, and everything that was said of it."""
    intake = read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, disease))
    return intake, [*intake.findings, *check_intake(intake, LIBRARY, TODAY)]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_bad_input_is_said_where_it_stands_with_its_cure(case: Case) -> None:
    """One finding of this code: place, words, cure, and what happened to the rest."""
    intake, findings = taken(case.text, case.disease)
    (finding,) = [f for f in findings if f.code == case.code]
    assert finding.severity is case.severity
    assert case.says in finding.message
    assert (finding.where.file, finding.where.row) == ("a.csv", case.row)
    assert finding.expected
    assert finding.fix
    assert finding.rest
    assert finding.patient == "1" or "rows" in finding.message
    for name, value in case.values.items():
        assert intake.patients[0].values[name] == value


@pytest.mark.parametrize(
    ("text", "disease"),
    [
        ("id,sex,age\n1,male,60\n", "breast"),  # B100: it exists
        ("id,age,date_of_diagnosis\n1,60,2026-06-02\n", "nsclc"),  # B085: a day for time zones
        ("id,PD-L1 CPS,calcium\n1,20,2.4\n", "nsclc"),  # B060, B070: no model uses them
        ("id,age,LDH,LDH ULN,PD-L1 (%),prior_treatments\n1,38,300,250,60,none\n", "nsclc"),
        ("id,age,sex,ECOG,albumin (g/L),NLR\n1,41,f,1,29,11\n2,92,m,2,46,1.1\n", "nsclc"),
    ],
)
def test_ordinary_tables_raise_no_alarm(text: str, disease: str) -> None:
    """Nothing is asked, refused or warned of, and nothing is lost."""
    intake, findings = taken(text, disease)
    assert [f.message for f in findings if f.severity is not Severity.NOTE] == []
    used = sum(len(p.values) + bool(p.courses) for p in intake.patients)
    assert used + len(intake.unmapped) > 0


def test_ages_of_ninety_are_told_as_a_group() -> None:
    """B082: shown as 90 or older, counted as 90, and the report says so."""
    intake, _ = taken("id,age\n1,93\n")
    cleaned, report = deidentify(intake, SiteKey(bytes(32)))
    assert cleaned.patients[0].values["age_years"] == 90.0
    assert cleaned.patients[0].origins["age_years"].text == "90 or older"
    assert [line.column for line in report.lines if "age" in line.column] == ["age_years"]
