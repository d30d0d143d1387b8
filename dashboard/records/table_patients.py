"""From the rows of one tumour group to patients: values, outcomes, dates, lines, notes.

Columns are read whole (`columns`, `outcomes`), then their values are dealt to the rows they came
from. What has no place in a patient (dates, ingredients of formulas) is listed as unmapped, where
the checks of the record look for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.records.coded_columns import level_said, levels_differ, unread_level
from dashboard.records.columns import Column, ColumnValues, read_column
from dashboard.records.dates import years_between
from dashboard.records.derive import anything_follows, derive, made_of, missing_ingredients
from dashboard.records.diagnosis_words import DIAGNOSIS, read_diagnoses
from dashboard.records.levels import flag_word
from dashboard.records.mapping import (
    OUTCOME_COLUMN,
    UNIT_OF,
    WHOLE_OF_GENES,
    Columns,
    Genes,
    Match,
    NameIndex,
)
from dashboard.records.numerals import PLAIN_NUMBER, read_numeral
from dashboard.records.outcomes import TIMES, read_dates, read_events, read_responses
from dashboard.records.patient import (
    FOR_CHECKS,
    FOR_VALUES,
    Finding,
    Measurement,
    Origin,
    Patient,
    Severity,
    TreatmentCourse,
    Unmapped,
    Value,
    Where,
)
from dashboard.records.reading import Reading
from dashboard.records.tables import Sheet
from dashboard.records.treatment_columns import read_courses
from dashboard.records.variant_columns import (
    VARIANTS,
    Told,
    VariantCell,
    read_findings,
    read_second_changes,
)
from dashboard.records.words import meaning_of_unknown

# Dates that serve checks and computing, by the name under which the checks know them.
_DATES: Mapping[str, str] = {
    "born_on": "date_of_birth",
    "diagnosed_on": "date_of_diagnosis",
    "sampled_on": "sample_date",
    "started_on": "treatment_start",
    "ended_on": "treatment_end",
    "progressed_on": "progression_date",
    "died_on": "death_date",
    "followed_to": "last_contact",
}
_OUTCOMES = frozenset({"os_months", "pfs_months", "os_event", "pfs_event", "response"})
_YES = frozenset({"1", "yes", "true", "y"})
_LINE = Feature.model_validate(
    {
        "id": "line",
        "label": "Line of therapy",
        "kind": "ordinal",
        "levels": tuple(str(line) for line in range(1, 13)),
    }
)
_AGE = "age_years"
_NOT_THIS_LEVEL = "says only what the fact is not"
_SHORTEST_CHANGE = 4  # characters of a change: G12C, Q61H; shorter cells are words
_NOT_ASKED = "not a fact this tumour group asks for"
_NOT_ENOUGH = "serves to compute other values; what is needed beside it is missing"


@dataclass(slots=True)
class TableContext:
    """What every step of reading one table needs, and what they leave behind."""

    sheet: Sheet
    columns: Columns
    index: NameIndex
    reading: Reading
    findings: list[Finding] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    doubtful_decimals: list[tuple[int, str, str]] = field(default_factory=list)

    def pack(self, disease: str) -> DiseasePack | None:
        """The pack of a disease, where there is one."""
        return next((p for p in self.reading.library.packs if p.id == disease), None)


@dataclass(slots=True)
class TestResults:
    """What a table of one row a test said of one patient."""

    values: dict[str, Value] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    measurements: tuple[Measurement, ...] = ()


@dataclass(slots=True)
class Rows:
    """The rows of one disease, with what was read of them so far."""

    disease: str
    places: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    values: list[dict[str, Value]] = field(default_factory=list)
    origins: list[dict[str, Origin]] = field(default_factory=list)
    outcomes: list[dict[str, Value]] = field(default_factory=list)
    days: dict[str, list[date | None]] = field(default_factory=dict)
    columns: list[tuple[str, ...]] = field(default_factory=list)  # their cells, column by column
    numbers: list[int] = field(default_factory=list)

    def add(self, place: int, name: str) -> None:
        """One more patient."""
        self.places.append(place)
        self.ids.append(name)
        self.values.append({})
        self.origins.append({})
        self.outcomes.append({})

    def days_of(self, role: str) -> list[date | None]:
        """The days of a date column, all unknown where there is none."""
        return self.days.get(role) or [None] * len(self.places)


def group_rows(places: Sequence[int], ids: Sequence[str], diseases: Sequence[str]) -> list[Rows]:
    """The rows by disease; rows whose disease waits for an answer are left out."""
    groups: dict[str, Rows] = {}
    for place, name, disease in zip(places, ids, diseases, strict=True):
        if disease:
            groups.setdefault(disease, Rows(disease)).add(place, name)
    return list(groups.values())


def read_patients(
    context: TableContext,
    rows: Rows,
    results: Mapping[str, TestResults],
) -> list[Patient]:
    """The patients of these rows.

    Args:
        context: the table; findings and unmapped content are added to it.
        rows: the rows of one disease.
        results: by patient, what a table of one row a test said of them.
    """
    pack = context.pack(rows.disease)
    features = _features(context, pack)
    _read_features(context, rows, features)
    for at, name in enumerate(rows.ids):
        if name in results:
            rows.values[at].update(results[name].values)
            rows.origins[at].update(results[name].origins)
    _read_variants(context, rows, pack)
    _read_diagnoses(context, rows, pack)
    _read_outcomes(context, rows)
    _read_dates(context, rows)
    _fill_ages(context, rows, features)
    _derive(context, rows, features, pack)
    lines = _lines(context, rows, features)
    courses = _courses(context, rows, pack)
    notes, synthetic = _notes(context, rows), _synthetic(context, rows)
    recorded = rows.days_of("recorded_on")
    return [
        Patient(
            name,
            rows.disease,
            rows.values[at],
            lines[at],
            courses[at],
            results[name].measurements if name in results else (),
            rows.origins[at],
            rows.outcomes[at],
            recorded_on=recorded[at],
            notes=notes[at],
            synthetic=synthetic[at],
        )
        for at, name in enumerate(rows.ids)
    ]


def _column_of(
    context: TableContext, match: Match, feature: Feature, rows: Rows, limit: Match | None = None
) -> Column:
    """The cells of a column for these rows."""
    if not rows.columns:
        chosen = [context.sheet.rows[at] for at in rows.places]
        rows.columns.extend(zip(*(cells for _, cells in chosen), strict=True))
        rows.numbers.extend(number for number, _ in chosen)
    return Column(
        feature,
        match.column,
        list(map(str.strip, rows.columns[match.place])),
        rows.numbers,
        rows.ids,
        context.sheet.file,
        match.unit,
        () if limit is None else list(map(str.strip, rows.columns[limit.place])),
        "" if limit is None else limit.column,
        "" if limit is None else limit.unit,
    )


def _features(context: TableContext, pack: DiseasePack | None) -> Mapping[str, Feature]:
    if pack is None:
        return context.index.features
    ingredients = {feature.id: feature for feature in missing_ingredients(pack.features)}
    return {**pack.vocabulary, **ingredients}


# ---- values


def _read_features(context: TableContext, rows: Rows, features: Mapping[str, Feature]) -> None:
    limits = {m.feature: m for m in context.columns.matches if m.role == "limit"}
    units = {m.candidates[0]: m.place for m in context.columns.matches if m.role == UNIT_OF}
    for match in context.columns.matches:
        feature = features.get(match.feature)
        if feature is None and match.feature and match.role != "limit":
            _list_foreign(context, match, rows)
        if feature is None or match.role or match.level:
            continue
        column = _column_of(context, match, feature, rows, limits.get(feature.id))
        if match.column in units:
            column = _with_units(column, rows.columns[units[match.column]])
        found = read_column(column, context.index.units, context.reading.answers)
        context.findings += found.findings
        context.doubtful_decimals += [
            (column.rows[at], column.name, column.cells[at]) for at in found.decimals
        ]
        _deal(rows, column, found, context.reading.who)
    for match in context.columns.matches:
        feature = features.get(match.feature)
        if feature is not None and match.level:
            _read_level(context, rows, _column_of(context, match, feature, rows), match.level)
    _read_beside(context, rows, features)


def _read_beside(context: TableContext, rows: Rows, features: Mapping[str, Feature]) -> None:
    """What columns say of facts that have a column of their own, or that they make together."""
    for match in context.columns.matches:
        if match.instead in features:
            _fill_from(context, rows, match, features[match.instead])
    for name, genes in WHOLE_OF_GENES.items():
        if name in features:
            _deny_together(context, rows, features[name], genes)


def _fill_from(context: TableContext, rows: Rows, match: Match, feature: Feature) -> None:
    """A fact whose own column is empty, from the other column that gives it."""
    own = [m.place for m in context.columns.matches if m.feature == feature.id and not m.role]
    cells = [context.sheet.rows[place][1] for place in rows.places]
    empty = [
        feature.id not in values and not any(row[place].strip() for place in own)
        for values, row in zip(rows.values, cells, strict=True)
    ]
    if not any(empty):
        return
    column = _column_of(context, match, feature, rows)
    wanted = [text if blank else "" for text, blank in zip(column.cells, empty, strict=True)]
    column = replace(column, cells=wanted)
    found = read_column(column, context.index.units, context.reading.answers)
    context.findings += found.findings
    _deal(rows, column, found, context.reading.who)


def _read_variants(context: TableContext, rows: Rows, pack: DiseasePack | None) -> None:
    """What columns of findings name, and second changes in the cells of others."""
    told = Told(context.findings, context.unmapped)
    for match in context.columns.matches:
        feature = None if pack is None or match.role else pack.vocabulary.get(match.feature)
        findings = match.role == VARIANTS
        if not findings and (feature is None or feature.group != "molecular"):
            continue
        for cell in _named_cells(context, rows, match):
            if not cell.text or (not findings and len(cell.text) < _SHORTEST_CHANGE):
                continue
            if pack is None:
                context.unmapped.append(Unmapped(cell.where, match.column, cell.text, _NOT_ASKED))
            elif feature is None:
                read_findings(cell, pack, told)
            else:
                read_second_changes(cell, feature, pack, told)


def _named_cells(context: TableContext, rows: Rows, match: Match) -> list[VariantCell]:
    """The cells of a column, each with its place and what is known of its patient."""
    file, who = context.sheet.file, context.reading.who
    found = []
    for at, place in enumerate(rows.places):
        number, cells = context.sheet.rows[place]
        known = (rows.ids[at], rows.values[at], rows.origins[at])
        where = Where(file, number, match.column)
        found.append(VariantCell(cells[match.place].strip(), where, *known, who))
    return found


def _read_diagnoses(context: TableContext, rows: Rows, pack: DiseasePack | None) -> None:
    """What the cells of the disease, and of a diagnosis beside it, say beyond it."""
    if pack is None:
        return
    told = Told(context.findings, context.unmapped)
    own = [(m.feature, m.place) for m in context.columns.matches if m.feature and not m.role]
    of_rows = [context.sheet.rows[place][1] for place in rows.places]
    filled = [{name for name, place in own if cells[place].strip()} for cells in of_rows]
    for match in context.columns.matches:
        if match.role in {"disease", DIAGNOSIS}:
            library = context.reading.library if match.role == DIAGNOSIS else None
            said = zip(_named_cells(context, rows, match), filled, strict=True)
            read_diagnoses(list(said), pack, told, library)


def _list_foreign(context: TableContext, match: Match, rows: Rows) -> None:
    """The cells of a column that only another tumour group of the library asks for."""
    for place in rows.places:
        number, cells = context.sheet.rows[place]
        if text := cells[match.place].strip():
            where = Where(context.sheet.file, number, match.column)
            context.unmapped.append(Unmapped(where, match.column, text, _NOT_ASKED))


def _deny_together(context: TableContext, rows: Rows, feature: Feature, genes: Genes) -> None:
    """Where every gene is said to be unaltered, the fact they make together is known."""
    columns = [
        _column_of(context, match, feature, rows)
        for match in context.columns.matches
        if match.feature == feature.id and match.level == genes.level
    ]
    named = {gene for gene in genes.genes for c in columns if gene in c.name.casefold()}
    if named != set(genes.genes):
        return
    for at, values in enumerate(rows.values):
        if feature.id not in values and all(level_said(c.cells[at]) is False for c in columns):
            values[feature.id] = genes.otherwise
            note = f"{', '.join(sorted(genes.genes))}: none altered"
            rows.origins[at][feature.id] = replace(_origin(context, columns[0], at), note=note)


def _with_units(column: Column, units: Sequence[str]) -> Column:
    """The cells with the unit that stands in the column of units beside them."""
    cells = [
        f"{cell} {unit.strip()}" if PLAIN_NUMBER.fullmatch(cell) and unit.strip() else cell
        for cell, unit in zip(column.cells, units, strict=True)
    ]
    return replace(column, cells=cells)


def _read_level(context: TableContext, rows: Rows, column: Column, level: str) -> None:
    """A column about one level of a fact: yes says it, no says only what it is not."""
    name, before = column.feature.id, [values.get(column.feature.id) for values in rows.values]
    for at, text in enumerate(column.cells):
        said, known = level_said(text), before[at]
        if said is None and text and not meaning_of_unknown(text):
            context.findings.append(unread_level(column, at))
        elif said and known in {None, level}:
            rows.values[at][name] = level
            rows.origins[at][name] = _origin(context, column, at)
        elif said:
            context.findings.append(levels_differ(column, at, level, str(known)))
            rows.values[at].pop(name)
            rows.origins[at].pop(name)
        elif text:
            where = Where(column.file, column.rows[at], column.name)
            context.unmapped.append(Unmapped(where, column.name, text, _NOT_THIS_LEVEL))


def _deal(rows: Rows, column: Column, found: ColumnValues, who: str) -> None:
    """Give every value of a column to its patient, with the cell it came from."""
    feature, file, name, unit = column.feature.id, column.file, column.name, column.unit
    cells, numbers, special = column.cells, column.rows, found.origins
    values, origins = rows.values, rows.origins
    for at, value in enumerate(found.values):
        if value is None:
            continue
        values[at][feature] = value
        origin = special.get(at)
        if origin is None:
            origins[at][feature] = Origin(file, numbers[at], name, cells[at], unit, "", who)
        else:
            origins[at][feature] = replace(origin, text=cells[at], who=who)


def _read_outcomes(context: TableContext, rows: Rows) -> None:
    for match in context.columns.matches:
        if match.role == "outcome":
            _read_other_outcome(context, match, rows)
        if match.role not in _OUTCOMES:
            continue
        feature = TIMES.get(match.role, TIMES["os_months"])
        column = _column_of(context, match, feature, rows)
        if match.role in TIMES:
            column = replace(column, unit=match.unit or _time_unit(match.column))
            found = read_column(column, context.index.units, context.reading.answers)
        elif match.role == "response":
            found = read_responses(column)
        else:
            found = read_events(column)
        context.findings += found.findings
        for at, value in enumerate(found.values):
            if value is not None:
                rows.outcomes[at][match.role] = value
                rows.origins[at][match.role] = _origin(context, column, at)


def _origin(context: TableContext, column: Column, at: int) -> Origin:
    """The cell that an outcome was read from: by its row the checks find the patient's dates."""
    cell = (column.file, column.rows[at], column.name, column.cells[at], column.unit)
    return Origin(*cell, who=context.reading.who)


def _read_other_outcome(context: TableContext, match: Match, rows: Rows) -> None:
    """An outcome beyond the known ones, in a column named outcome:NAME."""
    named = OUTCOME_COLUMN.fullmatch(match.column.strip())
    for at, place in enumerate(rows.places):
        text = context.sheet.rows[place][1][match.place].strip()
        if named is not None and text and not meaning_of_unknown(text):
            answer = flag_word(text) if text.isalpha() else None
            number = read_numeral(text).number if answer is None else None
            known: Value | None = number if answer is None else answer
            rows.outcomes[at][named["name"]] = text if known is None else known


def _time_unit(header: str) -> str:
    words = header.casefold()
    return next((unit for unit in ("months", "days", "weeks", "years") if unit[:-1] in words), "")


# ---- dates


def _read_dates(context: TableContext, rows: Rows) -> None:
    for match in context.columns.matches:
        if match.role not in _DATES and match.role != "recorded_on":
            continue
        column = _column_of(context, match, TIMES["os_months"], rows)
        found = read_dates(column, context.reading.answers)
        context.findings += found.findings
        rows.days[match.role] = found.days
        if match.role != "recorded_on":
            _keep_dates(context, match.role, column, found.days)


def _keep_dates(
    context: TableContext, role: str, column: Column, days: Sequence[date | None]
) -> None:
    """Dates have no place in the patient; the checks find them among the unmapped."""
    for at, day in enumerate(days):
        if column.cells[at]:
            text = day.isoformat() if day is not None else column.cells[at]
            where = Where(column.file, column.rows[at], column.name)
            context.unmapped.append(Unmapped(where, _DATES[role], text, FOR_CHECKS))


def _fill_ages(context: TableContext, rows: Rows, features: Mapping[str, Feature]) -> None:
    """The age from the date of birth, on the day of the record, where no age was given."""
    feature = features.get(_AGE)
    match = next((m for m in context.columns.matches if m.role == "born_on"), None)
    if feature is None or match is None:
        return
    recorded = rows.days_of("recorded_on")
    for at, born in enumerate(rows.days_of("born_on")):
        if born is not None and _AGE not in rows.values[at]:
            day = recorded[at] or context.reading.today
            _fill_age(context, rows, at, feature, (match, born, day))


def _fill_age(
    context: TableContext, rows: Rows, at: int, feature: Feature, source: tuple[Match, date, date]
) -> None:
    match, born, day = source
    years = years_between(born, day)
    number, cells = context.sheet.rows[rows.places[at]]
    if feature.hard is None or feature.hard.holds(years):
        rows.values[at][_AGE] = float(years)
        rows.origins[at][_AGE] = Origin(
            context.sheet.file,
            number,
            match.column,
            cells[match.place].strip(),
            who=context.reading.who,
            note=f"age on {day.isoformat()}, from the date of birth",
        )
        return
    allowed = f"{feature.hard.low:g} to {feature.hard.high:g} years"
    context.findings.append(
        Finding(
            Severity.ERROR,
            "out-of-range",
            f"The date of birth {born} gives an age of {years} on {day}, "
            f"outside the allowed {allowed}.",
            Where(context.sheet.file, number, match.column),
            value=born.isoformat(),
            expected=f"an age of {allowed}",
            fix="Check the date of birth.",
            rest="The age stays unknown; everything else was read.",
            patient=rows.ids[at],
        )
    )


# ---- what follows from the values


def _derive(
    context: TableContext,
    rows: Rows,
    features: Mapping[str, Feature],
    pack: DiseasePack | None,
) -> None:
    known = features if pack is None else pack.vocabulary
    strangers = [name for name in features if name not in known]
    found = {name for values in rows.values for name in values}
    if not anything_follows(found) and not found & set(strangers):
        return
    for at, values in enumerate(rows.values):
        where = Where(context.sheet.file, context.sheet.rows[rows.places[at]][0])
        derived = derive(features, values, rows.ids[at], where)
        values.update(derived.values)
        rows.origins[at].update(derived.origins)
        context.findings += derived.findings
        for name in strangers:
            if name in values:
                reason = FOR_VALUES if made_of(name, derived) else _NOT_ENOUGH
                _move_aside(context, rows, at, name, reason)


def _move_aside(context: TableContext, rows: Rows, at: int, name: str, reason: str) -> None:
    """An ingredient is no feature: it is listed, and named in the origin of what it made."""
    rows.values[at].pop(name)
    origin = rows.origins[at].pop(name)
    where = Where(origin.file, origin.row, origin.field)
    context.unmapped.append(Unmapped(where, name, origin.text, reason))


# ---- the rest of a patient


def _lines(context: TableContext, rows: Rows, features: Mapping[str, Feature]) -> list[int | None]:
    """The line of therapy: a number of the patient, not one of its values."""
    match = next((m for m in context.columns.matches if m.role == "line"), None)
    if match is None:
        return [None] * len(rows.places)
    column = _column_of(context, match, features.get("line", _LINE), rows)
    found = read_column(column, context.index.units, context.reading.answers)
    context.findings += found.findings
    return [None if value is None else int(float(value)) for value in found.values]


def _courses(
    context: TableContext, rows: Rows, pack: DiseasePack | None
) -> list[tuple[TreatmentCourse, ...]]:
    courses = read_courses(
        context.columns,
        context.sheet,
        rows.places,
        ids=rows.ids,
        pack=pack,
        answers=context.reading.answers,
    )
    context.findings += courses.findings
    return courses.of_row


def _notes(context: TableContext, rows: Rows) -> list[str]:
    """Free text stays free text: shown beside the patient, never read for facts."""
    matches = [m for m in context.columns.matches if m.role in {"notes", "allergies"}]
    result = []
    for at in rows.places:
        cells = context.sheet.rows[at][1]
        texts = [
            text if match.column == "notes" else f"{match.column}: {text}"
            for match in matches
            if (text := cells[match.place]).strip()
        ]
        result.append("\n".join(texts))
    return result


def _synthetic(context: TableContext, rows: Rows) -> list[bool]:
    place = context.columns.place("synthetic")
    if place is None:
        return [False] * len(rows.places)
    return [context.sheet.rows[at][1][place].strip().casefold() in _YES for at in rows.places]
