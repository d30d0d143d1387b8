"""Whom and what a verb asks: the bundle named by --bundle or --own, and the patients of the file.

A patient of a disease with a pack is read by the pack's readers; one of a hospital's own disease by
the inputs of the bundle that was learnt from the hospital's own cohort.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.foundation.errors import UserError
from dashboard.records.patient import Patient
from dashboard.services import bundles, forecasts, population
from dashboard.services.context import Context
from dashboard.verbs.files import chosen_patients, finding_line, read_preview
from dashboard.verbs.outcome import tell_progress

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle

_MOST_NAMED = 20


def bundle_option(parser: argparse.ArgumentParser) -> None:
    """A trained bundle, by its folder."""
    parser.add_argument(
        "--bundle", type=Path, metavar="DIR", help="a trained bundle instead of the default one"
    )


def own_option(parser: argparse.ArgumentParser) -> None:
    """A hospital's own cohort, by its name in the data folder."""
    parser.add_argument(
        "--own", default="", metavar="FOLDER", help="a hospital's own cohort in the data folder"
    )


def asked_bundle(context: Context, options: argparse.Namespace) -> Bundle | None:
    """The bundle that the options name, trained if need be; None for that of the disease.

    Raises:
        UserError: both are named, or the bundle or the cohort cannot be used.
    """
    folder, own = getattr(options, "bundle", None), options.own
    if folder and own:
        raise UserError("--bundle and --own name two bundles.", hint="Leave one of them out.")
    if folder:
        return bundles.open_folder(context, folder)
    if not own:
        return None
    disease = population.cohort(context, "", own=own).disease
    forecasts.prepare(context, disease, own=own, progress=tell_progress)
    return forecasts.opened(context, disease, own=own)


def asked_patients(
    context: Context, options: argparse.Namespace, bundle: Bundle | None
) -> tuple[Sequence[Patient], list[str]]:
    """The patients asked about, and what was found of the file."""
    if bundle and bundle.disease not in context.library.ids:
        patients, findings, ignored = bundles.read_patients(context, options.file, bundle)
        messages = [finding_line(finding) for finding in findings]
        messages += [f"not used: {name}: no input of the bundle" for name in ignored]
        return _named(patients, options.patient, options.file.name), messages
    if bundle:
        options.disease = options.disease or bundle.disease
    preview = read_preview(context, options)
    chosen = chosen_patients(preview, options.patient)
    messages = list(map(finding_line, preview.intake.findings))
    if bundle:
        chosen = bundles.with_own_features(context, chosen, options.file, bundle)
    return chosen, messages


def asked_patient(
    context: Context, options: argparse.Namespace, bundle: Bundle | None
) -> tuple[Patient, list[str]]:
    """The one patient asked about, with the forecasts of the disease made ready.

    Raises:
        UserError: the file holds several, and none is named.
    """
    patients, messages = asked_patients(context, options, bundle)
    if len(patients) > 1:
        raise UserError(
            f"{options.file.name} holds {len(patients)} patients.",
            hint=f"Choose one with --patient, such as --patient {patients[0].id!r}.",
        )
    if bundle is None:
        forecasts.prepare(context, patients[0].disease, progress=tell_progress)
    return patients[0], messages


def _named(patients: Sequence[Patient], wanted: str, name: str) -> Sequence[Patient]:
    chosen = [patient for patient in patients if wanted in ("", patient.id)]
    if not chosen:
        known = ", ".join(patient.id for patient in patients[:_MOST_NAMED]) or "nobody"
        raise UserError(f"{name} has no patient {wanted}.".strip(), hint=f"It has: {known}.")
    return chosen
