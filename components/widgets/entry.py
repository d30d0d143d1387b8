"""Typing a patient in: a field for every fact of the pack, each of which may stay unknown.

Numbers are text fields, so that a field can be empty and what was typed is kept as it stood; the
readers of files judge it, with the same questions about units and decimal marks. Nothing has a
default. A finding appears beneath its field, with its cure and the answers one can choose from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from components.charts import theme
from components.charts.values import UNKNOWN, by_group, range_text
from components.widgets import panels
from components.widgets.patient import finding_lines
from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.cells import Raw
from dashboard.records.patient import TYPED_IN, Choice, Finding, Value, Where
from dashboard.records.subjects import facts_of
from dashboard.records.units import UnitTable
from dashboard.records.wording import unit_label

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_PER_ROW = 3
_KINDS = (Kind.NUMBER, Kind.ORDINAL, Kind.CATEGORY, Kind.FLAG)  # alike fields side by side
_FLAG_WORDS = {"": "Unknown", "yes": "Yes", "no": "No"}
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Form:
    """The fields as filled in, and the place beneath each for what is found."""

    key: str
    typed: Mapping[str, Raw] = field(default_factory=dict)
    beneath: dict[str, DeltaGenerator] = field(default_factory=dict)
    other_keys: dict[str, str] = field(default_factory=dict)  # of fields that hold no fact


def entry_form(
    pack: DiseasePack, start: Mapping[str, str], *, key: str, only: Sequence[str] = ()
) -> Form:
    """Draw a field for each fact, by group.

    Args:
        pack: whose facts to ask for.
        start: what the fields hold at first, as text.
        key: prefix of the widgets' keys.
        only: ask for these facts alone, without group headings.
    """
    typed: dict[str, Raw] = {}
    beneath: dict[str, DeltaGenerator] = {}
    groups = by_group(pack.features)
    if only:
        groups = {"": [pack.feature(name) for name in only if name in pack.vocabulary]}
    for title, members in groups.items():
        if title:
            st.subheader(title, anchor=False)
        features = sorted(members, key=lambda feature: _KINDS.index(feature.kind))
        for row in range(0, len(features), _PER_ROW):
            for column, feature in zip(
                st.columns(_PER_ROW, gap="medium"),
                features[row : row + _PER_ROW],
                strict=False,
            ):
                with column:
                    typed[feature.id] = entry_field(feature, start.get(feature.id, ""), key=key)
                    beneath[feature.id] = st.container()
    return Form(key, typed, beneath)


def who(diseases: Mapping[str, str], *, key: str) -> tuple[str, str, DeltaGenerator]:
    """Which tumour group, under which pseudonym, and the place beneath for what is found."""
    left, right = st.columns([1, 2], gap="medium")
    with left:
        disease = st.selectbox(
            "Tumour group",
            list(diseases),
            index=None,
            format_func=diseases.__getitem__,
            placeholder="Choose one",
            key=f"{key}.disease",
            persist_state="session",
        )
    with right:
        pseudonym = st.text_input(
            "Pseudonym",
            max_chars=_LONGEST_NUMBER,
            help="A name of your choice for this record: no patient's name, no hospital number.",
            placeholder="such as CASE-1",
            key=f"{key}.pseudonym",
            autocomplete="off",
            persist_state="session",
        )
        beneath = st.container()
    return disease or "", (pseudonym or "").strip(), beneath


def entry_field(feature: Feature, start: str, *, key: str) -> Raw:
    """One field; empty text means unknown."""
    name = f"{key}.{feature.id}"
    if feature.kind is Kind.NUMBER:
        return _number(feature, start, name)
    if feature.kind is Kind.FLAG:
        return _raw(feature, _choice(feature, _FLAG_WORDS, start, name))
    words = {"": "Unknown"} | {level: feature.level_label(level) for level in feature.levels}
    return _raw(feature, _choice(feature, words, start, name))


def as_typed(feature: Feature, value: Value | None) -> Raw:
    """A value as if it had been typed, its unit stated."""
    if value is None:
        return _raw(feature, "")
    if isinstance(value, bool):
        return _raw(feature, "yes" if value else "no")
    text = f"{value:.10g}" if isinstance(value, float) else value
    return _raw(feature, text, feature.unit)


def show_findings(
    form: Form, findings: Sequence[Finding], pack: DiseasePack
) -> dict[str, str | None]:
    """Findings beneath their fields; what to fill in where an answer was chosen, by widget key."""
    fills: dict[str, str | None] = {}
    for place, finding in enumerate(findings):
        names = (finding.where.field, *facts_of(finding, pack))
        beside = [form.beneath[name] for name in names if name in form.beneath]
        with beside[0] if beside else st.container():
            choice = finding_with_choices(finding, key=f"{form.key}.{place}.{finding.code}")
        for name, value in (choice.values if choice else {}).items():
            if name in form.typed:
                fills |= fills_for(pack.feature(name), value, key=form.key)
            elif name in form.other_keys:
                fills[form.other_keys[name]] = str(value)
    return fills


def fills_for(feature: Feature, value: Value | None, *, key: str) -> dict[str, str | None]:
    """What a field's widgets are to hold for this value, by their keys."""
    raw = as_typed(feature, value)
    fills: dict[str, str | None] = {f"{key}.{feature.id}": raw.text}
    if _has_unit_choice(feature):
        fills[f"{key}.{feature.id}.unit"] = raw.unit or None
    return fills


def finding_with_choices(finding: Finding, *, key: str) -> Choice | None:
    """A finding and the answers one can give; the one chosen just now."""
    panels.show(finding_lines([finding]))
    if not finding.choices:
        return None
    picked = st.radio(
        panels.plain(finding.message),
        range(len(finding.choices)),
        index=None,
        format_func=lambda place: panels.plain(finding.choices[place].label),
        key=key,
        label_visibility="collapsed",
    )
    return None if picked is None else finding.choices[picked]


def _number(feature: Feature, start: str, name: str) -> Raw:
    units = UnitTable.standard().accepted(feature)
    several = _has_unit_choice(feature)
    label = feature.label if several or not units else f"{feature.label} ({_unit(feature.unit)})"
    place, beside = (
        st.columns([3, 2], gap="small", vertical_alignment="bottom")
        if several
        else (st.container(), None)
    )
    with place:
        text = st.text_input(
            panels.plain(label),
            value=start,
            max_chars=_LONGEST_NUMBER,
            help=_help(feature),
            placeholder=UNKNOWN,
            key=name,
            autocomplete="off",
            persist_state="session",
        )
    if beside is None:
        return _raw(feature, text or "")
    with beside:
        unit = st.selectbox(
            f"Unit of {panels.plain(feature.label)}",
            units,
            index=None,
            format_func=_unit,
            placeholder=_unit(feature.unit),
            key=f"{name}.unit",
            label_visibility="collapsed",
            persist_state="session",
        )
    return _raw(feature, text or "", unit or "")


def _raw(feature: Feature, text: str, unit: str = "") -> Raw:
    """A unit counts as stated only beside something typed; unstated, the readers may ask."""
    return Raw(text, Where(TYPED_IN, None, feature.id), unit=unit if text.strip() else "")


def _has_unit_choice(feature: Feature) -> bool:
    return feature.kind is Kind.NUMBER and len(UnitTable.standard().accepted(feature)) > 1


def _choice(feature: Feature, words: Mapping[str, str], start: str, name: str) -> str:
    options = list(words)
    label = panels.plain(feature.label)
    at = options.index(start) if start in options else 0
    if feature.kind is Kind.FLAG:
        picked = st.radio(
            label,
            options,
            at,
            words.__getitem__,
            name,
            _help(feature),
            horizontal=True,
            persist_state="session",
        )
    else:
        picked = st.selectbox(
            label,
            options,
            at,
            words.__getitem__,
            name,
            _help(feature),
            persist_state="session",
        )
    return picked or ""


def _unit(unit: str) -> str:
    return unit_label(unit) or unit


def _help(feature: Feature) -> str | None:
    usual = range_text(feature)
    parts = [feature.help, f"Usual: {usual}." if usual else ""]
    if feature.hard is not None:
        low, high = theme.quantity(feature.hard.low), theme.quantity(feature.hard.high)
        parts.append(f"Accepted: {low} to {high} {_unit(feature.unit)}.")
    return panels.plain(" ".join(part for part in parts if part)) or None
