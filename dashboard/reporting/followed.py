"""What became of the board's decision, as the full report says it: every entry, month by month.

An entry that a later one of the same month took the place of stays in the list, as it does on the
screen. Texts leave as they were masked; nobody's figures are judged here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dashboard.meeting.follow_up import WHY_NOT, Entry, FollowUp
from dashboard.records.free_text import masked
from dashboard.reporting.document import Block, Heading, Table

TITLE, CAPTION = "What became of it", "Follow-up of the decision"
_NONE = "\N{EM DASH}"


def for_release(held: FollowUp) -> FollowUp:
    """The follow-up with identifiers in its texts masked."""
    return replace(
        held,
        entries=tuple(
            replace(one, words=masked(one.words)[0], toxicity=masked(one.toxicity)[0])
            for one in held.entries
        ),
    )


def in_full(held: FollowUp | None, labels: dict[str, str]) -> Iterator[Block]:
    """Every entry under a heading; nothing while there is none."""
    if held is None or not held.entries:
        return
    yield Heading(TITLE)
    yield Table(
        CAPTION,
        ("Month", "Known on", "Carried out", "Best response", "Toxicity", "Wellbeing", "Status",
         "Remarks"),
        tuple(_row(one, labels) for one in held.entries),
        widths=(0.8, 1.1, 1.5, 1.0, 1.6, 1.1, 1.4, 2.0),
        note="Month: after the decision. Wellbeing: the patient's own, 0 to 100. A later entry of "
        "the same month corrects an earlier one.",
    )  # fmt: skip


def _row(one: Entry, labels: dict[str, str]) -> tuple[str, ...]:
    return (
        f"{one.month}",
        one.on.isoformat(),
        _carried(one, labels),
        one.response or "not known",
        _harm(one),
        _NONE if one.wellbeing is None else f"{one.wellbeing:g}",
        str(one.status).capitalize(),
        f"{one.words} ({one.by})" if one.words else f"({one.by})",
    )


def _carried(one: Entry, labels: dict[str, str]) -> str:
    why = "; ".join(WHY_NOT.get(code, code) for code in one.why_not)
    given = f", {labels.get(one.given, one.given)}" if one.given else ""
    return f"{str(one.carried_out).capitalize()}{f': {why}' if why else ''}{given}"


def _harm(one: Entry) -> str:
    grade = "" if one.worst_grade is None else f"grade {one.worst_grade}"
    return ": ".join(filter(None, (grade, one.toxicity))) or "not known"
