"""One patient on the screen: the banner on every page, the record, what is missing.

The banner names the patient by pseudonym, with age, sex, tumour, line and the date of the data, so
that nobody reads one patient's numbers for another's. The record shows every value with its unit,
its usual range and where it came from; what is unknown is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from components.charts import record
from components.charts.markup import Markup, element, join
from components.charts.values import (
    UNKNOWN,
    by_group,
    is_usual,
    origin_text,
    range_text,
    value_text,
)
from components.widgets.panels import Tone, chip, disclosure, empty_state
from components.widgets.tables import Cell, Column, table
from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.records.calendar_days import DAY_ZERO, day_number, is_counted
from dashboard.records.patient import (
    Finding,
    Measurement,
    Patient,
    Severity,
    TreatmentCourse,
    Value,
)
from dashboard.records.subjects import facts_of

_IDENTITY = (("age_years", "Age"), ("sex", "Sex"))
_MOST_SERIES = 6
_NO_HISTORY = (
    "No dated treatment or measurement is on record.",
    "Files with dated treatments and results show them here; the values below are current.",
)

STOPPING = (Severity.ERROR, Severity.QUESTION)  # what keeps a patient from being accepted
SEVERITY_WORDS: Mapping[Severity, tuple[Tone, str]] = {
    Severity.ERROR: (Tone.ALERT, "To mend"),
    Severity.QUESTION: (Tone.UNKNOWN, "Question"),
    Severity.WARNING: (Tone.CAUTION, "Check"),
    Severity.NOTE: (Tone.PLAIN, "Note"),
}


def banner(patient: Patient, pack: DiseasePack) -> Markup:
    """Who this is, in one strip: the same on every page."""
    facts = [
        (label, value_text(pack.feature(name), patient.values.get(name)))
        for name, label in _IDENTITY
        if name in pack.vocabulary
    ]
    facts += [
        ("Tumour", pack.label),
        ("Line", UNKNOWN if patient.line is None else str(patient.line)),
        ("Data of", _day(data_date(patient))),
    ]
    pairs = [element("div", element("dt", label), element("dd", text)) for label, text in facts]
    synthetic = chip(Tone.CAUTION, "SYNTHETIC") if patient.synthetic else None
    return element(
        "section",
        element("span", patient.id, class_="cc-who"),
        synthetic,
        element("dl", *pairs),
        class_="cc-banner",
        aria_label="Patient on the screen",
    )


def data_date(patient: Patient) -> date | None:
    """The day the record speaks of: when it was made, or its latest measurement."""
    if patient.recorded_on is not None:
        return patient.recorded_on
    return max((m.taken_on for m in patient.measurements if m.taken_on), default=None)


def completeness(patient: Patient, pack: DiseasePack) -> Markup:
    """How much of each group of facts is known."""
    parts = []
    for title, features in by_group(pack.features).items():
        known = sum(feature.id in _known(patient) for feature in features)
        cells = record.known_cells(title, known, len(features)).image
        count = element("span", f"{known} of {len(features)}", class_="cc-muted cc-small")
        parts.append(element("div", element("span", title), count, cells))
    return element("div", *parts, class_="cc-completeness")


def findings_panel(findings: Sequence[Finding]) -> Markup:
    """Everything that was found of a patient, the gravest first."""
    order = list(SEVERITY_WORDS)
    graver = sorted(findings, key=lambda finding: order.index(finding.severity))
    return finding_lines(graver) if graver else element("p", "Nothing doubtful was found.")


def notes(patient: Patient) -> Markup:
    """The free text beside the facts, as it was taken over; no rule reads it."""
    lines = [line for line in patient.notes.splitlines() if line.strip()]
    return join(
        [
            *(element("p", line) for line in lines),
            element("p", "As it was taken over; no rule reads it.", class_="cc-muted"),
        ]
    )


def timeline(patient: Patient, pack: DiseasePack, today: date) -> Markup:
    """What happened when, as a picture with its table beneath; the table alone without dates."""
    spans = [
        record.Span(
            _course_label(course, pack), course.started, course.stopped, _course_note(course)
        )
        for course in patient.courses
        if course.started is not None
    ]
    series = _series(patient, pack)
    counted = any(is_counted(span.started) for span in spans) or any(
        is_counted(day) for row in series for day, _ in row.points
    )
    drawing = record.timeline(spans, series, today, zero=DAY_ZERO if counted else None)
    if drawing is None:
        known = patient.courses or patient.measurements
        return history(patient, pack) if known else empty_state(*_NO_HISTORY)
    return join([drawing.image, disclosure("The same as a table", history(patient, pack))])


def history(patient: Patient, pack: DiseasePack) -> Markup:
    """Treatments and measurements as a table, undated ones included."""
    rows: list[Sequence[Cell]] = [
        (
            _course_label(course, pack),
            _period(course),
            _course_note(course) or "no outcome on record",
        )
        for course in patient.courses
    ]
    rows += [
        (_label(m, pack), _day(m.taken_on), _measured(m, pack))
        for m in sorted(patient.measurements, key=lambda m: (m.feature, m.taken_on or date.min))
    ]
    columns = (Column("What"), Column("When"), Column("Outcome or value"))
    return table("Treatments and measurements", columns, rows)


def record_table(
    title: str,
    features: Sequence[Feature],
    patient: Patient,
    findings: Mapping[str, Sequence[Finding]],
) -> Markup:
    """One group of the record: value, usual range, origin, and the findings of each fact."""
    columns = [
        Column("Fact", width="30%"),
        Column("Value", width="25%"),
        Column("Usual", width="15%"),
        Column("Where from, and what was found"),
    ]
    rows = [_record_row(feature, patient, findings) for feature in features]
    if all(not str(row[-1]) for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return table(f"{title}: values of {patient.id}", columns, rows, quiet=True)


def record_tables(
    patient: Patient, pack: DiseasePack, findings: Sequence[Finding]
) -> dict[str, Markup]:
    """A table for every group of facts, by the group's title."""
    about: dict[str, list[Finding]] = {}
    for finding in findings:
        for fact in facts_of(finding, pack):
            about.setdefault(fact, []).append(finding)
    return {
        title: record_table(title, features, patient, about)
        for title, features in by_group(pack.features).items()
    }


def finding_lines(findings: Sequence[Finding]) -> Markup:
    """Findings as short paragraphs: what is wrong, its cure, what happened to the rest."""
    return join([_finding(finding) for finding in findings])


def _finding(finding: Finding) -> Markup:
    tone, word = SEVERITY_WORDS[finding.severity]
    rest = " ".join(part for part in (finding.fix, finding.rest) if part)
    new = finding.expected and finding.expected not in finding.message
    expected = f" Expected: {finding.expected}." if new else ""
    said = element("span", f" {finding.message}{expected}")
    cure = element("div", rest, class_="cc-muted") if rest else None
    return element("div", chip(tone, word), said, cure, class_="cc-finding")


def _record_row(
    feature: Feature, patient: Patient, findings: Mapping[str, Sequence[Finding]]
) -> tuple[Cell, ...]:
    value = _known(patient).get(feature.id)
    text = value_text(feature, value)
    shown: Cell = element("span", text, class_="cc-muted") if value is None else text
    if not is_usual(feature, value):
        shown = join([text, " ", chip(Tone.CAUTION, "unusual")])
    about = findings.get(feature.id, ())
    from_where = origin_text(patient.origins.get(feature.id))
    origin = element("div", from_where, class_="cc-note") if from_where else None
    return (feature.label, shown, range_text(feature), join([origin, finding_lines(about)]))


def _known(patient: Patient) -> Mapping[str, Value]:
    if patient.line is None:
        return patient.values
    return {"line": str(patient.line), **patient.values}


def _series(patient: Patient, pack: DiseasePack) -> list[record.Series]:
    dated: dict[str, list[Measurement]] = {}
    for measurement in patient.measurements:
        if measurement.taken_on is not None:
            dated.setdefault(measurement.feature, []).append(measurement)
    longest = sorted(dated, key=lambda name: -len(dated[name]))[:_MOST_SERIES]
    return [
        record.Series(
            _label(dated[name][0], pack),
            tuple((m.taken_on, _measured(m, pack)) for m in dated[name] if m.taken_on),
        )
        for name in longest
    ]


def _label(measurement: Measurement, pack: DiseasePack) -> str:
    feature = pack.vocabulary.get(measurement.feature)
    return feature.label if feature else measurement.feature


def _measured(measurement: Measurement, pack: DiseasePack) -> str:
    feature = pack.vocabulary.get(measurement.feature)
    return value_text(feature, measurement.value) if feature else str(measurement.value)


def _course_label(course: TreatmentCourse, pack: DiseasePack) -> str:
    known = {regimen.id: regimen.label for regimen in pack.regimens}
    label = course.label or known.get(course.regimen, "Treatment without a name")
    return f"{label} (line {course.line})" if course.line else label


def _course_note(course: TreatmentCourse) -> str:
    best = f"best response {course.best_response}" if course.best_response else ""
    ended = f"ended: {course.stop_reason}" if course.stop_reason else ""
    return "; ".join(part for part in (best, ended) if part)


def _period(course: TreatmentCourse) -> str:
    if course.started is None and course.stopped is None:
        return "not dated"
    return (
        f"{_day(course.started)} to {_day(course.stopped) if course.stopped else 'now or unknown'}"
    )


def _day(day: date | None) -> str:
    if day is None:
        return UNKNOWN
    return day_number(day) if is_counted(day) else f"{day.day} {day:%b %Y}"
