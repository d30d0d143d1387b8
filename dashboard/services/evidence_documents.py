"""The packs' published rows and the scores as documents that can be searched.

One document for each trial arm, each effect, the side effects of each regimen, each sequence and
each score. Facets are what a reader filters by; a biomarker is a molecular feature that the row's
rule speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard.answers.evidence import ENDPOINTS, Citation, Document, Figure
from dashboard.knowledge.evidence import Arm, EarlyArm, Effect, Toxicity
from dashboard.knowledge.evidence import Sequence as Following
from dashboard.knowledge.rules import parse
from dashboard.knowledge.schema import DiseasePack
from dashboard.scores.schema import Score
from dashboard.services.published_rows import arm_figures, citation, effect_figure

ARM, EFFECT, SIDE_EFFECTS, FOLLOWING, SCORE = (
    "Trial arm",
    "Effect in a subgroup",
    "Side effects",
    "After progression",
    "Score",
)
LINES = {"1L": "First line", "2L+": "Second line or later", "any": "Any line"}
EARLY = "Early disease"


def documents_of(packs: Sequence[DiseasePack], scores: Sequence[Score]) -> tuple[Document, ...]:
    """Everything that ships as documents, trial arms first."""
    made = [
        *(_arm(arm, pack) for pack in packs for arm in pack.arms),
        *(_arm(arm, pack) for pack in packs for arm in pack.early_arms),
        *(_effect(effect, pack) for pack in packs for effect in pack.effects),
        *(_side_effects(name, pack) for pack in packs for name in _with_toxicity(pack)),
        *(_following(row, pack) for pack in packs for row in pack.sequences),
        *(_score(score) for score in scores),
    ]
    return tuple(made)


def _arm(arm: Arm | EarlyArm, pack: DiseasePack) -> Document:
    regimen = pack.regimen(arm.regimen_id)
    control = pack.regimens_by_id.get(arm.control_regimen_id)
    figures = arm_figures(arm)
    biomarkers = _biomarkers(arm.population_when, pack)
    line = LINES.get(arm.line, arm.line) if isinstance(arm, Arm) else EARLY
    against = f"Compared with {control.label}." if control else ""
    phase = f"Phase {arm.phase}." if arm.phase else ""
    return Document(
        f"{pack.id}/arm/{arm.id}",
        ARM,
        f"{arm.trial}: {arm.arm_label or regimen.label}",
        " ".join((arm.population, phase, f"{line}.", against, arm.source.text, arm.source.note)),
        _keywords(pack, regimen.id, biomarkers, arm.nct_id, _endpoint_words(figures)),
        _facets(ARM, pack, [regimen.label], biomarkers, line, _endpoints(figures)),
        arm.year,
        arm.n,
        figures,
        citation(arm.source),
    )


def _effect(effect: Effect, pack: DiseasePack) -> Document:
    feature = pack.vocabulary.get(effect.feature)
    label = feature.label if feature else effect.feature or "Treatment effect"
    regimens = [
        pack.regimen(name).label for name in effect.applies_regimens if name in pack.regimens_by_id
    ]
    biomarkers = _biomarkers(effect.level_when, pack)
    endpoint = ENDPOINTS.get(effect.endpoint, effect.endpoint)
    against = effect.comparator or effect.reference_level
    words = (effect.role, f"{endpoint}.", f"Seen in {effect.applies_to}.", effect.derivation)
    return Document(
        f"{pack.id}/effect/{effect.id}",
        EFFECT,
        f"{label}: {effect.level}" + (f", against {against}" if against else ""),
        " ".join((*words, effect.source.text, effect.source.note)),
        " ".join((pack.label, pack.id, *regimens, *biomarkers, effect.measure, effect.endpoint)),
        _facets(EFFECT, pack, regimens, biomarkers, "", [endpoint]),
        None,
        None,
        (effect_figure(effect),),
        citation(effect.source),
    )


def _with_toxicity(pack: DiseasePack) -> list[str]:
    return list(dict.fromkeys(row.regimen_id for row in pack.toxicities))


def _side_effects(regimen: str, pack: DiseasePack) -> Document:
    rows = pack.toxicities_of(regimen)
    label = pack.regimen(regimen).label
    labels = {group.id: group.label for group in pack.adverse_groups}
    told = [f"{labels.get(row.adverse_group, row.adverse_group)} {_grades(row)}" for row in rows]
    sources = list(dict.fromkeys(row.source.text for row in rows if row.source.text))
    first = rows[0].source
    return Document(
        f"{pack.id}/side-effects/{regimen}",
        SIDE_EFFECTS,
        f"Side effects of {label}",
        "; ".join(told) + ". " + " ".join(sources),
        _keywords(pack, regimen, (), "", "toxicity adverse events side effects"),
        _facets(SIDE_EFFECTS, pack, [label], (), "", [ENDPOINTS["toxicity"]]),
        source=Citation("; ".join(sources), first.reference, str(first.verified)),
    )


def _grades(row: Toxicity) -> str:
    any_grade = "" if row.any_grade_pct is None else f"any grade {row.any_grade_pct:g}%"
    severe = "" if row.grade3plus_pct is None else f"grade 3 or more {row.grade3plus_pct:g}%"
    return ", ".join(part for part in (any_grade, severe) if part)


def _following(row: Following, pack: DiseasePack) -> Document:
    before = pack.regimens_by_id.get(row.after_regimen_id)
    after = pack.regimens_by_id.get(row.next_regimen_id)
    labels = [regimen.label for regimen in (before, after) if regimen]
    first = before.label if before else row.after_regimen_id
    then = row.next_label or (after.label if after else row.next_regimen_id)
    notes = (row.setting, row.cross_resistance_note, row.safety_note, row.source.text)
    figures = [
        Figure("pfs", "median PFS", row.pfs_median_months, None, None, "months"),
        Figure("os", "median OS", row.os_median_months, None, None, "months"),
        Figure("response", "objective response", row.orr_pct, None, None, "%"),
    ]
    given = tuple(figure for figure in figures if figure.value is not None)
    return Document(
        f"{pack.id}/following/{row.id}",
        FOLLOWING,
        f"After {first}: {then}",
        " ".join(part for part in notes if part),
        " ".join((pack.label, pack.id, *labels, "sequence progression next line")),
        _facets(FOLLOWING, pack, labels, (), "", _endpoints(given)),
        figures=given,
        source=citation(row.source),
    )


def _score(score: Score) -> Document:
    inputs = ", ".join(given.label for given in score.inputs)
    outcomes = "; ".join(dict.fromkeys(o.endpoint for g in score.groups for o in g.outcomes))
    return Document(
        f"score/{score.id}",
        SCORE,
        score.name,
        f"{score.setting}. {score.formula}. Inputs: {inputs}. {outcomes} {' '.join(score.caveats)}",
        f"{score.id} score index {score.kind} version {score.version}",
        {"kind": (SCORE,), "verified": (str(score.source.verified),)},
        source=citation(score.source),
    )


def _keywords(
    pack: DiseasePack, regimen: str, biomarkers: Sequence[str], number: str, endpoints: str
) -> str:
    held = pack.regimen(regimen)
    drugs = [drug.name for drug in held.drugs]
    parts = (pack.label, pack.id, held.label, *drugs, *held.classes, *biomarkers, number, endpoints)
    return " ".join(parts)


def _biomarkers(rule: str, pack: DiseasePack) -> tuple[str, ...]:
    """The molecular features a rule speaks of, by their labels."""
    names = parse(rule).names
    molecular = [f for f in pack.features if f.id in names and f.group == "molecular"]
    return tuple(feature.label for feature in molecular)


def _endpoints(figures: Iterable[Figure]) -> list[str]:
    return list(dict.fromkeys(ENDPOINTS.get(f.endpoint, f.endpoint) for f in figures))


def _endpoint_words(figures: Iterable[Figure]) -> str:
    return " ".join(dict.fromkeys(figure.label for figure in figures))


def _facets(
    kind: str,
    pack: DiseasePack,
    regimens: Sequence[str],
    biomarkers: Sequence[str],
    line: str,
    endpoints: Sequence[str],
) -> dict[str, tuple[str, ...]]:
    return {
        "kind": (kind,),
        "disease": (pack.label,),
        "regimen": tuple(regimens),
        "biomarker": tuple(biomarkers),
        "line": (line,) if line else (),
        "endpoint": tuple(endpoints),
    }
