"""The command line: documents on standard output, messages beside it, telling exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from dashboard import cli
from dashboard.services import own_evidence
from dashboard.services.installation import open_context
from dashboard.verbs import keeping as keeping_verbs
from tests import packs_fixture
from tests.unit.records.civic import civic, item

HOME = tempfile.TemporaryDirectory()
SAMPLES = Path(__file__).parents[2] / "sample_data" / "cases"


class Run:
    """One run of the command line."""

    def __init__(self, *arguments: str | Path, environ: dict[str, str] | None = None) -> None:
        out, err = io.StringIO(), io.StringIO()
        words = [str(argument) for argument in arguments]
        environ = {"CONCORD_DATA_DIR": HOME.name, **(environ or {})}
        self.code = cli.main(words, environ=environ, out=out, err=err)
        self.out, self.err = out.getvalue(), err.getvalue()

    @property
    def document(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


def table(folder: Path, text: str) -> Path:
    """A table of patients in a file."""
    path = folder / "patients.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_packs_lists_every_pack_with_its_share_re_read() -> None:
    """Four tumour groups with counts and the share of figures re-read at the source."""
    run = Run("packs", "--json")
    assert run.code == 0
    assert {entry["id"]: entry["regimens"] for entry in run.document} == {
        "breast": 46,
        "colorectal": 32,
        "melanoma": 18,
        "nsclc": 37,
    }
    assert all(0 < entry["share_verified"] < 1 for entry in run.document)
    assert "re-read at the source in full" in Run("packs").out


def test_check_prints_patients_findings_and_leftovers(tmp_path: Path) -> None:
    """The document has the agreed keys; a good file ends with 0."""
    path = table(tmp_path, "id,age_years,sex,mood\nP1,61,female,good\n")
    run = Run("check", path, "--disease", "nsclc", "--json")
    assert run.code == 0
    assert set(run.document) >= {"patients", "findings", "unmapped"}
    assert run.document["patients"][0]["values"] == {"age_years": 61.0, "sex": "female"}
    assert [item["name"] for item in run.document["unmapped"]] == ["mood"]
    assert "1 patient read" in Run("check", path, "--disease", "nsclc").out


def test_check_reads_the_folder_of_a_study(tmp_path: Path) -> None:
    """A cBioPortal study is a folder; it is read as its ZIP would be."""
    run = Run("check", SAMPLES.parent / "cbioportal_nsclc", "--json")
    assert run.code == 0
    assert {patient["disease"] for patient in run.document["patients"]} == {"nsclc"}
    refused = Run("check", tmp_path)
    assert refused.code == 2
    assert "is no folder of one study: it holds 0 files" in refused.err


def test_check_ends_with_two_when_a_value_is_refused(tmp_path: Path) -> None:
    """Each finding says file, row, field, value, what was expected and how to mend it."""
    path = table(tmp_path, "id,age_years,sex\nP1,610,female\n")
    run = Run("check", path, "--disease", "nsclc", "--json")
    assert run.code == 2
    error = next(f for f in run.document["findings"] if f["severity"] == "error")
    assert error["where"] == {"file": "patients.csv", "row": 2, "field": "age_years"}
    assert error["value"] == "610"
    assert error["message"]
    assert error["fix"]


def test_check_takes_answers_and_columns(tmp_path: Path) -> None:
    """A question is answered on the command line by its key."""
    path = table(tmp_path, "id,age_years,albumin,fit\nP1,61,38,1\n")
    asked = Run("check", path, "--disease", "nsclc", "--json").document["findings"]
    key = next(finding["key"] for finding in asked if finding["severity"] == "question")
    run = Run(
        "check", path, "--disease", "nsclc", "--answer", f"{key}=g/L", "--column", "fit=ecog_ps",
        "--json",
    )  # fmt: skip
    values = run.document["patients"][0]["values"]
    assert values["albumin_g_dl"] == pytest.approx(3.8)
    assert values["ecog_ps"] == "1"


def test_judge_gives_every_regimen_with_its_clauses() -> None:
    """One row a patient and regimen, each clause with its verdict."""
    run = Run("judge", SAMPLES / "SYN-NSCLC-01.json", "--json")
    assert run.code == 0
    answers = {row["regimen"]: row["answer"] for row in run.document}
    assert len(answers) == 37
    assert answers["osimertinib"] == "yes"
    assert answers["pembrolizumab-mono"] == "no"
    row = next(row for row in run.document if row["regimen"] == "osimertinib")
    assert {"text", "verdict"} <= set(row["clauses"][0])
    assert "yes      osimertinib" in Run("judge", SAMPLES / "SYN-NSCLC-01.json").out


def test_judge_says_in_words_what_decided(tmp_path: Path) -> None:
    """Beneath each regimen stands what closed it or is missing, and a caution that holds."""
    said = Run("judge", SAMPLES / "SYN-NSCLC-04.json").out
    assert "yes      sotorasib\n           Caution: Months since the last anti-PD-(L)1" in said
    assert "no       alectinib\n           Needs ALK fusion: yes\n" in said
    path = table(tmp_path, "id,driver_alteration,line\nP1,alk,1\n")
    said = Run("judge", path, "--disease", "nsclc").out
    assert "alk_fusion = true follows from driver_alteration" in said
    assert "unknown  crizotinib\n           Not known: QT interval, Fridericia\n" in said
    assert "qtcf_ms is unknown and would alone settle 1 regimen\n" in said


def test_evidence_gives_arms_effects_and_scores_of_each_patient() -> None:
    """Every regimen with its arms and their fit; every score of the tumour group."""
    run = Run("evidence", SAMPLES / "SYN-NSCLC-02.json", "--json", "--regimens", "osimertinib")
    (told,) = run.document
    assert run.code == 0
    assert [each["regimen"] for each in told["regimens"]] == ["osimertinib"]
    arm = told["regimens"][0]["arms"][0]
    assert {"trial", "fit", "differs", "figures", "source"} <= set(arm)
    assert {"lipi", "loris-nsclc"} <= {score["score"] for score in told["scores"]}
    assert told["concordance"] is None
    plain = Run("evidence", SAMPLES / "SYN-NSCLC-02.json")
    assert "Pembrolizumab monotherapy: 3 fits as far as known" in plain.out
    assert "No model of nsclc is trained yet: with --model it is" in plain.err


def test_evidence_tells_what_the_hospital_added(tmp_path: Path) -> None:
    """Guidelines of each regimen and items of CIViC, as lines and as JSON."""
    environ = {"CONCORD_DATA_DIR": str(tmp_path)}
    context = open_context(environ, audit=lambda _: None)
    table = (
        "guideline,version,date,terms,disease,regimen,criteria\n"
        "Our board,3,2024-03,own work,nsclc,osimertinib,egfr_mutation != none\n"
    )
    for name, text in (("g.csv", table), ("c.tsv", civic(item(molecular_profile="EGFR Mutation")))):
        own_evidence.keep(context, own_evidence.look(context, text.encode(), name))
    path = SAMPLES / "SYN-NSCLC-01.json"
    run = Run("evidence", path, "--json", "--regimens", "osimertinib", environ=environ)
    (told,) = run.document
    (held,) = told["regimens"][0]["guidelines"]
    assert (held["verdict"], held["guideline"]) == ("consistent", "Our board")
    assert [each["bearing"] for each in told["civic"]] == ["supports"]
    plain = Run("evidence", path, environ=environ)
    assert "Osimertinib: consistent with Our board, version 3, 2024-03" in plain.out
    assert "1 item of CIViC names changes of this patient" in plain.out


def test_evidence_refuses_a_regimen_that_is_not_there() -> None:
    """An unknown regimen is named with what was probably meant."""
    run = Run("evidence", SAMPLES / "SYN-NSCLC-02.json", "--regimens", "osimertinb")
    assert run.code == 2
    assert "osimertinib" in run.err


def test_judge_one_patient_of_a_file(tmp_path: Path) -> None:
    """Only the named patient is judged; an unknown name lists those there are."""
    path = table(tmp_path, "id,age_years\nP1,61\nP2,62\n")
    run = Run("judge", path, "--disease", "nsclc", "--patient", "P2", "--json")
    assert {row["patient"] for row in run.document} == {"P2"}
    missing = Run("judge", path, "--disease", "nsclc", "--patient", "P3")
    assert missing.code == 2
    assert "patients.csv has no patient P3. It has: P1, P2." in missing.err


def test_judge_a_file_without_patients_says_why(tmp_path: Path) -> None:
    """The findings are the reason."""
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    run = Run("judge", path, "--disease", "nsclc", "--json")
    assert run.code == 2
    assert run.document["error"]["message"] == "No patient of empty.csv can be used."
    assert "empty" in run.document["error"]["hint"]


def test_score_computes_and_shows_its_inputs() -> None:
    """Value, group, outcome, version and source; out of scope or incomplete ends with 2."""
    inputs = '{"liver_disease": true, "bilirubin_umol_l": 12, "albumin_g_l": 42}'
    run = Run("score", "albi", "--inputs", inputs, "--json")
    assert run.code == 0
    assert run.document["value"] == pytest.approx(-2.8577, abs=5e-5)
    assert run.document["group"] == "1"
    assert run.document["source"]["reference"] == "10.1200/JCO.2014.57.9151"
    assert "ALBI grade: -2.8577, group grade 1" in Run("score", "albi", "--inputs", inputs).out
    partly = Run("score", "albi", "--inputs", '{"albumin_g_l": 42}', "--json")
    assert partly.code == 2
    assert partly.document["missing"] == ["bilirubin_umol_l", "liver_disease"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "albi", "--inputs", "{"], "--inputs is no JSON"),
        (["score", "albi", "--inputs", "[" * 100_000], "--inputs is nested too deeply"),
        (
            ["score", "albi", "--inputs", '{"albumin_g_l": 4, "albumin_g_l": 5}'],
            "twice, as 4 and 5",
        ),
        (["score", "albi", "--inputs", f'{{"albumin_g_l": {"9" * 400}}}'], "It must be a number"),
        (["score", "albi", "--inputs", "3"], "--inputs holds no named values."),
        (["score", "alby"], "There is no score called alby. Did you mean albi?"),
        (["check", "nowhere.csv"], "nowhere.csv cannot be read: No such file or directory."),
        (["check", "x.csv", "--answer", "decimal"], "--answer decimal has no value."),
    ],
)
def test_wrong_use_ends_with_two_and_a_cure(arguments: list[str], message: str) -> None:
    """A mistake on the command line is told like any other."""
    run = Run(*arguments)
    assert run.code == 2
    assert message in run.err
    assert run.out == ""


def test_a_broken_pack_ends_with_four(tmp_path: Path) -> None:
    """A site's pack with mistakes is refused as a whole, with every mistake."""
    folder = packs_fixture.write_pack(tmp_path)
    (folder / "regimens.toml").write_text("[regimens", encoding="utf-8")
    run = Run("packs", "--json", environ={"CONCORD_PACKS": str(tmp_path)})
    assert run.code == 4
    assert "regimens.toml" in run.document["error"]["message"] + run.document["error"]["hint"]


def carry_through_the_models(path: Path, cohort: Path, environ: dict[str, str]) -> None:
    """Forecast, judge, train and score, with the bundle that the report has trained."""
    folder = path.parent
    options = (path, "--disease", packs_fixture.DISEASE_ID, "--json")
    forecast = Run("forecast", *options, environ=environ)
    assert forecast.code == 0
    assert {each["verdict"] for each in forecast.document["regimens"]} <= {"yes", "no", "unknown"}
    regimen = forecast.document["regimens"][0]["regimen"]
    words = ("explain", *options, "--regimen", regimen, "--target", "response")
    assert Run(*words, environ=environ).code == 0
    assert Run("similar", *options, environ=environ).code == 0
    assert Run("evidence", *options, environ=environ).code == 0
    (bundle,) = (folder / "data" / "bundles").iterdir()
    evaluated = Run("evaluate", bundle, cohort, "--json", environ=environ)
    assert evaluated.code == 0
    assert evaluated.document["response"]["judged"] == "too few to judge"
    words = ("recalibrate", bundle, cohort, "--out", folder / "moved", "--json")
    moved = Run(*words, environ=environ)
    assert moved.code == 2, "twenty patients say too little to move a model by"
    trained = Run("train", cohort, "--out", folder / "bundle", "--json", environ=environ)
    assert trained.code == 2
    assert "too few to learn from" in trained.document["error"]["message"]
    scores = folder / "scores.csv"
    scored = Run("batch", path, "--out", scores, "--bundle", bundle, "--json", environ=environ)
    assert (scored.code, scored.document["patients"]) == (0, 1)
    assert scores.read_text().startswith("patient,regimen,verdict")
    assert Run("models", "--json", environ=environ).code == 0


def test_a_fifth_disease_goes_through_every_verb_by_data_alone(tmp_path: Path) -> None:
    """A pack in a site's folder is listed, read by, checked by and judged by, without any code."""
    packs_fixture.write_pack(tmp_path / "packs")
    environ = {"CONCORD_PACKS": str(tmp_path / "packs")}
    disease = packs_fixture.DISEASE_ID
    listed = {entry["id"] for entry in Run("packs", "--json", environ=environ).document}
    assert listed == {"breast", "colorectal", "melanoma", "nsclc", disease}
    path = table(tmp_path, "id,age_years,sex,ecog_ps,line,fable_fusion\nF1,44,female,0,1,fable1\n")
    options = (path, "--disease", disease, "--json")
    checked = Run("check", *options, environ=environ)
    assert checked.code == 0
    assert checked.document["patients"][0]["disease"] == disease
    assert checked.document["patients"][0]["values"]["fable_fusion"] == "fable1"
    judged = Run("judge", *options, environ=environ)
    assert judged.code == 0
    answers = {row["answer"] for row in judged.document}
    assert "yes" in answers
    scored = Run("score", "charlson", "--inputs", "{}", "--json", environ=environ)
    assert scored.code == 2
    environ |= {"CONCORD_DATA_DIR": str(tmp_path / "data"), "CONCORD_COHORT_PATIENTS": "300"}
    paper = tmp_path / "report.pdf"
    words = ("report", path, "--disease", disease, "--format", "pdf", "--out", paper, "--json")
    assert Run(*words, environ=environ).code == 0
    assert paper.read_bytes().startswith(b"%PDF")
    out = tmp_path / "cohort"
    drawn = Run("simulate", disease, "--patients", "20", "--out", out, "--json", environ=environ)
    assert drawn.code == 0
    assert (out / "patients.csv").is_file()
    carry_through_the_models(path, out, environ)
    keeping = {verb.name for verb in keeping_verbs.VERBS}  # of the store, whatever the disease
    verbs = {verb.name for verb in cli.VERBS} - keeping - {"calibration"}  # minutes for any pack
    carried = {"packs", "check", "judge", "score", "simulate", "report", "recalibrate"}
    carried |= {"forecast", "train", "evaluate", "batch", "explain", "similar", "evidence"}
    carried |= {"models"}
    assert verbs == carried, "carry the fifth through it"


def test_simulate_writes_a_cohort_and_refuses_a_full_folder(tmp_path: Path) -> None:
    """A synthetic cohort with the truth beside it; nothing that exists is written over."""
    folder = tmp_path / "cohort"
    words = ("simulate", "melanoma", "--patients", "40", "--out", folder, "--json")
    run = Run(*words)
    assert run.code == 0
    assert run.document["patients"] == 40
    assert run.document["synthetic"] is True
    assert {path.name for path in folder.iterdir()} >= {"cohort.toml", "patients.csv", "truth.csv"}
    again = Run(*words)
    assert again.code == 2
    assert "holds something already. Name a new or an empty folder." in again.err
    none = Run("simulate", "melanoma", "--patients", "0", "--out", tmp_path / "other")
    assert "0 patients make no cohort." in none.err


def test_calibration_tells_every_figure_in_a_line(tmp_path: Path) -> None:
    """The report that ships is told whole: ends that were not reached are words, not a failure."""
    run = Run("calibration", "melanoma", environ={"CONCORD_DATA_DIR": str(tmp_path)})
    assert run.code == 0
    assert "of 78 medians met" in run.out
    assert "to not reached)" in run.out
    told = Run("calibration", "melanoma", "--json", environ={"CONCORD_DATA_DIR": str(tmp_path)})
    assert told.document["shares"]["median"] > 0.9


def test_check_says_that_nothing_was_read_and_what_to_do(tmp_path: Path) -> None:
    """An open question that holds up the whole file refuses it, with the command that answers."""
    path = table(tmp_path, "id,age\nP1,61\n")
    run = Run("check", path)
    assert run.code == 2
    assert run.out.startswith("0 patients read from patients.csv (csv), ")
    assert (
        "Nothing of patients.csv can be used before a question is answered. Run it again with "
        "--answer 'disease=breast|colorectal|melanoma|nsclc' or --disease ID."
    ) in run.out
    assert Run("check", path, "--answer", "disease=nsclc").code == 0


def test_check_calls_patients_that_wait_for_an_answer_so(tmp_path: Path) -> None:
    """Nobody is said to be read while nothing of the file can be used."""
    path = tmp_path / "a.json"
    path.write_text('{"resourceType": "Patient", "id": "a", "gender": "female"}', "utf-8")
    run = Run("check", path)
    assert run.code == 2
    assert run.out.startswith("1 patient waiting to be read from a.json (FHIR R4), ")
    assert "can be used before a question is answered" in run.out


def test_check_tells_what_served_from_what_was_left(tmp_path: Path) -> None:
    """A date that the checks used is not among what was not used; one thing is one thing."""
    path = table(tmp_path, "id,age_years,date_of_diagnosis,mood\nP1,61,2024-01-03,good\n")
    run = Run("check", path, "--disease", "nsclc")
    assert run.out.startswith("1 patient read from patients.csv (csv), ")
    assert "1 item not used\n" in run.out
    assert "used, with no place of its own: patients.csv, row 2, date_of_diagnosis" in run.out
    assert "not used: patients.csv, row 2, mood" in run.out
    run = Run("check", path, "--disease", "nsclc", "--json")
    assert {item["name"]: item["used"] for item in run.document["unmapped"]} == {
        "date_of_diagnosis": True,
        "mood": False,
    }


def test_check_prints_the_key_and_the_words_of_every_question(tmp_path: Path) -> None:
    """One value that may be a fraction among percentages is asked for its row, and answered."""
    path = table(tmp_path, "id,PD-L1\nP1,60\nP2,80\nP3,0.6\n")
    run = Run("check", path, "--disease", "nsclc", "--json")
    (asked,) = [f for f in run.document["findings"] if f["severity"] == "question"]
    assert asked["key"] == "unit:PD-L1:row 4"
    assert asked["answers"] == ["as-written", "fraction", "unknown"]
    said = ("--answer", "unit:PD-L1:row 4=fraction")
    after = Run("check", path, "--disease", "nsclc", "--json", *said)
    values = [patient["values"]["pd_l1_tps"] for patient in after.document["patients"]]
    assert values == [60.0, 80.0, 60.0]


def test_check_prints_texts_that_wait_and_releases_a_column(tmp_path: Path) -> None:
    """Withheld texts are printed with their marks; released ones go with their patient."""
    path = table(tmp_path, "id,age_years,notes\nP1,61,Well; tel 030 1234567\n")
    environ = {"CONCORD_DATA_DIR": str(tmp_path)}
    words = ("check", path, "--disease", "nsclc", "--deidentify")
    run = Run(*words, environ=environ)
    assert "withheld: P-" in run.out
    assert "1234567" not in run.out
    assert "--release 'notes' keeps the texts of notes" in run.out
    document = Run(*words, "--release", "notes", "--json", environ=environ).document
    assert document["withheld"] == []
    assert document["identifiers"]["texts_released"] == 1
    assert document["patients"][0]["notes"].startswith("Well; tel [")
    assert "1234567" not in document["patients"][0]["notes"]
    kept = Run("check", path, "--disease", "nsclc", environ=environ)
    assert "notes of 1 patient are kept as they stand" in kept.out


def test_judge_a_patient_without_a_tumour_group_says_what_is_asked(tmp_path: Path) -> None:
    """A record that names no tumour is refused with the question, not with a pack of no name."""
    path = tmp_path / "p.json"
    path.write_text('{"resourceType": "Patient", "id": "p1", "gender": "female"}')
    run = Run("judge", path)
    assert run.code == 2
    assert "No patient of p.json can be used." in run.err
    assert "Answers to disease: breast, colorectal, melanoma, nsclc." in run.err
    assert Run("judge", path, "--patient", "p1").code == 2
    assert Run("judge", path, "--answer", "disease=nsclc").code == 0


def test_a_reader_who_stops_listening_is_no_bug() -> None:
    """`packs --json | head` ends quietly, with the verb's own exit code."""

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    for words in (["packs"], ["packs", "--json"]):
        assert cli.main(words, environ={"CONCORD_DATA_DIR": HOME.name}, out=Gone()) == 0


def test_the_real_standard_output_may_close_early() -> None:
    """Through a real pipe there is no traceback either."""
    command = f"{sys.executable} -m dashboard packs --json | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "CONCORD_DATA_DIR": HOME.name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) == 10
