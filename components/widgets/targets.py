"""Which forecast a question is about: the regimen, the one it is compared with, the figure.

Shared by the pages that explain a forecast and those that ask what would change it. Only what the
model has learnt is offered.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.widgets.panels import plain
from dashboard.answers.explanation import (
    MONTHS,
    PROBABILITY,
    PROGRESSION,
    TIMED,
    TOXICITY,
    Target,
)
from dashboard.answers.model_card import ModelCard
from dashboard.knowledge.schema import DiseasePack

_SHARE, _MEAN = "Share at the month", "Mean months until then"
_NAMES = {
    "response": "Response", "os": "Overall survival", "pfs": "Progression-free survival",
    PROGRESSION: "Progression",
}  # fmt: skip


def choose_regimen(pack: DiseasePack, first: Sequence[str], *, key: str) -> str:
    """The regimen whose forecast is asked about; those of the board come first.

    A model of one prognosis knows no regimen: nothing is asked then, and the empty name is meant.
    """
    if tuple(first) == ("",):
        return ""
    others = [regimen.id for regimen in pack.regimens if regimen.id not in first]
    chosen: str = st.selectbox(
        "Regimen", [*first, *others], format_func=lambda name: plain(pack.regimen(name).label),
        key=key, persist_state="session",
    )  # fmt: skip
    return chosen


def choose_versus(pack: DiseasePack, regimen: str, first: Sequence[str], *, key: str) -> str:
    """The regimen it is to be compared with; empty for none."""
    if not regimen:
        return ""
    others = [each.id for each in pack.regimens if each.id not in first]
    offered = [name for name in (*first, *others) if name != regimen]
    chosen: str = st.selectbox(
        "Rather than", ["", *offered], key=f"{key}.{regimen}", persist_state="session",
        format_func=lambda name: plain(pack.regimen(name).label) if name else "(nothing)",
    )  # fmt: skip
    return chosen


def choose_other(pack: DiseasePack, regimen: str, first: Sequence[str], *, key: str) -> str:
    """Another regimen to compare with; those of the board come first."""
    others = [each.id for each in pack.regimens if each.id not in first]
    chosen: str = st.selectbox(
        "Compared with", [name for name in (*first, *others) if name != regimen],
        key=f"{key}.{regimen}", persist_state="session",
        format_func=lambda name: plain(pack.regimen(name).label),
    )  # fmt: skip
    return chosen


def choose_target(card: ModelCard, pack: DiseasePack, *, key: str, timed: bool = False) -> str:
    """Which figure: those the model has learnt; those read off a curve alone where `timed`."""
    offered = [name for name in targets_of(card) if not timed or name in TIMED]
    chosen: str = st.selectbox(
        "Figure", offered, key=key, persist_state="session",
        index=offered.index("os") if "os" in offered else 0,
        format_func=lambda name: plain(target_label(name, pack)),
    )  # fmt: skip
    return chosen


def ask(pack: DiseasePack, card: ModelCard, first: Sequence[str], *, key: str) -> tuple[str, str]:
    """Under which regimen, and which figure, side by side."""
    left, right = st.columns(2, gap="small")
    with left:
        regimen = choose_regimen(pack, first, key=f"{key}.regimen")
    with right if regimen else left:
        return regimen, choose_target(card, pack, key=f"{key.partition('.')[0]}.target")


def ask_pair(
    pack: DiseasePack, card: ModelCard, first: Sequence[str], *, key: str
) -> tuple[str, str, str]:
    """Under which regimen, rather than which other (or none), and which figure."""
    chosen = st.columns(3, gap="small")
    with chosen[0]:
        regimen = choose_regimen(pack, first, key=f"{key}.regimen")
    with chosen[1]:
        versus = choose_versus(pack, regimen, first, key=f"{key}.versus")
    with chosen[2 if regimen else 0]:
        return regimen, versus, choose_target(card, pack, key=f"{key.partition('.')[0]}.target")


def choose_scale(target: str, *, key: str) -> str:
    """Survival as a share at the month, or as mean months until then."""
    if target not in ("os", "pfs"):
        return PROBABILITY
    picked = st.segmented_control(
        "Counted as", (_SHARE, _MEAN), default=_SHARE, required=True, key=key,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return MONTHS if picked == _MEAN else PROBABILITY


def targets_of(card: ModelCard) -> list[str]:
    """What the model can be asked about, in the order of a board."""
    learnt = [head.target.partition(":")[0] for head in card.heads]
    timed = [name for name in ("response", "os", "pfs") if name in learnt]
    causes = [PROGRESSION] if PROGRESSION in learnt else []
    groups = [head.target for head in card.heads if head.target.startswith(TOXICITY)]
    return [*timed, *causes, *groups]


def target_of(name: str, months: int, scale: str = PROBABILITY) -> Target:
    """The target of a figure; a month belongs only to what is read off a curve."""
    return Target(name, float(months), scale) if name in TIMED else Target(name)


def is_timed(name: str) -> bool:
    """Whether the figure is read off a curve, so that it needs a month."""
    return name in TIMED


def target_label(name: str, pack: DiseasePack) -> str:
    """A figure in words."""
    if not name.startswith(TOXICITY):
        return _NAMES[name]
    group = name.removeprefix(TOXICITY)
    label = next((g.label for g in pack.adverse_groups if g.id == group), group)
    return "Any severe toxicity" if group == "any" else f"Severe toxicity: {label}"


def under(regimen: str, pack: DiseasePack) -> str:
    """`under Docetaxel`, or whatever is given where the model knows no treatments."""
    return f"under {pack.regimen(regimen).label}" if regimen else "whatever is given"


def question_words(target: Target, pack: DiseasePack) -> str:
    """`Overall survival at 12 months`."""
    label = target_label(target.name, pack)
    if target.months is None:
        return label
    if target.scale == MONTHS:
        return f"{label}, mean months of the first {target.months:g}"
    return f"{label} {'by' if target.name == PROGRESSION else 'at'} {target.months:g} months"
