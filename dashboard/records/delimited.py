"""Records of a delimited text, strictly: every field where it stands, every quote closed.

Written by hand rather than with the csv module, which cannot say where a quote was opened, resumes
inside a broken one, and limits fields for the whole process. Lines without a quote, nearly all of
them, are split in one step. What the records mean is for `tables`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.wording import shown

Record = tuple[int, list[str]]
Recogniser = Callable[[Sequence[str]], int]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE = 60
_LINE_END = re.compile(r"(\r\n|\r|\n)")
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<mark>.)"?\s*', re.IGNORECASE)
_CONTEXT = 80


@dataclass(slots=True)
class Split:
    """The records of a text; `broken` where a quote makes the file unreadable."""

    records: list[Record] = field(default_factory=list)
    delimiter: str = ","
    findings: list[Finding] = field(default_factory=list)
    broken: bool = False


def split_text(text: str, file: str, answers: Mapping[str, str], recognise: Recogniser) -> Split:
    """The records of a text, with its delimiter found out.

    Args:
        text: the decoded file.
        file: its name, for findings.
        answers: `delimiter` holds the answer to an earlier question.
        recognise: how many of these cells are names that a header would hold.
    """
    lines, ends = _lines(text)
    skipped, marked = _preamble(lines)
    delimiter = answers.get("delimiter") or marked or ""
    split = Split()
    if not delimiter:
        delimiter, question = find_delimiter(lines[skipped:], recognise, file)
        if question is not None:
            return Split(findings=[question], broken=True)
    split.delimiter = delimiter
    _note_preamble(split, skipped, marked, file)
    _read_records(lines, skipped, split, file, ends)
    return split


def find_delimiter(
    lines: Sequence[str], recognise: Recogniser, file: str
) -> tuple[str, Finding | None]:
    """The delimiter that the first lines agree on; a question where two fit equally well."""
    sample = [line for line in lines[: _SAMPLE * 2] if line.strip()][:_SAMPLE]
    scores = {mark: _score(sample, mark, recognise) for mark in DELIMITERS}
    ranked = sorted(scores, key=lambda mark: scores[mark], reverse=True)
    best, second = ranked[0], ranked[1]
    if scores[best] == scores[second] and scores[best][2] > 1:
        return "", _ask_for_delimiter(sample[0], (best, second), file)
    return best if scores[best][2] > 1 else ",", None


def _lines(text: str) -> tuple[list[str], list[str] | None]:
    """The lines of a text and, where quoted texts may hold line ends of other kinds, the ends."""
    plain = text.removeprefix("\ufeff").rstrip("\x1a")
    ends: list[str] | None = None
    if "\r" not in plain:
        lines = plain.split("\n")
    elif '"' not in plain:
        lines = plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    else:
        pieces = _LINE_END.split(plain)
        lines, ends = pieces[0::2], pieces[1::2]
    while lines and not lines[-1].strip():
        lines.pop()
    return lines, ends


def _preamble(lines: Sequence[str]) -> tuple[int, str]:
    """How many lines stand before the table (a sep= line, comments), and the mark of sep=."""
    skipped, mark = 0, ""
    if lines and (found := _SEPARATOR_LINE.fullmatch(lines[0])) is not None:
        skipped, mark = 1, found["mark"]
    while skipped < len(lines) and lines[skipped].startswith("#"):
        skipped += 1
    return skipped, mark


def _note_preamble(split: Split, skipped: int, marked: str, file: str) -> None:
    comments = skipped - bool(marked)
    if comments:
        split.findings.append(
            Finding(
                Severity.NOTE,
                "comments-skipped",
                f"{comments} comment line{'s' if comments > 1 else ''} above the table skipped.",
                Where(file),
                rest="Everything below was read.",
            )
        )


def _score(sample: Sequence[str], mark: str, recognise: Recogniser) -> tuple[int, float, int]:
    split = Split(delimiter=mark)
    _read_records(list(sample), 0, split, "")
    records = [cells for _, cells in split.records]
    if not records:
        return 0, 0.0, 0
    width, count = Counter(map(len, records)).most_common(1)[0]
    known = max(recognise(cells) for cells in records[:5]) if width > 1 else 0
    return known, (count / len(sample) if width > 1 else 0.0), width


def _ask_for_delimiter(line: str, marks: tuple[str, str], file: str) -> Finding:
    choices = tuple(
        Choice(f"{DELIMITERS[mark]}: {shown(' | '.join(line.split(mark)), 60)}", answer=mark)
        for mark in marks
    )
    return Finding(
        Severity.QUESTION,
        "delimiter",
        f"The columns may be separated by {DELIMITERS[marks[0]]} or {DELIMITERS[marks[1]]}.",
        Where(file, 1),
        value=shown(line),
        expected="one separator for the whole file",
        fix="Choose how the first line is divided.",
        rest="Nothing is imported until this is answered.",
        key="delimiter",
        choices=choices,
    )


def _read_records(
    lines: list[str], start: int, split: Split, file: str, ends: list[str] | None = None
) -> None:
    mark = split.delimiter
    number = start
    while number < len(lines):
        line = lines[number]
        if '"' not in line:
            split.records.append((number + 1, line.split(mark)))
            number += 1
            continue
        quoted = _Quoted(lines, number, mark, ends)
        quoted.read()
        if not quoted.fault:
            split.records.append((number + 1, quoted.cells))
            number = quoted.line + 1
        elif quoted.line > quoted.opened:
            split.findings.append(_unclosed(quoted, file))
            split.records.clear()
            split.broken = True
            return
        else:
            split.findings.append(_misquoted(quoted, file))
            number += 1


class _Quoted:
    """One record that holds quotes, possibly over several lines."""

    def __init__(self, lines: list[str], start: int, mark: str, ends: list[str] | None) -> None:
        self.lines = lines
        self.ends = ends
        self.mark = mark
        self.line = start
        self.opened = start  # where the quote that is being read was opened
        self.at = 0
        self.cells: list[str] = []
        self.fault = ""

    def read(self) -> None:
        """Read field by field until the record ends or breaks."""
        more = True
        while more and not self.fault:
            text = self.lines[self.line]
            first = self.at
            while first < len(text) and text[first] == " ":
                first += 1
            if text[first : first + 1] == '"':
                self.at = first + 1
                more = self._quoted_field()
            else:
                more = self._plain_field()

    def _plain_field(self) -> bool:
        text = self.lines[self.line]
        end = text.find(self.mark, self.at)
        if end < 0:
            self.cells.append(text[self.at :])
            return False
        self.cells.append(text[self.at : end])
        self.at = end + 1
        return True

    def _quoted_field(self) -> bool:
        self.opened = self.line
        parts: list[str] = []
        while True:
            text = self.lines[self.line]
            end = text.find('"', self.at)
            if end < 0:
                end_of_line = self.ends[self.line : self.line + 1] if self.ends else ["\n"]
                parts += (text[self.at :], *end_of_line)
                self.line += 1
                self.at = 0
                if self.line == len(self.lines):
                    self.fault = "never closed"
                    return False
            elif text[end + 1 : end + 2] == '"':
                parts.append(text[self.at : end + 1])
                self.at = end + 2
            else:
                parts.append(text[self.at : end])
                self.cells.append("".join(parts))
                return self._after_quote(end + 1)

    def _after_quote(self, at: int) -> bool:
        text = self.lines[self.line]
        while at < len(text) and text[at] == " " and text[at] != self.mark:
            at += 1
        if at == len(text):
            return False
        if text[at] != self.mark:
            self.fault = f"followed by '{shown(text[at : at + 10])}'"
            return False
        self.at = at + 1
        return True


def _unclosed(quoted: _Quoted, file: str) -> Finding:
    text = quoted.lines[quoted.opened]
    at = max(text.rfind('"', 0, len(text)) - _CONTEXT // 2, 0)
    opened = quoted.opened + 1
    again = (
        ""
        if quoted.line >= len(quoted.lines)
        else f" The next one, on line {quoted.line + 1}, is {quoted.fault}."
    )
    return Finding(
        Severity.ERROR,
        "quote-unclosed",
        f"A quote opened on line {opened} is never closed.{again}",
        Where(file, opened),
        value=shown(text[at : at + _CONTEXT]),
        expected="every quotation mark in pairs; a mark inside a text doubled",
        fix=f"Close or remove the quotation mark on line {opened}.",
        rest="Nothing was imported, because the rest of the file cannot be told apart.",
    )


def _misquoted(quoted: _Quoted, file: str) -> Finding:
    line = quoted.line + 1
    return Finding(
        Severity.ERROR,
        "quote-misplaced",
        f"A closing quote on line {line} is {quoted.fault} instead of a separator.",
        Where(file, line),
        value=shown(quoted.lines[quoted.line]),
        expected="a separator after a closing quote; a mark inside a text doubled",
        fix="Double the quotation marks inside the text, or remove them.",
        rest=f"Row {line} was left out; the other rows were read.",
    )
