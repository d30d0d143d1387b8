"""Words in a course of treatment that say that it was no course: none, planned, declined, placebo.

A column of earlier treatments also holds that there were none, that one is planned or was refused,
and which arms of a trial were compared. None of that was given. What says 'nothing' counts as an
empty cell; what says 'not given' is left out and listed, because the board may want to know; where
it is open whether something was given, or what, one question is asked. Words that are the name of a
regimen ("best supportive care / placebo") never come here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from dashboard.records.mapping import name_key
from dashboard.records.outcomes import RESPONSES
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.wording import shown
from dashboard.records.words import meaning_of_unknown, word_key


class Told(StrEnum):
    """What the words of a course tell."""

    GIVEN = "given"
    NOTHING = "nothing"  # an empty cell in words
    UNNAMED = "unnamed"  # something was given; what, is not said
    NOT_GIVEN = "not given"  # planned, declined, cancelled
    OPEN = "open"  # arms of a trial, a placebo, or given in part


_NOTHING = frozenset(
    {"none", "no", "nil", "0", "false", "nothing", "notreatment", "untreated", "notherapy"}
    | {"nopriortreatment", "nopriortherapy", "noprevioustreatment", "nopriorsystemictherapy"}
    | {"nosystemictherapy", "treatmentnaive", "therapynaive", "naive", "chemonaive", "nonegiven"}
    | {"never", "keine", "keinetherapie", "aucun", "aucune", "ninguno", "ninguna"}
)
_UNNAMED = frozenset({"yes", "y", "1", "true", "ja", "oui", "si"})
_NO_INFORMATION = frozenset({"not known", "not available", "not applicable", "not recorded"})
_NOT_GIVEN = re.compile(
    r"\b(?:planned|plan (?:for|to)|scheduled|to (?:start|begin)|will (?:start|receive|begin)"
    r"|intended|proposed|consider(?:ed|ing)|discussed|offered|recommended|awaiting|awaited|pending"
    r"|declin(?:ed|es)|refus(?:ed|es|al)|not (?:given|started|done|received|eligible|indicated)"
    r"|never (?:given|started|received)|withheld|cancelled|canceled|contraindicated"
    r"|ineligible|on hold|geplant|abgelehnt|nicht gegeben)\b",
    re.IGNORECASE,
)
# Words that speak of something given beside what was planned or refused.
_GIVEN_IN_PART = re.compile(
    r"\b(?:after|stopped|discontinued|completed|cycles?|until|progress(?:ed|ion)|then|received)\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(r"\b(?:vs|versus)\b|\bplacebo\b", re.IGNORECASE)
_RESPONSE_CODES = {
    word_key(word): code for code, words in RESPONSES.items() for word in (code, *words)
}


def told_by(text: str) -> Told:
    """What the words of a course of treatment tell."""
    plain = " ".join(text.split())
    meaning, key = meaning_of_unknown(plain), name_key(plain)
    if not key or key in _NOTHING or meaning in _NO_INFORMATION:
        return Told.NOTHING
    if key in _UNNAMED:
        return Told.UNNAMED
    refused = meaning or _NOT_GIVEN.search(plain)
    if _COMPARISON.search(plain) or (refused and _GIVEN_IN_PART.search(plain)):
        return Told.OPEN
    return Told.NOT_GIVEN if refused else Told.GIVEN


def about_course(text: str, told: Told, where: Where, patient: str) -> Finding:
    """What is said of words that are no course of treatment."""
    spoken, name = shown(text), shown(where.field)
    rest = "It is not counted as a course of treatment; everything else was read."
    if told is Told.OPEN:
        return Finding(
            Severity.QUESTION,
            "treatment-unclear",
            f"{name}: does '{spoken}' say what this patient was given?",
            where,
            value=spoken,
            expected="the treatment the patient has had, alone",
            fix="Choose an answer, or write the treatment that was given.",
            rest=rest,
            patient=patient,
            key=course_key(text),
            choices=(
                Choice(f"Yes, {spoken} was given", answer="given"),
                Choice("No, it was not given", answer="not-given"),
            ),
        )
    named = told is Told.NOT_GIVEN
    what = "a treatment that was not given" if named else "no name of a treatment"
    return Finding(
        Severity.WARNING,
        "treatment-not-given" if named else "treatment-unnamed",
        f"{name}: '{spoken}' was read as {what}.",
        where,
        value=spoken,
        expected="the name of a treatment the patient has had",
        fix="Nothing is to be done if that is right; otherwise write the treatment alone.",
        rest=rest,
        patient=patient,
    )


def course_key(text: str) -> str:
    """The key under which it is answered whether these words name a course that was given."""
    return f"course:{' '.join(text.split())}"


def settled(text: str, answers: Mapping[str, str]) -> Told:
    """What the words tell, with what was answered about them."""
    told = told_by(text)
    if told is Told.OPEN:
        return {"given": Told.GIVEN, "not-given": Told.NOTHING}.get(
            answers.get(course_key(text), ""), told
        )
    return told


def response_code(text: str) -> str | None:
    """The RECIST code of a best response; empty for one not known, None for another word."""
    plain = text.strip()
    if not plain or (meaning_of_unknown(plain) and word_key(plain) not in _RESPONSE_CODES):
        return ""
    return _RESPONSE_CODES.get(word_key(plain))
