"""The verb `batch`: a file of patients scored as each would be forecast alone."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dashboard import cli
from dashboard.records.patient import Patient
from dashboard.services import consultation, forecasts
from tests.trained import DISEASE, environ_of

TABLE = """id,line,Age,ecog_ps,pd_l1_tps (%),albumin_g_dl (g/L),Mood,driver_alteration
A,1,64,1,80,38,good,none
B,2,71,2,,31,bad,
C,1,,,,,,
D,1,fifty,9,10,400,,none
"""


@pytest.fixture
def run(trained_home):
    """Run the verb; gives exit code, document and messages."""

    def verb(*words):
        out, err = io.StringIO(), io.StringIO()
        code = cli.main(
            ["batch", *map(str, words), "--json"],
            environ=environ_of(trained_home),
            out=out,
            err=err,
        )
        return code, json.loads(out.getvalue()), err.getvalue()

    return verb


@pytest.mark.slow
def test_batch_writes_what_single_forecasts_say(run, trained, tmp_path):
    """Every regimen that is not closed, with its verdict and the same chance of response."""
    (tmp_path / "in.csv").write_text(TABLE)
    code, document, messages = run(
        tmp_path / "in.csv", "--out", tmp_path / "out.csv", "--disease", DISEASE
    )
    assert code == 0
    assert (document["patients"], document["too_little_known"]) == (4, 1)
    assert "not used: Mood" in messages
    assert {finding["where"]["row"] for finding in document["findings"]} == {5}
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == document["rows"]
    assert {row["patient"] for row in rows} == {"A", "B", "D"}
    first = {row["regimen"]: row for row in rows if row["patient"] == "A"}
    values = {
        "age_years": 64.0, "ecog_ps": "1", "pd_l1_tps": 80.0, "albumin_g_dl": 3.8,
        "driver_alteration": "none",
    }  # fmt: skip
    alone = Patient("A", DISEASE, values, line=1)
    judged = {v.regimen: str(v.answer) for v in consultation.judge(trained, alone).regimens}
    for each in forecasts.forecast(trained, alone).regimens:
        if judged[each.regimen] == "no":
            assert each.regimen not in first
            continue
        row = first[each.regimen]
        assert row["verdict"] == judged[each.regimen]
        assert float(row["response"]) == pytest.approx(each.response.p, abs=1e-5)
        assert float(row["os_12"]) == pytest.approx(each.os.at(12).p, abs=1e-5)


def test_batch_refuses_what_it_cannot_read_or_write(run, tmp_path):
    """No bundle named, a table without features, a unit nobody knows, a folder as the result."""
    table = tmp_path / "in.csv"
    table.write_text("id,mood\nA,good\n")
    code, document, _ = run(table, "--out", tmp_path / "out.csv")
    assert code == 2
    assert "Neither a bundle nor a disease" in document["error"]["message"]
    code, document, _ = run(table, "--out", tmp_path / "out.csv", "--disease", DISEASE)
    assert code == 2
    assert "No column of in.csv is a feature of nsclc" in document["error"]["message"]
    table.write_text("id,albumin_g_dl (stones)\nA,3\n")
    code, document, _ = run(table, "--out", tmp_path / "out.csv", "--disease", DISEASE)
    assert "'stones' is not a unit" in document["error"]["message"]
    code, document, _ = run(table, "--out", tmp_path, "--disease", DISEASE)
    assert "cannot be written" in document["error"]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
