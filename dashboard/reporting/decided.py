"""What the board decided, as papers say it: the choice, why, on which conditions, who disagreed.

Only what is preliminary or final stands on paper, with its state; a final record with its hash,
what was added to it, and what the tool showed at the time. A record that is not what was closed is
said to be so, and nothing of it is shown. The patient is told the choice alone, in `letter`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from components.charts import readings
from dashboard.meeting.choices import REASONS, Choice, Said
from dashboard.meeting.decision import Decision, Option, View
from dashboard.meeting.tool_layer import ToolLayer
from dashboard.records.free_text import masked
from dashboard.records.wording import counted
from dashboard.reporting.document import Block, Callout, Heading, Table

TITLE, CAPTION = "What the board decided", "Decision record"
_NONE = "\N{EM DASH}"
TOOL = "What the tool showed when the board decided"
OPTIONS, CLINICIAN, PRESENT = "Options considered", "Treating clinician", "Present"
ADDED = "Added"
_AT_LENGTH = frozenset({OPTIONS, CLINICIAN, PRESENT, "Stands to the forecast"})
_FIGURES: Mapping[str, str] = {
    readings.RESPONSE: "Response", readings.PFS: "Without progression", readings.OS: "Alive",
    readings.PROGRESSION: "Progression", readings.TOXICITY: "Severe toxicity",
}  # fmt: skip
_LONGEST_IN_BRIEF = 240  # characters
_HASH = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b")
_TAMPERED = (
    "The decision that is kept for this patient is not what was closed: its content does not fit "
    "its hash. Nothing of it is shown here."
)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision for paper, with whether it is what was closed."""

    record: Decision
    intact: bool = True

    @property
    def is_for_the_patient(self) -> bool:
        """Whether the patient may read it: final, and they agreed to the use of predictions."""
        final = self.intact and self.record.is_locked
        return final and self.record.prediction_consent is Said.YES

    def choice(self, labels: Mapping[str, str]) -> str:
        """What was chosen: `Regimen: Docetaxel`."""
        return _chosen(self.record.board, labels)

    def reasons(self) -> str:
        """Why, by code and in words."""
        return _reasons(self.record.board) or _NONE

    def clinician(self, labels: Mapping[str, str]) -> str:
        """What the treating clinician thought, and why."""
        view = self.record.clinician
        chosen = "" if view.choice is None else _chosen(view, labels)
        return ": ".join(part for part in (chosen, _reasons(view)) if part) or _NONE

    def dissent(self) -> str:
        """Who disagreed, and why."""
        return "\n".join(f"{one.member}: {one.words}" for one in self.record.dissent) or "none"

    def carried(self) -> str:
        """Who carries it out, and until when."""
        until = f"until {self.record.due.isoformat()}" if self.record.due else ""
        return ", ".join(part for part in (self.record.responsible, until) if part) or _NONE

    def state(self) -> str:
        """How far it is; a final one with who closed it, when, and its hash."""
        record, lock = self.record, self.record.lock
        if lock is None:
            since = f" since {record.decided_on.isoformat()}" if record.decided_on else ""
            return f"{str(record.state).capitalize()}{since}: it may still change"
        return f"Final, closed by {lock.by} on {lock.at:%Y-%m-%d %H:%M} UTC, SHA-256 {lock.sha256}"

    def rows(self, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Everything the record says, part by part; what nobody said has a dash."""
        record = self.record
        weighed = "\n".join(_option(one, labels) for one in record.options)
        added = tuple(
            (f"{ADDED} {one.at:%Y-%m-%d}", f"{one.words} ({one.by}; SHA-256 {one.sha256})")
            for one in record.addenda
        )
        return (
            ("Decision of the board", self.choice(labels)),
            ("Reasons", self.reasons()),
            ("Stands to the forecast", str(record.board.stance or _NONE)),
            ("Conditions", record.conditions or "none"),
            ("Responsible, due date", self.carried()),
            ("Dissent", self.dissent()),
            ("Trial offered", str(record.trial_offered)),
            (OPTIONS, weighed or _NONE),
            (CLINICIAN, self.clinician(labels)),
            (PRESENT, ", ".join(record.present) or _NONE),
            ("State", self.state()),
            *added,
        )


def for_release(record: Decision) -> Decision:
    """The record with identifiers in its texts masked; members of the board keep their names."""
    board = replace(record.board, words=_masked(record.board.words))
    return replace(
        record,
        board=board,
        clinician=replace(record.clinician, words=_masked(record.clinician.words)),
        options=tuple(replace(one, words=_masked(one.words)) for one in record.options),
        dissent=tuple(replace(one, words=_masked(one.words)) for one in record.dissent),
        conditions=_masked(record.conditions),
        addenda=tuple(replace(one, words=_masked(one.words)) for one in record.addenda),
    )


def _masked(words: str) -> str:
    return masked(words)[0]


def in_full(decided: Decided | None, labels: Mapping[str, str]) -> Iterator[Block]:
    """The whole decision under a heading; nothing without one."""
    if decided is not None:
        yield from _blocks(decided, decided.rows(labels))
        if decided.intact and decided.record.tool is not None:
            yield _tool(decided.record.tool)


def in_brief(decided: Decided | None, labels: Mapping[str, str]) -> Iterator[Block]:
    """The decision without what was weighed, and without what nobody said."""
    if decided is not None:
        yield from _blocks(decided, brief_rows(decided, labels))


def brief_rows(decided: Decided, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What of a decision stands on one page: each part short, the last addition alone."""
    said = [row for row in decided.rows(labels) if row[0] not in _AT_LENGTH]
    added = [row for row in said if row[0].startswith(ADDED)]
    rows = [row for row in said if row not in added[:-1] and row[1] not in (_NONE, "none")]
    if len(added) > 1:
        more = counted(len(added) - 1, "more addition")
        rows.append((f"{ADDED} before", f"{more}, in the full report"))
    return tuple((title, _cut(words)) for title, words in rows)


def _cut(words: str) -> str:
    """What stands in the full report at length, cut with a word: a hash, a long text."""
    mark = "\N{HORIZONTAL ELLIPSIS}"
    words = _HASH.sub(rf"\1{mark}", words)
    if len(words) <= _LONGEST_IN_BRIEF:
        return words
    return f"{shortened(words, _LONGEST_IN_BRIEF)}{mark} (whole in the full report)"


def shortened(words: str, most: int) -> str:
    """The beginning of a text, up to the end of a word."""
    kept = words[:most]
    return (kept.rsplit(maxsplit=1)[0] if " " in kept.strip() else kept).rstrip(" ;,")


def _blocks(decided: Decided, rows: tuple[tuple[str, str], ...]) -> Iterator[Block]:
    yield Heading(TITLE)
    if not decided.intact:
        yield Callout(_TAMPERED)
        return
    yield Table(f"{CAPTION}, {decided.record.state}", ("What", "Said"), rows, widths=(1.0, 4.0))


def _tool(tool: ToolLayer) -> Table:
    """The figures that were on the screen, which may be of an earlier model than this report."""
    rows = []
    for row in tool.rows:
        shown = [row.figures.get(name) for name in _FIGURES]
        rows.append((row.label, row.verdict, *[one.text if one else _NONE for one in shown]))
    return Table(
        f"{TOOL}, {tool.taken_at:%Y-%m-%d %H:%M} UTC, at {tool.months} months, with 90% intervals",
        ("Regimen", "By the rules", *_FIGURES.values()),
        tuple(rows),
        widths=(2.0, 1.0, *[1.2] * len(_FIGURES)),
        note=f"Model {tool.bundle}. {tool.source}",
    )


def _reasons(view: View) -> str:
    told = [REASONS.get(code, code) for code in view.reasons]
    return "; ".join([*told, *([view.words] if view.words else [])])


def _chosen(view: View, labels: Mapping[str, str]) -> str:
    if view.choice is None:
        return _NONE
    name = labels.get(view.regimen, view.regimen)
    if view.choice is Choice.REGIMEN:
        return name
    return f"{str(view.choice).capitalize()}{f': {name}' if name else ''}"


def _option(option: Option, labels: Mapping[str, str]) -> str:
    name = labels.get(option.name, option.name.capitalize())
    return f"{name} ({option.words})" if option.words else name
