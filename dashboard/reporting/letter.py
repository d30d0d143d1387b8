"""The letter to the patient: what may happen with each treatment, and what is not known.

Benefit and harm stand side by side as hundreds of people, on one scale. The sentences are data, one
file for each language (`letters/`); nothing is put together from halves of sentences. The numbers
are those of the screen in whole people. It never says which treatment to take. How plain it has to
be, and by which formula, stands in `readability`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from components.charts import readings
from components.charts.people import People, people_drawing, people_of
from dashboard.answers.forecast import Chance, RegimenForecast, SurvivalCurve
from dashboard.knowledge.rules import Answer
from dashboard.knowledge.schema import Regimen
from dashboard.reporting.board_case import BoardCase
from dashboard.reporting.document import (
    Block,
    Callout,
    Document,
    Frame,
    Heading,
    Listing,
    Panel,
    Panels,
    Paragraph,
)

FOLDER = Path(__file__).with_name("letters")
_MOST_GROUPS = 3
_LETTERS = "ABCDEFGH"


class Language(StrEnum):
    """In which languages there is a letter."""

    EN = "en"
    DE = "de"
    ES = "es"
    FR = "fr"


LANGUAGES: Mapping[Language, str] = {
    Language.EN: "English",
    Language.DE: "Deutsch",
    Language.ES: "Español",
    Language.FR: "Français",
}


@lru_cache(maxsize=len(Language))
def words_of(language: Language) -> Mapping[str, Any]:
    """The sentences of a language by their keys."""
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def compose_letter(case: BoardCase, language: Language, *, patients: int, name: str) -> Document:
    """The whole letter.

    Args:
        case: the same answers as the report is made of.
        language: which language.
        patients: how many the model learnt from.
        name: by which name or pseudonym the patient is spoken of.
    """
    letter = _Letter(case, words_of(language), language)
    words = letter.words
    return Document(
        title=words["title"],
        subtitle=f"{letter.disease}. {words['for_whom'].format(name=name)}",
        made_on=case.made_on,
        synthetic=case.synthetic,
        blocks=tuple(letter.blocks(patients)),
        stamp=case.stamp,
        frame=Frame(
            language=language,
            page_of=words["page_of"],
            made_on=words["date"],
            synthetic=words["synthetic"],
            synthetic_mark=words["synthetic_mark"],
            notice=words["notice"],
            large=True,
        ),
    )


def sentences(document: Document) -> list[str]:
    """What a reader of the letter has to read: everything but headings, names and numbers."""
    said: list[str] = []
    for block in document.blocks:
        match block:
            case Paragraph(text) | Callout(text):
                said.append(text)
            case Listing(items):
                said += items
            case Panels(_, _, notes):
                said += notes
    return said


@dataclass(frozen=True, slots=True)
class _Letter:
    """One case in one language."""

    case: BoardCase
    words: Mapping[str, Any]
    language: Language

    @property
    def disease(self) -> str:
        """The disease in plain words; a pack of a site's own keeps its label."""
        found: str = self.words["diseases"].get(self.case.pack.id, self.case.pack.label)
        return found

    @property
    def has_numbers(self) -> bool:
        """Whether there is a forecast of any treatment."""
        return any(self.case.of(name) for name in self.case.rows)

    def blocks(self, patients: int) -> Iterator[Block]:
        """Everything from top to bottom."""
        words = self.words
        yield from map(Paragraph, words["opening"])
        yield Callout(words["not_advice"])
        if self.has_numbers:
            yield Heading(words["how_title"])
            yield Listing(tuple(words["how"]))
        yield Heading(words["treatments_title"])
        yield Paragraph(words["serious_means"])
        yield from self._whatever()
        for letter, regimen in zip(_LETTERS, self.case.regimens, strict=False):
            yield self._treatment(letter, self.case.pack.regimen(regimen))
        yield from self._decided()
        yield Heading(words["unknown_title"])
        yield Listing(tuple(self._unknown(patients)))
        yield Heading(words["ask_title"])
        yield Listing(tuple(words["ask"]))
        yield Heading(words["whom_title"])
        yield Paragraph(words["whom"])
        yield Callout(words["whom_urgent"])
        yield Paragraph(words["whom_lines"])

    # -- what the board chose ---------------------------------------------------------------------

    def _decided(self) -> Iterator[Block]:
        """What was chosen, once that is final and the patient agreed to the use of predictions."""
        found = self.case.decided
        if found is None or not found.is_for_the_patient or found.record.board.choice is None:
            return
        view, chosen = found.record.board, self.words["chosen"]
        name = self.named(self.case.pack.regimen(view.regimen)) if view.regimen else ""
        yield Heading(self.words["decided_title"])
        yield Paragraph(self.words["decided_met"])
        yield Paragraph(chosen[view.choice].format(name=name))
        if found.record.addenda:
            yield Paragraph(self.words["decided_added"])
        yield Paragraph(self.words["decided_yours"])

    # -- one treatment ---------------------------------------------------------------------------

    def _treatment(self, letter: str, regimen: Regimen) -> Panels:
        found = self.case.of(regimen.id)
        title = f"{letter}. {self.named(regimen)}"
        return Panels(title, self._panels(found) if found else (), tuple(self._notes(regimen.id)))

    def _whatever(self) -> Iterator[Panels]:
        """The one prognosis of a model that knows no treatments."""
        found = self.case.of("")
        if found is not None:
            notes = (self.words["whatever_means"], *self._often(found), *self._unlike(found))
            yield Panels(self.words["whatever"], self._panels(found), notes)

    def _notes(self, regimen: str) -> Iterator[str]:
        """What belongs to the numbers of a treatment, or why there are none."""
        found, verdict = self.case.of(regimen), self.case.judgement.of(regimen).answer
        if found is None:
            yield self.words["no_numbers"]
        else:
            yield from self._often(found)
        if verdict is not Answer.YES:
            yield self.words["rules_no" if verdict is Answer.NO else "rules_unknown"]
        if found is not None:
            yield from self._unlike(found)

    def _unlike(self, found: RegimenForecast) -> Iterator[str]:
        """That few patients of the cohort were like this one."""
        if found.support is not None and not found.support.inside:
            yield self.words["few_like_you"]

    def named(self, regimen: Regimen) -> str:
        """The drugs of a regimen; the ones that may take another's place stand beside it."""
        first = [drug for drug in regimen.drugs if not drug.instead_of]
        told = []
        for drug in first:
            others = [o.name for o in regimen.drugs if o.instead_of == drug.name]
            names = [self._drug(name) for name in (drug.name, *others)]
            told.append(f" {self.words['or']} ".join(names))
        text = " + ".join(told) or regimen.label
        return text[0].upper() + text[1:]

    def _drug(self, name: str) -> str:
        """A drug's own name as the language spells it; German writes it with a capital."""
        for known in (self.words["drugs"], self.words["spelled"]):
            if name in known:
                return str(known[name])
        return name[0].upper() + name[1:] if self.language is Language.DE else name

    def _panels(self, found: RegimenForecast) -> tuple[Panel, ...]:
        months = self.case.horizon_months
        harm = found.toxicities.get(readings.ANY)
        return (
            self._panel(self.words["shrinks"], found.response, self.words["none_learnt"]),
            self._panel(
                self.words["alive"].format(months=f"{months:g}"),
                readings.curve_at(found.os, months),
                self._why_none(found.os),
            ),
            self._panel(self.words["harm"], harm, self.words["none_learnt"], harm=True),
        )

    def _why_none(self, curve: SurvivalCurve | None) -> str:
        if curve is None:
            return str(self.words["none_learnt"])
        return str(self.words["none_so_long"].format(months=f"{float(curve.months[-1]):g}"))

    def _panel(self, title: str, chance: Chance | None, why: str, *, harm: bool = False) -> Panel:
        if chance is None:
            return Panel(title, None, self.words["none"], why)
        people = people_of(chance)
        number, between = self._counted(people), self._between(people)
        alt = self.words["figure_alt"].format(title=title, words=number, range=between)
        return Panel(title, people_drawing(people, alt, harm=harm), number, between)

    def _counted(self, people: People) -> str:
        if people.fewer_than_one:
            return str(self.words["people_under"])
        return str(self.words["people"].format(number=people.middle))

    def _between(self, people: People) -> str:
        return str(self.words["range"].format(low=people.low, high=people.high))

    def _often(self, found: RegimenForecast) -> Iterator[str]:
        """The groups of severe events that are expected most, in people of the same hundred."""
        held = [
            (group, people_of(chance))
            for group, chance in found.toxicities.items()
            if group in self.words["groups"] and group != readings.ANY
        ]
        most = sorted(held, key=lambda item: -item[1].middle)[:_MOST_GROUPS]
        told = [
            self.words["often_one"].format(
                group=self.words["groups"][group],
                number=people.middle,
                low=people.low,
                high=people.high,
            )
            for group, people in most
            if people.middle >= 1
        ]
        if told:
            yield f"{self.words['often']} {self.words['often_next'].join(told)}."

    # -- what is not known -----------------------------------------------------------------------

    def _unknown(self, patients: int) -> Sequence[str]:
        said = list(self.words["unknown"])
        missing = len(self.case.forecast.missing)
        if missing:
            one = "unknown_fact" if missing == 1 else "unknown_facts"
            said.append(self.words[one].format(number=missing))
        if self.has_numbers:
            made_up = "learnt_simulated" if self.case.learnt_from_simulated else "learnt_real"
            said.append(self.words[made_up].format(number=whole_number(patients, self.language)))
        return said


def whole_number(number: int, language: Language) -> str:
    """A count with its thousands parted as the language does it: `6,000`, `6.000`, `6 000`."""
    mark = {"en": ",", "de": ".", "es": ".", "fr": "\N{NO-BREAK SPACE}"}[language]
    return f"{number:,}".replace(",", mark)
