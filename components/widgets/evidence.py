"""What is published for a regimen beside the patient on the screen.

Arms say whether their population fits, which criterion differs and which cannot be judged; every
figure has its interval, its source and a mark whether it was re-read there. Effects that support a
regimen stand beside those that contradict it; what only tells the outlook stands apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.charts.evidence import ForestRow, forest_figure, text_of
from components.charts.markup import Markup, element, join, unbroken
from components.charts.theme import RawFigure
from components.widgets import panels
from components.widgets.figures import show_figure
from components.widgets.panels import Tone, chip, re_read_mark
from components.widgets.tables import Cell, Column, table
from dashboard.answers.evidence import (
    ENDPOINTS,
    OS,
    PFS,
    RESPONSE,
    TOXICITY,
    ArmRow,
    Citation,
    EffectRow,
    Figure,
    RegimenEvidence,
    TierRow,
)
from dashboard.knowledge.matching import Bearing, Fit
from dashboard.knowledge.schema import Verified
from dashboard.records.wording import counted

FITS: Mapping[str, tuple[Tone, str]] = {
    Fit.FITS: (Tone.GOOD, "fits"),
    Fit.AS_FAR_AS_KNOWN: (Tone.UNKNOWN, "fits as far as known"),
    Fit.NEARLY: (Tone.CAUTION, "nearly fits"),
    Fit.DOES_NOT_FIT: (Tone.CLOSED, "does not fit"),
}
CLOSE = (Fit.FITS, Fit.AS_FAR_AS_KNOWN, Fit.NEARLY)
PREDICTIVE = "predictive"
_HYPHEN = "\N{NON-BREAKING HYPHEN}"
_IN_TABLE = {RESPONSE: ("objective response",), PFS: ("median PFS",), OS: ("median OS",)}


def choose_regimen(found: Sequence[RegimenEvidence], *, key: str) -> RegimenEvidence:
    """One regimen of the pack; each says how many arms fit the patient."""
    by_id = {each.regimen: each for each in found}
    close = [each.regimen for each in found if any(arm.fit in CLOSE for arm in each.arms)]
    picked = st.selectbox(
        "Regimen", list(by_id), index=list(by_id).index(close[0]) if close else 0,
        format_func=lambda name: f"{by_id[name].label} \N{MIDDLE DOT} {_close_text(by_id[name])}",
        key=key,
    )  # fmt: skip
    return by_id[picked]


def overview(
    found: Sequence[RegimenEvidence], guidelines: Mapping[str, Markup] | None = None
) -> Markup:
    """Every regimen that was given to patients like this one, with the arm that fits best.

    Args:
        found: what is published.
        guidelines: by regimen, what the hospital's own guideline tables say, where it has any.
    """
    like = [each for each in found if any(arm.fit in CLOSE for arm in each.arms)]
    if not like:
        return panels.empty_state(
            "No published arm took patients like this one.",
            "Each regimen below still shows its arms, and which criterion differs.",
        )
    columns = (
        Column("Regimen", width="30%"), Column("Arm that fits best", width="27%"),
        Column("Response", number=True), Column("PFS, months", number=True),
        Column("OS, months", number=True), Column("Tier", width="3.5rem"),
        *([Column("Own guidelines", width="16%")] if guidelines else []),
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for each in like:
        best, *more = sorted(
            (arm for arm in each.arms if arm.fit in CLOSE), key=lambda arm: CLOSE.index(arm.fit)
        )
        rows.append(
            [
                each.label, _best(best, len(more)), *[_cell(best, name) for name in _IN_TABLE],
                each.tier.name if each.tier else "",
                *([guidelines.get(each.regimen, "")] if guidelines else []),
            ]
        )  # fmt: skip
    other = len(found) - len(like)
    were = "was" if len(like) == 1 else "were"
    told = (
        f"{counted(len(like), 'regimen')} {were} given to patients like this one; of "
        f"{counted(other, 'other')} no "
    )
    caption = (
        f"{told}arm took such patients. In brackets the 95% intervals. Tier: of ESCAT, computed "
        "from the trials here"
    )
    return table(caption, columns, rows)


def old_notice(newest: int | None) -> Markup:
    """That nothing newer than a year is in the pack."""
    until = f"The newest trial here is of {newest}." if newest else "No trial here has a year."
    return panels.callout(
        Tone.CAUTION, f"This evidence is more than 12 months old. {until}",
        "Look for newer trials before relying on it; an administrator can put a newer pack in.",
    )  # fmt: skip


def tier_note(tier: TierRow) -> Markup:
    """The tier of the regimen in full, with the rule that gave it and what it is not."""
    title = f"ESCAT {tier.name} by rule: {tier.change}"
    words = (
        f"{tier.trial}, {tier.rule}. Computed from the trials of this pack in this tumour alone; "
        "whether the benefit matters to a patient is not judged, and it is no assignment by ESMO."
    )
    return panels.callout(Tone.PLAIN, title, words, source_cell(tier.source))


def _best(arm: ArmRow, more: int) -> Markup:
    facts = [arm.fit, f"n = {arm.patients:,}" if arm.patients else "", str(arm.year or "")]
    several = "" if more == 1 else "s"
    facts.append(f"{more} more arm{several}" if more else "")
    told = " \N{MIDDLE DOT} ".join(fact for fact in facts if fact)
    return join([f"{arm.trial}: {arm.arm}", element("br"), _small(told)])


def fit_figures(evidence: RegimenEvidence) -> Markup:
    """How many arms fit, nearly fit and do not."""
    return panels.figures(*[(str(evidence.counted(fit)), word) for fit, (_, word) in FITS.items()])


def show_forest(arms: Sequence[ArmRow], *, key: str) -> RawFigure | None:
    """One measure's figures as a forest, the patient's own kind of trial in full; gives it."""
    labels = list(dict.fromkeys(f.label for arm in arms for f in arm.figures))
    if not labels:
        return None
    picked = st.segmented_control(
        "Figure drawn", labels, default=labels[0], required=True, key=key, wrap=True,
        format_func=lambda label: label[:1].upper() + label[1:],
    )  # fmt: skip
    held = [(arm, figure) for arm in arms for figure in arm.figures if figure.label == picked]
    rows = [
        ForestRow(
            f"{arm.trial}: {arm.arm}", figure.value, figure.low, figure.high,
            note=f"{arm.fit}; interval {figure.interval}", faint=arm.fit not in CLOSE,
        )
        for arm, figure in held
    ]  # fmt: skip
    unit = held[0][1].unit
    figure = forest_figure(rows, title=_axis(held[0][1]), unit=unit)
    show_figure(figure, key=f"{key}.{picked}")
    whose = sorted({figure.interval for _, figure in held})
    st.caption(
        "Filled: the patient fits the trial's population or nearly does. Hollow: does not fit. "
        f"Intervals at 95 %: {'; '.join(whose)}."
    )
    return figure


def arms_table(arms: Sequence[ArmRow]) -> Markup:
    """Each arm: whom it took, how the patient stands to it, what came out, against what, where."""
    columns = (
        Column("Trial and arm", width="25%"), Column("The patient", width="21%"),
        Column("Response", number=True), Column("PFS, months", number=True),
        Column("OS, months", number=True), Column("Source", width="18%"),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [
            _arm_name(arm), _fit(arm), *[_cell(arm, endpoint) for endpoint in _IN_TABLE],
            source_cell(arm.source),
        ]
        for arm in arms
    ]  # fmt: skip
    return table("Trial arms of this regimen", columns, rows, quiet=True)


def effects_table(effects: Sequence[EffectRow], caption: str) -> Markup:
    """Published effects, one a row."""
    columns = (Column("In whom", width="38%"), Column("Effect", width="26%"), Column("Source"))
    rows: list[list[Cell]] = [
        [
            join([f"{e.feature}: {e.level}", element("br"),
                  _small(f"seen in {e.seen_in}" if e.seen_in else "")]),
            join([_effect_text(e), element("br"), _small(_against(e))]),
            source_cell(e.source),
        ]
        for e in effects
    ]  # fmt: skip
    return table(caption, columns, rows)


def show_effects(evidence: RegimenEvidence) -> None:
    """What supports and what contradicts side by side; the outlook apart."""
    predictive = [effect for effect in evidence.effects if effect.role == PREDICTIVE]
    sides = {
        "Supports": [e for e in predictive if e.bearing == Bearing.SUPPORTS],
        "Contradicts": [e for e in predictive if e.bearing == Bearing.CONTRADICTS],
    }
    for column, (title, held) in zip(st.columns(2, gap="medium"), sides.items(), strict=True):
        with column:
            panels.show(_side(title, held))
    unclear = [e for e in predictive if e.bearing == Bearing.NEITHER]
    outlook = [effect for effect in evidence.effects if effect.role != PREDICTIVE]
    if unclear:
        panels.show(effects_table(unclear, "Neither: the interval includes no difference"))
    if outlook:
        told = effects_table(outlook, "Tells the outlook under any treatment")
        several = "" if len(outlook) == 1 else "s"
        panels.show(panels.disclosure(f"{len(outlook)} effect{several} on the outlook alone", told))


def toxicity_table(evidence: RegimenEvidence) -> Markup:
    """How often each family of side effects was seen."""
    columns = (
        Column("Side effects"), Column("Any grade", number=True),
        Column("Grade 3 or more", number=True), Column("Counted"), Column("Source", width="40%"),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [row.label, _percent(row.any_grade), _percent(row.severe), row.basis or "not stated",
         source_cell(row.source)]
        for row in evidence.toxicities
    ]  # fmt: skip
    caption = "Share of patients with side effects; no intervals were published with these"
    return table(caption, columns, rows)


def source_cell(source: Citation) -> Markup:
    """Where a row was published, with a link for each DOI, and its mark."""
    lines = [element("span", source.text or "no source given", class_="cc-small cc-muted")]
    lines += [_link(name, address) for name, address in source.links]
    lines.append(re_read_mark(Verified(source.verified)))
    return join(part for line in lines for part in (line, element("br")))


def _link(name: str, address: str) -> Markup:
    if not address:
        return element("span", name, class_="cc-small")
    return element(
        "a", name, href=address, class_="cc-small", target="_blank", rel="noopener noreferrer"
    )


def _close_text(evidence: RegimenEvidence) -> str:
    close = sum(arm.fit in CLOSE for arm in evidence.arms)
    if not evidence.arms:
        return "no trial arm"
    fits = "fits or nearly fits" if close == 1 else "fit or nearly fit"
    return f"{close} of {counted(len(evidence.arms), 'arm')} {fits}"


def _axis(figure: Figure) -> str:
    unit = {"%": "share of patients", "ratio": "against the control"}.get(figure.unit, figure.unit)
    return f"{figure.label[:1].upper()}{figure.label[1:]}, {unit}"


def _arm_name(arm: ArmRow) -> Markup:
    facts = [
        f"n = {arm.patients:,}" if arm.patients else "",
        f"phase {arm.phase}" if arm.phase else "",
        arm.line,
        str(arm.year or ""),
        f"followed {arm.followup_months:g} months" if arm.followup_months else "",
    ]
    severe = next((f for f in arm.of(TOXICITY) if f.label.startswith("grade 3")), None)
    lines = [
        _light(arm.arm),
        _small(" \N{MIDDLE DOT} ".join(fact for fact in facts if fact)),
        _small(f"Against {arm.control}" if arm.control else "No control arm named"),
    ]
    if severe is not None:
        basis = f", {severe.note}" if severe.note else ""
        lines.append(_small(f"Grade 3 or more: {text_of(severe)}{basis}"))
    return join([arm.trial, *(part for line in lines for part in (element("br"), line))])


def _fit(arm: ArmRow) -> Markup:
    tone, word = FITS[arm.fit]
    lines = [chip(tone, word)]
    if arm.differs:
        lines.append(_small(f"Asked for: {'; '.join(arm.differs)}"))
    if arm.unknown:
        lines.append(_small(f"Not known of this patient: {'; '.join(arm.unknown)}"))
    if not arm.differs and arm.population:
        lines.append(_small(arm.population))
    return join(part for line in lines for part in (line, element("br")))


def _cell(arm: ArmRow, endpoint: str) -> Markup | str:
    shown = [f for f in arm.of(endpoint) if f.label in _IN_TABLE[endpoint] or f.unit == "%"]
    first = next((f for f in shown if f.label in _IN_TABLE[endpoint]), None)
    first = first or next(iter(shown), None)
    if first is None:
        return _small("not given")
    label = "" if first.label in _IN_TABLE[endpoint] else f"{first.label} ".replace("-", _HYPHEN)
    ratio = next((f for f in arm.of(endpoint) if f.unit == "ratio"), None)
    lines: list[Markup | str] = [unbroken(f"{label}{text_of(first).removesuffix(' months')}")]
    if ratio is not None:
        lines += [element("br"), _small(unbroken(f"HR {text_of(ratio)}"))]
    if not first.re_read:
        lines += [element("br"), _small("not re-read")]
    return join(lines)


def _side(title: str, effects: Sequence[EffectRow]) -> Markup:
    if not effects:
        return panels.empty_state(title, "No published effect that applies to this patient.")
    count = len(effects)
    return effects_table(effects, f"{title}: {count} published effect{'' if count == 1 else 's'}")


def _effect_text(effect: EffectRow) -> str:
    ends = ""
    if effect.low is not None and effect.high is not None:
        ends = f" ({effect.low:g} to {effect.high:g})"
    endpoint = ENDPOINTS.get(effect.endpoint, effect.endpoint).lower()
    return f"{effect.measure} {effect.value:g}{ends}, {endpoint}"


def _against(effect: EffectRow) -> str:
    return f"against {effect.compared_with}" if effect.compared_with else ""


def _percent(value: float | None) -> str:
    return "not given" if value is None else f"{value:g}%"


def _light(text: str) -> Markup:
    return element("span", text, class_="cc-light")


def _small(text: str) -> Markup:
    return element("span", text, class_="cc-small cc-muted cc-light")
