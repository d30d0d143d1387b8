"""Which regimens are open to a patient, shown with the reason for each.

A verdict is a symbol and a word; the reason names the conditions that decided it, in English, with
the patient's own value. Every condition that was judged can be unfolded beneath. Nothing here
ranks: regimens stand in the pack's order within each verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from components.charts.markup import Markup, element, join
from components.charts.values import value_text
from components.charts.verdicts import MOST_REASONS, holding, label_of, listed, reasons, said
from components.widgets.panels import Tone, chip, disclosure, figures, source_note
from components.widgets.tables import Column, table
from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Judgement, Part, RegimenVerdict
from dashboard.knowledge.rules import (
    Answer,
    Clause,
    ClauseVerdict,
    Facts,
    Value,
    parse,
)
from dashboard.knowledge.schema import DiseasePack

WORDS = {
    Answer.YES: (Tone.GOOD, "Eligible"),
    Answer.UNKNOWN: (Tone.UNKNOWN, "Undecided"),
    Answer.NO: (Tone.CLOSED, "Not eligible"),
}
ORDER = (Answer.YES, Answer.UNKNOWN, Answer.NO)
_PARTS = {
    Part.ELIGIBILITY: "Eligible when",
    Part.LINE: "Line of treatment",
    Part.CONTRAINDICATION: "Contraindicated when",
    Part.CAUTION: "Caution when",
    Part.PREFERENCE: "Favoured when",
}
_CLAUSE_MARKS = {
    ClauseVerdict.MET: ("\N{CHECK MARK}", "holds"),
    ClauseVerdict.NOT_MET: ("\N{EN DASH}", "does not hold"),
    ClauseVerdict.UNKNOWN: ("?", "unknown"),
}


def verdict_figures(judgement: Judgement) -> Markup:
    """How many regimens are open, undecided and closed."""
    answers = [verdict.answer for verdict in judgement.regimens]
    return figures(*[(str(answers.count(answer)), WORDS[answer][1].lower()) for answer in ORDER])


def choose_verdicts(judgement: Judgement, *, key: str) -> list[Answer]:
    """Which verdicts to list, each with its count; what is closed is listed when asked for."""
    answers = [verdict.answer for verdict in judgement.regimens]
    picked = st.pills(
        "Verdicts listed",
        ORDER,
        selection_mode="multi",
        default=[Answer.YES, Answer.UNKNOWN],
        format_func=lambda answer: f"{WORDS[answer][1]} ({answers.count(answer)})",
        key=key,
        label_visibility="collapsed",
        wrap=True,
    )
    return list(picked)


def verdict_table(
    judgement: Judgement, pack: DiseasePack, facts: Facts, answers: Iterable[Answer]
) -> Markup:
    """One row for each regimen with one of these answers: verdict, reason, flags."""
    wanted = [answer for answer in ORDER if answer in set(answers)]
    verdicts = [v for answer in wanted for v in judgement.regimens if v.answer is answer]
    known = judgement.known(facts)
    rows = [_row(verdict, pack, known) for verdict in verdicts]
    columns = (Column("Regimen", width="32%"), Column("Verdict", width="9rem"), Column("Why"))
    caption = f"Regimens for {pack.label.lower()}, judged by the pack's rules"
    return table(caption, columns, rows, quiet=True)


def deciding_list(judgement: Judgement, pack: DiseasePack, most: int = 6) -> Markup:
    """The unknown facts that would settle most open questions, with how many each settles."""
    facts = judgement.deciding[:most]
    if not facts:
        return element("p", _nothing_decides(judgement))
    widest = max((len(fact.regimens) for fact in facts), default=1)
    items = [
        element(
            "li",
            element("span", label_of(fact.feature, pack)),
            element("span", _settles(len(fact.regimens)), class_="cc-muted cc-small"),
            element(
                "span", style=f"width:{100 * len(fact.regimens) / widest:.0f}%", class_="cc-bar"
            ),
        )
        for fact in facts
    ]
    return element("ol", *items, class_="cc-deciding")


def inferred_list(judgement: Judgement, pack: DiseasePack) -> Markup:
    """What follows from the facts at hand and was judged by as well, folded away; each with why."""
    if not judgement.inferred:
        return join([])
    items = [
        element("li", _follows(one.feature, one.value, one.because, pack))
        for one in judgement.inferred
    ]
    count = len(items)
    title = "1 fact follows from these" if count == 1 else f"{count} facts follow from these"
    return disclosure(title, element("ul", *items))


def _follows(name: str, value: Value, because: Iterable[str], pack: DiseasePack) -> str:
    feature = pack.vocabulary.get(name)
    text = value_text(feature, value) if feature else str(value)
    return f"{label_of(name, pack)}: {text}, from {listed([label_of(b, pack) for b in because])}"


def verdict_chip(verdict: RegimenVerdict) -> Markup:
    """The verdict as symbol and word; a contraindication that holds is said as such."""
    if verdict.applies(Part.CONTRAINDICATION):
        return chip(Tone.ALERT, "Contraindicated")
    return chip(*WORDS[verdict.answer])


def _row(verdict: RegimenVerdict, pack: DiseasePack, facts: Facts) -> Sequence[Markup | str]:
    regimen = pack.regimen(verdict.regimen)
    how = ", ".join(
        part
        for part in (
            regimen.route.replace("none", ""),
            f"cycle of {regimen.cycle_days} days" if regimen.cycle_days else "",
            "comparator in trials" if regimen.comparator_only else "",
        )
        if part
    )
    name = join([regimen.label, element("div", how, class_="cc-muted cc-small cc-light")])
    return (name, verdict_chip(verdict), _why(verdict, pack, facts))


def _why(verdict: RegimenVerdict, pack: DiseasePack, facts: Facts) -> Markup:
    rules = eligibility.rules_of(pack)[verdict.regimen]
    why = [] if verdict.answer is Answer.YES else reasons(verdict, pack, facts)
    lines = [element("div", reason) for reason in why[:MOST_REASONS]]
    if verdict.answer is not Answer.NO:
        cautions = holding(rules[Part.CAUTION], pack, facts)
        lines += [_flag(Tone.CAUTION, "Caution", text) for text in cautions]
        favours = holding(rules[Part.PREFERENCE], pack, facts)
        lines += [_flag(Tone.PLAIN, "Favoured by the rules", text) for text in favours]
    judged = disclosure("All conditions", _conditions(verdict, pack, facts))
    return join([*lines, judged])


def _flag(tone: Tone, word: str, text: str) -> Markup:
    return element("div", chip(tone, word), f" {text}", class_="cc-flag")


def _conditions(verdict: RegimenVerdict, pack: DiseasePack, facts: Facts) -> Markup:
    regimen = pack.regimen(verdict.regimen)
    groups = []
    for part, judged in verdict.parts.items():
        if judged.clauses:
            items = [element("li", *_clause(clause, pack, facts)) for clause in judged.clauses]
            groups += [element("div", _PARTS[part], class_="cc-part"), element("ul", *items)]
    if regimen.contraindications:
        groups.append(element("p", f"As published: {regimen.contraindications}", class_="cc-small"))
    doses = "; ".join(f"{drug.name} {drug.dose}".strip() for drug in regimen.drugs)
    groups += [element("p", doses, class_="cc-small"), source_note(regimen.source)]
    return join(groups)


def _clause(clause: Clause, pack: DiseasePack, facts: Facts) -> tuple[Markup, str, Markup]:
    symbol, word = _CLAUSE_MARKS[clause.verdict]
    condition = said(parse(clause.text, pack.vocabulary), pack, facts)
    return element("span", symbol, aria_hidden="true"), f" {condition}: ", element("em", word)


def _nothing_decides(judgement: Judgement) -> str:
    if any(verdict.answer is Answer.UNKNOWN for verdict in judgement.regimens):
        return "No single fact would decide; several are missing together."
    return "Every regimen is decided with the facts at hand."


def _settles(count: int) -> str:
    return f"{count} regimen{'s' if count != 1 else ''}"
