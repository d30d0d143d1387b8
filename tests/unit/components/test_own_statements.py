"""What a hospital's guidelines and CIViC's items look like: verdict, source, both sides."""

from dataclasses import replace

from components.widgets import own_statements as shown
from dashboard.answers.evidence import Citation
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
    CivicItems,
    EvidenceItem,
    GuidelineVerdict,
    Statement,
)

HOLDS = Statement("PD-L1 of at least 50%", "yes", (), (), "I A", "I-B", "<b>why</b>")
HELD = GuidelineVerdict(
    "Our board", "3", "2026-03", CONSISTENT, (HOLDS,), False, (), "own work",
    Citation("Our board, version 3, 2026-03", "10.1/x"),
)  # fmt: skip
ITEM = EvidenceItem(
    "7", "EGFR L858R", EXACT, "Lung cancer", "Osimertinib", ("osimertinib",), "predictive", "A",
    "Supports", "Sensitivity/Response", SUPPORTS, "word " * 100, "4", "accepted", False,
    "2025-01-01", Citation("CIViC EID7: Somebody", "PMID 1"), "CIViC, CC0 1.0",
)  # fmt: skip


def test_a_verdict_says_whose_it_is_and_why():
    """Guideline, version, date, terms, strength, tier, reason; letters stay letters."""
    text = str(shown.guideline_table([HELD]))
    for words in ("Our board", "version 3, 2026-03", "own work", "I A", "ESCAT I-B", "10.1/x"):
        assert words in text
    assert "&lt;b&gt;why" in text
    assert "no recommendation" in text
    assert "12 months old" not in text


def test_what_fails_or_is_not_known_is_named():
    """Not consistent, open and not covered each say why; old and superseded ones are marked."""
    fails = Statement("PD-L1 of at least 50%", "no", (), ("PD-L1 below 50%",), "I A", "", "")
    lacks = Statement("PD-L1 of at least 50%", "unknown", ("PD-L1",), (), "I A", "", "")
    text = str(
        shown.guideline_table(
            [
                replace(HELD, verdict=NOT_CONSISTENT, statements=(fails,), is_old=True),
                replace(HELD, verdict=OPEN, statements=(lacks,), superseded=("2 (2024)",)),
                replace(HELD, verdict=NOT_COVERED, statements=(), source=Citation("x")),
            ]
        )
    )
    assert "not so here: PD-L1 below 50%" in text
    assert "not known: PD-L1" in text
    assert "does not name this regimen" in text
    assert "more than 12 months old" in text
    assert "older and not asked: 2 (2024)" in text
    assert "I A" not in text


def test_versions_without_an_order_are_named():
    """Beside the guideline, with what to do."""
    tied = replace(
        HELD, version="3a (2026) or 3b (2026)", date="", verdict=OPEN, statements=(),
        tied=("3a (2026)", "3b (2026)"),
    )  # fmt: skip
    text = str(shown.guideline_table([tied]))
    assert "newest cannot be told from dates and numbers: 3a (2026) and 3b (2026)" in text
    assert "version 3a (2026) or 3b (2026); may be used" in text


def test_an_overview_has_a_verdict_of_each_guideline():
    """With the hospital's own tier where its row holds."""
    silent = replace(HELD, guideline="Silent", verdict=NOT_COVERED, statements=())
    other = replace(HELD, guideline="Other", statements=())
    text = str(shown.verdict_cell([HELD, other, silent]))
    assert "Our board 3, ESCAT I-B" in text
    assert "Other 3" in text
    assert "Silent" not in text
    assert NOT_COVERED in str(shown.verdict_cell([silent]))


def test_items_for_and_against_stand_side_by_side():
    """In one row of two columns; what speaks of other drugs unfolds."""
    against = replace(ITEM, id="8", bearing=AGAINST, match=WIDER, flagged=True, rating="")
    other = replace(ITEM, id="9", bearing=OTHER, therapies="", regimens=(), reviewed="")
    text = str(shown.items_table(CivicItems((ITEM, against, other)), "osimertinib"))
    assert text.index("Supports (1)") < text.index("Speaks against (1)")
    assert "as far as known" in text
    assert "flagged by CIViC" in text
    assert "1 more item about this patient" in text
    assert "…" in text
    assert "4 of 5 stars" in text


def test_without_items_of_the_regimen_the_others_are_listed():
    """The most telling forty; the rest is left to the search."""
    many = [replace(ITEM, id=str(number)) for number in range(45)]
    text = str(shown.items_table(CivicItems(tuple(many)), "gefitinib"))
    assert "No item names a change of this patient and just these drugs." in text
    assert "and 5 more: search" in text


def test_what_was_not_judged_is_counted_beside_the_table():
    """It is never said that no item names a change while profiles were not read."""
    text = str(shown.items_table(CivicItems((), ("CD274 Expression", "X OR Y")), "gefitinib"))
    assert "No item names a change of this patient" not in text
    assert "No item among those that could be judged names a change" in text
    assert "2 profiles of this tumour not judged" in text
    assert "CD274 Expression" in text


def test_an_item_without_a_status_says_so():
    """Only a status of CIViC stands unsaid."""
    words = "not said whether CIViC accepted it"
    silent = replace(ITEM, status="")
    assert words in str(shown.items_table(CivicItems((silent,)), "osimertinib"))
    assert words not in str(shown.items_table(CivicItems((ITEM,)), "osimertinib"))
