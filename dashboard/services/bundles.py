"""Bundles that stand in folders of their own: trained on a cohort, judged on and moved to another.

A hospital trains on its own table, with its own features, regimens and outcomes; a disease that no
pack describes needs nothing but the folder. Training runs in a process of its own and writes the
bundle in one step. Patients of such a disease come in a plain table of the bundle's own features.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.answers.model_card import ModelCard
from dashboard.cohort.plain import patients_of, read_plain
from dashboard.foundation.errors import UserError
from dashboard.records.patient import Finding, Patient
from dashboard.services import approved, stopped
from dashboard.services.allowed_rows import read_allowed
from dashboard.services.bundle_gate import refuse_bomb
from dashboard.services.context import Context, Permission
from dashboard.services.errand import BUNDLE, Errand, Progress, run_errand
from dashboard.services.population import silent

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle
    from dashboard.learning.local import Local
    from dashboard.learning.validation import Validation


@dataclass(frozen=True, slots=True)
class Training:
    """What training a folder came to."""

    card: ModelCard
    findings: tuple[Finding, ...]  # rows and cells of the table that could not be used


@dataclass(frozen=True, slots=True)
class External:
    """A bundle judged on a cohort it never saw."""

    bundle: str
    cohort: str
    validation: Validation
    findings: tuple[Finding, ...]


def train(
    context: Context, cohort: Path, out: Path, *, seed: int, progress: Progress = silent
) -> Training:
    """Train a bundle from a cohort folder into a new folder.

    Raises:
        CohortRejected: the folder cannot be used; every finding is listed.
        NotEnoughEvidence: too few patients, or no outcome that can be learnt.
        UserError: the place of the bundle holds something else already.
    """
    context.require(Permission.COHORT_READ)
    data = read_allowed(cohort, context.library)
    _refuse_taken(out)
    context.record("bundle.trained", data.disease, rows=data.size)
    beside = out.with_name(f".{out.name}.new")
    errand = Errand(
        BUNDLE,
        data.disease,
        beside.absolute(),
        seed,
        source=cohort.absolute(),
        packs_dirs=context.settings.packs_dirs,
    )
    from dashboard.learning.bundle import load_bundle, replace_bundle
    from dashboard.learning.description import describe_bundle

    try:
        run_errand(errand, progress)
        replace_bundle(beside, out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Training(describe_bundle(load_bundle(out)), data.findings)


def evaluate(context: Context, bundle: Path, cohort: Path, *, seed: int) -> External:
    """Judge a bundle on another cohort folder.

    Raises:
        BundleMismatch: the bundle is damaged, foreign, or of another disease or inputs.
        CohortRejected: the folder cannot be used; every finding is listed.
    """
    context.require(Permission.COHORT_READ)
    from dashboard.learning.validation import validate

    loaded = _load(context, bundle)
    data = read_allowed(cohort, context.library)
    context.record("bundle.evaluated", loaded.disease, rows=data.size)
    return External(loaded.id, data.id, validate(loaded, data, seed=seed), data.findings)


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """A new version of a bundle that suits another place, with what was changed."""

    card: ModelCard
    former: str
    cohort: str
    local: Local
    findings: tuple[Finding, ...]


def recalibrate(
    context: Context, bundle: Path, cohort: Path, out: Path, *, seed: int
) -> Recalibrated:
    """Move a bundle's forecasts to the outcomes of another cohort, as a new version of it.

    Raises:
        BundleMismatch: the bundle is damaged, foreign, or of another disease or inputs.
        CohortRejected: the folder cannot be used; every finding is listed.
        NotEnoughEvidence: too few patients or outcomes.
        UserError: the place of the new version holds something else already, or the bundle itself.
    """
    context.require(Permission.COHORT_READ)
    from dashboard.learning import local
    from dashboard.learning.bundle import save_bundle
    from dashboard.learning.description import describe_bundle

    loaded = _load(context, bundle)
    data = read_allowed(cohort, context.library)
    _refuse_taken(out)
    if out.resolve() == bundle.resolve():
        raise UserError(f"{out} is the bundle itself.", hint="Name another folder: both are kept.")
    context.record("bundle.recalibrated", loaded.disease, rows=data.size)
    found = local.recalibrate(loaded, data, seed=seed)
    saved = save_bundle(found.bundle, out)
    return Recalibrated(describe_bundle(saved), loaded.id, data.id, found, data.findings)


def open_folder(context: Context, folder: Path) -> Bundle:
    """A bundle by its folder, checked to the last byte and against the pack of its disease.

    Raises:
        BundleMismatch: damaged, of another version of Concord or of the pack.
        NotApproved: on a server, it is not the approved one.
        ForecastsStopped: somebody turned forecasts of its disease off.
    """
    context.require(Permission.PATIENT_READ)
    context.record("bundle.opened", folder.name)
    found = _load(context, folder)
    stopped.refuse(context.store, found.disease)
    approved.refuse_unapproved(context, found, folder)
    return found


def read_patients(
    context: Context, path: Path, bundle: Bundle
) -> tuple[tuple[Patient, ...], tuple[Finding, ...], tuple[str, ...]]:
    """The patients of a plain table by the bundle's own features; findings; columns not used.

    Raises:
        ImportRejected: the file is no table, or none of its columns is an input of the bundle.
    """
    context.require(Permission.PATIENT_WRITE)
    pack = context.library.pack(bundle.disease) if _has_pack(context, bundle) else None
    data = read_plain(path, bundle.disease, bundle.contract.columns, pack)
    context.record("table.read", bundle.disease, patients=data.size)
    return patients_of(data), data.findings, data.ignored


def with_own_features(
    context: Context, patients: Sequence[Patient], path: Path, bundle: Bundle
) -> tuple[Patient, ...]:
    """Patients read by a pack, with what only the bundle's own cohort tells of their columns.

    That is its own features, which the pack does not know, and columns of the pack's features under
    the names that the cohort has for them, where the pack's reader found nothing.
    """
    context.require(Permission.PATIENT_WRITE)
    context.record("table.joined", bundle.disease, patients=len(patients))
    pack = context.library.pack(bundle.disease)
    own = [f for f in bundle.contract.columns if f.column or f.id not in pack.vocabulary]
    if not own or path.suffix not in (".csv", ".parquet"):
        return tuple(patients)
    try:
        extra = {p.id: p.values for p in patients_of(read_plain(path, bundle.disease, own, pack))}
    except UserError:  # a table in a form that only the pack's reader takes
        return tuple(patients)
    return tuple(
        replace(each, values={**extra.get(each.id, {}), **each.values}) for each in patients
    )


def _has_pack(context: Context, bundle: Bundle) -> bool:
    return bundle.disease in context.library.ids


def _load(context: Context, folder: Path) -> Bundle:
    from dashboard.learning.bundle import load_bundle

    refuse_bomb(folder)
    bundle = load_bundle(folder)
    if not _has_pack(context, bundle) or not bundle.pack_fingerprint:
        return bundle
    return load_bundle(folder, pack_fingerprint=context.library.pack(bundle.disease).fingerprint)


def _refuse_taken(out: Path) -> None:
    from dashboard.learning.bundle import MANIFEST

    if out.exists() and not (
        out.is_dir() and (not any(out.iterdir()) or (out / MANIFEST).is_file())
    ):
        raise UserError(
            f"{out} holds something that is no bundle.", hint="Name a new or an empty folder."
        )
