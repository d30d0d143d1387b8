"""The script behind `make train`: it prepares bundles and prints their cards."""

from __future__ import annotations

from dashboard.answers.model_card import HeadCard, ModelCard
from scripts import train


def test_card_is_a_table_of_heads_with_limits():
    """A head without figures has empty cells; every limit is a line."""
    card = ModelCard(
        "tiny", "b1", "Tiny", "Made up.", True, 200, 190, 1, "p", "c", "v", 5, ("age",), (),
        {"a": 100}, (HeadCard("response", {"auc": 0.71}, {"trees": 80.0}), HeadCard("os")),
        limits=("Few patients.",), use="For education.",
    )  # fmt: skip
    page = train.as_markdown(card)
    assert "| response |  |  | 0.71 |" in page
    assert "| os |  |" in page
    assert "- Few patients." in page
    assert "190 of 200 rows" in page


def test_script_says_which_disease_does_not_exist(monkeypatch, capsys, tmp_path):
    """A wrong id ends with 4 and the message, and nothing is trained."""
    monkeypatch.setattr("sys.argv", ["train.py", "lymphoma"])
    monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path))
    assert train.main() == 4
    assert "no disease pack called lymphoma" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
