"""The statements on consistency are data that is read, fitted to packs and watched over."""

from __future__ import annotations

import pytest

from dashboard.foundation.errors import PackError
from dashboard.knowledge.consistency import (
    FILE_NAME,
    fit,
    lint,
    load_consistency,
    read_consistency,
    rules_in,
)
from dashboard.knowledge.library import load_library
from dashboard.knowledge.rules import parse
from tests.builders import a_feature, tiny_pack

LIBRARY = load_library()
OWN = """
[[conflicts]]
code = "burden-above-100"
severity = "note"
when = "tmb_mut_mb > 200"
message = "Our own limit."
fix = "Look again."

[[conflicts]]
code = "site-own"
severity = "warning"
when = "ecog_ps >= 3"
message = "Frail."
fix = "Discuss."
"""


def write(folder, text):
    """A consistency file in a folder."""
    path = folder / FILE_NAME
    path.write_text(text, encoding="utf-8")
    return path


def test_every_statement_that_ships_fits_a_pack():
    """A misspelt name or level would silence a statement without a word."""
    assert lint(load_consistency(), LIBRARY.packs) == []


def test_lint_names_a_statement_that_fits_no_pack(tmp_path):
    """With the name that was probably meant, or a hint at the levels."""
    text = OWN.replace("ecog_ps >= 3", "ecog_pss >= 3")
    text += OWN.replace("site-own", "levels").replace("ecog_ps >= 3", "sex == neither")
    (stranger, level) = lint(
        load_consistency().joined(read_consistency(write(tmp_path, text))), LIBRARY.packs
    )
    assert "site-own" in stranger.message
    assert "ecog_ps" in stranger.cure
    assert "levels" in level.message
    assert "levels" in level.cure


def test_statements_say_everything_a_person_needs():
    """Message, cure, and a source for each."""
    consistency = load_consistency()
    statements = [
        *consistency.conflicts, *consistency.exclusive, *consistency.ratios, *consistency.counts
    ]  # fmt: skip
    codes = [statement.code for statement in statements]
    assert len(codes) == len(set(codes))
    for statement in statements:
        assert statement.message.endswith(".")
        assert statement.fix.endswith(".")
        assert statement.source


def test_a_site_may_replace_and_add(tmp_path):
    """A statement of the same code is replaced, another one added; the rest stays."""
    write(tmp_path, OWN)
    shipped, joined = load_consistency(), load_consistency([tmp_path, tmp_path / "absent"])
    by_code = {conflict.code: conflict for conflict in joined.conflicts}
    assert by_code["burden-above-100"].message == "Our own limit."
    assert "site-own" in by_code
    assert len(joined.conflicts) == len(shipped.conflicts) + 1
    assert joined.acquired == shipped.acquired
    assert joined.fingerprint != shipped.fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[conflicts", "This is no TOML"),
        (OWN.replace('"note"', '"loud"'), "severity"),
        (OWN + "colour = 1\n", "colour"),
        (OWN.replace("tmb_mut_mb > 200", "tmb_mut_mb >"), "This is not a rule"),
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path, text, message):
    """With the place and the cure, and nothing of it used."""
    with pytest.raises(PackError, match=message):
        load_consistency([write(tmp_path, text).parent])


def test_statements_are_left_out_where_a_pack_lacks_the_feature():
    """A small pack takes those that speak of what it has."""
    pack = tiny_pack(features=(a_feature("sex"), a_feature("ecog_ps")), regimens=())
    fitted = fit(load_consistency(), pack)
    assert "male-pregnant" in {conflict.statement.code for conflict in fitted.conflicts}
    known = set(fitted.vocabulary)
    for conflict in fitted.conflicts:
        assert conflict.rule.names <= known
    assert fitted.exclusive == ()
    assert fitted.ratios == ()


def test_fit_is_found_once_for_each_pack():
    """Asking again costs nothing; a pack without a fingerprint is not remembered."""
    pack = LIBRARY.packs[0]
    assert fit(load_consistency(), pack) is fit(load_consistency(), pack)
    nameless = pack.model_copy(update={"fingerprint": ""})
    assert fit(load_consistency(), nameless) is not fit(load_consistency(), nameless)


def test_rules_name_facts_in_question_that_exist():
    """Fields and exceptions of a statement are facts of a pack or stand beside."""
    known = {name for pack in LIBRARY.packs for name in fit(load_consistency(), pack).vocabulary}
    for conflict in load_consistency().conflicts:
        assert set(conflict.fields) <= known
        assert set(conflict.unless_known) <= known
    assert all(parse(text).names <= known for _, text in rules_in(load_consistency()))
    assert set(load_consistency().acquired) <= known
