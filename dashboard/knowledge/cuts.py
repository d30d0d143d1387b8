"""Where the rules of a pack's regimens cut a number in two: PD-L1 at 1 and at 50.

A result that is reported as a band (<1, 1-49) says as much as its exact number wherever no rule
tells values of the band apart; `records.bands` decides by these cuts. Effects of trials and the
models are no rules: they take the number as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dashboard.knowledge.schema import Cut, Feature, Kind, Regimen

_NUMBER = r"-?\d+(?:\.\d+)?"
_OPERATOR = r"<=|>=|==|!=|<|>"
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def with_cuts(features: Iterable[Feature], regimens: Iterable[Regimen]) -> tuple[Feature, ...]:
    """The features, the numbers among them with the cuts that the rules of regimens make."""
    rules = " ; ".join(
        text
        for one in regimens
        for text in (one.eligible_when, one.never_when, one.caution_when, one.preferred_when)
    )
    return tuple(
        feature.model_copy(update={"cuts": _cuts(feature.id, rules)})
        if feature.kind is Kind.NUMBER
        else feature
        for feature in features
    )


def _cuts(name: str, rules: str) -> tuple[Cut, ...]:
    after = re.findall(rf"\b{name}\s*({_OPERATOR})\s*({_NUMBER})", rules)
    before = re.findall(rf"({_NUMBER})\s*({_OPERATOR})\s*{name}\b", rules)
    found = {(operator, float(number)) for operator, number in after}
    found |= {(_TURNED.get(operator, operator), float(number)) for number, operator in before}
    return tuple(sorted(found, key=lambda cut: (cut[1], cut[0])))
