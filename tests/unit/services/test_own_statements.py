"""What a hospital's guideline tables and CIViC's items say of one patient."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.answers.own_evidence import (
    AGAINST,
    CONSISTENT,
    EXACT,
    NOT_CONSISTENT,
    NOT_COVERED,
    OPEN,
    OTHER,
    SUPPORTS,
    WIDER,
)
from dashboard.records.patient import Patient
from dashboard.services import evidence, own_evidence, own_statements
from dashboard.services.installation import open_context
from tests.unit.records.civic import civic, item

HEAD = "guideline,version,date,terms,disease,regimen,criteria,strength,escat,note,reference\n"
REGIMEN = "pembrolizumab-mono"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """An installation, opened once."""
    folder = tmp_path_factory.mktemp("installation")
    return open_context({"CONCORD_DATA_DIR": str(folder)}, audit=lambda _: None)


@pytest.fixture
def context(opened, tmp_path):
    """The same with a folder of its own, whose clock stands in June 2026."""
    settings = replace(opened.settings, data_dir=tmp_path)
    return replace(opened, settings=settings, clock=lambda: datetime(2026, 6, 1, tzinfo=UTC))


def patient(**facts):
    """Somebody with lung cancer."""
    return Patient("p", "nsclc", facts)


def add(context, text, name="own.csv"):
    """A file, looked at and kept; nothing may speak against it."""
    looked = own_evidence.look(context, text.encode(), name)
    assert looked.findings == ()
    own_evidence.keep(context, looked)
    return looked


def said(context, facts, regimen=REGIMEN):
    """What the guidelines say of one regimen."""
    return own_statements.guidelines(context, patient(**facts), [regimen])[regimen]


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"pd_l1_tps": 60.0, "alk_fusion": False}, CONSISTENT),
        ({"pd_l1_tps": 20.0, "alk_fusion": False}, NOT_CONSISTENT),
        ({"pd_l1_tps": 60.0, "alk_fusion": True}, NOT_CONSISTENT),
        ({"pd_l1_tps": 60.0}, OPEN),
        ({}, OPEN),
    ],
)
def test_a_statement_decides_by_its_rule(context, facts, verdict):
    """Consistent, not consistent, or open while a fact is missing; always with source and why."""
    row = f"Our board,3,2026-03,own work,nsclc,{REGIMEN},pd_l1_tps >= 50 and alk_fusion == false"
    add(context, f"{HEAD}{row},strong,,,\n")
    (held,) = said(context, facts)
    assert held.verdict == verdict
    assert held.source.text == "Our board, version 3, 2026-03"
    (statement,) = held.deciding
    assert "PD-L1" in statement.criteria
    assert bool(statement.lacking) == (verdict == OPEN)
    assert bool(statement.failed) == (verdict == NOT_CONSISTENT)
    assert not held.is_old


def test_one_statement_that_holds_is_enough(context):
    """Of several rows of a regimen those that hold are told, with their strength."""
    rows = (
        f"Our board,3,2026-03,own work,nsclc,{REGIMEN},pd_l1_tps >= 50,strong,,,\n"
        f"Our board,3,2026-03,own work,nsclc,{REGIMEN},pd_l1_tps >= 1,weak,,,\n"
    )
    add(context, HEAD + rows)
    (held,) = said(context, {"pd_l1_tps": 20.0})
    assert held.verdict == CONSISTENT
    assert [statement.strength for statement in held.deciding] == ["weak"]
    (other,) = said(context, {"pd_l1_tps": 20.0}, "osimertinib")
    assert (other.verdict, other.statements) == (NOT_COVERED, ())


def test_a_statement_without_rule_holds_for_everyone(context):
    """An empty rule is one."""
    add(context, f"{HEAD}Our board,3,2026-03,own work,nsclc,{REGIMEN},,,,,\n")
    (held,) = said(context, {})
    assert (held.verdict, held.deciding[0].criteria) == (CONSISTENT, "everyone")


def test_the_newest_version_is_asked_and_older_ones_are_named(context):
    """Two guidelines each have their say; nothing is averaged."""
    add(context, f"{HEAD}Our board,2,2024,own work,nsclc,{REGIMEN},pd_l1_tps >= 90,,,,\n", "a.csv")
    add(context, f"{HEAD}Our board,3,2026-03,own work,nsclc,{REGIMEN},pd_l1_tps >= 50,,,,\n")
    other = f"{HEAD}Other,1,2024-11-30,CC BY,nsclc,{REGIMEN},pd_l1_tps < 50,,,,10.1/x\n"
    add(context, other, "b.csv")
    held = {each.guideline: each for each in said(context, {"pd_l1_tps": 60.0})}
    assert held["Our board"].verdict == CONSISTENT
    assert held["Our board"].superseded == ("2 (2024)",)
    assert held["Other"].verdict == NOT_CONSISTENT
    assert held["Other"].is_old
    assert held["Other"].source.reference == "10.1/x"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (("9", "2026-03"), ("10", "2026-03")),
        (("3", "2026-02"), ("4", "2026")),
        (("4", "2025-12"), ("3", "2026-01-05")),
        (("3", "2026"), ("3.1", "2026-02-01")),
    ],
)
def test_versions_are_ordered_by_date_as_far_as_known_then_by_number(context, older, newer):
    """Version 10 comes after 9, and a year alone says nothing against a month of it."""
    for number, (name, date) in enumerate((newer, older)):
        rule = "pd_l1_tps >= 50" if (name, date) == newer else "pd_l1_tps >= 90"
        row = f"Our board,{name},{date},own work,nsclc,{REGIMEN},{rule},,,,\n"
        add(context, HEAD + row, f"{number}.csv")
    (held,) = said(context, {"pd_l1_tps": 60.0})
    assert (held.version, held.date, held.verdict) == (*newer, CONSISTENT)
    assert held.superseded == (f"{older[0]} ({older[1]})",)


@pytest.mark.parametrize(
    "versions",
    [
        [("3a", "2026"), ("3b", "2026-02")],
        [("spring", "2026-02"), ("3", "2026-02")],
        [("3", "2026-02"), ("3.0", "2026-02")],
        [("4", "2026"), ("3", "2026-02"), ("5", "2026-01")],
    ],
)
def test_versions_that_cannot_be_ordered_are_named_and_none_is_chosen(context, versions):
    """Not by chance, and not by the alphabet: dates that go round in a circle are open too."""
    for name, date in versions:
        row = f"Our board,{name},{date},own work,nsclc,{REGIMEN},,,,,\n"
        add(context, HEAD + row, f"{name}.csv")
    (held,) = said(context, {})
    assert (held.verdict, held.statements) == (OPEN, ())
    assert set(held.tied) == {f"{name} ({date})" for name, date in versions}
    assert " or " in held.source.text


def test_a_corrected_table_takes_the_place_of_the_same_version(context):
    """What the correction left out or changed is gone; taken away, the older one stands again."""
    row = f"Our board,3,2026-03,own work,nsclc,{REGIMEN},"
    add(context, f"{HEAD}{row}pd_l1_tps >= 1,,,,\n{row}ecog_ps <= 1,,,,\n", "wrong.csv")
    add(context, f"{HEAD}{row}pd_l1_tps >= 50,,,,\n", "right.csv")
    facts = {"pd_l1_tps": 20.0, "ecog_ps": "0"}
    (held,) = said(context, facts)
    assert (held.verdict, len(held.statements)) == (NOT_CONSISTENT, 1)
    right = next(a for a in own_evidence.additions(context) if a.name == "right.csv")
    own_evidence.remove(context, right.id)
    (held,) = said(context, facts)
    assert (held.verdict, len(held.statements)) == (CONSISTENT, 2)


def test_a_tier_of_the_hospital_stands_with_its_reason(context):
    """Only where its row holds for the patient."""
    row = "Our board,3,2026-03,own work,nsclc,osimertinib,egfr_mutation == L858R,,II-A,Own series,"
    add(context, f"{HEAD}{row}\n")
    (held,) = said(context, {"egfr_mutation": "L858R"}, "osimertinib")
    assert [(tier.escat, tier.note) for tier in held.tiers] == [("II-A", "Own series")]
    (held,) = said(context, {"egfr_mutation": "none"}, "osimertinib")
    assert held.tiers == ()


def test_a_rule_that_the_pack_has_outgrown_is_open_and_said(context):
    """A pack may lose a name after the table was added; the page stands."""
    add(context, f"{HEAD}Our board,3,2026-03,own work,nsclc,{REGIMEN},pd_l1_tps >= 50,,,,\n")
    (path,) = (context.settings.data_dir / "evidence").glob("*.json")
    content = json.loads(path.read_text())
    content["documents"][0]["details"]["criteria"] = "gone_marker >= 50"
    path.write_text(json.dumps(content))
    (held,) = said(context, {"pd_l1_tps": 60.0})
    assert held.verdict == OPEN
    assert "does not know any more" in held.deciding[0].lacking[0]


def test_guidelines_of_other_tumours_say_nothing(context):
    """Without a table of this tumour no regimen has a verdict."""
    add(context, f"{HEAD}Our board,3,2026-03,own work,melanoma,dabrafenib-trametinib,,,,,\n")
    everything = own_statements.guidelines(context, patient())
    assert set(everything.values()) == {()}
    assert REGIMEN in everything


def test_guidelines_are_found_by_the_search_with_their_terms(context):
    """Their rows are documents like others."""
    add(context, f"{HEAD}Okapi board,3,2026-03,own work,nsclc,{REGIMEN},pd_l1_tps >= 50,A,,,\n")
    (row,) = evidence.search(context, "okapi keytruda").documents
    assert row.facets["kind"] == ("Guideline row",)
    assert "May be used here: own work" in row.source.note
    (listed,) = own_evidence.additions(context)
    assert listed.kind == "Guideline row"


# -- CIViC -----------------------------------------------------------------------------------------


def items(context, facts, *rows):
    """What CIViC's items say of somebody."""
    return judged(context, facts, *rows).found


def judged(context, facts, *rows):
    """The same, with what was not judged."""
    looked = own_evidence.look(context, civic(*rows).encode(), "civic.tsv")
    own_evidence.keep(context, looked)
    return own_statements.items(context, patient(**facts))


@pytest.mark.parametrize(
    ("profile", "facts", "match"),
    [
        ("EGFR L858R", {"egfr_mutation": "L858R"}, EXACT),
        ("EGFR L858R", {"egfr_mutation": "exon19del"}, None),
        ("EGFR L858R", {}, None),
        ("EGFR Exon 19 Deletion", {"egfr_mutation": "exon19del"}, EXACT),
        ("EGFR E746_A750del", {"egfr_mutation": "exon19del"}, WIDER),
        ("EML4::ALK Fusion", {"alk_fusion": True}, WIDER),
        ("KIF5B::ALK Fusion", {"alk_fusion": True}, WIDER),
        ("v::ALK Fusion", {"alk_fusion": True}, EXACT),
        ("v::ALK Fusion", {"alk_fusion": False}, None),
        ("v::NTRK1 Fusion", {"ntrk_fusion": True}, WIDER),
        ("KRAS Wildtype", {"kras_mutation": "none"}, EXACT),
        ("KRAS Wild Type", {"kras_mutation": "G12C"}, None),
        ("KRAS Wildtype", {"kras_g12c": False}, None),
        ("ALK Fusion", {"alk_fusion": False}, None),
        ("KRAS G12C", {"kras_mutation": "G12C"}, EXACT),
        ("KRAS G12", {"kras_mutation": "G12C"}, EXACT),
        ("KRAS Mutation", {"kras_mutation": "G12C"}, EXACT),
        ("KRAS Mutation", {"kras_mutation": "none"}, None),
        ("EGFR L858R AND EGFR T790M", {"egfr_mutation": "L858R", "egfr_t790m": True}, EXACT),
        ("EGFR L858R AND EGFR T790M", {"egfr_mutation": "L858R", "egfr_t790m": False}, None),
        ("EGFR L858R OR EGFR T790M", {"egfr_mutation": "L858R", "egfr_t790m": True}, None),
        ("EGFR L858R AND NOT EGFR T790M", {"egfr_mutation": "L858R"}, None),
        ("CD274 Expression", {"pd_l1_tps": 60.0}, None),
    ],
)
def test_items_are_found_by_the_patients_changes(context, profile, facts, match):
    """Exactly, within what the record knows, or not; what cannot be judged is not claimed."""
    found = items(context, facts, item(molecular_profile=profile))
    assert [each.match for each in found] == ([match] if match else [])


@pytest.mark.parametrize(
    ("profile", "unread"),
    [
        ("ERBB2 Overexpression", True),
        ("CD274 Expression", True),
        ("EGFR L858R OR EGFR T790M", True),
        ("ALK Mutation", True),
        ("KIT D816V", True),
        ("EGFR L858R AND CD274 Expression", True),
        ("EGFR Exon 19 Deletion AND CD274 Expression", False),
        ("ZZZZ Wildtype", True),
        ("ALK Wildtype", True),
        ("KRAS Wildtype", False),
        ("v::ALK Fusion", False),
        ("EGFR L858R", False),
    ],
)
def test_profiles_that_were_not_judged_are_named(context, profile, unread):
    """What cannot be read is not what the patient does not have; one part that fails decides."""
    found = judged(context, {"egfr_mutation": "L858R"}, item(molecular_profile=profile))
    assert found.unread == ((profile,) if unread else ())


def test_an_item_without_a_status_is_not_called_accepted(context):
    """It is told with that; one that was only submitted is not told."""
    facts = {"egfr_mutation": "L858R"}
    found = items(context, facts, item("1", evidence_status=""), item("2"))
    assert {each.id: each.status for each in found} == {"1": "", "2": "accepted"}


@pytest.mark.parametrize(
    ("cells", "bearing"),
    [
        ({}, SUPPORTS),
        ({"evidence_direction": "Does Not Support"}, AGAINST),
        ({"significance": "Resistance"}, AGAINST),
        ({"significance": "Resistance", "evidence_direction": "Does Not Support"}, OTHER),
        ({"evidence_type": "Prognostic", "significance": "Poor Outcome"}, OTHER),
        ({"evidence_direction": ""}, OTHER),
    ],
)
def test_items_support_or_speak_against(context, cells, bearing):
    """By direction and significance together; denied resistance is no support."""
    (found,) = items(context, {"egfr_mutation": "L858R"}, item(**cells))
    assert found.bearing == bearing


@pytest.mark.parametrize(
    ("cells", "regimens"),
    [
        ({}, {"osimertinib"}),
        ({"therapies": "Tagrisso"}, {"osimertinib"}),
        ({"therapies": ""}, set()),
        (
            {"therapies": "Gefitinib,Osimertinib", "therapy_interaction_type": "Sequential"},
            set(),
        ),
        (
            {"therapies": "Gefitinib,Osimertinib", "therapy_interaction_type": "Combination"},
            set(),
        ),
    ],
)
def test_items_name_the_regimens_of_just_their_drugs(context, cells, regimens):
    """Brand names too; drugs one after the other are no regimen."""
    (found,) = items(context, {"egfr_mutation": "L858R"}, item(**cells))
    assert set(found.regimens) == regimens


def test_drugs_that_stand_for_each_other_are_each_alone(context):
    """Substitutes are no combination."""
    cells = {"therapies": "Dacomitinib,Osimertinib", "therapy_interaction_type": "Substitutes"}
    (found,) = items(context, {"egfr_mutation": "L858R"}, item(**cells))
    assert "osimertinib" in found.regimens


def test_only_accepted_items_of_this_tumour_are_told_the_surest_first(context):
    """Submitted items, other tumours and unknown diseases are searched, not told."""
    found = items(
        context, {"egfr_mutation": "L858R"},
        item("1", evidence_level="C"), item("2", evidence_level="B", is_flagged="true"),
        item("3", evidence_status="submitted"), item("4", disease="Colorectal Cancer"),
        item("5", disease="Solid Tumor"),
    )  # fmt: skip
    assert [each.id for each in found] == ["2", "1"]
    assert (found[0].flagged, found[1].flagged) == (True, False)
    assert found[0].terms == "CIViC, CC0 1.0"
    assert found[0].source.links[0][1] == "https://pubmed.ncbi.nlm.nih.gov/123/"
    assert evidence.search(context, "osimertinib", {"kind": ["CIViC item"]}).total == 5


def test_a_later_download_takes_the_place_of_an_older_one(context):
    """An item added again counts as it stood last; what was removed gives the older back."""
    facts = {"egfr_mutation": "L858R"}
    items(context, facts, item("1", evidence_level="C"))
    later = replace(context, clock=lambda: datetime(2026, 7, 1, tzinfo=UTC))
    (found,) = items(later, facts, item("1", evidence_level="B"))
    assert found.level == "B"
    own_evidence.remove(later, own_evidence.additions(later)[0].id)
    (found,) = own_statements.items(later, patient(**facts)).found
    assert found.level == "C"
