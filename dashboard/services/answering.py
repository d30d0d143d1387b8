"""Answers to a file's questions, given before the questions were seen: tried, refused, applied.

On a page an answer is chosen from a question that stands there; on the command line it is typed. A
misspelt key or value would be passed over in silence, and the file read as if nobody had answered.
So the file is read without answers first, each layer of questions takes the answers meant for it,
and what fits no question is refused with the open questions and what they accept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dashboard.foundation.errors import UserError
from dashboard.knowledge.rules import near
from dashboard.records.fixes import Edit, answered
from dashboard.records.numerals import read_numeral
from dashboard.records.patient import Choice, Finding, Intake
from dashboard.records.questions import with_keys

Read = Callable[[Mapping[str, str]], Intake]
Check = Callable[[Intake], tuple[Finding, ...]]
_MOST_NAMED = 12
_LIMIT = "uln:"


def read_with_answers(
    read: Read, given: Mapping[str, str], allowed: Callable[[str], bool]
) -> Intake:
    """The file read with every answer given, each to a question that the file really asks.

    Args:
        read: reads the file with some answers.
        given: the answers, by key.
        allowed: whether a word names something that a column may mean.

    Raises:
        UserError: an answer to no question, or one that its question does not accept.
    """
    used: dict[str, str] = {}
    intake = read(used)
    while fresh := {f.key: f for f in intake.findings if f.key in given and f.key not in used}:
        for key, finding in fresh.items():
            _refuse_value(finding, given[key], allowed)
        used |= {key: given[key] for key in fresh}
        intake = read(used)
    unknown = [key for key in given if key not in used]
    if unknown:
        raise _no_such_question(unknown[0], intake)
    return intake


def check_with_answers(
    intake: Intake, check: Check, answers: Mapping[str, str], *, edit: Edit
) -> Intake:
    """The intake with everything found of it, each question with a key, answers applied.

    An answer changes a patient, so the checks are run again until no answer is left; what was
    answered is not asked again.
    """
    intake = replace(intake, findings=with_keys(intake.findings, intake.patients))
    intake, settled = apply_to_patients(intake, answers, edit)
    while True:
        read = {finding.key for finding in intake.findings if finding.key}
        found = with_keys((*intake.findings, *check(intake)), intake.patients)
        fresh = tuple(f for f in found if f.key in read or f.key not in settled)
        checked = replace(intake, findings=fresh)
        after, more = apply_to_patients(checked, answers, edit)
        if not more:
            return checked
        settled |= more
        intake = replace(intake, patients=after.patients)


def apply_to_patients(
    intake: Intake, answers: Mapping[str, str], edit: Edit
) -> tuple[Intake, frozenset[str]]:
    """Apply the answers that set values of one patient and need no new reading.

    Returns:
        The intake without the findings that were answered, and the keys of these.
    """
    patients = {patient.id: patient for patient in intake.patients}
    open_ones: list[Finding] = []
    settled: set[str] = set()
    for finding in intake.findings:
        choice = _chosen(finding, answers.get(finding.key, "")) if finding.key else None
        if choice is None or not choice.values or finding.patient not in patients:
            open_ones.append(finding)
            continue
        settled.add(finding.key)
        patient = patients[finding.patient]
        patients[finding.patient] = answered(patient, finding, choice, edit)
    changed = tuple(patients[patient.id] for patient in intake.patients)
    return replace(intake, patients=changed, findings=tuple(open_ones)), frozenset(settled)


def _chosen(finding: Finding, answer: str) -> Choice | None:
    fitting = (c for c in finding.choices if answer and answer in {c.answer, c.label})
    return next(fitting, None)


def _refuse_value(finding: Finding, answer: str, allowed: Callable[[str], bool]) -> None:
    if _chosen(finding, answer) is not None:
        return
    kind, _, _ = finding.key.partition(":")
    number = read_numeral(answer).number
    if finding.key.startswith(_LIMIT) and number is not None and number > 0:
        return
    if (kind == "header" and answer.isdigit()) or (kind == "column" and allowed(answer)):
        return
    words = _accepted(finding)
    raise UserError(
        f"{answer!r} is no answer to the question {finding.key}: {finding.message}",
        hint=near(answer, tuple(words.split(", "))) or f"It accepts: {words}.",
        code="answer-unknown",
    )


def _accepted(finding: Finding) -> str:
    words = [choice.answer or choice.label for choice in finding.choices]
    if finding.key.startswith(_LIMIT):
        words.insert(0, "the upper limit of normal as a number")
    return ", ".join(words)


def _no_such_question(key: str, intake: Intake) -> UserError:
    asked = {f.key: f for f in intake.findings if f.key}
    named = [f"{name} ({_accepted(finding)})" for name, finding in asked.items()]
    rest = len(named) - _MOST_NAMED
    more = f"; and {rest} more" if rest > 0 else ""
    open_ones = f"Open questions: {'; '.join(named[:_MOST_NAMED])}{more}."
    return UserError(
        f"The file asks no question called {key}.",
        hint=" ".join(
            filter(None, (near(key, tuple(asked)), open_ones if asked else "It asks nothing."))
        ),
        code="answer-unknown",
    )
