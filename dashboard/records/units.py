"""Which units a quantity may come in, and what a number in one is in another.

The table itself is knowledge (`knowledge/units.toml`): per quantity its canonical unit, the factor
that turns each other unit into it, and the range a patient's value usually lies in. Hidden here are
the many spellings of one unit (10^9/L, x10⁹/l, G/L, K/µL). A number is converted only where its
unit is stated; where it is not, `readings` lists the units in which it would be an ordinary value,
and the caller asks. Ratios to a laboratory's upper limit are never computed without that limit.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dashboard.knowledge import schema
from dashboard.knowledge.schema import Feature, Range

STANDARD_TABLE = Path(schema.__file__).with_name("units.toml")

# A laboratory prints at most this many digits; a conversion that comes this close to such a number
# is that number, which is what makes conversions invert exactly.
_DIGITS = 10
_CLOSE = 1e-12

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_POWER = re.compile(r"10(?:\*\*|\*|\^|e|exp)(\d+)")
_BARE_POWER = re.compile(r"(?<![\d.])10(3|6|9|12)(?=/)")
_CONCENTRATION = re.compile(
    r"(?:^|[\d^])(?:[munpk]?(?:g|l|mol|iu|u|kat)|cells?|min|copies)/|/(?:dl|l|ml|ul|min|h|24h|mm3)(?:/|$)"
)
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_SPELLINGS = (
    ("µ", "u"),
    ("μ", "u"),
    ("\u00d7", "x"),
    ("·", "."),
    ("²", "^2"),
    ("percent", "%"),
    ("per cent", "%"),
    ("upper limit of normal", "uln"),
    ("times", "x"),
    ("multiple of", "x"),
    ("litres", "l"),
    ("litre", "l"),
    ("liters", "l"),
    ("liter", "l"),
    (" per ", "/"),
    ("mcmol", "umol"),
    ("mcg", "ug"),
    ("mcl", "ul"),
    ("cu mm", "ul"),
    ("cumm", "ul"),
    ("mm^3", "ul"),
    ("mm3", "ul"),
)
_DIMENSIONLESS = frozenset({"", "1", "ratio", "score", "points", "count", "z-score", "fraction"})


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a quantity: canonical = factor x value + offset."""

    name: str
    factor: float = 1.0
    offset: float = 0.0
    aliases: tuple[str, ...] = ()
    only_stated: bool = False  # too rare to suspect it behind a bare number


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something measured, the units it comes in, and the range it usually lies in."""

    name: str
    canonical: str
    units: Mapping[str, Unit]
    typical: Range | None = None
    limits: Mapping[str, Range] = field(default_factory=dict)  # absolute unit -> usual upper limits
    limit_factors: Mapping[str, float] = field(default_factory=dict)  # to one common absolute unit
    spellings: Mapping[str, str] = field(default_factory=dict)
    limit_spellings: Mapping[str, str] = field(default_factory=dict)

    @property
    def suspected(self) -> tuple[Unit, ...]:
        """The units that a bare number may be in."""
        return tuple(unit for unit in self.units.values() if not unit.only_stated)

    def ordinary(self, unit: str) -> tuple[float, float] | None:
        """The numbers that are ordinary values in this unit; None where any number is."""
        if self.typical is None:
            return None
        here = self.units[unit]
        low, high = ((end - here.offset) / here.factor for end in _ends(self.typical))
        return _settled(low), _settled(high)


@cache
def normal_unit(text: str) -> str:
    """One spelling for every way of writing the same unit."""
    plain = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run.group().translate(_SUPERSCRIPTS), text)
    bare = _ANNOTATION.sub("", plain)  # what stands in braces beside a unit says nothing of it
    plain = f" {(bare if bare.strip() else plain).casefold().strip()} "
    for written, meant in _SPELLINGS:
        plain = plain.replace(written, meant)
    plain = re.sub(r"\s+", "", plain).lstrip("x*[(").rstrip("])")
    plain = _POWER.sub(r"10^\1", plain)
    return _BARE_POWER.sub(r"10^\1", plain)


def _is_number_alone(unit: str) -> bool:
    """Whether these words say that the number has no unit; words in braces only name the thing."""
    return unit in _DIMENSIONLESS or (unit.startswith("{") and "uln" not in unit)


class UnitTable:
    """Every quantity the packs speak of."""

    def __init__(self, quantities: Mapping[str, Quantity]) -> None:
        self._quantities = dict(quantities)
        self.plans: dict[int, Any] = {}  # what `values` works out once per feature and keeps here

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> UnitTable:
        """The table as `units.toml` writes it."""
        return cls({name: _quantity(name, entry) for name, entry in content.items()})

    @classmethod
    def load(cls, path: Path = STANDARD_TABLE) -> UnitTable:
        """The table of a file."""
        return cls.from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def standard(cls) -> UnitTable:
        """The table that ships with the packs."""
        return _standard()

    @property
    def quantities(self) -> Mapping[str, Quantity]:
        """Every quantity by name."""
        return MappingProxyType(self._quantities)

    def quantity(self, feature: Feature) -> Quantity | None:
        """What this feature measures, where it can come in several units."""
        return self._quantities.get(feature.quantity)

    def named(self, text: str, feature: Feature) -> str | None:
        """The unit of this feature that the text means; None where it means none of them."""
        wanted = normal_unit(text)
        quantity = self.quantity(feature)
        if quantity is not None and wanted in quantity.spellings:
            return quantity.spellings[wanted]
        own = normal_unit(feature.unit)
        if wanted.replace("-", "") == own.replace("-", "") or (
            _is_number_alone(wanted) and own in _DIMENSIONLESS
        ):
            return feature.unit
        names = {normal_unit(alias).replace("-", "") for alias in feature.aliases}
        if own.replace("-", "") in names and wanted.replace("-", "") in names:
            return feature.unit  # a fact that is called by its unit: pack years, py
        return None

    def measures(self, text: str) -> bool:
        """Whether the text is a unit of anything in the table, other than a bare number."""
        wanted = normal_unit(text)
        known = (q.spellings for q in self._quantities.values())
        return not _is_number_alone(wanted) and any(wanted in names for names in known)

    def absolute(self, text: str, feature: Feature) -> str | None:
        """The absolute unit these words mean, where the feature is a multiple of an upper limit."""
        quantity = self.quantity(feature)
        return None if quantity is None else quantity.limit_spellings.get(normal_unit(text))

    def knows(self, text: str) -> bool:
        """Whether the text is a unit of anything: of a known quantity, or by its form."""
        plain = normal_unit(text)
        if not any(sign.isalpha() or sign == "%" for sign in plain):
            return False
        return _CONCENTRATION.search(plain) is not None or any(
            plain in quantity.spellings or plain in quantity.limit_spellings
            for quantity in self._quantities.values()
        )

    def accepted(self, feature: Feature) -> tuple[str, ...]:
        """The units this feature may be stated in, its own first."""
        quantity = self.quantity(feature)
        others = (
            [] if quantity is None else [name for name in quantity.units if name != feature.unit]
        )
        return tuple(name for name in (feature.unit, *others) if name)

    def convert(self, value: float, source: str, target: str, quantity: str) -> float:
        """The same amount in another unit of the quantity.

        Raises:
            KeyError: the quantity or one of the units is not in the table.
        """
        if source == target:
            return value
        units = self._quantities[quantity].units
        here, there = units[source], units[target]
        canonical = value * here.factor + here.offset
        return _settled((canonical - there.offset) / there.factor)

    def readings(self, value: float, feature: Feature) -> dict[str, float]:
        """The units in which this number would be an ordinary value, with the value each gives."""
        quantity = self.quantity(feature)
        if quantity is None or feature.unit not in quantity.units:
            return {}
        found: dict[str, float] = {}
        for unit in quantity.suspected:
            name, span = unit.name, quantity.ordinary(unit.name)
            if span is None or span[0] <= value <= span[1]:
                found[name] = self.convert(value, name, feature.unit, quantity.name)
        return found


@cache
def _standard() -> UnitTable:
    return UnitTable.load()


def _settled(value: float) -> float:
    if not math.isfinite(value):
        return value
    short = float(f"{value:.{_DIGITS}g}")
    return short if abs(short - value) <= _CLOSE * abs(value) else value


def _quantity(name: str, entry: Mapping[str, Any]) -> Quantity:
    canonical = entry["canonical"]
    units = {canonical: Unit(canonical, aliases=tuple(entry.get("aliases", ())))}
    for unit, facts in entry.get("units", {}).items():
        units[unit] = Unit(
            unit,
            factor=float(facts.get("factor", 1.0)),
            offset=float(facts.get("offset", 0.0)),
            aliases=tuple(facts.get("aliases", ())),
            only_stated=bool(facts.get("only_stated", False)),
        )
    typical = entry.get("typical")
    absolute = entry.get("against_limit", {})
    spellings = {
        normal_unit(spelling): unit.name
        for unit in units.values()
        for spelling in (unit.name, *unit.aliases)
    }
    return Quantity(
        name,
        canonical,
        units,
        typical=None if typical is None else _range(typical),
        limits={unit: _range(facts["limit"]) for unit, facts in absolute.items()},
        limit_factors={unit: float(facts.get("factor", 1.0)) for unit, facts in absolute.items()},
        spellings=spellings,
        limit_spellings={
            normal_unit(spelling): unit
            for unit, facts in absolute.items()
            for spelling in (unit, *facts.get("aliases", ()))
        },
    )


def _range(entry: Mapping[str, float]) -> Range:
    return Range(low=entry["low"], high=entry["high"])


def _ends(limits: Range) -> tuple[float, float]:
    return limits.low, limits.high
