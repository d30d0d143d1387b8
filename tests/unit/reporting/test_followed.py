"""What became of a decision in the full report: month by month, nothing left out, texts masked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from dashboard.meeting.follow_up import CarriedOut, Entry, FollowUp, Status
from dashboard.reporting.board_report import compose, compose_summary
from dashboard.reporting.document import Heading
from dashboard.reporting.followed import CAPTION, TITLE, for_release
from tests.unit.reporting.cases import a_case

AT = datetime(2026, 9, 1, tzinfo=UTC)
FIRST = Entry(
    3, date(2026, 9, 1), "Dr Noor", AT, CarriedOut.PARTLY, ("wish", "toxicity"), "docetaxel", "PR",
    3, "numb hands", 60.0, Status.STABLE, "asked for a break",
)  # fmt: skip
SECOND = Entry(6, date(2026, 12, 1), "Dr Kim", AT, status=Status.LOST)
HELD = FollowUp("k1", "P-7", date(2026, 6, 1), entries=(FIRST, SECOND))


def test_report_tells_what_became_of_the_decision():
    """Every entry with who entered it; what is not known says so."""
    (table,) = [t for t in compose(a_case(followed=HELD)).tables if t.caption == CAPTION]
    assert table.rows == (
        ("3", "2026-09-01", "Partly: Patient's wish; Toxicity, Docetaxel", "PR",
         "grade 3: numb hands", "60", "Alive, without progression", "asked for a break (Dr Noor)"),
        ("6", "2026-12-01", "Not known", "not known", "not known", "\N{EM DASH}",
         "Lost to follow-up", "(Dr Kim)"),
    )  # fmt: skip


def test_report_is_silent_while_nothing_is_entered():
    """No heading over nothing, and the one page has no room for it."""
    empty = replace(HELD, entries=())
    for document in (
        compose(a_case()), compose(a_case(followed=empty)), compose_summary(a_case(followed=HELD)),
    ):  # fmt: skip
        assert Heading(TITLE) not in document.blocks


def test_released_follow_up_has_no_identifiers_in_its_texts():
    """What was typed is masked; who entered it stays."""
    named = "Mr Miller, MRN 4711223, called"
    told = str(for_release(replace(HELD, entries=(replace(FIRST, words=named, toxicity=named),))))
    assert "Miller" not in told
    assert "4711223" not in told
    assert "Dr Noor" in told
