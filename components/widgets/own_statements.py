"""What the hospital's own guideline tables and CIViC's items say of a regimen for this patient.

A verdict names whose table it is, its version and date, and the rule that decided; a tier that the
hospital gives stands with its reason. Items that support stand beside those that speak against;
every item keeps its level, direction, source and terms. Nothing here says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

import streamlit as st

from components.charts.markup import Markup, element, join
from components.widgets import panels
from components.widgets.evidence import source_cell
from components.widgets.panels import Tone, chip
from components.widgets.tables import Cell, Column, table
from dashboard.answers.own_evidence import (
    AGAINST,
    CONSISTENT,
    EXACT,
    NOT_CONSISTENT,
    NOT_COVERED,
    OPEN,
    SUPPORTS,
    CivicItems,
    EvidenceItem,
    GuidelineVerdict,
    Statement,
)
from dashboard.records.wording import counted

VERDICTS: Mapping[str, Tone] = {
    CONSISTENT: Tone.GOOD,
    NOT_CONSISTENT: Tone.CAUTION,
    OPEN: Tone.UNKNOWN,
    NOT_COVERED: Tone.PLAIN,
}
_STATEMENT_LETTERS = 260
_MOST_OTHERS = 40


def show(verdicts: Sequence[GuidelineVerdict], items: CivicItems, regimen: str) -> None:
    """Both under their headings, each only where the hospital added any."""
    if verdicts:
        st.header("Your hospital's guidelines", anchor=False)
        panels.show(guideline_table(verdicts))
    if items.found or items.unread:
        st.header("Items of CIViC on this patient's changes", anchor=False)
        panels.show(items_table(items, regimen))


def verdict_cells(said: Mapping[str, Sequence[GuidelineVerdict]]) -> dict[str, Markup]:
    """By regimen, the verdicts on it; nothing where there is no guideline of this tumour."""
    return {name: verdict_cell(held) for name, held in said.items() if held}


def guideline_table(verdicts: Sequence[GuidelineVerdict]) -> Markup:
    """One line for each guideline: consistent or not, by which of its rows, and whose it is."""
    columns = (
        Column("Guideline", width="30%"), Column("This regimen", width="11rem"),
        Column("Strength", width="14%"), Column("Why"),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [_whose(each), chip(VERDICTS[each.verdict], each.verdict), _strength(each), _why(each)]
        for each in verdicts
    ]
    caption = (
        "Your hospital's own guideline tables, the newest version of each. That a regimen is "
        "consistent with one is no recommendation"
    )
    return table(caption, columns, rows)


def verdict_cell(verdicts: Sequence[GuidelineVerdict]) -> Markup:
    """The verdict of each guideline that names a regimen, for a line of an overview."""
    covering = [each for each in verdicts if each.verdict != NOT_COVERED]
    lines: list[Markup | str] = []
    for each in covering:
        tiers = f", ESCAT {', '.join(t.escat for t in each.tiers)}" if each.tiers else ""
        lines += [chip(VERDICTS[each.verdict], each.verdict), element("br")]
        lines += [_small(f"{each.guideline} {each.version}{tiers}"), element("br")]
    return join(lines[:-1]) if covering else _small(NOT_COVERED)


def items_table(items: CivicItems, regimen: str) -> Markup:
    """CIViC's items about the patient's changes under a regimen: for it, beside against it."""
    own = [each for each in items.found if regimen in each.regimens]
    sides = [[each for each in own if each.bearing == way] for way in (SUPPORTS, AGAINST)]
    rows: list[list[Cell]] = [
        [_item(each) if each else "" for each in pair] for pair in zip_longest(*sides)
    ]
    columns = (
        Column(f"Supports ({len(sides[0])})", width="50%"),
        Column(f"Speaks against ({len(sides[1])})"),
    )
    caption = (
        "Evidence items of CIViC (CC0) that name a change of this patient and just these drugs; "
        "A is the surest level, E the least"
    )
    drawn = table(caption, columns, rows, quiet=True) if rows else _none(items.unread)
    shown = {each.id for side in sides for each in side}
    others = _others([each for each in items.found if each.id not in shown])
    return join([drawn, *_not_judged(items.unread), *others])


def _not_judged(profiles: Sequence[str]) -> list[Markup]:
    """How many profiles of this tumour nothing was said of, and which."""
    if not profiles:
        return []
    title = (
        f"{counted(len(profiles), 'profile')} of this tumour not judged: not to be read, or of "
        "something that a record of this tumour does not hold"
    )
    lines = [element("li", name) for name in profiles]
    return [panels.disclosure(title, element("ul", *lines, class_="cc-list"))]


def _others(items: Sequence[EvidenceItem]) -> list[Markup]:
    """Items about the patient's changes that speak of other drugs or of something else."""
    if not items:
        return []
    lines: list[Markup | str] = [element("li", _item(each)) for each in items[:_MOST_OTHERS]]
    more = len(items) - len(lines)
    if more > 0:
        lines.append(element("li", f"and {more} more: search for the gene under Search"))
    count = "1 more item" if len(items) == 1 else f"{len(items)} more items"
    title = f"{count} about this patient's changes: other drugs, outlook, diagnosis"
    return [panels.disclosure(title, element("ul", *lines, class_="cc-list"))]


def _none(unread: Sequence[str]) -> Markup:
    judged = " among those that could be judged" if unread else ""
    return panels.empty_state(
        f"No item{judged} names a change of this patient and just these drugs.",
        "Items about other drugs are listed below where there are any.",
    )


def _item(each: EvidenceItem) -> Markup:
    facts = [
        each.disease, each.kind, f"{each.direction} {each.significance}".strip().lower(),
        f"{each.rating} of 5 stars" if each.rating else "",
        "" if each.match == EXACT else "as far as known: the record names only a wider change",
        "flagged by CIViC's editors" if each.flagged else "",
        "" if each.status else "not said whether CIViC accepted it",
        f"last reviewed {each.reviewed}" if each.reviewed else "",
    ]  # fmt: skip
    text = each.statement
    short = text if len(text) <= _STATEMENT_LETTERS else f"{text[:_STATEMENT_LETTERS].rstrip()}…"
    drugs = f" and {each.therapies}" if each.therapies else ""
    return join(
        [
            chip(Tone.CAUTION if each.flagged else Tone.PLAIN, f"level {each.level}"), " ",
            element("strong", f"{each.profile}{drugs}"), element("br"),
            _small(" \N{MIDDLE DOT} ".join(fact for fact in facts if fact)), element("br"),
            element("span", short, class_="cc-small cc-light"), element("br"),
            source_cell(each.source),
        ]
    )  # fmt: skip


def _whose(each: GuidelineVerdict) -> Markup:
    lines: list[Markup | str] = [
        each.guideline, element("br"),
        _small(f"version {', '.join(filter(None, (each.version, each.date)))}; "
               f"may be used: {each.terms}"),
    ]  # fmt: skip
    if each.is_old:
        lines += [element("br"), chip(Tone.CAUTION, "more than 12 months old")]
    if each.superseded:
        older = ", ".join(each.superseded)
        lines += [element("br"), _small(f"older and not asked: {older}")]
    return join(lines)


def _strength(each: GuidelineVerdict) -> Markup:
    if each.verdict != CONSISTENT:
        return Markup("")
    graded = [text for s in each.deciding for text in (s.strength, s.escat and f"ESCAT {s.escat}")]
    return join(_lines([text for text in graded if text]))


def _why(each: GuidelineVerdict) -> Markup:
    if each.tied:
        told = " and ".join(each.tied)
        return _small(
            f"which version is the newest cannot be told from dates and numbers: {told}; take away "
            "the older one, or add it with its day"
        )
    if each.verdict == NOT_COVERED:
        return _small("the table does not name this regimen")
    lines = _lines([_because(statement) for statement in each.deciding])
    if each.source.reference:
        lines += [element("br"), source_cell(replace(each.source, text="Reference of the table"))]
    return join(lines)


def _because(statement: Statement) -> str:
    note = f" {statement.note}" if statement.note else ""
    if statement.failed:
        return f"for {statement.criteria}; not so here: {', '.join(statement.failed)}.{note}"
    if statement.lacking:
        return f"for {statement.criteria}; not known: {', '.join(statement.lacking)}.{note}"
    return f"for {statement.criteria}.{note}"


def _lines(texts: Sequence[str]) -> list[Markup | str]:
    found: list[Markup | str] = []
    for text in dict.fromkeys(texts):
        found += [element("br"), text] if found else [text]
    return found


def _small(text: str) -> Markup:
    return element("span", text, class_="cc-small cc-muted cc-light")
