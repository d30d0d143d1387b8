"""The report of one patient: composed from the answers the pages show, and put into a file.

Nothing is computed for the report alone: rules, forecasts, trials and scores come from the same
services as the pages ask, so a number on paper is the number on the screen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from dashboard.foundation.errors import UserError
from dashboard.knowledge.eligibility import Judgement
from dashboard.knowledge.matching import match_arms
from dashboard.knowledge.rules import Answer, near
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Patient
from dashboard.reporting.board_report import BoardCase, compose
from dashboard.reporting.document import Document, Form
from dashboard.services import consultation, forecasts, scores
from dashboard.services.context import Context, Permission

MOST_REGIMENS = 6
HORIZON_MONTHS = 12.0
_LONGEST_MONTHS = 120.0


def report(
    context: Context,
    patient: Patient,
    *,
    regimens: Sequence[str] = (),
    horizon_months: float = HORIZON_MONTHS,
    own: str = "",
) -> Document:
    """The report of a patient, before it is put into a file.

    Args:
        context: who asks.
        patient: the patient at this decision.
        regimens: ids, at most six; those open to the patient in the pack's order when none are
            named, then those undecided.
        horizon_months: the month the side-by-side figures are for.
        own: the folder of a hospital's own cohort; empty for the default one.

    Raises:
        UserError: an unknown regimen, too many, or a month that no cohort reaches.
        NotPrepared: the forecasts have to be learnt first.
    """
    context.require(Permission.PATIENT_EXPORT)
    pack = context.library.pack(patient.disease)
    judgement = consultation.judge(context, patient)
    chosen = _chosen(pack, judgement, regimens)
    _check_month(horizon_months)
    card = forecasts.card(context, patient.disease, own=own)
    known = [name for name in chosen if name in card.regimens]
    case = BoardCase(
        patient=patient,
        pack=pack,
        judgement=judgement,
        regimens=chosen,
        forecast=forecasts.forecast(context, patient, known, own=own),
        matches={name: match_arms(patient.facts, pack, name) for name in chosen},
        scores=scores.scores_of(context, patient),
        horizon_months=horizon_months,
        learnt_from=f"{card.cohort}, {card.rows_used:,} patients",
        learnt_from_simulated=card.synthetic,
        made_on=context.today,
    )
    context.record("patient.reported", patient.id, regimens=len(chosen))
    return compose(case)


def put_into(context: Context, document: Document, form: Form) -> bytes:
    """A report as the content of a file."""
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


def preview(context: Context, document: Document) -> bytes:
    """The first page of a report as a picture (PNG)."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("report.previewed", document.subtitle)
    from dashboard.reporting.printing import render_preview

    return render_preview(document)


def _chosen(pack: DiseasePack, judgement: Judgement, wanted: Sequence[str]) -> tuple[str, ...]:
    known = tuple(regimen.id for regimen in pack.regimens)
    for name in wanted:
        if name not in known:
            hint = near(name, known) or f"{pack.label} has {', '.join(known)}."
            raise UserError(f"There is no regimen called {name} for {pack.label}.", hint=hint)
    if len(set(wanted)) > MOST_REGIMENS:
        raise UserError(
            f"{len(set(wanted))} regimens for one report; it holds {MOST_REGIMENS}.",
            hint="Name the ones the board will weigh; make a second report for the others.",
        )
    if wanted:
        return tuple(dict.fromkeys(wanted))
    ordered = [
        verdict.regimen
        for answer in (Answer.YES, Answer.UNKNOWN)
        for verdict in judgement.regimens
        if verdict.answer is answer
    ]
    return tuple(ordered[:MOST_REGIMENS])


def _check_month(month: float) -> None:
    if not 1 <= month <= _LONGEST_MONTHS:
        raise UserError(
            f"A horizon of {month:g} months is not possible.",
            hint=f"Give 1 to {_LONGEST_MONTHS:g} months, such as 12 or 24.",
        )
