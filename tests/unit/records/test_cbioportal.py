"""cBioPortal studies: clinical files, mutations, fusions, copy numbers, and what was examined."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.cbioportal import event, gathered, is_study, read_study, read_study_zip
from dashboard.records.cbioportal_write import write_study, write_study_zip
from dashboard.records.patient import Finding, Intake, Patient, Severity
from dashboard.records.reading import Reading
from dashboard.records.study_files import open_study
from tests.builders import TODAY

LIBRARY = load_library()


def table(*rows: str) -> bytes:
    """A tab-separated file; columns are divided by bars here."""
    return "\n".join(row.replace("|", "\t") for row in rows).encode() + b"\n"


def meta_file(kind: str, datatype: str, data: str) -> bytes:
    """What a meta file says of one data file."""
    return (
        f"genetic_alteration_type: {kind}\ndatatype: {datatype}\ndata_filename: {data}\n".encode()
    )


PATIENTS = table(
    "#Patient|Age|Sex|Overall survival|Status",
    "#Patient|Age|Sex|Overall survival since diagnosis|Status",
    "#STRING|NUMBER|STRING|NUMBER|STRING",
    "#1|1|1|1|1",
    "PATIENT_ID|AGE|SEX|OS_MONTHS|OS_STATUS",
    "P1|61|Female|31.8|1:DECEASED",
    "P2|[Not Available]|Male|12|0:LIVING",
)
SAMPLES = table(
    "PATIENT_ID|SAMPLE_ID|ONCOTREE_CODE|TMB_NONSYNONYMOUS|FRACTION_GENOME_ALTERED",
    "P1|S1|LUAD|9.5|0.21",
    "P2|S2|LUAD|NA|",
)
MUTATIONS = table(
    "Hugo_Symbol|Tumor_Sample_Barcode|Variant_Classification|HGVSp_Short|HGVSc|Mutation_Status",
    "EGFR|S1|Missense_Mutation|p.L858R|c.2573T>G|SOMATIC",
    "TP53|S1|Nonsense_Mutation|p.R213*||SOMATIC",
)
SEQUENCED = b"cancer_study_identifier: x\nstable_id: x_sequenced\ncase_list_ids: S1\tS2\n"
FILES = {
    "data_clinical_patient.txt": PATIENTS,
    "data_clinical_sample.txt": SAMPLES,
    "data_mutations.txt": MUTATIONS,
}


def study(disease: str = "", answers: dict[str, str] | None = None, **files: bytes) -> Intake:
    """What came of the study, with files added or replaced (`_` stands for `.` before txt)."""
    named = {name.replace("_txt", ".txt"): content for name, content in files.items()}
    reading = Reading(LIBRARY, TODAY, disease, answers or {})
    return read_study({**FILES, **named}, reading)


def person(intake: Intake, name: str = "P1") -> Patient:
    """The patient of this id."""
    (found,) = [p for p in intake.patients if p.id == name]
    return found


def codes(intake: Intake) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in intake.findings]


def test_clinical_files_give_values_and_outcomes():
    """Attributes by their names, survival as outcomes, missing words as unknown."""
    intake = study()
    one, two = person(intake), person(intake, "P2")
    assert (one.disease, one.values["age_years"], one.values["sex"]) == ("nsclc", 61.0, "female")
    assert (one.values["tmb_mut_mb"], one.values["aneuploidy_fga"]) == (9.5, 0.21)
    assert dict(one.outcomes) == {"os_months": 31.8, "os_event": True}
    assert dict(two.outcomes) == {"os_months": 12.0, "os_event": False}
    assert "age_years" not in two.values


def test_survival_from_diagnosis_is_warned_of_once():
    """Such times cannot be compared with times from a treatment."""
    warnings = [f for f in study().findings if f.code == "times-from-diagnosis"]
    assert [f.severity for f in warnings] == [Severity.WARNING]


def test_mutations_give_values_and_other_genes_stay_unknown():
    """Without a list of examined genes nothing is negative."""
    one, two = person(study()), person(study(), "P2")
    assert (one.values["egfr_mutation"], one.values["tp53_mutation"]) == ("L858R", True)
    assert "kras_mutation" not in one.values
    assert "egfr_mutation" not in two.values


def test_an_exome_without_a_mutation_is_negative():
    """The case list says who was sequenced; no panel means the whole exome."""
    intake = study(**{"case_lists/cases_sequenced_txt": SEQUENCED})
    one, two = person(intake), person(intake, "P2")
    assert (one.values["kras_mutation"], two.values["egfr_mutation"]) == ("none", "none")
    assert "alk_fusion" not in two.values


def test_a_panel_is_negative_for_its_own_genes_only():
    """The matrix names the panel, the panel file its genes."""
    matrix = table("SAMPLE_ID|mutations|structural_variants", "S1|SMALL|NA", "S2|SMALL|FUSED")
    small = b"stable_id: SMALL\ndescription: x\ngene_list: EGFR\tKRAS\n"
    fused = b"stable_id: FUSED\ndescription: x\ngene_list: ALK\tROS1\n"
    files = {
        "data_gene_panel_matrix_txt": matrix,
        "data_gene_panel_small_txt": small,
        "data_gene_panel_fused_txt": fused,
        "case_lists/cases_sequenced_txt": SEQUENCED,
    }
    intake = study(**files)
    two = person(intake, "P2").values
    assert (two["egfr_mutation"], two["kras_mutation"], two["alk_fusion"]) == (
        "none",
        "none",
        False,
    )
    assert two.keys().isdisjoint({"tp53_mutation", "ret_fusion", "driver_alteration"})
    without = {name: content for name, content in files.items() if "small" not in name}
    assert "egfr_mutation" not in person(study(**without), "P2").values


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ("EGFR|S2|In_Frame_Del|p.E746_A750del||", {"egfr_mutation": "exon19del"}),
        ("EGFR|S2|In_Frame_Ins|p.D770_N771insSVD||", {"egfr_mutation": "exon20ins"}),
        ("MET|S2|Splice_Site|p.X1010_splice||", {"met_exon14_skipping": True}),
        ("MET|S2|Splice_Site||c.3028+1G>T|", {"met_exon14_skipping": True}),
        ("STK11|S2|Frame_Shift_Del|||", {"stk11_mutation": True}),
        ("KEAP1|S2|Missense_Mutation||c.1000A>G|", {"keap1_mutation": True}),
        ("TP53|S2|Silent|p.P72P||", {}),
        ("HER2|S2|Missense_Mutation|p.S310F||", {"erbb2_mutation": True}),
        ("KRAS|S2|Missense_Mutation|p.V600E||", {}),
        ("2-Sep|S2|Missense_Mutation|p.A1V||", {}),
    ],
)
def test_a_mutation_line_gives_what_it_means(row, values):
    """Protein change first, then coding change, then the class of the variant."""
    header = MUTATIONS.decode().split("\n")[0].replace("\t", "|")
    intake = study(data_mutations_txt=table(header, row))
    known = person(intake, "P2").values
    drivers = {name: v for name, v in known.items() if name not in ("sex", "driver_alteration")}
    assert drivers == values


def test_impossible_and_spreadsheet_lines_are_pointed_out():
    """V600E of KRAS is an error; 2-Sep a question about SEPTIN2; an old name a note."""
    header = MUTATIONS.decode().split("\n")[0].replace("\t", "|")
    rows = (
        "KRAS|S2|Missense_Mutation|p.V600E||",
        "2-Sep|S2|Missense_Mutation|p.A1V||",
        "HER2|S2|Missense_Mutation|p.S310F||",
    )
    found = {f.code: f for f in study(data_mutations_txt=table(header, *rows)).findings}
    assert "BRAF V600E" in found["variant-malformed"].message
    assert "SEPTIN2" in found["gene-as-date"].message
    assert found["gene-renamed"].message == "HER2 is called ERBB2 today."


def test_silent_and_foreign_mutations_are_listed():
    """What changes no protein, and what belongs to no patient."""
    header = MUTATIONS.decode().split("\n")[0].replace("\t", "|")
    rows = (
        "TP53|S1|Silent|p.P72P||",
        "EGFR|S9|Missense_Mutation|p.L858R||",
        "ABC1|S1|Missense_Mutation|p.A1V||",
    )
    reasons = {
        item.name: item.reason for item in study(data_mutations_txt=table(header, *rows)).unmapped
    }
    assert reasons["TP53"] == "changes no protein"
    assert reasons["EGFR"] == "its sample belongs to no patient of the study"
    assert reasons["ABC1"] == "not a change this tumour group asks about"


def test_germline_lines_are_a_report_of_their_own():
    """An inherited BRCA1 variant is read as germline, a tumour's is not."""
    header = MUTATIONS.decode().split("\n")[0].replace("\t", "|")
    samples = table(
        "PATIENT_ID|SAMPLE_ID|CANCER_TYPE", "P1|S1|Breast Cancer", "P2|S2|Breast Cancer"
    )
    rows = (
        "BRCA1|S1|Frame_Shift_Ins|p.Q1756fs||GERMLINE",
        "BRCA1|S2|Frame_Shift_Ins|p.Q1756fs||SOMATIC",
    )
    intake = study(data_clinical_sample_txt=samples, data_mutations_txt=table(header, *rows))
    assert person(intake).values["gbrca_mutation"] is True
    assert "gbrca_mutation" not in person(intake, "P2").values


def test_fusions_name_their_treatable_gene():
    """Whichever side it stands on."""
    fusions = table(
        "Sample_Id|Site1_Hugo_Symbol|Site2_Hugo_Symbol|SV_Status",
        "S2|EML4|ALK|SOMATIC",
        "S1|NA|XYZ|",
    )
    known = person(study(data_sv_txt=fusions), "P2").values
    assert (known["alk_fusion"], known["driver_alteration"]) == (True, "alk")


@pytest.mark.parametrize(
    "copies",
    [
        table("Hugo_Symbol|Entrez_Gene_Id|S1|S2", "ERBB2|2064|2|1", "STK11|6794|-2|0"),
        table(
            "Hugo_Symbol|Entrez_Gene_Id|Sample_Id|Value",
            "ERBB2|2064|S1|2",
            "STK11|6794|S1|-2",
            "ERBB2|2064|S2|1",
        ),
    ],
)
def test_discrete_copy_numbers_give_amplifications_and_deep_losses(copies):
    """As a matrix or as a list; a gain of one copy is no amplification."""
    lung = study(data_cna_txt=copies)
    assert person(lung).values["stk11_mutation"] is True
    samples = table(
        "PATIENT_ID|SAMPLE_ID|CANCER_TYPE", "P1|S1|Colorectal Cancer", "P2|S2|Colorectal Cancer"
    )
    colon = study(data_cna_txt=copies, data_clinical_sample_txt=samples)
    assert person(colon).values["her2_status"] == "positive"
    assert "her2_status" not in person(colon, "P2").values


def test_two_samples_that_disagree_are_asked_about():
    """Primary and metastasis of one patient."""
    samples = table("PATIENT_ID|SAMPLE_ID|ONCOTREE_CODE", "P1|S1|LUAD", "P1|S3|LUAD")
    cases = {"case_lists/cases_sequenced_txt": SEQUENCED.replace(b"S2", b"S3")}
    intake = study(data_clinical_sample_txt=samples, **cases)
    assert "egfr_mutation" not in person(intake).values
    contradictions = [f for f in intake.findings if f.code == "values-contradict"]
    assert {"S1", "S3"} <= set(
        contradictions[0].message.replace(",", "").replace(".", "").replace(";", "").split()
    )


@pytest.mark.parametrize(
    ("samples", "meta", "disease"),
    [
        ("PATIENT_ID|SAMPLE_ID|ONCOTREE_CODE\nP1|S1|LUAD", "", "nsclc"),
        ("PATIENT_ID|SAMPLE_ID|CANCER_TYPE_DETAILED\nP1|S1|Colon Adenocarcinoma", "", "colorectal"),
        ("PATIENT_ID|SAMPLE_ID\nP1|S1", "type_of_cancer: skcm", "melanoma"),
        (
            "PATIENT_ID|SAMPLE_ID|CANCER_TYPE\nP1|S1|Breast Cancer",
            "type_of_cancer: mixed",
            "breast",
        ),
    ],
)
def test_the_tumour_group_comes_from_the_sample_or_the_study(samples, meta, disease):
    """OncoTree code, words, or the study's own type."""
    files = {
        "data_clinical_sample.txt": table(*samples.split("\n")),
        "meta_study.txt": f"cancer_study_identifier: x\n{meta}\n".encode(),
    }
    (patient,) = read_study(files, Reading(LIBRARY, TODAY)).patients
    assert patient.disease == disease


def test_an_unknown_tumour_group_is_asked_for_once():
    """The answer is applied by reading again."""
    files = {"data_clinical_sample.txt": table("PATIENT_ID|SAMPLE_ID", "P1|S1", "P2|S2")}
    intake = read_study(files, Reading(LIBRARY, TODAY))
    (question,) = intake.findings
    assert (intake.patients, question.key) == ((), "disease")
    again = read_study(files, Reading(LIBRARY, TODAY, answers={"disease": "breast"}))
    assert {p.disease for p in again.patients} == {"breast"}


def test_samples_of_two_tumour_groups_are_pointed_out():
    """One person, two tumours: a warning, not a merge in silence."""
    samples = table("PATIENT_ID|SAMPLE_ID|ONCOTREE_CODE", "P1|S1|LUAD", "P1|S2|SKCM")
    assert "two-tumours" in codes(study(data_clinical_sample_txt=samples))


def test_rows_that_cannot_be_used_do_not_stop_the_others():
    """A row without id, a row with too many cells."""
    patients = table("PATIENT_ID|AGE", "|50", "P1|61", "P2|62|surplus")
    intake = study(data_clinical_patient_txt=patients)
    assert person(intake).values["age_years"] == 61.0
    assert {"no-id", "row-misfit"} <= set(codes(intake))


def test_what_no_model_uses_is_listed():
    """Attributes and whole files of other data."""
    expression = table("Hugo_Symbol|S1|S2", "EGFR|0.4|-1.2")
    patients = table("PATIENT_ID|SHOE_SIZE|DFS_MONTHS", "P1|42|7")
    intake = study(data_clinical_patient_txt=patients, data_expression_txt=expression)
    reasons = {item.name: item.reason for item in intake.unmapped}
    assert reasons["SHOE_SIZE"] == reasons["DFS_MONTHS"] == "not used by any model"
    assert reasons["file"] == "data of a kind that is not used"
    assert reasons["ONCOTREE_CODE"] == "named the tumour group"


def test_the_unit_of_a_label_is_used():
    """The # lines of a clinical file may state it."""
    patients = table(
        "#Patient|Haemoglobin (g/L)",
        "#x|y",
        "#STRING|NUMBER",
        "#1|1",
        "PATIENT_ID|HEMOGLOBIN",
        "P1|121",
    )
    assert person(study(data_clinical_patient_txt=patients)).values["haemoglobin_g_dl"] == 12.1


def test_a_study_without_clinical_files_is_refused():
    """Mutations alone have no patients."""
    intake = read_study({"data_mutations.txt": MUTATIONS}, Reading(LIBRARY, TODAY))
    assert codes(intake) == ["study-without-patients"]


def test_an_undecodable_file_costs_only_itself():
    """The other files are read."""
    intake = study(data_notes_txt=b"\xff\xfe\x00\xd8 broken \xc3\x28 \xa0\xa1")
    assert len(intake.patients) == 2


def test_meta_files_say_what_data_files_are():
    """Names may be anything."""
    files = {
        "a.txt": PATIENTS,
        "meta_a.txt": meta_file("CLINICAL", "PATIENT_ATTRIBUTES", "a.txt"),
        "b.tsv": SAMPLES,
        "t.txt": table("PATIENT_ID|START_DATE|EVENT_TYPE|AGENT", "P1|0|TREATMENT|carboplatin"),
        "r.txt": table("PATIENT_ID|RESOURCE_ID|URL", "P1|x|http"),
        "g.txt": table("Hugo_Symbol|S1|S2", "ERBB2|0.4|1"),
        "meta_g.txt": meta_file("COPY_NUMBER_ALTERATION", "LOG2-VALUE", "g.txt"),
    }
    kinds = {t.name: t.kind for t in open_study(files).tables}
    assert kinds["a.txt"] == "patients"
    assert kinds["b.tsv"] == "samples"
    assert {kinds[name] for name in ("t.txt", "r.txt", "g.txt")} == {"other"}


@pytest.mark.parametrize(
    ("text", "seen"),
    [("1:DECEASED", True), ("0:LIVING", False), ("DECEASED", True), ("LIVING", False), ("1", True),
     ("0:PROGRESSIONFREE", False), ("1:Recurred/Progressed", True), ("lost", None), ("", None)],
)  # fmt: skip
def test_statuses_say_whether_the_event_was_seen(text, seen):
    """With and without their number."""
    assert event(text) is seen


def test_a_status_that_is_none_is_listed():
    """Not guessed."""
    patients = table("PATIENT_ID|OS_STATUS|OS_MONTHS", "P1|lost|12")
    intake = study(data_clinical_patient_txt=patients)
    assert dict(person(intake).outcomes) == {"os_months": 12.0}
    assert any(item.value == "lost" for item in intake.unmapped)


def test_equal_findings_are_said_once_with_their_number():
    """A word wrong in a hundred rows is one finding."""
    finding = Finding(Severity.ERROR, "x", "Same words.", patient="P1")
    question = Finding(Severity.QUESTION, "y", "Which?")
    found = gathered([finding, finding, question, question])
    assert [f.message for f in found] == ["Same words. (2 rows.)", "Which?"]


def packed(files: dict[str, bytes]) -> bytes:
    """The files as a ZIP, in a folder and beside litter."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"study/{name}", content)
        archive.writestr("__MACOSX/._x", b"\x00")
        archive.writestr("study/.DS_Store", b"\x00")
    return buffer.getvalue()


def test_a_packed_study_is_read_like_its_folder():
    """Folders inside and a Mac's litter are no hindrance."""
    intake = read_study_zip(packed(FILES), "s.zip", Reading(LIBRARY, TODAY))
    assert [p.id for p in intake.patients] == ["P1", "P2"]
    assert person(intake).values["egfr_mutation"] == "L858R"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", packed(FILES)[:-200]])
def test_a_damaged_archive_is_refused(content):
    """In words."""
    intake = read_study_zip(content, "s.zip", Reading(LIBRARY, TODAY))
    assert codes(intake) == ["zip-unreadable"]


def test_a_study_is_known_by_its_file_names():
    """In folders or not."""
    assert is_study(["x/data_clinical_patient.txt"])
    assert is_study(["meta_study.txt"])
    assert not is_study(["patients.csv", "readme.txt"])


def sample(**fields: Any) -> Patient:
    """A patient to write."""
    values = {
        "age_years": 61.0,
        "sex": "female",
        "egfr_mutation": "L858R",
        "ldh_x_uln": 1.4,
        "tp53_mutation": True,
    }
    start = {"id": "P1", "disease": "nsclc", "values": values, "line": 2, "synthetic": True}
    return Patient(**{**start, **fields})


def test_a_written_study_reads_back():
    """Values, line, outcomes and the mark of synthetic data; the same bytes every time."""
    pack = LIBRARY.pack("nsclc")
    one = sample(outcomes={"os_months": 12.5, "os_event": True, "pfs_event": False})
    other = sample(id="P2", line=None, synthetic=False, values={"braf_v600e": True})
    content = write_study_zip([one, other], pack)
    assert content == write_study_zip([one, other], pack)
    intake = read_study_zip(content, "s.zip", Reading(LIBRARY, TODAY))
    back = {p.id: p for p in intake.patients}
    assert one.values.items() <= back["P1"].values.items()
    assert (back["P1"].line, back["P1"].synthetic, back["P2"].synthetic) == (2, True, False)
    assert dict(back["P1"].outcomes) == dict(one.outcomes)
    assert [f for f in intake.findings if f.severity is Severity.ERROR] == []


def test_exact_changes_are_written_as_mutations():
    """L858R and V600E are; 'TP53 mutated' is not a change to write."""
    files = write_study([sample()], LIBRARY.pack("nsclc"))
    lines = files["data_mutations.txt"].decode().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Hugo_Symbol", "EGFR"]
    assert "p.Leu858Arg" in lines[1]
    assert "data_mutations.txt" not in write_study(
        [sample(values={"age_years": 50.0})], LIBRARY.pack("nsclc")
    )


# -- nothing is read, dropped or chosen without a word ---------------------------------------------


def reasons(intake: Intake) -> dict[str, str]:
    """Reason by name of everything that was listed."""
    return {left.name: left.reason for left in intake.unmapped}


def test_a_column_that_stands_twice_is_not_read():
    """Which of the two cells counts, nobody knows; both are listed."""
    doubled = table("PATIENT_ID|AGE|age|SEX", "P1|61|16|Female", "P2|50|50")
    intake = study(data_clinical_patient_txt=doubled)
    assert "age_years" not in person(intake).values
    assert person(intake).values["sex"] == "female"
    (found,) = [f for f in intake.findings if f.code == "column-twice"]
    assert found.message == "data_clinical_patient.txt has the column AGE 2 times."
    assert [left.value for left in intake.unmapped if left.name == "AGE"] == ["61 | 16", "50 | 50"]


@pytest.mark.parametrize("status", ["1:LIVING", "0:DECEASED"])
def test_a_status_whose_number_contradicts_its_word_is_listed(status):
    """Neither half is believed."""
    rows = table("PATIENT_ID|OS_STATUS", f"P1|{status}")
    intake = study(data_clinical_patient_txt=rows)
    assert dict(person(intake).outcomes) == {}
    assert reasons(intake)["OS_STATUS"] == "not clearly an event or censored"


@pytest.mark.parametrize(
    ("status", "validity"),
    [("LOH", ""), ("Wildtype", ""), ("UNCALLED", ""), ("", "Invalid"), ("", "Redacted")],
)
def test_a_mutation_that_was_not_called_is_listed(status, validity):
    """It is in the file, and no mutation of the patient."""
    rows = table(
        "Hugo_Symbol|Tumor_Sample_Barcode|Variant_Classification|HGVSp_Short|Mutation_Status"
        "|Validation_Status",
        f"EGFR|S1|Missense_Mutation|p.L858R|{status}|{validity}",
    )
    intake = study(data_mutations_txt=rows)
    assert "egfr_mutation" not in person(intake).values
    assert reasons(intake)["EGFR"] == f"{status or validity}: no mutation that was called"


def test_fusions_and_copies_of_nobody_are_listed():
    """A sample that belongs to no patient, and genes no tumour group asks about."""
    fusions = table(
        "Sample_Id|Site1_Hugo_Symbol|Site2_Hugo_Symbol|SV_Status",
        "S9|EML4|ALK|SOMATIC",
        "S1|ZZZ3|ZZZ4|SOMATIC",
        "S1|||SOMATIC",
    )
    genes = [f"GENE{number}" for number in range(22)]
    copies = table(
        "Hugo_Symbol|Sample_Id|Value",
        "MET|S9|2",
        *(f"{gene}|S1|-2" for gene in genes),
        "MET|S1|0",
    )
    files = {"data_sv_txt": fusions, "data_cna_txt": copies}
    intake = study(**files)
    left = {(item.name, item.value): item.reason for item in intake.unmapped}
    assert left["fusion (S1)", "ZZZ3 and ZZZ4"] == "no gene that any tumour group asks about"
    assert left["fusion (S1)", "no gene named"] == "no gene that any tumour group asks about"
    (nobodys,) = [item for item in intake.unmapped if item.name == "S9"]
    assert nobodys.reason == "its sample belongs to no patient of the study"
    assert "ALK" in nobodys.value
    assert "MET" in nobodys.value
    (others,) = [item for item in intake.unmapped if item.name == "copy numbers"]
    assert others.value.startswith("amplified or lost: GENE0, GENE1")
    assert others.value.endswith("and 2 more")


def test_a_panel_without_its_genes_is_listed():
    """Nothing counts as examined by it."""
    matrix = table("SAMPLE_ID|mutations", "S1|MYSTERY", "S2|WES")
    intake = study(data_gene_panel_matrix_txt=matrix)
    panels = [left for left in intake.unmapped if left.name == "gene panel"]
    assert [(left.value, left.reason) for left in panels] == [
        ("MYSTERY", "its genes are not in the study; none counts as examined")
    ]


def test_numbers_are_written_with_all_their_digits():
    """What is read back is the same number."""
    patient = Patient("P1", "nsclc", {"albumin_g_dl": 3.8512345678901, "age_years": 61.0})
    files = write_study([patient], LIBRARY.pack("nsclc"))
    assert b"\t3.8512345678901" in files["data_clinical_patient.txt"]
    back = read_study(files, Reading(LIBRARY, TODAY))
    assert dict(person(back).values) == dict(patient.values)


def test_an_id_with_a_tab_does_not_break_the_table():
    """Cells are divided by tabs."""
    patient = Patient("P\t1", "nsclc", {"age_years": 61.0})
    back = read_study(write_study([patient], LIBRARY.pack("nsclc")), Reading(LIBRARY, TODAY))
    assert [found.id for found in back.patients] == ["P 1"]
