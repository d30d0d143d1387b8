"""`explain` and `similar` on the command line: the promised JSON, lines for people, refusals."""

from __future__ import annotations

import io
import json

import pytest

from dashboard import cli
from dashboard.services import explanations
from tests.trained import environ_of, saved_as_table
from tests.unit.services.test_explanations import RESPONSE, SOMEBODY, A, B


def run(home, *arguments):
    """Exit code, standard output and standard error of one verb."""
    out, err = io.StringIO(), io.StringIO()
    code = cli.main(arguments, environ=environ_of(home), out=out, err=err)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """One patient as a table."""
    return saved_as_table(SOMEBODY, tmp_path_factory.mktemp("patients"))


def asked(home, path, verb, *more):
    """A verb asked of the patient for JSON."""
    code, out, _ = run(home, verb, str(path), "--disease", "nsclc", "--json", *more)
    return code, json.loads(out)


def test_explain_prints_what_the_service_says(trained, trained_home, file):
    """Baseline, output and contributions that add up; a number here is a number on the page."""
    code, document = asked(trained_home, file, "explain", "--regimen", A, "--target", "response")
    assert code == 0
    total = document["baseline"] + sum(each["effect"] for each in document["contributions"])
    assert total == pytest.approx(document["output"], abs=1e-9)
    assert abs(document["additivity_error"]) <= 1e-9
    assert {"feature", "value", "effect", "low", "high"} <= set(document["contributions"][0])
    found = explanations.attribution(trained, SOMEBODY, A, RESPONSE)
    assert document["output"] == pytest.approx(found.output, abs=1e-9)
    assert document["scale"] == "probability"


def test_explain_prints_the_difference_between_two_regimens(trained_home, file):
    """With --versus the output is the first minus the second."""
    code, document = asked(
        trained_home, file, "explain", "--regimen", A, "--versus", B, "--target", "os",
        "--horizon", "10", "--mean-months",
    )  # fmt: skip
    assert code == 0
    first, second = document["outputs"]
    assert document["output"] == pytest.approx(first - second, abs=1e-12)
    assert (document["baseline"], document["scale"], document["horizon"]) == (0.0, "months", 10.0)


def test_explain_speaks_to_people(trained_home, file):
    """A sentence, then the bars, then how many were left out."""
    code, out, _ = run(
        trained_home, "explain", str(file), "--disease", "nsclc", "--regimen", A, "--target", "os"
    )
    assert code == 0
    assert "be alive at 12 months under Pembrolizumab monotherapy" in out
    assert "not sure of their direction" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--target", "response", "--horizon", "6"), "response has no horizon"),
        (("--target", "cost"), "not trained for cost"),
        (("--target", "os", "--horizon", "900"), "followed for"),
    ],
)
def test_explain_refuses_what_cannot_be_explained(trained_home, file, options, message):
    """Exit code 2 and what is wrong."""
    code, _, err = run(
        trained_home, "explain", str(file), "--disease", "nsclc", "--regimen", A, *options
    )
    assert code == 2
    assert message in err


def test_similar_prints_groups_with_their_outcomes(trained_home, file):
    """JSON without infinities; lines with counts and intervals."""
    code, document = asked(trained_home, file, "similar", "--k", "30", "--lock", "histology")
    assert code == 0
    assert sum(group["patients"] for group in document["groups"]) == document["patients"] == 30
    code, out, _ = run(trained_home, "similar", str(file), "--disease", "nsclc", "--k", "60")
    assert code == 0
    assert out.startswith("60 similar patients of")
    assert "median OS" in out


@pytest.mark.parametrize("text", ["nlr=much", "nlr=-1"])
def test_similar_refuses_a_weight_that_is_none(trained_home, file, text):
    """Before anything is computed."""
    code, _, err = run(trained_home, "similar", str(file), "--disease", "nsclc", "--weight", text)
    assert code == 2
    assert "is no factor" in err


def test_evidence_holds_a_model_that_is_there_against_the_trials(trained_home, file):
    """--model makes it ready; from then on the disagreement is told without asking for it."""
    code, first = asked(trained_home, file, "evidence", "--regimens", A, "--model")
    assert code == 0
    rows = first[0]["concordance"]
    assert {row["regimen"] for row in rows} == {A}
    assert all(row["verdict"] for row in rows)
    for row in rows:
        assert (row["noticed"] is None) == (row["z"] is None)
    held = [arm for each in first[0]["regimens"] for arm in each["arms"]]
    sizes = [arm["smallest_error_noticed_percent"] for arm in held]
    assert any(size is not None and size > 0 for size in sizes)
    assert asked(trained_home, file, "evidence", "--regimens", A) == (0, first)
