"""The verb about paper: `report` writes the report of one patient into a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.foundation.errors import UserError
from dashboard.reporting.document import Form
from dashboard.services import forecasts, reports
from dashboard.services.context import Context
from dashboard.verbs.files import chosen_patients, finding_line, patient_options, read_preview
from dashboard.verbs.outcome import Outcome, Verb, tell_progress


def _options(parser: argparse.ArgumentParser) -> None:
    patient_options(parser)
    parser.add_argument(
        "--format", choices=[str(form) for form in Form], required=True, help="of the report"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the file to write; a new one"
    )
    parser.add_argument("--regimens", default="", metavar="A,B", help="ids, at most six")
    parser.add_argument(
        "--horizon", type=float, default=reports.HORIZON_MONTHS, metavar="M", help="in months"
    )


def _report(context: Context, options: argparse.Namespace) -> Outcome:
    preview = read_preview(context, options)
    patients = chosen_patients(preview, options.patient)
    if len(patients) > 1:
        raise UserError(
            f"{preview.name} holds {len(patients)} patients; a report is about one.",
            hint=f"Name one with --patient: {', '.join(p.id for p in patients[:20])}.",
        )
    if options.out.exists():
        raise UserError(f"{options.out} exists already.", hint="Name a new file with --out.")
    (patient,) = patients
    forecasts.prepare(context, patient.disease, progress=tell_progress)
    wanted = [name.strip() for name in options.regimens.split(",") if name.strip()]
    document = reports.report(context, patient, regimens=wanted, horizon_months=options.horizon)
    content = reports.put_into(context, document, Form(options.format))
    try:
        options.out.write_bytes(content)
    except OSError as error:
        raise UserError(
            f"{options.out} cannot be written: {error.strerror}.",
            hint="Give a file in a folder that exists and that you may write to.",
        ) from error
    told = {
        "patient": patient.id,
        "format": options.format,
        "file": str(options.out),
        "bytes": len(content),
        "synthetic": document.synthetic,
    }
    line = f"report of {patient.id} written to {options.out} ({len(content):,} bytes)"
    return Outcome(told, [line], messages=list(map(finding_line, preview.intake.findings)))


VERBS = (Verb("report", "write the report of one patient for the board", _options, _report),)
