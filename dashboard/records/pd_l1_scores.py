"""Which PD-L1 score a cell speaks of, where words stand beside the number: TPS 80%, CPS 20.

Pathologists score PD-L1 in several ways that cannot be turned into one another. A word that names
the feature's own score (or the antibody) is read away; one that names another score makes the
number somebody else's, unless the cell gives its own score beside it. What the number itself means
is for `amounts`; the TC and IC grades 0 to 3 are no percentages and are never taken for one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OWN = {"pd_l1_tps": "TPS", "pdl1_cps": "CPS"}
_NAMES = {
    "TPS": "tumour proportion score",
    "CPS": "combined positive score",
    "IC": "immune cell score",
    "TAP": "tumour area positivity",
}
_PERCENTAGE = r"(?=[\s:=]*[<>≥≤=]*\s*\d+(?:[.,]\d+)?\s*%)"
_WORDS = {
    "TPS": rf"TPS|tumou?r proportion scores?|TC{_PERCENTAGE}",
    "CPS": r"CPS|combined positive scores?",
    "IC": r"IC|immune[ -]cells?(?: scores?)?",
    "TAP": r"TAP|tumou?r area positivity(?: scores?)?",
}
_SCORE = re.compile(
    "|".join(rf"(?<!\w)(?P<{name}>{words})(?![a-z])" for name, words in _WORDS.items()),
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?<![\w-])(?:PD-? ?L1(?!\w)|[(\[]?(?:22C3|28-8|SP263|SP142|73-10)[)\]]?(?!\w))",
    re.IGNORECASE,
)
_NUMBER = r"[\s:=]*(?:[<>≥≤]=?)?\s*\d+(?:[.,]\d+)?\s*%?\s*"
_BREAK = r"[;/]|,(?!\d)"
_EMPTY = re.compile(r"[(\[]\s*[)\]]")
_EDGES = " \t\n:=,;/"


@dataclass(frozen=True, slots=True)
class ScoreText:
    """A cell of a PD-L1 score: what is left to be read as a number, or which other score it is."""

    text: str
    other: str = ""  # the other score, in words
    note: str = ""  # what was read away


def own_score(feature: str, text: str) -> ScoreText:
    """The text of a cell without words for the feature's own score; unchanged for other features.

    Args:
        feature: the id of the feature the cell is read for.
        text: what stood in the cell.
    """
    own = _OWN.get(feature)
    if own is None or not (_SCORE.search(text) or _BESIDE.search(text)):
        return ScoreText(text)
    rest = _without_others(own, text)
    others = [name for name in _named(rest) if name != own]
    if others:
        return ScoreText(text, f"{_NAMES[others[0]]} ({others[0]})")
    left = _BESIDE.sub(" ", _SCORE.sub(" ", rest))
    left = re.sub(r"^[-\u2013\u2014]\s+", "", _EMPTY.sub("", left).strip(_EDGES))
    if not any(sign.isalnum() for sign in left):
        return ScoreText(text)
    return ScoreText(left, note=f"'{text.strip()}' read as {left}")


def called(feature: str) -> str:
    """The feature's own score in words."""
    own = _OWN[feature]
    return f"{_NAMES[own]} ({own})"


def _named(text: str) -> list[str]:
    """The scores a text names, in their order."""
    return [found.lastgroup or "" for found in _SCORE.finditer(text)]


def _without_others(own: str, text: str) -> str:
    """The text without other scores that stand apart from its own: TPS 10%, CPS 20."""
    words = "|".join(words for name, words in _WORDS.items() if name != own)
    other = rf"(?:PD-? ?L1\s*)?(?<!\w)(?:{words})(?![a-z]){_NUMBER}"
    bracketed = re.sub(rf"(?<=\S)\s*[(\[]{other}[)\]]", "", text, flags=re.IGNORECASE)
    if own not in _named(bracketed):
        return bracketed
    apart = rf"(?:{_BREAK})\s*{other}(?={_BREAK}|$)|^\s*{other}(?:{_BREAK})"
    return re.sub(apart, "", bracketed, flags=re.IGNORECASE)
