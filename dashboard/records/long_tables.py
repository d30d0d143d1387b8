"""Tables of one row a test: patient, test, value, and perhaps unit and date.

Every test is read as a column of its own, so that its units are judged together, and keeps the row
it came from. The latest dated result counts as the patient's value and all dated ones are kept as
measurements; two different results of one day, or undated ones, are asked about. Whatever else the
rows say of a patient becomes one ordinary row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.knowledge.schema import Feature
from dashboard.records.columns import Column, read_column
from dashboard.records.delimited import Record
from dashboard.records.mapping import Columns, NameIndex
from dashboard.records.outcomes import TIMES, read_dates
from dashboard.records.patient import (
    Choice,
    Finding,
    Measurement,
    Origin,
    Severity,
    Unmapped,
    Value,
    Where,
)
from dashboard.records.reading import Reading
from dashboard.records.table_patients import TestResults
from dashboard.records.tables import Sheet
from dashboard.records.wording import shown

_SAMPLE = 200
_TEST_COLUMNS = ("test", "value", "unit", "taken_on", "ref_high")


@dataclass(slots=True)
class Wide:
    """A table of tests, turned: one row a patient, and the results of the tests beside it."""

    sheet: Sheet
    results: dict[str, TestResults] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()


@dataclass(frozen=True, slots=True)
class _Result:
    """One result of one test."""

    value: Value
    day: date | None
    origin: Origin


def is_long(columns: Columns, sheet: Sheet, index: NameIndex) -> bool:
    """Whether the rows of a table are tests rather than patients."""
    test, value = columns.place("test"), columns.place("value")
    if test is None or value is None:
        return False
    return any(index.named(cells[test]) for _, cells in sheet.rows[:_SAMPLE])


def widen(sheet: Sheet, columns: Columns, index: NameIndex, reading: Reading) -> Wide:
    """One row a patient out of one row a test, and what the tests said."""
    return _Widening(sheet, columns, index, reading).widen()


@dataclass(slots=True)
class _Widening:
    """The work on one table."""

    sheet: Sheet
    columns: Columns
    index: NameIndex
    reading: Reading
    findings: list[Finding] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    found: dict[tuple[str, str], list[_Result]] = field(default_factory=dict)
    contested: set[tuple[str, int]] = field(default_factory=set)  # patient, column

    def widen(self) -> Wide:
        """Read every test, then choose what counts."""
        place = self.columns.place("id")
        if place is None:
            place = self.columns.place("sample")
        if place is None:
            self.findings.append(_no_id(self.sheet))
            return Wide(replace(self.sheet, rows=()), findings=tuple(self.findings))
        days = self._days()
        for (name, unit), rows in self._tests().items():
            self._read_test(name, unit, rows, days, place)
        results: dict[str, TestResults] = {}
        for (patient, feature), seen in self.found.items():
            self._choose(results.setdefault(patient, TestResults()), patient, feature, seen)
        sheet = self._one_row_a_patient(place)
        return Wide(sheet, results, tuple(self.findings), tuple(self.unmapped))

    def _cell(self, at: int, role: str) -> str:
        place = self.columns.place(role)
        return "" if place is None else self.sheet.rows[at][1][place].strip()

    def _days(self) -> Sequence[date | None]:
        role = "taken_on" if self.columns.place("taken_on") is not None else "recorded_on"
        place = self.columns.place(role)
        if place is None:
            return [None] * len(self.sheet.rows)
        everything = list(range(len(self.sheet.rows)))
        name = self.sheet.header[place]
        dates = read_dates(
            self._column(TIMES["os_months"], name, place, everything), self.reading.answers
        )
        self.findings += dates.findings
        return dates.days

    def _tests(self) -> dict[tuple[str, str], list[int]]:
        """The rows of every test, apart by the unit they state."""
        tests: dict[tuple[str, str], list[int]] = {}
        for at in range(len(self.sheet.rows)):
            tests.setdefault((self._cell(at, "test"), self._cell(at, "unit")), []).append(at)
        return tests

    def _read_test(
        self, name: str, unit: str, rows: list[int], days: Sequence[date | None], id_place: int
    ) -> None:
        named = self.index.named(name)
        answer = self.reading.answers.get(f"test:{name}", "")
        if answer in self.index.features:
            named = {answer: ""}
        if len(named) != 1:
            self._leave(name, rows, tuple(named))
            return
        feature_id, stated = next(iter(named.items()))
        feature = self.index.features[feature_id]
        value_place = self.columns.place("value")
        assert value_place is not None  # noqa: S101 - a table without it is not long
        column = self._column(feature, name, value_place, rows)
        ids = [self.sheet.rows[at][1][id_place].strip() for at in rows]
        column = replace(column, unit=unit or stated, patients=ids)
        limit = self.columns.place("ref_high")
        if limit is not None:
            limits = [self._cell(at, "ref_high") for at in rows]
            named_so = self.sheet.header[limit]
            column = replace(column, limits=limits, limit_name=named_so, limit_unit=unit)
        read = read_column(column, self.index.units, self.reading.answers)
        self.findings += read.findings
        for at, value in enumerate(read.values):
            if value is None:
                continue
            origin = read.origins.get(at) or Origin(
                self.sheet.file, column.rows[at], name, column.cells[at], unit
            )
            day = days[rows[at]]
            when = day.isoformat() if day is not None else ""
            result = _Result(value, day, replace(origin, when=when, who=self.reading.who))
            self.found.setdefault((ids[at], feature_id), []).append(result)

    def _column(self, feature: Feature, name: str, place: int, rows: Sequence[int]) -> Column:
        return Column(
            feature,
            name,
            [self.sheet.rows[at][1][place].strip() for at in rows],
            [self.sheet.rows[at][0] for at in rows],
            [""] * len(rows),
            self.sheet.file,
        )

    def _leave(self, name: str, rows: Sequence[int], candidates: Sequence[str]) -> None:
        """A test that no feature is about, or several: listed, or asked about."""
        if candidates:
            self.findings.append(self._ask_about_test(name, rows[0], candidates))
            return
        for at in rows:
            where = Where(self.sheet.file, self.sheet.rows[at][0], name)
            text = f"{self._cell(at, 'value')} {self._cell(at, 'unit')}".strip()
            self.unmapped.append(Unmapped(where, name, text, "not used by any model"))

    def _ask_about_test(self, name: str, at: int, candidates: Sequence[str]) -> Finding:
        return Finding(
            Severity.QUESTION,
            "test-unclear",
            f"Which fact does the test '{shown(name)}' give?",
            Where(self.sheet.file, self.sheet.rows[at][0], name),
            value=shown(name),
            expected="a test that gives one fact",
            fix="Choose the fact.",
            rest="Results of this test wait for the answer; all others were read.",
            key=f"test:{name}",
            choices=tuple(Choice(self.index.features[c].label, answer=c) for c in candidates),
        )

    def _choose(
        self, results: TestResults, patient: str, feature: str, seen: Sequence[_Result]
    ) -> None:
        """The current value of a fact: the latest, unless several claim to be."""
        dated = [result for result in seen if result.day is not None]
        results.measurements += tuple(
            Measurement(feature, result.value, result.day, result.origin)
            for result in sorted(dated, key=lambda result: result.day or date.min)
        )
        latest = max((result.day for result in dated if result.day), default=None)
        current = [result for result in (dated or seen) if result.day == latest]
        if len({result.value for result in current}) == 1:
            results.values[feature] = current[0].value
            results.origins[feature] = current[0].origin
        else:
            self.findings.append(self._ask_which(patient, feature, current))

    def _ask_which(self, patient: str, feature: str, current: Sequence[_Result]) -> Finding:
        label = self.index.features[feature].label
        first = current[0].origin
        values = {shown(result.origin.text): result.value for result in current}
        day = current[0].day
        when = f"on {day.isoformat()}" if day is not None else "without a date"
        return Finding(
            Severity.QUESTION,
            "results-differ",
            f"{label} of {shown(patient)} has several results {when}: {', '.join(values)}.",
            Where(first.file, first.row, first.field),
            value=", ".join(values),
            expected="one result per day",
            fix="Choose the result that counts.",
            rest="The value stays unknown until it is answered; everything else was read.",
            patient=patient,
            choices=tuple(Choice(text, text, {feature: value}) for text, value in values.items()),
        )

    # ---- the patients themselves

    def _one_row_a_patient(self, id_place: int) -> Sheet:
        roles = [
            *_TEST_COLUMNS,
            *([] if self.columns.place("taken_on") is not None else ["recorded_on"]),
        ]
        tests = {self.columns.place(role) for role in roles}
        places = [at for at in range(len(self.sheet.header)) if at not in tests]
        first: dict[str, tuple[int, list[str]]] = {}
        for number, cells in self.sheet.rows:
            name = cells[id_place].strip()
            row = first.setdefault(name, (number, [""] * len(places)))
            for at, place in enumerate(places):
                self._merge(name, row, at, cells[place], (place, number))
        rows: tuple[Record, ...] = tuple(first.values())
        header = tuple(self.sheet.header[place] for place in places)
        return replace(self.sheet, header=header, rows=rows, findings=())

    def _merge(
        self, name: str, row: tuple[int, list[str]], at: int, cell: str, source: tuple[int, int]
    ) -> None:
        """Add a cell to the one row of its patient; what two rows state differently is left out."""
        known, text = row[1][at].strip(), cell.strip()
        if not known and (name, at) not in self.contested:
            row[1][at] = cell
        elif text and text != known and (name, at) not in self.contested:
            match = self.columns.matches[source[0]]
            if match.feature or match.role:
                self.contested.add((name, at))
                self.findings.append(self._differs(row, at, text, source))
                row[1][at] = ""

    def _differs(
        self, row: tuple[int, list[str]], at: int, text: str, source: tuple[int, int]
    ) -> Finding:
        place, number = source
        column = self.sheet.header[place]
        return Finding(
            Severity.ERROR,
            "rows-differ",
            f"{shown(column)} is {shown(row[1][at])} in row {row[0]}, "
            f"but {shown(text)} in row {number} of the same patient.",
            Where(self.sheet.file, number, column),
            value=shown(text),
            expected="one value per patient",
            fix="Correct one of the rows.",
            rest="The value was left out; everything else was read.",
        )


def _no_id(sheet: Sheet) -> Finding:
    return Finding(
        Severity.ERROR,
        "id-column",
        "A table of tests needs a column with the patient's id.",
        Where(sheet.file, sheet.header_row),
        value=shown(", ".join(sheet.header)),
        expected="a column such as patient_id",
        fix="Add the patient's id to every row.",
        rest="Nothing was imported.",
    )
