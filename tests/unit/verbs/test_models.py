"""The verbs `train`, `forecast` and `evaluate` on a hospital's own folders, and nothing else."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from dashboard import cli
from dashboard.learning.bundle import code_version

SURVIVAL_ONLY = """
id = "sarcoma-one-centre"
label = "Sarcoma, one centre"
disease = "sarcoma"
time_unit = "days"
source = "made up for a test"

[columns.nr]
role = "id"
[columns.Age]
feature = "age"
kind = "number"
unit = "years"
[columns.Grade]
feature = "grade"
kind = "ordinal"
levels = { "1" = "low", "2" = "middle", "3" = "high" }
[columns.Margin]
feature = "margin_clear"
kind = "flag"
monotone = { hazard = -1 }

[outcomes.os]
time = "Days"
event = "Died"
"""
RESPONSE_ONLY = """
id = "mesothelioma"
disease = "mesothelioma"

[columns.Hb]
feature = "haemoglobin"
kind = "number"
[columns.Type]
feature = "histology"
kind = "category"
[columns.Drug]
role = "regimen"
levels = { "A" = "drug-a" }

[outcomes.response]
column = "Best"
"""


def sarcoma_rows(size=150, seed=1, slower=1.0):
    """Patients whose grade and margin decide how long they live."""
    rng = np.random.default_rng(seed)
    grade, clear = rng.integers(1, 4, size), rng.random(size) < 0.6
    days = rng.exponential(slower * 900 * np.exp(-0.6 * (grade - 2) + 0.7 * clear))
    ended = np.minimum(days, 1800).round(1) + 1
    return [
        {"nr": f"S{i}", "Age": rng.integers(30, 80), "Grade": g, "Margin": int(c), "Days": d,
         "Died": int(t < 1800), "Remark": "x"}
        for i, (g, c, d, t) in enumerate(zip(grade, clear, ended, days, strict=True))
    ]  # fmt: skip


def mesothelioma_rows(size=150, seed=2, more=0.0):
    """Patients of one drug whose type decides whether they respond."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["epithelioid", "sarcomatoid"], size)
    chance = np.where(kind == "epithelioid", 0.55, 0.15)
    return [
        {
            "Hb": round(rng.normal(12, 2), 1),
            "Type": k,
            "Drug": "A",
            "Best": int(rng.random() < p + more),
        }
        for k, p in zip(kind, chance, strict=True)
    ]


def write_folder(folder, toml, rows):
    """A cohort folder."""
    folder.mkdir(parents=True)
    (folder / "cohort.toml").write_text(toml, encoding="utf-8")
    with (folder / "patients.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The data folder of an installation of its own."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(home):
    """Run a verb in that installation; gives exit code, document and messages."""

    def verb(*words):
        out, err = io.StringIO(), io.StringIO()
        environ = {"CONCORD_DATA_DIR": str(home)}
        code = cli.main([*map(str, words), "--json"], environ=environ, out=out, err=err)
        return code, json.loads(out.getvalue()), err.getvalue()

    return verb


@pytest.fixture(scope="module")
def sarcoma(run, tmp_path_factory):
    """A folder without regimens whose only outcome is survival, trained."""
    folder = tmp_path_factory.mktemp("sarcoma")
    cohort = write_folder(folder / "cohort", SURVIVAL_ONLY, sarcoma_rows())
    code, document, _ = run("train", cohort, "--out", folder / "bundle", "--seed", 5)
    assert code == 0
    return folder, document


@pytest.fixture(scope="module")
def mesothelioma(run, tmp_path_factory):
    """A folder of a single arm whose only outcome is response, trained."""
    folder = tmp_path_factory.mktemp("mesothelioma")
    cohort = write_folder(folder / "cohort", RESPONSE_ONLY, mesothelioma_rows())
    code, document, _ = run("train", cohort, "--out", folder / "bundle")
    assert code == 0
    return folder, document


def test_train_needs_nothing_but_the_folder(sarcoma):
    """A disease without a pack: the head it has outcomes for, with figures out of fold."""
    folder, document = sarcoma
    assert (document["disease"], document["rows_used"], document["seed"]) == ("sarcoma", 150, 5)
    assert document["inputs"] == ["age", "grade", "margin_clear"]
    assert 0.55 < document["os"]["c_uno"] < 0.9
    assert {"response", "pfs", "toxicity"}.isdisjoint(document)
    assert sorted(path.name for path in folder.iterdir()) == ["bundle", "cohort"]


def test_train_says_the_same_again(run, sarcoma):
    """The same folder and seed give the same bundle; the old one is replaced."""
    folder, document = sarcoma
    code, again, _ = run("train", folder / "cohort", "--out", folder / "bundle", "--seed", 5)
    assert (code, again["bundle"]) == (0, document["bundle"])


def test_forecast_of_a_disease_without_a_pack(run, sarcoma):
    """New patients in a plain table of the bundle's features; one document each."""
    folder, document = sarcoma
    table = folder.parent / "new.csv"
    table.write_text("id,age,grade,margin clear,Hair\nN1,55,high,,red\nN2,60,low,yes,\n")
    table.write_text(table.read_text().replace("margin clear", "Margin"))
    code, found, messages = run("forecast", table, "--bundle", folder / "bundle", "--horizon", 12)
    assert code == 0
    assert [each["patient"] for each in found] == ["N1", "N2"]
    assert "not used: Hair" in messages
    first, second = (each["regimens"][0] for each in found)
    assert found[0]["bundle"] == document["bundle"]
    assert first["regimen"] is None
    assert first["response"] is first["pfs"] is first["progression"] is None
    assert first["os"]["months"][0] == 0.0
    assert len(first["os"]["p"]) == len(first["os"]["low"]) == len(first["os"]["months"])
    assert second["os"]["at_horizon"]["p"] > first["os"]["at_horizon"]["p"]
    assert [each["feature"] for each in found[0]["missing"]] == ["margin_clear"]


def test_forecast_lists_what_it_cannot_read(run, sarcoma):
    """An impossible level is unknown and said; a patient who is not there is refused."""
    folder, _ = sarcoma
    table = folder.parent / "odd.csv"
    table.write_text("id,age,grade\nN1,fifty,high\nN2,60,enormous\n")
    code, _, messages = run("forecast", table, "--bundle", folder / "bundle", "--patient", "N2")
    assert code == 0
    assert "row 2, age" in messages
    assert "one of low, middle, high" in messages
    code, found, _ = run("forecast", table, "--bundle", folder / "bundle", "--patient", "N9")
    assert code == 2
    assert "no patient N9" in found["error"]["message"]


def test_forecast_of_a_single_arm(run, mesothelioma):
    """A single regimen cannot be told from others: its name stands, the numbers are prognostic."""
    folder, document = mesothelioma
    assert document["regimens"] == {"drug-a": 150}
    assert "choice" in document["response"]
    table = folder.parent / "m.csv"
    table.write_text("haemoglobin,histology\n12,epithelioid\n")
    code, found, _ = run("forecast", table, "--bundle", folder / "bundle")
    assert code == 0
    (each,) = found["regimens"]
    assert each["regimen"] == "drug-a"
    assert 0.3 < each["response"]["p"] < 0.8
    assert each["response"]["low"] < each["response"]["p"] < each["response"]["high"]
    assert each["os"] is None


def test_evaluate_on_patients_never_seen(run, sarcoma, tmp_path):
    """External validation gives each outcome in common its figures."""
    folder, _ = sarcoma
    other = write_folder(tmp_path / "other", SURVIVAL_ONLY, sarcoma_rows(seed=9))
    code, found, _ = run("evaluate", folder / "bundle", other)
    assert (code, found["rows"], found["left_out"]) == (0, 150, 0)
    assert found["os"]["n"] == 150
    assert 0.55 < found["os"]["c_harrell"] < 0.9
    assert found["os"]["ibs_low"] < found["os"]["ibs"] < found["os"]["ibs_high"]


def test_evaluate_says_what_differs_from_home(run, sarcoma, tmp_path):
    """Inputs that nobody has, patients unlike those learnt from, and the figures at home."""
    rows = [{**row, "Age": ""} for row in sarcoma_rows(seed=9)]
    other = write_folder(tmp_path / "other", SURVIVAL_ONLY, rows)
    _, found, _ = run("evaluate", sarcoma[0] / "bundle", other)
    assert found["absent"] == ["age"]
    assert 0.9 < found["inside"] <= 1.0
    assert found["at_home"]["os"]["c_harrell"] == sarcoma[1]["os"]["c_harrell"]
    out = io.StringIO()
    cli.main(["evaluate", str(sarcoma[0] / "bundle"), str(other)], out=out, err=io.StringIO())
    assert "nobody here has: age" in out.getvalue()
    assert "at home, out of fold" in out.getvalue()


def test_recalibrate_moves_survival_to_where_patients_live_longer(run, sarcoma, tmp_path):
    """A new version agrees better with another place, also with patients it never saw there."""
    elsewhere = write_folder(
        tmp_path / "elsewhere", SURVIVAL_ONLY, sarcoma_rows(400, seed=8, slower=3.0)
    )
    bundle, newer = sarcoma[0] / "bundle", tmp_path / "newer"
    code, found, _ = run("recalibrate", bundle, elsewhere, "--out", newer)
    assert (code, found["patients"], found["from"]) == (0, 400, sarcoma[1]["bundle"])
    assert found["bundle"] != found["from"]
    moved = found["heads"]["os"]
    assert moved["shift"] < -0.6
    assert moved["after"]["ibs"] < moved["before"]["ibs"] - 0.01
    assert abs(moved["after"]["c_harrell"] - moved["before"]["c_harrell"]) < 0.02
    others = write_folder(tmp_path / "others", SURVIVAL_ONLY, sarcoma_rows(400, seed=6, slower=3.0))
    figures = [run("evaluate", each, others)[1]["os"] for each in (bundle, newer)]
    assert figures[1]["ibs"] < figures[0]["ibs"] - 0.01
    gaps = [abs(f["calibration"][1]["expected"] - f["calibration"][1]["observed"]) for f in figures]
    assert gaps[1] < 0.07 < gaps[0]
    out = io.StringIO()
    words = ["recalibrate", str(bundle), str(elsewhere), "--out", str(newer)]
    assert cli.main(words, out=out, err=io.StringIO()) == 0
    assert "os: shift -" in out.getvalue()
    assert "before  c_uno" in out.getvalue().replace("before c", "before  c")


def test_recalibrate_moves_response_by_what_is_told(run, mesothelioma, tmp_path):
    """The forecast of a patient moves up by the shift; where nothing differs, next to nothing."""
    bundle = mesothelioma[0] / "bundle"
    patients = tmp_path / "patients.csv"
    patients.write_text("id,haemoglobin,histology\na,12,epithelioid\n", encoding="utf-8")
    chances = {}
    for name, more in (("same", 0.0), ("more", 0.3)):
        rows = mesothelioma_rows(600, seed=5, more=more)
        cohort = write_folder(tmp_path / name, RESPONSE_ONLY, rows)
        newer = tmp_path / f"bundle-{name}"
        code, found, _ = run("recalibrate", bundle, cohort, "--out", newer)
        assert code == 0
        chances[name] = found["heads"]["response"]
        answer = run("forecast", patients, "--bundle", newer)[1]["regimens"][0]["response"]
        chances[name]["p"] = answer["p"]
        assert answer["low"] < answer["p"] < answer["high"]
    former = run("forecast", patients, "--bundle", bundle)[1]["regimens"][0]["response"]["p"]
    assert abs(chances["same"]["shift"]) < 0.4
    assert abs(chances["same"]["p"] - former) < 0.08
    assert chances["more"]["p"] > former + 0.15
    assert abs(chances["more"]["after"]["intercept"]) < 0.1 < chances["more"]["before"]["intercept"]
    assert chances["more"]["after"]["brier"] < chances["more"]["before"]["brier"]


def test_recalibrate_refuses_too_little_and_never_replaces_its_own_bundle(
    run, sarcoma, mesothelioma, tmp_path
):
    """Few patients, hardly any event, another disease, or the bundle's own place."""
    bundle = sarcoma[0] / "bundle"
    few = write_folder(tmp_path / "few", SURVIVAL_ONLY, sarcoma_rows(99, seed=8))
    code, found, _ = run("recalibrate", bundle, few, "--out", tmp_path / "newer")
    assert (code, found["error"]["message"]) == (2, "99 patients are too few to recalibrate by.")
    calm = [{**row, "Died": 0} for row in sarcoma_rows(150, seed=8)]
    quiet = write_folder(tmp_path / "quiet", SURVIVAL_ONLY, calm)
    _, found, _ = run("recalibrate", bundle, quiet, "--out", tmp_path / "newer")
    assert "happened often enough here" in found["error"]["message"]
    other = mesothelioma[0] / "cohort"
    code, found, _ = run("recalibrate", bundle, other, "--out", tmp_path / "newer")
    assert code == 4
    assert "of sarcoma and the cohort of mesothelioma" in found["error"]["message"]
    enough = write_folder(tmp_path / "enough", SURVIVAL_ONLY, sarcoma_rows(seed=8))
    _, found, _ = run("recalibrate", bundle, enough, "--out", bundle)
    assert "is the bundle itself" in found["error"]["message"]
    assert not (tmp_path / "newer").exists()


def test_evaluate_refuses_another_disease(run, sarcoma, mesothelioma):
    """A bundle is not judged on patients of something else; the exit code says it does not fit."""
    code, found, _ = run("evaluate", sarcoma[0] / "bundle", mesothelioma[0] / "cohort")
    assert code == 4
    assert "of sarcoma and the cohort of mesothelioma" in found["error"]["message"]


def test_train_refuses_a_table_of_which_a_fifth_cannot_be_used(run, tmp_path):
    """Every unusable row is listed, nothing is trained, nothing is left behind."""
    rows = sarcoma_rows()
    for row in rows[:40]:
        row["Days"] = -3
    cohort = write_folder(tmp_path / "cohort", SURVIVAL_ONLY, rows)
    code, found, _ = run("train", cohort, "--out", tmp_path / "bundle")
    assert code == 2
    assert "40 of 150 rows cannot be used" in found["error"]["message"]
    assert {finding["where"]["row"] for finding in found["findings"]} >= {2, 41}
    assert not (tmp_path / "bundle").exists()


def test_train_refuses_too_few_patients_and_a_place_that_is_taken(run, tmp_path):
    """Both are the user's to mend, and said so."""
    cohort = write_folder(tmp_path / "cohort", SURVIVAL_ONLY, sarcoma_rows(60))
    code, found, _ = run("train", cohort, "--out", tmp_path / "bundle")
    assert code == 2
    assert "60 rows" in found["error"]["message"]
    code, found, _ = run("train", cohort, "--out", cohort)
    assert code == 2
    assert "holds something that is no bundle" in found["error"]["message"]


def test_bundle_of_another_version_is_refused(run, sarcoma, tmp_path, monkeypatch):
    """A bundle that other code trained has exit code 4, and the cure is to train again."""
    folder, _ = sarcoma
    code_version.cache_clear()
    monkeypatch.setattr("dashboard.learning.bundle.code_version", lambda: "0" * 16)
    table = tmp_path / "new.csv"
    table.write_text("id,age,grade\nN1,50,high\n")
    code, found, _ = run("forecast", table, "--bundle", folder / "bundle")
    assert code == 4
    assert "trained by another version of Concord" in found["error"]["message"]
    assert "Train it again" in found["error"]["hint"]


def test_forecast_for_a_person_is_a_few_lines(sarcoma, tmp_path):
    """Without --json a person reads medians with their intervals."""
    folder, _ = sarcoma
    table = tmp_path / "new.csv"
    table.write_text("id,age,grade\nN1,50,high\n")
    out = io.StringIO()
    words = ["forecast", str(table), "--bundle", str(folder / "bundle")]
    environ = {"CONCORD_DATA_DIR": str(tmp_path)}
    assert cli.main(words, environ=environ, out=out, err=io.StringIO()) == 0
    assert "N1 (sarcoma), bundle" in out.getvalue()
    assert "median OS" in out.getvalue()


def test_new_patients_come_in_the_words_of_the_cohort(run, sarcoma):
    """Grade 3 of the cohort's table is high in a new patient's, as 3 and as 3.0."""
    folder, _ = sarcoma
    table = folder.parent / "words.csv"
    chances = []
    for grade in ("high", "3", "3.0"):
        table.write_text(f"id,Age,Grade\nN1,55,{grade}\n")
        _, found, messages = run("forecast", table, "--bundle", folder / "bundle")
        chances.append(found["regimens"][0]["os"]["p"])
        assert "warning" not in messages
    assert chances[0] == chances[1] == chances[2]


def test_explain_by_a_bundle_without_treatments(run, sarcoma):
    """What each fact adds, exactly; a regimen that the cohort cannot know is refused."""
    folder, _ = sarcoma
    table = folder.parent / "why.csv"
    table.write_text("id,age,grade\nN1,55,high\n")
    asked = ("explain", table, "--bundle", folder / "bundle", "--target", "os")
    code, found, _ = run(*asked)
    assert code == 0
    total = found["baseline"] + sum(each["effect"] for each in found["contributions"])
    assert total == pytest.approx(found["output"], abs=1e-9)
    _, forecast, _ = run("forecast", table, "--bundle", folder / "bundle", "--horizon", 12)
    assert found["output"] == pytest.approx(
        forecast["regimens"][0]["os"]["at_horizon"]["p"], abs=1e-9
    )
    code, found, _ = run(*asked, "--regimen", "something")
    assert code == 2
    assert "learnt from a cohort without treatments" in found["error"]["message"]


def test_a_hospitals_own_cohort_answers_every_verb_by_its_name(run, sarcoma, home):
    """`--own` trains once; forecast, explain and similar then speak of the same bundle."""
    folder, _ = sarcoma
    write_folder(home / "cohorts" / "ours", SURVIVAL_ONLY, sarcoma_rows(seed=8))
    table = folder.parent / "own.csv"
    table.write_text("id,age,grade\nN1,55,high\nN2,56,low\n")
    code, found, _ = run("forecast", table, "--own", "ours", "--patient", "N1", "--horizon", 12)
    assert code == 0
    chance = found["regimens"][0]["os"]["at_horizon"]["p"]
    one = ("--own", "ours", "--patient", "N1")
    code, why, _ = run("explain", table, "--target", "os", *one)
    assert code == 0
    assert why["output"] == pytest.approx(chance, abs=1e-9)
    code, alike, _ = run("similar", table, *one)
    assert code == 0
    assert alike["patients"] == 50
    code, refused, _ = run("explain", table, "--target", "os", "--own", "ours")
    assert code == 2
    assert refused["error"]["message"] == "own.csv holds 2 patients."
    code, refused, _ = run("forecast", table, "--own", "ours", "--bundle", folder / "bundle")
    assert code == 2
    assert refused["error"]["message"] == "--bundle and --own name two bundles."


PACK = """
id = "lung-one-centre"
disease = "nsclc"

[columns.yrs]
feature = "age_years"
[columns."ph.ecog"]
feature = "ecog_ps"
[columns.Alb]
feature = "albumin_g_dl"
unit = "g/L"
[columns.sex]
feature = "sex"
levels = { "1" = "male", "2" = "female" }

[outcomes.os]
time = "months"
event = "status"
"""


def lung_rows(size=150, seed=4):
    """Patients whose performance status and albumin decide, written as pandas writes them."""
    rng = np.random.default_rng(seed)
    ecog, albumin = rng.integers(0, 3, size), rng.normal(38, 5, size).clip(20, 50)
    time = rng.exponential(14 * np.exp(-0.6 * ecog + 0.06 * (albumin - 38)))
    return [
        {"yrs": int(rng.integers(45, 80)), "ph.ecog": f"{e}.0" if e < 2 or i % 9 else "",
         "Alb": round(a, 1), "sex": int(rng.integers(1, 3)), "months": round(min(t, 48) + 0.1, 2),
         "status": int(t < 48)}
        for i, (e, a, t) in enumerate(zip(ecog, albumin, time, strict=True))
    ]  # fmt: skip


def test_a_packs_disease_without_treatments_has_one_prognosis(run, tmp_path):
    """Not thirty regimens with one number; and columns are known by the cohort's own names."""
    cohort = write_folder(tmp_path / "cohort", PACK, lung_rows())
    code, found, _ = run("train", cohort, "--out", tmp_path / "bundle")
    assert code == 0
    assert found["findings"] == []
    table = tmp_path / "new.csv"
    asked = ("--bundle", tmp_path / "bundle", "--answer", "id-column=number", "--horizon", 12)
    chances = {}
    for ecog, albumin in ((0, 45), (2, 45), (2, 25)):
        table.write_text(f"yrs,ph.ecog,Alb,sex\n60,{ecog}.0,{albumin},\n")
        code, found, _ = run("forecast", table, *asked)
        assert code == 0
        (only,) = found["regimens"]
        assert only["regimen"] is None
        assert only["cautions"][0].startswith("The cohort recorded no treatment")
        chances[ecog, albumin] = only["os"]["at_horizon"]["p"]
    assert chances[0, 45] > chances[2, 45] + 0.1 > chances[2, 25] + 0.1
    code, _, _ = run(
        "batch", cohort / "patients.csv", "--bundle", tmp_path / "bundle",
        "--out", tmp_path / "scores.csv",
    )  # fmt: skip
    assert code == 0
    lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert len(lines) == 151
    assert lines[1].startswith("row-2,,,yes,")
