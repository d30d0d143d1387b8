"""An explanation in plain words, made from the same numbers as the bars, in three lengths.

Numbers are spoken as precisely as they are known: "about 7 in 10" where the interval is wide,
hundredths only where it is narrow. Reasons are named only where their sign is sure; what is left
out is counted. A sentence informs and never says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dashboard.answers.explanation import (
    MONTHS,
    REGIMEN,
    TIME,
    TOXICITY,
    Attribution,
    Contrast,
    Contribution,
)
from dashboard.answers.spoken import nearest, step_of_share
from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.patient import Value
from dashboard.records.wording import measured

Length = Literal["short", "medium", "long"]

_WIDE, _NARROW = 0.2, 0.06  # widths of intervals: tenths, twentieths, hundredths
_REASONS = {"short": 1, "medium": 2, "long": 4}
_LEAST = 0.005  # of the scale: half a point is no reason

_CAVEAT = (
    "It is what was seen in patients like this one, not proof that a treatment is the cause, "
    "and it informs without deciding."
)


@dataclass(frozen=True, slots=True)
class Words:
    """How things are called."""

    features: Mapping[str, Feature]
    regimens: Mapping[str, str]
    groups: Mapping[str, str]

    @classmethod
    def of(cls, pack: DiseasePack) -> Words:
        """The words of a pack."""
        return cls(
            pack.vocabulary,
            {regimen.id: regimen.label for regimen in pack.regimens},
            {group.id: group.label for group in pack.adverse_groups},
        )

    def regimen(self, name: str) -> str:
        """A regimen's label."""
        return self.regimens.get(name, name)

    def reason(self, part: Contribution) -> str:
        """A fact with its value, as it is said in the middle of a sentence."""
        if part.feature == REGIMEN:
            return "the regimen itself"
        if part.feature == TIME:
            return "that effects change with time"
        feature = self.features.get(part.feature)
        label = _lowered(feature.label if feature else part.feature.replace("_", " "))
        if part.value is None:
            return f"{label} being unknown"
        return f"{label} ({_told(part.value, feature)})"


def sentence(found: Attribution | Contrast, pack: DiseasePack, length: Length = "medium") -> str:
    """An explanation in words."""
    words = Words.of(pack)
    said = _contrast(found, words) if isinstance(found, Contrast) else _attribution(found, words)
    parts = [said]
    if length != "short":
        parts.append(_reasons(found, words, length))
    if length == "long":
        parts += [_left_out(found), _CAVEAT]
    return " ".join(part for part in parts if part)


def spoken(value: float, low: float | None, high: float | None) -> str:
    """A probability as a count of people, as precise as its interval allows."""
    if low is None or high is None:
        return _counted(value, 10)
    width = high - low
    if width >= _WIDE:
        return _counted(nearest(100 * value, step_of_share(low, high)) / 100, 10)
    fives = int(nearest(100 * value, 5))
    if width >= _NARROW and 0 < fives < 100:  # noqa: PLR2004
        return f"about {fives} in 100"
    return _counted(value, 100)


def _counted(value: float, people: int) -> str:
    count = int(nearest(value * people))
    if count <= 0:
        return f"fewer than 1 in {people}"
    if count >= people:
        return f"nearly {people} in {people}"
    return f"about {count} in {people}"


def _span(found: Attribution) -> str:
    if found.low is None or found.high is None:
        return ""
    if found.scale == MONTHS:
        return f" (between {found.low:.0f} and {found.high:.0f})"
    people = 10 if found.high - found.low >= _WIDE else 100
    low, high = int(nearest(found.low * people)), int(nearest(found.high * people))
    return f" (between {low} and {high} in {people})" if low < high else ""


def _outcome(found: Attribution | Contrast, words: Words) -> str:
    """What the people of the sentence do."""
    month = f"{found.horizon_months:g} months" if found.horizon_months else ""
    if found.target.startswith(TOXICITY):
        group = found.target.removeprefix(TOXICITY)
        label = _lowered(words.groups.get(group, group.replace("_", " ")))
        return f"have severe toxicity ({label})"
    return {
        "response": "respond",
        "os": f"be alive at {month}",
        "pfs": f"be alive without progression at {month}",
        "progression": f"progress within {month}",
    }[found.target]


def _attribution(found: Attribution, words: Words) -> str:
    under = f"under {words.regimen(found.regimen)}" if found.regimen else "whatever is given"
    if found.scale == MONTHS:
        months = _months_of(found, found.output)
        return f"{under[0].upper()}{under[1:]}, about {months} are expected{_span(found)}."
    people = spoken(found.output, found.low, found.high)
    start = people[0].upper() + people[1:]
    return (
        f"{start} patients like this one would be expected to {_outcome(found, words)} "
        f"{under}{_span(found)}."
    )


def _months_of(found: Attribution | Contrast, value: float, more: str = "") -> str:
    kind = {"os": "alive", "pfs": "alive without progression"}.get(
        found.target, "after progression"
    )
    return f"{value:.1f} {more}months {kind} of the first {found.horizon_months:g}"


def _contrast(found: Contrast, words: Words) -> str:
    first, second = words.regimen(found.regimen), words.regimen(found.versus)
    unsure = found.low is not None and found.high is not None and found.low <= 0 <= found.high
    doubt = " The difference could as well be none or the other way round." if unsure else ""
    more = "more" if found.difference >= 0 else "fewer"
    if found.scale == MONTHS:
        months = _months_of(found, abs(found.difference), f"{more} ")
        return f"With {first} rather than {second}, about {months} are expected.{doubt}"
    points = abs(found.difference)
    if round(points * 100) == 0:
        return (
            f"With {first} as with {second}, about equally many patients like this one would be "
            f"expected to {_outcome(found, words)}.{doubt}"
        )
    return (
        f"With {first} rather than {second}, about {_of_hundred(found)} {more} in 100 patients "
        f"like this one would be expected to {_outcome(found, words)}.{doubt}"
    )


def _of_hundred(found: Contrast) -> int:
    """Points, rounded to fives where the interval is wide."""
    points = abs(found.difference) * 100
    wide = found.low is None or found.high is None or found.high - found.low >= _WIDE
    return max(1, round(points)) if not wide or points < 5 else 5 * round(points / 5)  # noqa: PLR2004


def _reasons(found: Attribution | Contrast, words: Words, length: Length) -> str:
    sure = [each for each in found.stable if abs(each.effect) >= _least(found)]
    raised = [words.reason(each) for each in sure if each.effect > 0][: _REASONS[length]]
    lowered = [words.reason(each) for each in sure if each.effect < 0][: _REASONS[length]]
    if not raised and not lowered:
        return "No single fact is surely behind it."
    if isinstance(found, Contrast):
        said = [f"with the first: {_listed(raised)}" if raised else ""]
        said += [f"with the second: {_listed(lowered)}" if lowered else ""]
        return f"What raises the figure {'; '.join(part for part in said if part)}."
    said = [f"what raises this most is {_listed(raised)}" if raised else ""]
    said += [f"what lowers it most is {_listed(lowered)}" if lowered else ""]
    text = "; ".join(part for part in said if part)
    return f"Against the average patient, {text}."


def _least(found: Attribution | Contrast) -> float:
    return _LEAST * (found.horizon_months or 1.0) if found.scale == MONTHS else _LEAST


def _left_out(found: Attribution | Contrast) -> str:
    count = sum(abs(each.effect) >= _least(found) for each in found.unstable)
    unknown = sum(
        each.value is None and each.feature not in {REGIMEN, TIME} for each in found.contributions
    )
    said = []
    if count:
        facts = "fact adds" if count == 1 else "facts add"
        said.append(f"{count} more {facts} something whose direction is not sure")
    if unknown:
        said.append(f"{unknown} {'fact is' if unknown == 1 else 'facts are'} unknown")
    return f"{_joined(said).capitalize()}." if said else ""


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(parts)


def _listed(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _lowered(label: str) -> str:
    """A label in the middle of a sentence; abbreviations stay as they are."""
    first = label.split(" ", maxsplit=1)[0]
    return label if len(first) > 1 and not first[1:].islower() else label[:1].lower() + label[1:]


def _told(value: Value, feature: Feature | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return feature.level_label(value) if feature else value
    written = f"{value:.3g}"
    unit = feature.unit if feature and feature.kind is Kind.NUMBER else ""
    return measured(written, unit or "", is_one=written == "1")
