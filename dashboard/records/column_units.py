"""The unit of a column whose numbers do not state one.

If every number fits only another unit, that is one question. If some fit the feature's own unit and
some only another, the column is refused with the rows named and their conversion offered, unless
they are so few that they are slips. Numbers that fit two units are taken as the rest of the column
is, where that leaves no doubt, and asked about otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.records.column_cells import SINGLE_FINDINGS, CloseLook
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.wording import either, figure, shown, some_rows

AS_WRITTEN = "as-written"
MIXED = "mixed:"
_FEW = 0.05  # share of numbers in another unit up to which they are slips, not a mixed column
_ENOUGH = 20  # numbers in a column from which a share says anything
_FAR_APART = 50.0  # units so far apart (percent, fraction) that one value says nothing of another
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class _Pending:
    """Cells whose unit is in doubt: their questions, numbers, and the units that would fit."""

    look: CloseLook
    questions: Mapping[int, Finding]
    numbers: Mapping[int, float]
    fits: Mapping[int, Mapping[str, float]]

    def only(self, places: Sequence[int]) -> _Pending:
        """The same for some of the cells."""
        return replace(self, questions={place: self.questions[place] for place in places})

    @property
    def places(self) -> list[int]:
        """Where the cells stand in the column."""
        return list(self.questions)


def settle_units(look: CloseLook) -> None:
    """Decide, or ask, in which unit the doubtful numbers of a column are."""
    questions = look.doubts.pop("unit-unclear", {})
    answer = look.answer("unit")
    if not questions or answer == "unknown":
        return
    numbers = {place: look.number(place) for place in questions}
    feature = look.column.feature
    fits = {place: look.units.readings(number, feature) for place, number in numbers.items()}
    pending = _Pending(look, questions, numbers, fits)
    foreign = [place for place in questions if feature.unit not in fits[place]]
    certain = sum(value is not None for value in look.result.values)
    if answer.startswith(MIXED):
        _convert(pending, answer.removeprefix(MIXED))
    elif not certain:
        _ask_for_unit(pending)
    elif not foreign:
        _by_context(pending, certain)
    elif certain + len(questions) >= _ENOUGH and len(foreign) <= _FEW * (certain + len(questions)):
        _ask_each(pending.only(foreign))
        _by_context(pending.only([p for p in questions if p not in set(foreign)]), certain)
    else:
        _refuse_mixture(pending.only(foreign))


def _convert(pending: _Pending, unit: str) -> None:
    """Read these cells with the unit that was chosen for them, the others as written."""
    look = pending.look
    for place in pending.places:
        stated = unit if unit in pending.fits[place] else look.column.feature.unit
        look.take(place, look.read(place, stated))


def _by_context(pending: _Pending, certain: int) -> None:
    """Numbers that fit two units among numbers that fit only the feature's own.

    Units that lie far apart (percent and fraction) prove nothing of each other, except that nobody
    writes a fraction as a whole number among percentages.
    """
    near = [
        place
        for place in pending.places
        if pending.numbers[place].is_integer() or not _far_apart(pending.fits[place])
    ]
    if len(near) > certain:
        near = []
    look = pending.look
    for place in near:
        outcome = look.read(place, look.column.feature.unit)
        look.take(place, outcome, "unit as in the rest of the column")
    settled = set(near)
    _ask_each(pending.only([place for place in pending.places if place not in settled]))


def _far_apart(fits: Mapping[str, float]) -> bool:
    return max(fits.values()) >= _FAR_APART * max(min(fits.values()), _TINY)


def _ask_each(pending: _Pending) -> None:
    if len(pending.questions) <= SINGLE_FINDINGS:
        pending.look.result.findings += pending.questions.values()
    else:
        _ask_for_unit(pending, MIXED)


def _ask_for_unit(pending: _Pending, prefix: str = "") -> None:
    """No number is certain: one question, if one unit fits them all."""
    look, feature = pending.look, pending.look.column.feature
    fits = [pending.fits[place] for place in pending.places]
    common = [unit for unit in fits[0] if all(unit in found for found in fits)]
    if not common:
        _refuse_mixture(pending)
        return
    place, key = pending.places[0], f"unit:{look.column.name}"
    if len(pending.questions) == 1:
        look.result.findings.append(replace(pending.questions[place], key=key))
        return
    number = pending.numbers[place]
    choices = tuple(
        Choice(
            f"{unit}: {figure(number)} {unit} is {figure(fits[0][unit])} {feature.unit}"
            if unit != feature.unit
            else f"{unit}, as written",
            answer=f"{prefix}{unit}" if unit != feature.unit else AS_WRITTEN,
        )
        for unit in sorted(common, key=lambda unit: unit != feature.unit)
    )
    what = f"no unit is stated; it looks like {either(common)}"
    question = look.question("unit-unclear", pending.questions, what, choices)
    look.result.findings.append(replace(question, key=key))


def _refuse_mixture(pending: _Pending) -> None:
    """Some values fit one unit and some another: nothing of the column is read."""
    look, column = pending.look, pending.look.column
    own = column.feature.unit
    units = [unit for unit in look.units.accepted(column.feature) if unit != own]
    fitting = {unit: [p for p in pending.places if unit in pending.fits[p]] for unit in units}
    unit = max(units, key=lambda name: len(fitting[name]))
    places = fitting[unit] or pending.places
    rows = some_rows(column.rows[place] for place in places)
    preview = ", ".join(
        f"{column.cells[place]} becomes {figure(pending.fits[place][unit])}"
        for place in places[:3]
        if unit in pending.fits[place]
    )
    stated = {place for place, origin in look.result.origins.items() if origin.unit}
    kept = stated if not column.unit else frozenset()
    for place in set(range(len(column.cells))) - kept:
        look.result.values[place] = None
        look.result.origins.pop(place, None)
    rest = "Nothing of this column was read; the other columns were."
    if kept:
        rest = f"Of this column only values that state their unit were read ({len(kept)})."
    verb = "looks" if len(places) == 1 else "look"
    look.result.findings.append(
        Finding(
            Severity.ERROR,
            "units-mixed",
            f"{column.feature.label}: {rows} {verb} like {unit}, the others like {own}.",
            Where(column.file, column.rows[places[0]], column.name),
            value=shown(", ".join(column.cells[place] for place in places[:8])),
            expected="one unit in the whole column",
            fix="Confirm the conversion of these rows, or state the units in the file.",
            rest=rest,
            key=f"unit:{column.name}",
            choices=(
                Choice(f"Convert {rows} from {unit} ({preview})", answer=f"{MIXED}{unit}"),
                Choice(f"All values are {own}, as written", answer=AS_WRITTEN),
            ),
        )
    )
