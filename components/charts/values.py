"""How one fact of a patient is written: its value, its range, where it came from.

The same words everywhere, so that a value reads alike in the banner, the table and a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from components.charts import theme
from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.patient import Origin, Value

UNKNOWN = "unknown"
GROUPS: Mapping[str, str] = {
    "demographics": "Person",
    "comorbidity": "Performance and other illness",
    "disease": "Disease",
    "molecular": "Molecular profile",
    "laboratory": "Laboratory",
    "organ_function": "Organ function",
    "treatment": "Treatment before",
    "imaging": "Imaging",
}


def value_text(feature: Feature, value: Value | None) -> str:
    """A value in words and figures, with its unit."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return feature.level_label(value)
    return theme.quantity(value, feature.unit)


def range_text(feature: Feature) -> str:
    """What is usual for the feature: `10 to 15 g/dL`, or nothing."""
    if feature.plausible is None:
        return ""
    low, high = feature.plausible.low, feature.plausible.high
    return f"{theme.quantity(low)} to {theme.quantity(high, feature.unit)}"


def contrast_text(words: str, features: Iterable[Feature]) -> str:
    """What a ratio compares, with the labels of levels and units in the place of their ids."""
    for feature in features:
        start = f"{feature.label}: "
        if words.startswith(start):
            return start + _compared(words.removeprefix(start), feature)
    return words


def _compared(text: str, feature: Feature) -> str:
    one, against, other = text.partition(" against ")
    if not against:
        return text
    if feature.levels:
        one, other = (
            feature.level_label(end) if end in feature.levels else end for end in (one, other)
        )
        return f"{one} against {other}"
    number, unit = other.partition(" ")[::2]
    return f"{one} against {theme.quantity(float(number), unit)}"


def origin_text(origin: Origin | None) -> str:
    """Where a value came from: file and row or who typed it, as it stood, what was done since."""
    if origin is None:
        return ""
    place = ", ".join(
        part
        for part in (
            origin.file,
            f"row {origin.row}" if origin.row is not None else "",
            origin.field,
            origin.who,
        )
        if part
    )
    stood = f"as \N{LEFT DOUBLE QUOTATION MARK}{origin.comparator}{origin.text}"
    stood = f"{stood} {origin.unit}".rstrip() + "\N{RIGHT DOUBLE QUOTATION MARK}"
    parts = (place, stood if origin.text else "", origin.note)
    return "; ".join(part for part in parts if part)


def by_group(features: tuple[Feature, ...]) -> dict[str, list[Feature]]:
    """Features under their group's title, groups in the order a clinician reads them."""
    grouped: dict[str, list[Feature]] = {}
    for group, title in GROUPS.items():
        members = [feature for feature in features if feature.group == group]
        if members:
            grouped[title] = members
    return grouped


def is_usual(feature: Feature, value: Value | None) -> bool:
    """False for a number outside the feature's usual range."""
    if feature.kind is not Kind.NUMBER or feature.plausible is None or value is None:
        return True
    return not isinstance(value, float) or feature.plausible.holds(value)
