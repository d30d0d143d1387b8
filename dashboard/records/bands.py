"""A score reported as a band (<1, >=50, 1-49): which number may stand for it, and when to ask.

Pathologists report PD-L1 and the like in bands, and regimens are chosen by them. Where no rule of
the pack tells the numbers of a band apart, its lowest one is taken, with a warning that says so and
the words kept in the origin. A band that a rule cuts, or one no rule is known for, is a question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboard.knowledge.schema import Cut
from dashboard.records.cells import Cell, Interpreted
from dashboard.records.numerals import Numeral, plain_text, read_numeral
from dashboard.records.patient import Severity
from dashboard.records.wording import figure

_ENDS = re.compile(
    r"(?P<low>[\d.,]+)\s*%?\s*(?:-|to|\.\.\.?|bis|until|and)\s*(?P<below><?)=?\s*(?P<high>[\d.,]+)\s*%?"
)
_LARGEST_SCORE = 100.0


@dataclass(frozen=True, slots=True)
class Band:
    """The numbers from `low` to `high`; `below` when `high` itself is not among them."""

    low: float
    high: float
    below: bool = False

    def whole(self, cut: Cut) -> bool:
        """Whether all numbers of the band, its low end too, lie on one side of a cut."""
        operator, at = cut
        under = self.high < at or (self.high == at and self.below)
        if operator in (">=", "<"):
            return self.low >= at or under
        return self.low > at or under or (operator in (">", "<=") and self.high <= at)


def read_band(cell: Cell, numeral: Numeral, text: str, note: str = "") -> Interpreted | None:
    """What comes of a band; None where its ends cannot be told or lie outside the feature."""
    band = _band(cell, numeral, text)
    if band is None:
        return None
    cuts = cell.feature.cuts
    if cuts and all(map(band.whole, cuts)):
        return _taken(cell, band, numeral.comparator or cell.raw.comparator, note)
    return _asked(cell, band)


def as_reported(cell: Cell) -> str:
    """The text with the sign that is stated beside it, as FHIR does."""
    sign = cell.raw.comparator
    return cell.text if cell.text.startswith(sign) else f"{sign}{cell.text}"


def _band(cell: Cell, numeral: Numeral, text: str) -> Band | None:
    unit = numeral.unit or cell.raw.unit
    if unit and cell.units.named(unit, cell.feature) != cell.feature.unit:
        return None
    least, most = 0.0, _LARGEST_SCORE
    if cell.feature.hard is not None:
        least, most = cell.feature.hard.low, cell.feature.hard.high
    band = _between(cell, text) if numeral.spread else None
    sign = numeral.comparator or cell.raw.comparator
    if numeral.number is not None:
        if sign in ("<", "<="):
            band = Band(least, numeral.number, below=sign == "<")
        else:
            band = Band(numeral.number, most)
    return band if band and least <= band.low < band.high <= most else None


def _between(cell: Cell, text: str) -> Band | None:
    ends = _ENDS.fullmatch(plain_text(text))
    if ends is None:
        return None
    low, high = (read_numeral(ends[end], cell.raw.decimal).number for end in ("low", "high"))
    return None if low is None or high is None else Band(low, high, below=bool(ends["below"]))


def _taken(cell: Cell, band: Band, comparator: str, note: str) -> Interpreted:
    words = as_reported(cell)
    used = f"'{words}' is a band; {cell.with_unit(band.low)} is used"
    finding = cell.finding(
        Severity.WARNING,
        "band-taken",
        f"{cell.label}: {used}, its lowest number, for no rule of a regimen tells the numbers "
        "of this band apart. Forecasts count with that number.",
        expected=cell.allowed(),
        fix="Enter the exact number if the report gives it.",
        rest="The value was read; the words of the report are kept with it.",
    )
    said = "; ".join(filter(None, (note, used)))
    return cell.taken(band.low, finding, comparator=comparator, note=said)


def _asked(cell: Cell, band: Band) -> Interpreted:
    inside = {at for _, at in cell.feature.cuts if band.low < at < band.high}
    starts = sorted({band.low, *inside} | (set() if band.below else {band.high}))
    cutting = sorted({cut[1] for cut in cell.feature.cuts if not band.whole(cut)})
    where = " and ".join(map(figure, cutting))
    why = f"which rules of regimens cut at {where}" if where else "and no rule says which number"
    return cell.asked(
        "band-unclear",
        f"{cell.label}: '{as_reported(cell)}' is a band, {why}. Which number is to be used?",
        {cell.with_unit(start): start for start in starts},
        {cell.with_unit(start): figure(start) for start in starts},
        fix="Enter the exact number from the report, or choose the one to count with.",
    )
