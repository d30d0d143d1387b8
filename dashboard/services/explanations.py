"""Why a forecast is what it is, and what would change it: the questions of one patient's pages.

Everything is asked of the bundle that forecasts, so that an explanation adds up to the number that
is shown; intervals of outputs are those of the forecast. Published effects are laid beside every
contribution. A changed patient goes through the same readers and checks as one typed in, and
nothing of a what-if is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dashboard.answers.explanation import (
    MONTHS,
    PROGRESSION,
    TOXICITY,
    Attribution,
    Contrast,
    EffectCurve,
    Interaction,
    Surface,
    Target,
)
from dashboard.answers.forecast import Forecast
from dashboard.answers.scenario import Scenario
from dashboard.answers.what_if import Counterfactuals, TippingPoints, Tornado
from dashboard.foundation.errors import ImportRejected, NotEnoughEvidence, UnknownFeature
from dashboard.foundation.seeds import generator
from dashboard.knowledge.consistency import load_consistency
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.cells import Raw
from dashboard.records.checks import check_patient
from dashboard.records.patient import Origin, Patient, Severity, Value, Where
from dashboard.records.subjects import facts_of
from dashboard.services import entry, forecasts, population
from dashboard.services.context import Context, Permission

if TYPE_CHECKING:
    from dashboard.insight.expected import Evidence
    from dashboard.insight.wording import Length
    from dashboard.learning.bundle import Bundle

_BACKGROUND = 300  # patients of the cohort that an effect curve is drawn over
_GAIN = 0.1  # points, or share of the horizon, that a counterfactual looks for
_MONTHS_SHOWN = 12


def attribution(
    context: Context,
    patient: Patient,
    regimen: str,
    target: Target,
    *,
    own: str = "",
    bundle: Bundle | None = None,
) -> Attribution:
    """What every fact adds to one forecast, with published effects beside it.

    Args:
        context: who asks.
        patient: the patient at this decision.
        regimen: whose forecast is explained.
        target: the figure, its month and its scale.
        own: the folder of a hospital's own cohort; empty for the default one.
        bundle: one that was opened by its folder, in place of the cohort's.

    Raises:
        NotPrepared: the bundle has to be trained first.
        NotEnoughEvidence: the bundle cannot speak of the target, the month or the regimen.
    """
    from dashboard.insight.attribution import attribute

    bundle = _asked(context, patient, "patient.explained", target, bundle or own)
    bundle.contract.require(regimen)
    (found,) = attribute(bundle, patient.facts, [regimen], target)
    low, high = _interval(context, patient, regimen, target, bundle=bundle)
    evidence = _evidence(context, bundle, patient, target.name)
    beside = evidence.beside(found.contributions, regimen) if evidence else {}
    return replace(found, low=low, high=high, expected=beside)


def contrast(
    context: Context,
    patient: Patient,
    pair: tuple[str, str],
    target: Target,
    *,
    own: str = "",
    bundle: Bundle | None = None,
) -> Contrast:
    """Why the first regimen of a pair rather than the second: their difference, fact by fact.

    Args:
        context: who asks.
        patient: the patient at this decision.
        pair: the regimen in question, and the one it is held against.
        target: the figure, its month and its scale.
        own: the folder of a hospital's own cohort; empty for the default one.
        bundle: one that was opened by its folder, in place of the cohort's.

    Raises:
        NotPrepared: the bundle has to be trained first.
        NotEnoughEvidence: the bundle cannot speak of the target, the month or a regimen.
    """
    from dashboard.insight.contrast import contrast as contrasted

    bundle = _asked(context, patient, "patient.contrasted", target, bundle or own)
    found = contrasted(bundle, patient.facts, pair, target)
    evidence = _evidence(context, bundle, patient, target.name)
    beside = evidence.beside(found.contributions, *pair) if evidence else {}
    return replace(found, expected=beside)


def over_time(
    context: Context, patient: Patient, regimen: str, endpoint: str, *, own: str = ""
) -> tuple[Attribution, ...]:
    """What every fact adds at a dozen months up to the end of follow-up.

    Raises:
        NotPrepared: the bundle has to be trained first.
        NotEnoughEvidence: the endpoint is none that changes with time, or was not trained.
    """
    from dashboard.insight.attribution import attribute_over
    from dashboard.insight.curves import horizon_of

    bundle = _asked(context, patient, "patient.explained_over_time", Target(endpoint), own)
    last = horizon_of(bundle, endpoint)
    months = np.linspace(last / _MONTHS_SHOWN, last, _MONTHS_SHOWN)
    rounded = np.unique(np.clip(np.round(2 * months) / 2, 0.5, last))
    return attribute_over(bundle, patient.facts, regimen, name=endpoint, months=rounded.tolist())


def sentence(found: Attribution | Contrast, pack: DiseasePack, length: Length = "medium") -> str:
    """An explanation in plain words: short, medium or long, from the same numbers."""
    from dashboard.insight import wording

    return wording.sentence(found, pack, length)


def interactions(
    context: Context, patient: Patient, regimen: str, target: Target, *, own: str = ""
) -> tuple[Interaction, ...]:
    """The pairs of facts that do most together for this patient, beyond what each does alone."""
    from dashboard.insight import pairs

    bundle = _asked(context, patient, "patient.interactions", target, own)
    return pairs.interactions(bundle, patient.facts, regimen, target)


def surface(
    context: Context,
    patient: Patient,
    regimen: str,
    target: Target,
    *,
    features: tuple[str, str],
    own: str = "",
) -> Surface:
    """The forecast over the values of two facts, the others as they are."""
    from dashboard.insight import pairs

    bundle = _asked(context, patient, "patient.surface", target, own)
    return pairs.surface(bundle, patient.facts, regimen, target, features=features)


def effect_curve(
    context: Context,
    patient: Patient,
    regimen: str,
    target: Target,
    *,
    feature: str,
    own: str = "",
) -> EffectCurve:
    """How a forecast goes with one feature over the cohort, the patient marked."""
    from dashboard.insight import effects

    bundle = _asked(context, patient, "patient.effect_curve", target, own)
    data = population.cohort(context, patient.disease, own=own)
    values = bundle.contract.of_cohort(data)
    order = generator(0, "background").permutation(len(values))[:_BACKGROUND]
    found = effects.effect_curve(
        bundle, values[order], regimen, target, feature=feature, facts=patient.facts
    )
    return found if data.synthetic else replace(found, counts=())


def tornado(
    context: Context, patient: Patient, regimen: str, target: Target, *, own: str = ""
) -> Tornado:
    """How far each fact would move the forecast, unknown facts first."""
    from dashboard.insight import swings

    bundle = _asked(context, patient, "patient.tornado", target, own)
    return swings.tornado(bundle, patient.facts, regimen, target)


def tipping_points(
    context: Context, patient: Patient, pair: tuple[str, str], target: Target, *, own: str = ""
) -> TippingPoints:
    """Where the regimens of a pair change places if one fact were otherwise; none is an answer."""
    from dashboard.insight import swings

    bundle = _asked(context, patient, "patient.tipping_points", target, own)
    return swings.tipping_points(bundle, patient.facts, pair, target)


def counterfactuals(
    context: Context,
    patient: Patient,
    regimen: str,
    target: Target,
    *,
    goal: float | None = None,
    own: str = "",
) -> Counterfactuals:
    """The smallest plausible changes of modifiable facts that reach a goal.

    Args:
        context: who asks.
        patient: the patient at this decision.
        regimen: under which it is forecast.
        target: progression and toxicity are to fall, everything else to rise.
        goal: the output to reach; a tenth better than now when none is given.
        own: the folder of a hospital's own cohort.
    """
    from dashboard.insight import counterfactual

    bundle = _asked(context, patient, "patient.counterfactuals", target, own)
    pack = context.library.pack(patient.disease)
    if goal is None:
        goal = _goal(bundle, patient, regimen, target)
    found = counterfactual.counterfactuals(
        bundle,
        patient.facts,
        regimen,
        target,
        modifiable=[feature.id for feature in pack.features if feature.modifiable],
        goal=goal,
    )
    possible = tuple(
        each
        for each in found.found
        if _possible(context, patient, {c.feature: c.after for c in each.changes})
    )
    return replace(found, found=possible)


def what_if(
    context: Context,
    patient: Patient,
    changes: Mapping[str, Raw | Value | None],
    *,
    own: str = "",
) -> tuple[Patient, Forecast]:
    """A patient with facts changed, read and checked as if typed in, and the forecast of it.

    Args:
        context: who asks.
        patient: the patient as it is; its own forecast is the ghost beside.
        changes: what stands in a field (with its unit), a value in the pack's unit, or None for
            unknown.
        own: the folder of a hospital's own cohort.

    Raises:
        ImportRejected: a change that cannot be, or asks back; the message says what.
        NotPrepared: the bundle has to be trained first.
    """
    context.require(Permission.PATIENT_READ)
    context.record("patient.what_if", patient.id, changes=len(changes))
    pack = context.library.pack(patient.disease)
    typed = {name: _raw(pack, name, change) for name, change in changes.items()}
    proposal = entry.imagine(context, patient, typed)
    wrong = [
        finding
        for finding in proposal.findings
        if finding.severity in {Severity.ERROR, Severity.QUESTION}
        and typed.keys() & set(facts_of(finding, pack))
    ]
    if wrong:
        raise ImportRejected(
            " ".join(finding.message for finding in wrong),
            hint=" ".join(dict.fromkeys(finding.fix for finding in wrong)),
        )
    return proposal.patient, forecasts.forecast(context, proposal.patient, own=own)


def scenarios(
    context: Context, patient: Patient, kept: Sequence[Scenario], *, own: str = ""
) -> tuple[dict[str, tuple[Patient, Forecast]], dict[str, str]]:
    """Each named what-if with its patient and forecast, and why others have none any more."""
    context.require(Permission.PATIENT_READ)
    found: dict[str, tuple[Patient, Forecast]] = {}
    lost: dict[str, str] = {}
    for scenario in kept:
        changes = {fact: Raw(text, unit=unit) for fact, (text, unit) in scenario.typed.items()}
        try:
            found[scenario.name] = what_if(context, patient, changes, own=own)
        except (ImportRejected, UnknownFeature, NotEnoughEvidence) as refusal:
            lost[scenario.name] = f"{refusal.message} {refusal.hint}".strip()
    return found, lost


# -- what the questions share ---------------------------------------------------------------------


def _asked(
    context: Context, patient: Patient, action: str, target: Target, of: Bundle | str
) -> Bundle:
    """The bundle at hand, or that of a cohort: the hospital's own of this name, or the default."""
    context.require(Permission.PATIENT_READ)
    context.record(action, patient.id, target=target.name)
    return forecasts.opened(context, patient.disease, own=of) if isinstance(of, str) else of


def _evidence(context: Context, bundle: Bundle, patient: Patient, target: str) -> Evidence | None:
    """The published effects; None for a disease without a pack."""
    if patient.disease not in context.library.ids:
        return None
    from dashboard.insight import expected
    from dashboard.insight.places import Places

    places = Places(bundle.encoding)
    averages = {name: places.average(i) for i, name in enumerate(bundle.contract.ids)}
    return expected.Evidence(context.library.pack(patient.disease), patient.facts, target, averages)


def _interval(
    context: Context, patient: Patient, regimen: str, target: Target, *, bundle: Bundle
) -> tuple[float | None, float | None]:
    """The interval that the forecast shows for the output; an incidence is shown without one."""
    found = forecasts.forecast_by(context, bundle, patient)
    if regimen not in {each.regimen for each in found.regimens}:
        found = forecasts.forecast_by(context, bundle, patient, [regimen])
    under = found.of(regimen)
    if target.name == PROGRESSION:
        return None, None
    if target.timed:
        curve = under.os if target.name == "os" else under.pfs
        if curve is None or target.months is None:
            return None, None
        if target.scale == MONTHS:
            span = curve.restricted_mean(target.months)
            return span.low, span.high
        chance = curve.at(target.months)
        return chance.low, chance.high
    if target.name == "response":
        held = under.response
    else:
        held = under.toxicities.get(target.name.removeprefix(TOXICITY))
    return (held.low, held.high) if held else (None, None)


def _goal(bundle: Bundle, patient: Patient, regimen: str, target: Target) -> float:
    """A tenth better than now: of everybody, or of the months looked at."""
    from dashboard.insight.outputs import Outputs

    row, _ = bundle.contract.of_patient(patient.facts)
    now = float(Outputs(bundle, target).of(row[None], [regimen])[0])
    most = target.months if target.scale == MONTHS and target.months else 1.0
    better = -1.0 if target.name.startswith((PROGRESSION, TOXICITY)) else 1.0
    return min(max(now + better * _GAIN * most, 0.0), most)


def _possible(context: Context, patient: Patient, changes: Mapping[str, Value | None]) -> bool:
    """Whether a changed patient contradicts nothing that the patient did not contradict before."""
    pack = context.library.pack(patient.disease)
    statements = load_consistency(context.settings.packs_dirs)
    changed = patient.with_values(changes, Origin(note="what if"))
    before, after = (
        {
            (finding.code, str(finding.where))
            for finding in check_patient(each, pack, context.today, consistency=statements)
            if finding.severity is not Severity.NOTE
        }
        for each in (patient, changed)
    )
    return after <= before


def _raw(pack: DiseasePack, name: str, change: Raw | Value | None) -> Raw:
    """What would stand in the field of this name."""
    where = Where("what if", None, name)
    if isinstance(change, Raw):
        return replace(change, where=where)
    if change is None:
        return Raw("", where)
    if isinstance(change, bool):
        return Raw("yes" if change else "no", where)
    if isinstance(change, str):
        return Raw(change, where)
    unit = pack.feature(name).unit if name in pack.vocabulary else ""
    return Raw(f"{change:.10g}", where, unit=unit)
