"""Write the pages of docs/reference that are made from the disease packs.

Six pages: the features, the regimens with their rules in English, the evidence with its sources
and whether each figure was re-read there, the published scores, clinical stories with what the
rules say of them, and what was merged or left out when the packs were made.
`python scripts/make_reference_docs.py` writes them; with `--check` it only says which are out of
date. A contract test keeps them current. The other reference pages are written by hand.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.knowledge.distributions import (  # noqa: E402
    describe,
    describe_change,
    parse_change,
    parse_draw,
)
from dashboard.knowledge.evidence import Arm, EarlyArm, Estimate  # noqa: E402
from dashboard.knowledge.library import load_library  # noqa: E402
from dashboard.knowledge.rules import parse  # noqa: E402
from dashboard.knowledge.schema import (  # noqa: E402
    DiseasePack,
    Drug,
    Feature,
    Kind,
    Range,
    Regimen,
    Verified,
)
from dashboard.scores.schema import Outcome, Score  # noqa: E402
from dashboard.scores.shelf import built_in_shelf  # noqa: E402

FOLDER = ROOT / "docs" / "reference"
STORIES = ROOT / "tests" / "specs" / "eligibility.toml"
CHANGES = ROOT / "tests" / "contracts" / "evidence_counts.toml"
MARKS = {Verified.YES: "yes", Verified.PARTIAL: "in part", Verified.MEMORY: "no"}
MADE = "<!-- Made by scripts/make_reference_docs.py from the disease packs: change those. -->\n"
UNREAD = (
    "*Re-read* says whether a row's main figures were read again at their source (yes), some of "
    "them (in part), or none: then they are recalled from the publication and should be looked up "
    "before anything rests on them. Everything here is for education and research."
)


def pages() -> dict[str, str]:
    """The text of every page by its file name."""
    packs = load_library().packs
    makers: dict[str, Callable[[tuple[DiseasePack, ...]], Iterator[str]]] = {
        "features.md": _features_page,
        "regimens.md": _regimens_page,
        "evidence.md": _evidence_page,
        "scores.md": _scores_page,
        "stories.md": _stories_page,
        "merged-and-left-out.md": _changes_page,
    }
    return {name: MADE + "\n".join(maker(packs)).rstrip() + "\n" for name, maker in makers.items()}


def stale() -> list[str]:
    """The pages that are not what the packs say."""
    return [
        name
        for name, text in pages().items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != text
    ]


# -- features --------------------------------------------------------------------------------------


def _features_page(packs: tuple[DiseasePack, ...]) -> Iterator[str]:
    yield "# Feature dictionary\n"
    yield "What a patient may be known by, per disease. Features shared by several diseases have"
    yield "one id, unit, code and set of hard limits; populations differ.\n"
    yield UNREAD
    for pack in packs:
        yield f"\n## {pack.label}\n"
        yield from _table(
            ("id", "label", "values", "usual", "allowed", "population", "unknown", "re-read"),
            (_feature_row(pack, feature) for feature in pack.features),
        )


def _feature_row(pack: DiseasePack, feature: Feature) -> tuple[str, ...]:
    return (
        f"`{feature.id}`",
        feature.label,
        _values(feature),
        _span(feature.plausible),
        _span(feature.hard),
        _population(pack, feature),
        f"{feature.missing_rate:.0%}",
        MARKS[feature.source.verified],
    )


def _values(feature: Feature) -> str:
    if feature.kind is Kind.NUMBER:
        return feature.unit
    if feature.kind is Kind.FLAG:
        return "yes or no"
    levels = ", ".join(feature.levels)
    return f"{levels} (in this order)" if feature.kind is Kind.ORDINAL else levels


def _span(span: Range | None) -> str:
    return "" if span is None else f"{span.low:g} to {span.high:g}"


def _population(pack: DiseasePack, feature: Feature) -> str:
    lone = len(feature.distribution) == 1
    cases = []
    for case in feature.distribution:
        words = describe(parse_draw(case.draw), feature.level_label)
        whom = _english(pack, case.when) if case.when else "otherwise"
        cases.append(words if lone else f"{whom}: {words}")
    for change in feature.adjustments:
        words = describe_change(parse_change(change.change), feature.level_label)
        cases.append(f"then, {_english(pack, change.when)}: {words}")
    return "; ".join(cases)


def _english(pack: DiseasePack, rule: str) -> str:
    return parse(rule, pack.vocabulary).english(pack.vocabulary)


# -- regimens --------------------------------------------------------------------------------------


def _regimens_page(packs: tuple[DiseasePack, ...]) -> Iterator[str]:
    yield "# Regimens\n"
    yield "For whom each regimen comes into question, in words made from its rules. *Never* holds"
    yield "where the published words and the published criteria agree, or the limit is absolute for"
    yield "the same drug in another regimen; *caution* where only one of the two says it or the"
    yield "words soften it. This informs a board; it prescribes nothing.\n"
    for pack in packs:
        yield f"\n## {pack.label}\n"
        for regimen in pack.regimens:
            yield from _regimen(pack, regimen)


def _regimen(pack: DiseasePack, regimen: Regimen) -> Iterator[str]:
    comparator = " (comparator of trials only)" if regimen.comparator_only else ""
    yield f"### {regimen.label}{comparator}\n"
    when = f"Setting: {regimen.setting}; line: {regimen.line}."
    yield f"`{regimen.id}`: {_drugs(regimen.drugs)}. {when}"
    for word, rule in (
        ("For", regimen.eligible_when),
        ("Never", regimen.never_when),
        ("Caution", regimen.caution_when),
        ("Favoured", regimen.preferred_when),
    ):
        if rule:
            yield f"- {word}: {_english(pack, rule)}"
    if regimen.contraindications:
        yield f"- As published: {regimen.contraindications}"
    if regimen.split_note:
        yield f"- Note: {regimen.split_note}"
    arms = [arm.trial for arm in pack.arms_of(regimen.id)]
    arms += [arm.trial for arm in pack.early_arms_of(regimen.id)]
    yield f"- Arms: {', '.join(dict.fromkeys(arms)) or regimen.arm_exempt}\n"


def _drugs(drugs: Iterable[Drug]) -> str:
    words = []
    for drug in drugs:
        dose = f" {drug.dose}" if drug.dose else ""
        instead = f" (instead of {drug.instead_of})" if drug.instead_of else ""
        words.append(f"{drug.name}{dose}{instead}")
    return "; ".join(words)


# -- evidence --------------------------------------------------------------------------------------


def _evidence_page(packs: tuple[DiseasePack, ...]) -> Iterator[str]:
    yield "# Evidence\n"
    yield "Arms of published trials. Medians are in months with their interval; hazard ratios are"
    yield "against the control named. Medians and hazard ratios of one row may come from different"
    yield "data cuts.\n"
    yield UNREAD
    yield "\n" + _shares(packs)
    for pack in packs:
        yield f"\n## {pack.label}\n"
        yield from _table(
            ("trial", "arm", "n", "response %", "PFS", "OS", "hazard ratios", "source", "re-read"),
            (_arm_row(arm) for arm in pack.arms),
        )
        if pack.early_arms:
            yield f"\n### {pack.label}: early disease\n"
            yield from _table(
                ("trial", "arm", "n", "endpoint", "event-free %", "alive %", "source", "re-read"),
                (_early_row(arm) for arm in pack.early_arms),
            )


def _shares(packs: tuple[DiseasePack, ...]) -> str:
    lines = ["| disease | arms | toxicity rows | effects | sequences | sites | re-read |"]
    lines.append("|---|---|---|---|---|---|---|")
    for pack in packs:
        tables = (pack.arms, pack.toxicities, pack.effects, pack.sequences, pack.sites)
        rows = [row for table in (*tables, pack.early_arms) for row in table]
        read = sum(row.source.verified is not Verified.MEMORY for row in rows)
        counts = " | ".join(str(len(table)) for table in tables)
        lines.append(f"| {pack.label} | {counts} | {read} of {len(rows)} rows, whole or in part |")
    return "\n".join(lines)


def _arm_row(arm: Arm) -> tuple[str, ...]:
    hazards = (("PFS", arm.pfs_hazard_ratio), ("OS", arm.os_hazard_ratio))
    ratios = [f"{name} {_estimate(ratio)}" for name, ratio in hazards if ratio.value is not None]
    return (
        arm.trial,
        arm.arm_label,
        _number(arm.n),
        _number(arm.orr_pct),
        _estimate(arm.pfs_median),
        _estimate(arm.os_median),
        "; ".join(ratios) + (f" against {arm.control_regimen_id}" if ratios else ""),
        _source(arm),
        MARKS[arm.source.verified],
    )


def _early_row(arm: EarlyArm) -> tuple[str, ...]:
    return (
        arm.trial,
        arm.arm_label,
        _number(arm.n),
        arm.endpoint,
        f"{_number(arm.endpoint_pct)} at {_number(arm.landmark_years)} years",
        "" if arm.os_pct is None else f"{arm.os_pct:g} at {_number(arm.os_landmark_years)} years",
        _source(arm),
        MARKS[arm.source.verified],
    )


def _source(arm: Arm | EarlyArm) -> str:
    return f"{arm.source.text}. {arm.source.reference}".rstrip(". ")


def _estimate(estimate: Estimate) -> str:
    ends = (estimate.low, estimate.high)
    if estimate.value is None and ends == (None, None):
        return ""
    value = "not reached" if estimate.value is None else f"{estimate.value:g}"
    if ends == (None, None):
        return value
    low, high = ("…" if end is None else f"{end:g}" for end in ends)
    return f"{value} ({low} to {high})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


# -- stories ---------------------------------------------------------------------------------------

_ANSWERS = {"yes": "Open", "unknown": "Undecided", "no": "Closed", "cautions": "With a caution"}


def _scores_page(_: tuple[DiseasePack, ...]) -> Iterator[str]:
    shelf = built_in_shelf()
    yield "# Published scores\n"
    yield (
        f"{len(shelf.ids)} scores, each a file in `dashboard/scores/catalogue/` and a function in "
        "`dashboard/scores/formulas.py`; a new one needs nothing else. A score is withheld where "
        "a criterion of its scope fails, and says what is missing where an input is unknown. "
        "Amounts that patients hold as a multiple of the laboratory's upper limit are worked out "
        "only where that limit was stated. No score here is a recommendation.\n"
    )
    header = ("score", "for whom", "formula", "groups with what was published", "source", "re-read")
    yield from _table(header, (_score_row(score) for score in shelf.scores))
    yield "\n## Inputs, terms and limits"
    for score in shelf.scores:
        yield f"\n### {score.name} (`{score.id}`, version {score.version})\n"
        inputs = (f"{i.label}{f' ({i.unit})' if i.unit else ''}" for i in score.inputs)
        yield f"Inputs: {', '.join(inputs)}."
        limits = " ".join(score.caveats)
        yield f"Terms: {score.terms}{f' Limits: {limits}' if limits else ''}"


def _score_row(score: Score) -> tuple[str, ...]:
    scope = "; ".join(criterion.text for criterion in score.scope) or "any adult"
    groups = "; ".join(
        f"{group.label}"
        + (f": {', '.join(map(_outcome, group.outcomes))}" if group.outcomes else "")
        for group in score.groups
    )
    source = " ".join((score.source.text, score.source.reference))
    return score.name, scope, score.formula, groups or "none", source, MARKS[score.source.verified]


def _outcome(outcome: Outcome) -> str:
    unit = "%" if outcome.unit == "%" else f" {outcome.unit}"
    told = f"{outcome.endpoint} {outcome.value:g}{unit}"
    return told if outcome.verified else f"{told} (not re-read)"


def _stories_page(packs: tuple[DiseasePack, ...]) -> Iterator[str]:
    yield "# Clinical stories\n"
    yield "Small invented patients, and what the published rules say of some regimens for them."
    yield "Each story is a test as well: a rule that comes out otherwise stops the build.\n"
    told = tomllib.loads(STORIES.read_text(encoding="utf-8"))["story"]
    for pack in packs:
        yield f"\n## {pack.label}"
        for story in told:
            if story["disease"] == pack.id:
                yield from _story(pack, story)


def _story(pack: DiseasePack, story: dict[str, Any]) -> Iterator[str]:
    labels = {regimen.id: regimen.label for regimen in pack.regimens}
    known = "; ".join(_fact(pack.vocabulary[name], value) for name, value in story["facts"].items())
    yield f"\n### {story['title']}\n\n{story['why']}\n"
    line = f"line of treatment: {story['line']}; " if "line" in story else ""
    yield f"- Known: {line}{known}"
    for answer, word in _ANSWERS.items():
        if story.get(answer):
            yield f"- {word}: {'; '.join(labels[name] for name in story[answer])}"
    if "decides" in story:
        yield f"- Would settle most: {pack.vocabulary[story['decides']].label}"


def _fact(feature: Feature, value: object) -> str:
    if isinstance(value, bool):
        return f"{feature.label}: {'yes' if value else 'no'}"
    if isinstance(value, str):
        return f"{feature.label}: {feature.level_label(value)}"
    return f"{feature.label}: {value:g} {feature.unit}".rstrip()


# -- what was merged -------------------------------------------------------------------------------


def _changes_page(packs: tuple[DiseasePack, ...]) -> Iterator[str]:
    evidence = tomllib.loads(CHANGES.read_text(encoding="utf-8"))
    changes = evidence.pop("changes")
    yield "# Merged and left out\n"
    yield "The packs were made once from tables of published figures, compiled separately for two"
    yield "pairs of diseases. This page lists every row, name or figure that did not come over as"
    yield "it stood, with the reason. `tests/contracts/test_packs.py` holds the packs to it.\n"
    yield "| disease | " + " | ".join(evidence["breast"]) + " |"
    yield "|---" * (len(evidence["breast"]) + 1) + "|"
    for disease, tables in evidence.items():
        counts = (str(tables.get(name, {}).get("rows", "")) for name in evidence["breast"])
        yield f"| {disease} | " + " | ".join(counts) + " |"
    exempt = [
        (pack.id, "effects", f"{effect.feature} / {effect.level}", "(no rule)", effect.when_exempt)
        for pack in packs
        for effect in pack.effects
        if effect.when_exempt
    ]
    for kind in sorted({change["kind"] for change in changes}):
        yield f"\n## {kind.capitalize()}\n"
        rows = [
            tuple(change.get(key, "") for key in ("disease", "table", "was", "now", "reason"))
            for change in changes
            if change["kind"] == kind
        ]
        yield from _table(("disease", "table", "was", "now", "reason"), rows)
    yield "\n## Levels that no rule can state\n"
    yield from _table(("disease", "table", "level", "rule", "reason"), exempt)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check name those that are out of date."""
    if "--check" in arguments:
        old = stale()
        for name in old:
            print(f"docs/reference/{name} is out of date: run scripts/make_reference_docs.py")
        return 1 if old else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
