"""Reads a cohort folder: `cohort.toml` and the table beside it.

Answers "which patients, features, regimens and outcomes does this hospital's table hold?" Hides the
text of the cells, units, coded levels and time units. Every problem becomes a finding with its row;
a row that cannot be used is left out and said, and a cohort with more than a fifth of such rows is
refused. Nothing is imputed here, and no value is repaired.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from dashboard.cohort.cells import (
    ABSENT,
    codes_of,
    events_of,
    flags_of,
    named,
    numbers_of,
    responses_of,
    whole,
    words_of,
)
from dashboard.cohort.columns import (
    BINARY_RESPONSE,
    MONTHS_PER,
    RECIST,
    CohortData,
    CohortFeature,
    CohortSpec,
    ColumnSpec,
    Flags,
    Floats,
    Graded,
    OutcomeSpec,
    Role,
    Timed,
)
from dashboard.cohort.tables import Table, read_table, unreadable
from dashboard.foundation.errors import ImportRejected
from dashboard.knowledge.directions import Direction, directions_of
from dashboard.knowledge.library import Library
from dashboard.knowledge.schema import DiseasePack, Kind
from dashboard.records.patient import Finding, Severity, Where
from dashboard.records.units import UnitTable
from dashboard.records.wording import counted

MOST_UNUSABLE = 0.20  # a larger share of unusable rows refuses the cohort
LONGEST_MONTHS = 1_200.0
ROUNDING = 0.1  # months by which PFS may be longer than OS where times were rounded
TOXICITY = "toxicity:"


class CohortRejected(ImportRejected):
    """A cohort folder that cannot be used, with everything that stands in its way."""

    def __init__(self, message: str, findings: Sequence[Finding], *, hint: str = "") -> None:
        lines = "".join(f"\n- {finding.where}: {finding.message}" for finding in findings[:12])
        more = f"\n- and {len(findings) - 12} more" if len(findings) > 12 else ""  # noqa: PLR2004
        super().__init__(message + lines + more, hint=hint)
        self.findings = tuple(findings)


@dataclass
class _Reading:
    """One pass over one table: its columns, and what was found on the way."""

    spec: CohortSpec
    table: Table
    pack: DiseasePack | None
    units: UnitTable
    findings: list[Finding] = field(default_factory=list)
    unusable: dict[int, Finding] = field(default_factory=dict)

    @cached_property
    def directions(self) -> Mapping[str, Direction]:
        """Which way the pack's evidence says that outcomes go with each feature."""
        return directions_of(self.pack) if self.pack else {}

    def error(self, field_name: str, message: str, fix: str) -> None:
        """A problem of the folder itself."""
        where = Where("cohort.toml", None, field_name)
        self.findings.append(Finding(Severity.ERROR, "cohort.toml", message, where, fix=fix))

    def cell(self, name: str, row: int, message: str, expected: str) -> None:
        """A cell that cannot be read; the value stays unknown."""
        self.findings.append(unreadable(self.table, name, row, message=message, expected=expected))

    def words(self, name: str, words: Mapping[str, str]) -> None:
        """How the words of a column were read."""
        told = "; ".join(f"'{text}' as {level or 'unknown'}" for text, level in words.items())
        self.findings.append(
            Finding(
                Severity.NOTE,
                "cell.words",
                f"Words were read as levels: {told}.",
                Where(self.table.file, None, name),
                fix="State levels for the column in cohort.toml if this is wrong.",
                rest="Everything else was read as it stands.",
            )
        )

    def rounded(self, name: str, rows: int) -> None:
        """Rows whose progression-free survival is longer than survival by rounding alone."""
        self.findings.append(
            Finding(
                Severity.NOTE,
                "pfs.rounded",
                f"PFS is longer than OS by at most {ROUNDING:g} months in {counted(rows, 'row')}.",
                Where(self.table.file, None, name),
                expected="a PFS time up to the OS time",
                fix="Nothing is to be done if the times were rounded.",
                rest="There PFS was taken to end with OS.",
            )
        )

    def drop(self, row: int, name: str, message: str, expected: str) -> None:
        """A row that cannot be used."""
        if row in self.unusable:
            return
        self.unusable[row] = Finding(
            Severity.ERROR,
            "row.unusable",
            message,
            Where(self.table.file, self.table.lines[row], name),
            value=self.table.columns[name][row] if name in self.table.columns else "",
            expected=expected,
            fix=f"Expected {expected}.",
            rest="The row is left out; the others are used.",
        )

    def texts(self, name: str) -> list[str] | None:
        """A column's cells, or an error that says which columns there are."""
        column = self.table.columns.get(name)
        if column is None:
            near = get_close_matches(name, self.table.columns, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else "see the header of the table."
            self.error(
                name, f"The table has no column {name!r}; {hint}", "Name an existing column."
            )
        return column


def read_cohort(
    folder: Path, library: Library | None = None, units: UnitTable | None = None
) -> CohortData:
    """Read a cohort folder.

    Args:
        folder: holds cohort.toml and patients.csv or patients.parquet.
        library: where the pack of the cohort's disease is looked up, if there is one.
        units: converts columns stated in another unit than the pack's; the standard table if None.

    Raises:
        ImportRejected: no table, or a table that is none.
        CohortRejected: findings in cohort.toml, or more than a fifth of the rows unusable.
    """
    spec = _read_spec(folder)
    pack = library.pack(spec.disease) if library and spec.disease in library.ids else None
    reading = _Reading(spec, read_table(folder), pack, units or UnitTable.standard())
    features, columns = _features(reading)
    data = CohortData(
        id=spec.id,
        label=spec.label or spec.id,
        disease=spec.disease,
        features=tuple(features),
        values=np.column_stack(columns) if columns else np.empty((len(reading.table.lines), 0)),
        ids=_ids(reading),
        source=spec.source,
        synthetic=spec.synthetic,
        pack_fingerprint=reading.pack.fingerprint if reading.pack else "",
        fingerprint=_fingerprint(folder, reading),
        rows_read=reading.table.rows_read,
        ignored=_ignored(reading),
    )
    return _finished(reading, _with_outcomes(reading, _with_roles(reading, data)))


def disease_of(folder: Path) -> str:
    """The disease a cohort folder is of, without its patients; raises as `read_cohort` does."""
    return _read_spec(folder).disease


def _read_spec(folder: Path) -> CohortSpec:
    path = folder / "cohort.toml"
    if not path.is_file():
        raise ImportRejected(
            f"There is no cohort.toml in {folder.name}.",
            hint="It says what the columns of the table mean; see docs/reference/cohort-folder.md.",
        )
    try:
        return CohortSpec.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ImportRejected(
            f"cohort.toml cannot be read: {problem}", hint="Correct the TOML at that place."
        ) from problem
    except ValidationError as problem:
        findings = [
            Finding(
                Severity.ERROR,
                "cohort.toml",
                f"{entry['msg']}.",
                Where("cohort.toml", None, ".".join(map(str, entry["loc"]))),
                value=str(entry.get("input", ""))[:80],
            )
            for entry in problem.errors()
        ]
        raise CohortRejected("cohort.toml has problems:", findings) from problem


def _fingerprint(folder: Path, reading: _Reading) -> str:
    digest = hashlib.sha256()
    for name in ("cohort.toml", reading.table.file):
        digest.update((folder / name).read_bytes())
    digest.update((reading.pack.fingerprint if reading.pack else "").encode())
    return digest.hexdigest()[:16]


def _ignored(reading: _Reading) -> tuple[str, ...]:
    used = set(reading.spec.columns)
    for outcome in reading.spec.outcomes.values():
        used |= {outcome.column, outcome.time, outcome.event}
    return tuple(name for name in reading.table.columns if name not in used)


def _ids(reading: _Reading) -> tuple[str, ...]:
    name = _role(reading, "id")
    if name is None:
        return tuple(f"row-{line}" for line in reading.table.lines)
    texts = reading.texts(name) or []
    for row, text in enumerate(texts):
        if not text:
            reading.drop(row, name, "The row has no identifier.", "an identifier")
    return tuple(texts)


def _role(reading: _Reading, role: Role) -> str | None:
    names = [name for name, column in reading.spec.columns.items() if column.role == role]
    if len(names) > 1:
        reading.error(names[1], f"Two columns have the role {role!r}.", "Keep one of them.")
    return names[0] if names else None


# ---------------------------------------------------------------------------------------- features


def _features(reading: _Reading) -> tuple[list[CohortFeature], list[Floats]]:
    features: list[CohortFeature] = []
    columns: list[Floats] = []
    for name, column in reading.spec.columns.items():
        if column.role is None and column.feature is None:
            reading.error(name, "The column has neither a feature nor a role.", "Give it one.")
        if column.feature is None:
            continue
        texts = reading.texts(name)
        feature = _describe(reading, name, column, texts or [])
        if texts is None or feature is None:
            continue
        if any(other.id == feature.id for other in features):
            reading.error(name, f"Two columns give {feature.id!r}.", "Keep one of them.")
        features.append(feature)
        columns.append(_read_column(reading, name, column, feature, texts))
    return features, columns


def _describe(
    reading: _Reading, name: str, column: ColumnSpec, texts: list[str]
) -> CohortFeature | None:
    assert column.feature is not None  # noqa: S101  (the caller asked)
    known = reading.pack.vocabulary.get(column.feature) if reading.pack else None
    stated = column.monotone or reading.directions.get(column.feature, Direction())
    directions = (stated.response, stated.hazard)
    words = tuple((text, level) for text, level in column.levels.items() if text != level)
    if known is not None:
        hard = (known.hard.low, known.hard.high) if known.hard else column.hard_range
        unit = column.unit if column.unit != known.unit else ""
        called = name if unit or name not in {known.id, known.label} else ""
        return CohortFeature(
            known.id, known.label, known.kind, known.unit, known.levels, hard, *directions,
            words, called, unit,
        )  # fmt: skip
    if column.kind is None:
        reading.error(
            name,
            f"{column.feature!r} is not a feature of the pack and has no kind.",
            'Add kind = "number", "ordinal", "category" or "flag".',
        )
        return None
    levels = _levels(reading, name, column, texts)
    label = column.label or name
    return CohortFeature(
        column.feature, label, column.kind, column.unit, levels, column.hard_range, *directions,
        words, "" if name in {label, column.feature} else name,
    )  # fmt: skip


def _levels(reading: _Reading, name: str, column: ColumnSpec, texts: list[str]) -> tuple[str, ...]:
    if column.kind not in {Kind.CATEGORY, Kind.ORDINAL}:
        return ()
    if column.levels:
        return tuple(dict.fromkeys(column.levels.values()))
    seen = sorted({whole(text) for text in texts if text not in ABSENT})
    if column.kind is Kind.ORDINAL:
        try:
            return tuple(sorted(seen, key=float))
        except ValueError:
            reading.error(
                name,
                "The order of the levels is not known.",
                "Add levels = { text = level, … } in rising order.",
            )
    return tuple(seen)


def _read_column(
    reading: _Reading, name: str, column: ColumnSpec, feature: CohortFeature, texts: list[str]
) -> Floats:
    if feature.kind is Kind.NUMBER:
        values = numbers_of(texts, lambda row, why: reading.cell(name, row, why, "a number"))
        return _within(reading, name, feature, _converted(reading, name, column, feature, values))
    said = named(texts, column.levels)
    if reading.pack is not None and feature.id in reading.pack.vocabulary:
        words = words_of(reading.pack.vocabulary[feature.id], said, reading.units)
        said = [words.get(text, text) for text in said]
        if words and feature.levels:
            reading.words(name, words)
    if feature.kind is Kind.FLAG:
        return flags_of(
            said, lambda row: reading.cell(name, row, "Neither yes nor no.", "1/0 or true/false")
        )
    codes = {level: float(code) for code, level in enumerate(feature.levels)}
    return codes_of(
        said,
        codes,
        lambda row: reading.cell(name, row, "An unknown level.", f"one of {', '.join(codes)}"),
    )


def _converted(
    reading: _Reading, name: str, column: ColumnSpec, feature: CohortFeature, values: Floats
) -> Floats:
    known = reading.pack.vocabulary.get(feature.id) if reading.pack else None
    if known is None or not column.unit or column.unit == known.unit:
        return values
    unit = reading.units.named(column.unit, known)
    if unit is None:
        reading.error(
            name,
            f"{column.unit!r} cannot be converted to {known.unit or 'a plain number'!r}.",
            f"State the unit of {known.label} as the pack's {known.unit!r}, or one it knows.",
        )
        return values
    if unit == known.unit:
        return values
    offset = reading.units.convert(0.0, unit, known.unit, known.quantity)
    factor = reading.units.convert(1.0, unit, known.unit, known.quantity) - offset
    return values * factor + offset


def _within(reading: _Reading, name: str, feature: CohortFeature, values: Floats) -> Floats:
    if feature.hard is None:
        return values
    low, high = feature.hard
    outside = (values < low) | (values > high)
    for row in np.flatnonzero(outside):
        expected = f"{low:g} to {high:g} {feature.unit}".strip()
        reading.cell(name, int(row), "Outside what is possible.", expected)
    return np.where(outside, np.nan, values)


# ------------------------------------------------------------------------------------------- roles


def _with_roles(reading: _Reading, data: CohortData) -> CohortData:
    regimens, regimen = _regimens(reading)
    classes = {
        name: tuple(sorted(reading.pack.expand_classes(reading.pack.regimen(name))))
        for name in regimens
        if reading.pack and name in {known.id for known in reading.pack.regimens}
    }
    described = {name: item.classes for name, item in reading.spec.regimens.items()}
    return replace(
        data,
        regimens=regimens,
        regimen=regimen,
        classes=classes | {name: given for name, given in described.items() if given},
        line=_line(reading),
        site=_labels(reading, "site"),
        group=_labels(reading, "group"),
        weight=_weight(reading),
    )


def _regimens(reading: _Reading) -> tuple[tuple[str, ...], np.ndarray | None]:
    name = _role(reading, "regimen")
    texts = reading.texts(name) if name else None
    if name is None or texts is None:
        return (), None
    names = reading.spec.columns[name].levels
    regimens = set(names.values())
    mapped = [text if not names or text in regimens else "" for text in named(texts, names)]
    for row, regimen in enumerate(mapped):
        if not regimen or regimen in ABSENT:
            expected = f"one of {', '.join(names)}" if names else "a regimen"
            reading.drop(row, name, "The row's regimen is not known.", expected)
    found = sorted({regimen for regimen in mapped if regimen and regimen not in ABSENT})
    position = {regimen: code for code, regimen in enumerate(found)}
    codes = np.array([position.get(regimen, -1) for regimen in mapped], dtype=np.int64)
    return tuple(found), codes


def _line(reading: _Reading) -> Floats | None:
    name = _role(reading, "line")
    texts = reading.texts(name) if name else None
    if name is None or texts is None:
        return None
    mapped = named(texts, reading.spec.columns[name].levels)
    return numbers_of(mapped, lambda row, why: reading.cell(name, row, why, "a line of therapy"))


def _labels(reading: _Reading, role: Role) -> tuple[str, ...] | None:
    name = _role(reading, role)
    texts = reading.texts(name) if name else None
    if name is None or texts is None:
        return None
    return tuple(named(texts, reading.spec.columns[name].levels))


def _weight(reading: _Reading) -> Floats | None:
    name = _role(reading, "weight")
    texts = reading.texts(name) if name else None
    if name is None or texts is None:
        return None
    weight = numbers_of(texts, lambda _row, _why: None)
    for row in np.flatnonzero(~(weight > 0)):
        reading.drop(int(row), name, "The row's weight is not usable.", "a number above zero")
    return weight


# ---------------------------------------------------------------------------------------- outcomes


def _with_outcomes(reading: _Reading, data: CohortData) -> CohortData:
    response: Graded | None = None
    timed: dict[str, Timed] = {}
    toxicities: dict[str, Floats] = {}
    for name, outcome in reading.spec.outcomes.items():
        if name == "response":
            response = _response(reading, outcome)
        elif name in {"os", "pfs"}:
            answer = _timed(reading, name, outcome)
            if answer is not None:
                timed[name] = answer
        elif name.startswith(TOXICITY) and len(name) > len(TOXICITY):
            column = _answers(reading, name, outcome)
            if column is not None:
                toxicities[name.removeprefix(TOXICITY)] = column
        else:
            reading.error(
                f"outcomes.{name}",
                f"There is no outcome {name!r}.",
                'Use response, os, pfs or "toxicity:<group>".',
            )
    if not reading.spec.outcomes:
        reading.error("outcomes", "The cohort has no outcome.", "Describe at least one.")
    timed = _in_order(reading, timed)
    return replace(data, response=response, timed=timed, toxicities=toxicities)


def _outcome_texts(reading: _Reading, name: str, column: str, key: str) -> list[str] | None:
    if not column:
        reading.error(f"outcomes.{name}", f"{key} is missing.", f'Add {key} = "a column".')
        return None
    return reading.texts(column)


def _response(reading: _Reading, outcome: OutcomeSpec) -> Graded | None:
    texts = _outcome_texts(reading, "response", outcome.column, "column")
    if texts is None:
        return None
    wanted = "CR, PR, SD, PD or NE, or everywhere 1/0 or true/false"
    values, graded = responses_of(
        texts, RECIST, lambda row: _cell(reading, outcome.column, row, wanted)
    )
    return Graded(values, RECIST if graded else BINARY_RESPONSE, _reached(reading, outcome))


def _reached(reading: _Reading, outcome: OutcomeSpec) -> Floats | None:
    """When each response was reached, in months; None where the folder names no such column."""
    texts = reading.texts(outcome.time) if outcome.time else None
    if texts is None:
        return None
    expected = f"a time from 0 to {LONGEST_MONTHS:g} months, or nothing"
    months = numbers_of(texts, lambda row, _: _cell(reading, outcome.time, row, expected))
    months = months * MONTHS_PER[reading.spec.time_unit]
    impossible = (months < 0) | (months > LONGEST_MONTHS)
    for row in np.flatnonzero(impossible):
        _cell(reading, outcome.time, int(row), expected)
    return np.where(impossible, np.nan, months)


def _answers(reading: _Reading, name: str, outcome: OutcomeSpec) -> Floats | None:
    texts = _outcome_texts(reading, name, outcome.column, "column")
    if texts is None:
        return None
    return flags_of(texts, lambda row: _cell(reading, outcome.column, row, "1/0 or true/false"))


def _cell(reading: _Reading, name: str, row: int, expected: str) -> None:
    reading.cell(name, row, "The outcome cannot be read.", expected)


def _timed(reading: _Reading, name: str, outcome: OutcomeSpec) -> Timed | None:
    times = _outcome_texts(reading, name, outcome.time, "time")
    events = _outcome_texts(reading, name, outcome.event, "event")
    if times is None or events is None:
        return None
    months = numbers_of(times, lambda row, _: _cell(reading, outcome.time, row, "a time"))
    months = months * MONTHS_PER[reading.spec.time_unit]
    event = events_of(events, lambda row: _cell(reading, outcome.event, row, "1/0 or true/false"))
    for row in np.flatnonzero((months < 0) | (months > LONGEST_MONTHS)):
        expected = f"a time from 0 to {LONGEST_MONTHS:g} months"
        reading.drop(int(row), outcome.time, "The time is not possible.", expected)
    unknown = np.isnan(months) | np.isnan(event)
    return Timed(np.where(unknown, np.nan, months), np.where(unknown, 0.0, event) > 0)


def _in_order(reading: _Reading, timed: dict[str, Timed]) -> dict[str, Timed]:
    """Progression-free survival ends with death at the latest; a rounding longer ends with it."""
    if not {"os", "pfs"} <= timed.keys():
        return timed
    pfs, os = timed["pfs"], timed["os"]
    name = reading.spec.outcomes["pfs"].time
    for row in np.flatnonzero(pfs.months > os.months + ROUNDING):
        reading.drop(int(row), name, "PFS is longer than OS.", "a PFS time up to the OS time")
    rounded = (pfs.months > os.months + 1e-6) & (pfs.months <= os.months + ROUNDING)
    if rounded.any():
        reading.rounded(name, int(rounded.sum()))
    return {**timed, "pfs": replace(pfs, months=np.where(rounded, os.months, pfs.months))}


def _finished(reading: _Reading, data: CohortData) -> CohortData:
    """Leave out the rows without any outcome or marked unusable; refuse what is too damaged."""
    fatal = [finding for finding in reading.findings if finding.severity is Severity.ERROR]
    if fatal:
        raise CohortRejected("cohort.toml and the table do not fit:", fatal)
    for row in np.flatnonzero(~_any_outcome(data)):
        reading.drop(int(row), "", "The row has no outcome at all.", "at least one outcome")
    left_out = (
        *reading.table.findings,
        *(reading.unusable[row] for row in sorted(reading.unusable)),
    )
    rows = reading.table.rows_read
    if rows == 0 or len(left_out) > MOST_UNUSABLE * rows:
        raise CohortRejected(
            f"{len(left_out)} of {rows} rows cannot be used; at most {MOST_UNUSABLE:.0%} may be:",
            left_out,
            hint="Correct these rows and read the folder again.",
        )
    keep = np.ones(data.size, dtype=bool)
    keep[list(reading.unusable)] = False
    return replace(select(data, keep), findings=(*left_out, *reading.findings))


def _any_outcome(data: CohortData) -> Flags:
    found = np.zeros(data.size, dtype=bool)
    if data.response is not None:
        found |= ~np.isnan(data.response.codes)
    for timed in data.timed.values():
        found |= timed.known
    for answers in data.toxicities.values():
        found |= ~np.isnan(answers)
    return found


def select(data: CohortData, keep: np.ndarray) -> CohortData:
    """The same cohort with only these rows (a mask or positions)."""
    rows = np.flatnonzero(keep) if keep.dtype == bool else keep
    texts: Callable[[Iterable[str]], tuple[str, ...]] = lambda given: tuple(  # noqa: E731
        np.asarray(tuple(given), dtype=object)[rows].tolist()
    )
    return replace(
        data,
        values=data.values[rows],
        ids=texts(data.ids),
        regimen=None if data.regimen is None else data.regimen[rows],
        line=None if data.line is None else data.line[rows],
        site=None if data.site is None else texts(data.site),
        group=None if data.group is None else texts(data.group),
        weight=None if data.weight is None else data.weight[rows],
        response=(
            None
            if data.response is None
            else Graded(
                data.response.codes[rows],
                data.response.levels,
                None if data.response.months is None else data.response.months[rows],
            )
        ),
        timed={name: Timed(t.months[rows], t.event[rows]) for name, t in data.timed.items()},
        toxicities={name: answers[rows] for name, answers in data.toxicities.items()},
    )
