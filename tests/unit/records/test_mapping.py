"""Columns: what a header means, with which unit, how surely, and what a site confirmed."""

import json
from pathlib import Path

import pytest

from dashboard.foundation.errors import UserError
from dashboard.knowledge.library import load_library
from dashboard.records.mapping import (
    MappingMemory,
    Match,
    NameIndex,
    header_fingerprint,
    recognised,
    suggest,
    unit_stated_by,
)
from dashboard.records.units import UnitTable
from tests.builders import tiny_pack

TABLE = UnitTable.standard()
LIBRARY = load_library()
NSCLC = NameIndex(LIBRARY.pack("nsclc").features, TABLE)


@pytest.mark.parametrize(
    ("header", "feature", "unit"),
    [
        (" Age ", "age_years", ""),
        ("PD L1 TPS", "pd_l1_tps", ""),
        ("PDL1_TPS(%)", "pd_l1_tps", "%"),
        ("pdl1_tps_pct", "pd_l1_tps", "%"),
        ("albumin_g_l", "albumin_g_dl", "g/L"),
        ("Albumin, g/L", "albumin_g_dl", "g/L"),
        ("Albumin [g/dL]", "albumin_g_dl", "g/dL"),
        ("ALBUMIN", "albumin_g_dl", ""),
        ("LDH (U/L)", "ldh_x_uln", "U/L"),
        ("ldh_u_l", "ldh_x_uln", "U/L"),
        ("ldh_x_uln", "ldh_x_uln", "xULN"),
        ("months_since_last_ici", "months_since_last_ici", "months"),
        ("1751-7", "albumin_g_dl", ""),
        ("hemoglobin_g_dl", "haemoglobin_g_dl", "g/dL"),
    ],
)
def test_mapping_names_state_feature_and_unit(header: str, feature: str, unit: str) -> None:
    """Case, blanks, punctuation, aliases and codes; the unit in brackets or at the end."""
    assert NSCLC.named(header)[feature] == unit


def test_mapping_unknown_names_mean_nothing() -> None:
    """A column nobody knows is not forced onto a feature."""
    assert NSCLC.named("tumour_marker_x") == {}
    assert NSCLC.near("xyz") == ()
    assert NSCLC.near("albumine") == ("albumin_g_dl",)


@pytest.mark.parametrize("header", ["LDH ULN", "ldh_upper_limit", "ULN LDH"])
def test_mapping_knows_columns_of_laboratory_limits(header: str) -> None:
    """The limit beside a measured value is told from the value."""
    assert NSCLC.limit_of(header) == ("ldh_x_uln", "")
    assert NSCLC.limit_of("albumin") == ("", "")


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_mapping_finds_the_names_that_concord_writes(disease: str) -> None:
    """Every feature's own column name leads back to it, with its unit where it has others."""
    index = NameIndex(LIBRARY.pack(disease).features, TABLE)
    for feature in LIBRARY.pack(disease).features:
        named = index.named(unit_stated_by(feature, index))
        assert feature.id in named
        if TABLE.quantity(feature) is not None:
            assert named[feature.id] == feature.unit


def match_of(header: str, cells: list[str], confirmed: dict[str, str] | None = None) -> Match:
    """What one column is taken for."""
    rows = [[cell] for cell in cells]
    return suggest([header], rows, NSCLC, confirmed or {}).matches[0]


def test_mapping_several_features_of_one_name_are_settled_by_content() -> None:
    """'brain mets' with yes and no is the flag, with levels the category, with both a question."""
    words = match_of("brain mets", ["treated stable", "active untreated"])
    assert (words.feature, words.reason) == ("brain_metastasis_status", "content")
    unclear = match_of("brain mets", [])
    assert unclear.feature == ""
    assert set(unclear.candidates) == {"brain_metastases", "brain_metastasis_status"}


def test_mapping_near_misses_are_suggested_and_never_taken() -> None:
    """A misspelt name is a candidate, nothing more."""
    match = match_of("albumn", ["3.9"])
    assert (match.feature, match.candidates) == ("", ("albumin_g_dl",))


@pytest.mark.parametrize(
    ("answer", "role", "feature"),
    [
        ("albumin_g_dl", "", "albumin_g_dl"),
        ("notes", "notes", ""),
        ("@id", "id", ""),
        ("ignore", "ignore", ""),
        ("no such feature", "ignore", ""),
    ],
)
def test_mapping_what_the_user_confirms_counts(answer: str, role: str, feature: str) -> None:
    """A confirmed column is what the user said, with the unit its name states."""
    match = match_of("weird", ["3.9"], {"weird": answer})
    assert (match.role, match.feature, match.reason) == (role, feature, "confirmed")


def test_mapping_roles_and_courses_are_known_by_name() -> None:
    """Ids, dates, outcomes, earlier courses and other outcomes have names of their own."""
    header = ["Patient ID", "dob", "OS_MONTHS", "course_1_label", "outcome: dfs", "gene", "x"]
    columns = suggest(header, [], NSCLC, {})
    assert [m.role for m in columns.matches] == [
        "id", "born_on", "os_months", "course", "outcome", "gene", "",
    ]  # fmt: skip
    assert columns.place("id") == 0
    assert columns.place("died_on") is None


def test_mapping_counts_the_names_it_recognises() -> None:
    """How much of a row looks like a header."""
    assert recognised(["id", "age", "", "60", "zzz"], NSCLC) == 2


# ---- memory


def test_mapping_memory_gives_back_what_was_confirmed(tmp_path: Path) -> None:
    """By header, whatever the order of its columns; other headers know nothing."""
    memory = MappingMemory(tmp_path / "new")
    memory.remember(["id", "Alb"], {"Alb": "albumin_g_dl"})
    assert memory.recall(["ALB", " id"]) == {"Alb": "albumin_g_dl"}
    assert memory.recall(["id"]) == {}
    assert header_fingerprint(["a", "b"]) == header_fingerprint(["B", "A "])


def test_mapping_memory_replaces_a_file_as_a_whole(tmp_path: Path) -> None:
    """No half-written file is left, and the last answer counts."""
    memory = MappingMemory(tmp_path)
    memory.remember(["id"], {"id": "@id"})
    memory.remember(["id"], {"id": "ignore"})
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]
    assert memory.recall(["id"]) == {"id": "ignore"}


def test_mapping_memory_that_is_damaged_says_so(tmp_path: Path) -> None:
    """A file that cannot be read names itself and the cure."""
    memory = MappingMemory(tmp_path)
    memory.remember(["id"], {})
    path = next(tmp_path.iterdir())
    for content in ("{", json.dumps({"columns": [1]}), json.dumps([])):
        path.write_text(content)
        with pytest.raises(UserError, match=r"remembered columns .* cannot be read"):
            memory.recall(["id"])


def test_mapping_of_a_small_pack_needs_no_codes() -> None:
    """A pack without codes is mapped by ids, labels and aliases."""
    index = NameIndex(tiny_pack().features, TABLE)
    assert index.named("C-reactive protein (mg/dL)") == {"crp_mg_l": "mg/dL"}
    assert index.named("liver mets") == {"liver_metastases": ""}
