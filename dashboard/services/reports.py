"""The papers about one patient: composed from the answers the pages show, and put into a file.

Nothing is computed for paper alone: rules, forecasts, reasons, trials and scores come from the same
services as the pages ask, so a number on paper is the number on the screen. What leaves has no
identifiers unless somebody says why, and names model, data, pack and program.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.charts import readings
from dashboard.answers.explanation import Attribution, Target
from dashboard.answers.forecast import Forecast
from dashboard.answers.model_card import ModelCard
from dashboard.foundation.errors import NotEnoughEvidence, UserError
from dashboard.foundation.program import program_version
from dashboard.knowledge.eligibility import Judgement
from dashboard.knowledge.matching import match_arms
from dashboard.knowledge.rules import Answer, near
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.case import Decided as State
from dashboard.meeting.follow_up import FollowUp
from dashboard.records.free_text import masked
from dashboard.records.patient import Patient
from dashboard.reporting import followed
from dashboard.reporting.board_case import BoardCase, Tried
from dashboard.reporting.board_report import compose, compose_summary
from dashboard.reporting.decided import Decided, for_release
from dashboard.reporting.document import Document, Form
from dashboard.reporting.kinds import FORMS, LABELS, Kind
from dashboard.reporting.letter import Language, compose_letter
from dashboard.services import (
    board,
    cases,
    concordance,
    consultation,
    decisions,
    explanations,
    follow_up,
    forecasts,
    replays,
    scenarios,
    scores,
)
from dashboard.services.context import Context, Permission
from dashboard.services.errand import Progress
from dashboard.services.population import silent
from dashboard.services.release import released

MOST_REGIMENS = 6
MOST_IN_LETTER = 3  # when nobody chose: more than three options are too much to take home
HORIZON_MONTHS = 12.0
_LONGEST_MONTHS = 120.0
_EXPLAINED = 2  # regimens whose forecast is taken apart in the full report
PICTURED = frozenset({Kind.SUMMARY, Kind.FULL, Kind.LETTER})
FORECAST = frozenset(Kind) - {Kind.CASE}
_FULL = frozenset({Kind.FULL, Kind.SLIDES})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants on paper."""

    kind: Kind = Kind.FULL
    language: Language = Language.EN
    regimens: Sequence[str] = ()  # at most six; see `_chosen` for when none are named
    horizon_months: float = HORIZON_MONTHS
    own: str = ""  # the folder of a hospital's own cohort
    identified: bool = False
    reason: str = ""  # why identifiers stay
    case: str = ""  # the case of the board: what it weighs, and its decision once there is one


def prepare(context: Context, patient: Patient, wish: Wish, *, progress: Progress = silent) -> None:
    """Learn what a paper needs and is not there yet: the model, and its answers to the trials."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("report.prepared", patient.disease, kind=str(wish.kind))
    if wish.kind is Kind.CASE:
        return
    forecasts.prepare(context, patient.disease, own=wish.own, progress=progress)
    if wish.kind in _FULL:
        replays.prepare(context, patient.disease, own=wish.own, progress=progress)


def is_synthetic(context: Context, patient: Patient, wish: Wish) -> bool:
    """Whether the patient, or what the forecasts of this paper were learnt from, is invented."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("report.asked", patient.disease, kind=str(wish.kind))
    if patient.synthetic or wish.kind is Kind.CASE:
        return patient.synthetic
    return forecasts.card(context, patient.disease, own=wish.own).synthetic


def usual(context: Context, case: str) -> tuple[int, bool]:
    """How many months ahead a paper looks at first, and whether a board has named regimens."""
    context.require(Permission.PATIENT_EXPORT)
    if not case:
        return int(HORIZON_MONTHS), False
    held = cases.read(context, case).paper
    context.record("report.begun", held.pseudonym)
    return held.months, bool(held.regimens)


def report(context: Context, patient: Patient, wish: Wish = Wish()) -> Document:
    """A paper about a patient, before it is put into a file.

    Args:
        context: who asks.
        patient: the patient at this decision.
        wish: which paper, of which regimens, how far ahead.

    Raises:
        UserError: an unknown regimen, too many, a month that no cohort reaches, or identifiers
            without a reason.
        NotPrepared: the forecasts have to be learnt first.
    """
    context.require(Permission.PATIENT_EXPORT)
    case = _case(context, patient, wish)
    context.record("patient.reported", patient.id, kind=str(wish.kind))
    if wish.kind is Kind.LETTER:
        return compose_letter(
            case, wish.language, patients=case.card.rows_used, name=case.patient.id
        )
    return compose_summary(case) if wish.kind is Kind.SUMMARY else compose(case)


def file_of(context: Context, patient: Patient, wish: Wish, form: Form) -> bytes:
    """Any kind of paper or data as the content of a file.

    Raises:
        UserError: there is no such file of this kind, or as `report`.
    """
    context.require(Permission.PATIENT_EXPORT)
    if form not in FORMS[wish.kind]:
        offered = ", ".join(FORMS[wish.kind])
        raise UserError(
            f"{LABELS[wish.kind]} cannot be put into {form}.", hint=f"It comes as {offered}."
        )
    if wish.kind in (Kind.CASE, Kind.FHIR):
        return _data(context, patient, wish)
    return put_into(context, report(context, patient, wish), form)


def put_into(context: Context, document: Document, form: Form) -> bytes:
    """A paper as the content of a file."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("report.written", str(form))
    if form is Form.PDF:
        from dashboard.reporting.printing import render_pdf

        return render_pdf(document)
    if form is Form.PPTX:
        from dashboard.reporting.slides import render_pptx

        return render_pptx(document)
    if form is Form.HTML:
        from dashboard.reporting.web_page import render_html

        return render_html(document)
    from dashboard.reporting.plain import as_data

    data = as_data(document, with_pictures=False)
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def preview(context: Context, document: Document) -> list[bytes]:
    """The pages of a paper as pictures (PNG)."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("report.previewed", document.title)
    from dashboard.reporting.printing import render_pages

    return render_pages(document)


def usual_number(kind: Kind) -> int:
    """How many regimens there are when nobody chose."""
    return MOST_IN_LETTER if kind is Kind.LETTER else MOST_REGIMENS


# -- what it is made of ---------------------------------------------------------------------------


def _case(context: Context, patient: Patient, wish: Wish) -> BoardCase:
    pack = context.library.pack(patient.disease)
    judgement = consultation.judge(context, patient)
    board_said = _decided(context, patient, wish)
    chosen = _chosen(context, patient, judgement, wish)
    _check_month(wish.horizon_months)
    shown = released(context, patient, identified=wish.identified, reason=wish.reason)
    card = forecasts.card(context, patient.disease, own=wish.own)
    known = [name for name in chosen if name in card.regimens]
    found = _forecast(context, patient, known, wish)
    known = known if found.regimens else []
    told = known if found.knows_treatments else [""]
    full = wish.kind in _FULL
    return BoardCase(
        patient=shown,
        pack=pack,
        judgement=judgement,
        regimens=chosen,
        forecast=found,
        matches={name: match_arms(shown.facts, pack, name) for name in chosen},
        scores=scores.scores_of(context, patient),
        horizon_months=wish.horizon_months,
        learnt_from=f"{card.cohort}, {card.rows_used:,} patients",
        learnt_from_simulated=card.synthetic,
        made_on=context.today,
        card=card,
        decided=board_said,
        followed=_followed(context, patient, board_said, wish),
        stamp=_stamp(card, pack),
        attributions=_attributions(context, patient, found, wish) if full else (),
        concordance=concordance.concordance(context, patient, known, own=wish.own).rows
        if full and known
        else (),
        at_risk=board.observed(context, patient, told, endpoint="os", own=wish.own)
        if full and told
        else {},
        scenarios=_tried(context, patient, wish) if wish.kind is Kind.FULL else (),
    )


def _forecast(context: Context, patient: Patient, known: Sequence[str], wish: Wish) -> Forecast:
    """What is forecast under the regimens that the model knows; its one prognosis without any.

    Of a patient of whom too little is known nothing is, and the paper says so: rules, trials and
    the record are worth having without.
    """
    try:
        found = forecasts.forecast(context, patient, known, own=wish.own)
    except NotEnoughEvidence as reason:
        card = forecasts.card(context, patient.disease, own=wish.own)
        why = f"{reason.message} So there is no forecast."
        return Forecast(patient.fingerprint, patient.disease, card.bundle, (), (why,))
    if known or not found.knows_treatments:
        return found
    return replace(found, regimens=())  # asked of none, a model tells of all it knows


def _tried(context: Context, patient: Patient, wish: Wish) -> tuple[Tried, ...]:
    """The what-ifs that whoever asks kept of the patient, as far as they may leave."""
    kept = scenarios.kept(context, patient)
    if not kept:
        return ()
    found, lost = explanations.scenarios(context, patient, kept, own=wish.own)
    told = []
    for one in kept:
        name = one.name if patient.synthetic or wish.identified else masked(one.name)[0]
        if one.name in lost:
            told.append(Tried(name, lost=lost[one.name]))
        else:
            other, forecast = found[one.name]
            shown = released(context, other, identified=wish.identified, reason=wish.reason)
            told.append(Tried(name, shown, forecast))
    return tuple(told)


def _decided(context: Context, patient: Patient, wish: Wish) -> Decided | None:
    """What the board decided on this case, as far as it may leave; None while it is a draft."""
    if not wish.case:
        return None
    record = decisions.of(context, wish.case).paper
    if record.pseudonym != patient.id:
        raise UserError(
            "The case of this paper is another patient's.",
            hint="Open the case again from the list of cases.",
            code="case-of-another",
        )
    if record.state not in (State.PRELIMINARY, State.FINAL):
        return None
    intact = decisions.is_intact(context, record)
    bare = patient.synthetic or wish.identified
    return Decided(record if bare else for_release(record), intact)


def _followed(
    context: Context, patient: Patient, board_said: Decided | None, wish: Wish
) -> FollowUp | None:
    """What became of a final decision, for the full report; as far as it may leave."""
    final = board_said is not None and board_said.intact and board_said.record.is_locked
    if not final or wish.kind is not Kind.FULL:
        return None
    held = follow_up.of(context, wish.case).paper
    bare = patient.synthetic or wish.identified
    return held if bare else followed.for_release(held)


def _stamp(card: ModelCard, pack: DiseasePack) -> str:
    """Model, data, pack and program: what has to be the same for the numbers to be the same."""
    parts = (
        f"Model {card.bundle[:12]}",
        f"data {card.cohort_fingerprint[:12]}",
        f"pack {pack.id} {pack.fingerprint[:12]}",
        f"Concord {program_version()}",
    )
    return " \N{MIDDLE DOT} ".join(parts)


def _attributions(
    context: Context, patient: Patient, found: Forecast, wish: Wish
) -> tuple[Attribution, ...]:
    """Survival at the month taken apart, for the first regimens that have a curve so long."""
    target = Target(readings.OS, wish.horizon_months)
    told = [
        one.regimen
        for one in found.regimens
        if readings.curve_at(one.os, wish.horizon_months) is not None
    ]
    return tuple(
        explanations.attribution(context, patient, name, target, own=wish.own)
        for name in told[:_EXPLAINED]
    )


def _data(context: Context, patient: Patient, wish: Wish) -> bytes:
    """A case file, or a FHIR bundle with the forecasts beside the patient."""
    from dashboard.records.casefile import write_casefile

    if wish.kind is Kind.CASE:
        shown = released(context, patient, identified=wish.identified, reason=wish.reason)
        return write_casefile([shown])
    from dashboard.reporting.fhir_bundle import write_bundle

    return write_bundle(_case(context, patient, wish))


# -- what was asked for ---------------------------------------------------------------------------


def _chosen(
    context: Context, patient: Patient, judgement: Judgement, wish: Wish
) -> tuple[str, ...]:
    """Those that are named; without, those the board weighs; without, those open to the patient."""
    pack = context.library.pack(patient.disease)
    known = tuple(regimen.id for regimen in pack.regimens)
    for name in wish.regimens:
        if name not in known:
            hint = near(name, known) or f"{pack.label} has {', '.join(known)}."
            raise UserError(f"There is no regimen called {name} for {pack.label}.", hint=hint)
    if len(set(wish.regimens)) > MOST_REGIMENS:
        raise UserError(
            f"{len(set(wish.regimens))} regimens for one report; it holds {MOST_REGIMENS}.",
            hint="Name the ones the board will weigh; make a second report for the others.",
        )
    if wish.regimens:
        return tuple(dict.fromkeys(wish.regimens))
    if weighed := [name for name in _weighed(context, wish) if name in known]:
        return tuple(weighed[: usual_number(wish.kind)])
    if wish.kind is Kind.LETTER:
        return board.first_regimens(context, patient, judgement)[:MOST_IN_LETTER]
    ordered = [
        verdict.regimen
        for answer in (Answer.YES, Answer.UNKNOWN)
        for verdict in judgement.regimens
        if verdict.answer is answer
    ]
    return tuple(ordered[:MOST_REGIMENS])


def _weighed(context: Context, wish: Wish) -> tuple[str, ...]:
    """What the board of the case weighs; what it chose stands first in a letter."""
    if not wish.case:
        return ()
    weighed = cases.read(context, wish.case).paper.regimens
    record = decisions.of(context, wish.case).paper
    chosen = (record.board.regimen,) if record.is_locked and record.board.regimen else ()
    both = (*chosen, *weighed) if wish.kind is Kind.LETTER else (*weighed, *chosen)
    return tuple(dict.fromkeys(both))


def _check_month(month: float) -> None:
    if not 1 <= month <= _LONGEST_MONTHS:
        raise UserError(
            f"A horizon of {month:g} months is not possible.",
            hint=f"Give 1 to {_LONGEST_MONTHS:g} months, such as 12 or 24.",
        )
