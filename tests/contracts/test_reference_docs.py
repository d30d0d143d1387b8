"""The reference pages made from the packs say what the packs say."""

import re

import pytest

from dashboard.foundation.errors import PackError
from dashboard.knowledge.library import load_library
from scripts import make_reference_docs


def test_reference_docs_are_current():
    """No page is out of date; `python scripts/make_reference_docs.py` mends it."""
    assert make_reference_docs.stale() == []


def test_reference_docs_notice_an_old_page(tmp_path, monkeypatch, capsys):
    """A page that differs, or is not there, is named and fails the check."""
    monkeypatch.setattr(make_reference_docs, "FOLDER", tmp_path)
    assert make_reference_docs.main(["--check"]) == 1
    assert make_reference_docs.main([]) == 0
    assert make_reference_docs.main(["--check"]) == 0
    (tmp_path / "regimens.md").write_text("old", encoding="utf-8")
    assert make_reference_docs.stale() == ["regimens.md"]
    assert "docs/reference/features.md is out of date" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["features.md", "regimens.md", "evidence.md"])
def test_reference_docs_mention_every_part(name):
    """Every feature, regimen and trial of every pack stands on its page."""
    page = make_reference_docs.pages()[name]
    for pack in make_reference_docs.load_library().packs:
        wanted = {
            "features.md": [f"`{feature.id}`" for feature in pack.features],
            "regimens.md": [f"`{regimen.id}`" for regimen in pack.regimens],
            "evidence.md": [arm.trial for arm in (*pack.arms, *pack.early_arms)],
        }[name]
        assert [part for part in wanted if part not in page] == []


HOW_TO = make_reference_docs.ROOT / "docs" / "how-to" / "add-a-cancer.md"


def test_how_to_add_a_cancer_shows_a_pack_that_loads(tmp_path):
    """The files shown in the manual are a sound pack as they stand."""
    pack = tmp_path / "thymoma"
    pack.mkdir()
    shown = re.findall(r"^```\w+ (\S+)\n(.*?)^```", HOW_TO.read_text(), re.DOTALL | re.MULTILINE)
    assert [name for name, _ in shown] == ["disease.toml", "regimens.toml", "arms.csv"]
    for name, text in shown:
        (pack / name).write_text(text, encoding="utf-8")
    added = load_library([tmp_path]).pack("thymoma")
    assert [regimen.id for regimen in added.regimens] == [
        "carboplatin-paclitaxel",
        "best-supportive-care",
    ]


def test_how_to_add_a_cancer_shows_the_real_words_of_a_mistake(tmp_path):
    """The mistake shown in the manual is told in the words the product uses."""
    text = HOW_TO.read_text()
    pack = tmp_path / "thymoma"
    pack.mkdir()
    for name, content in re.findall(r"^```\w+ (\S+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        (pack / name).write_text(content.replace('== carcinoma"', '== carcinome"'))
    with pytest.raises(PackError) as refused:
        load_library([tmp_path])
    assert str(refused.value) in text
