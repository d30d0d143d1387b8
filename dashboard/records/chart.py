"""One patient's chart while a file is read: what was seen, when, and which of it is current.

Readers put in every value they find with its date; `close` decides. The latest value before the
decision counts; of two on one day the one issued later; where that does not settle it, and always
where two reports contradict each other on a molecular finding, one question is asked and the value
stays unknown. Nothing that was put in is lost: dated values become measurements, the rest findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from dashboard.knowledge.schema import LAST_LINE, DiseasePack, Feature, Kind
from dashboard.records.alterations import meaning_of
from dashboard.records.amounts import is_ratio_to_limit
from dashboard.records.cells import Cell, Interpreted, Raw
from dashboard.records.derive import Derived, derive
from dashboard.records.moments import Moment, newest, read_moment
from dashboard.records.patient import (
    FOR_VALUES,
    Choice,
    Consent,
    Finding,
    Intake,
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
from dashboard.records.units import UnitTable
from dashboard.records.upper_limits import Limit, against_limit
from dashboard.records.values import interpret

LINE = "line"  # held by the patient itself, not among the values
LINE_OF_TREATMENT = Feature(  # where a pack does not list it among its features
    id=LINE,
    label="Line of systemic therapy",
    kind=Kind.ORDINAL,
    levels=tuple(str(line) for line in range(1, LAST_LINE + 1)),
)
BLOOD_RATIO = ("neutrophils_10e9_l", "lymphocytes_10e9_l")
_ZONES = timedelta(days=1)  # a date may be tomorrow's somewhere on earth
_LONGEST_UNMAPPED = 4_000  # characters; as long as any other cell may be


@dataclass(frozen=True, slots=True)
class Seen:
    """A value as it was found once."""

    feature: Feature
    value: Value
    origin: Origin
    taken_on: date | None = None
    issued: str = ""  # when it was made known, where the file says so; orders equal days
    at: Moment | None = None  # as exactly as the file says it

    @property
    def moment(self) -> Moment | None:
        """When it was, as exactly as is known."""
        if self.at is None and self.taken_on is not None:
            return Moment.of(self.taken_on)
        return self.at

    @property
    def day(self) -> str:
        """The day, with the time where one was written."""
        clock = self.at.clock if self.at is not None else None
        if clock is not None:
            return clock.isoformat(sep=" ", timespec="minutes")
        return self.taken_on.isoformat() if self.taken_on else ""

    @property
    def place(self) -> str:
        """Value, day and source in words, for questions."""
        day = f" of {self.day}" if self.taken_on else " (undated)"
        return f"{spoken(self.value)}{day}, {self.origin.field or self.origin.file}"


@dataclass(slots=True)
class Chart:
    """Everything gathered of one patient."""

    patient: str
    pack: DiseasePack
    reading: Reading
    file: str = ""
    seen: list[Seen] = field(default_factory=list)
    courses: list[TreatmentCourse] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    outcomes: dict[str, Value] = field(default_factory=dict)
    consent: Consent = field(default_factory=Consent)
    notes: list[str] = field(default_factory=list)
    synthetic: bool = False
    contradictions: list[tuple[tuple[Seen, ...], str]] = field(default_factory=list)
    complete: bool = False  # Concord wrote the file: nothing is to be added to it
    units: UnitTable = field(default_factory=UnitTable.standard)

    def read(
        self, feature: Feature, raw: Raw, *, issued: str = "", at: Moment | None = None
    ) -> Value | None:
        """Interpret a value as it stands in the file and put it in."""
        outcome = _interpreted(self, feature, replace(raw, patient=self.patient))
        self.findings.extend(outcome.findings)
        if outcome.value is None:
            return None
        day = raw.taken_on
        self.put(feature, outcome.value, outcome.origin, taken_on=day, issued=issued, at=at)
        return outcome.value

    def try_read(
        self, feature: Feature, raw: Raw, *, issued: str = "", at: Moment | None = None
    ) -> bool:
        """Put in a value only where it is read without a finding; say whether it was."""
        outcome = interpret(feature, replace(raw, patient=self.patient), self.units)
        if outcome.value is None or outcome.findings:
            return False
        day = raw.taken_on
        self.put(feature, outcome.value, outcome.origin, taken_on=day, issued=issued, at=at)
        return True

    def put(
        self,
        feature: Feature,
        value: Value,
        origin: Origin,
        *,
        taken_on: date | None = None,
        issued: str = "",
        at: Moment | None = None,
    ) -> None:
        """Put in a value that needs no interpretation."""
        origin = replace(origin, who=origin.who or self.reading.who)
        self.seen.append(Seen(feature, value, origin, taken_on, issued, at))

    def leave(self, where: Where, name: str, value: str, reason: str) -> None:
        """List content that has no place in the patient."""
        self.unmapped.append(unmapped(where, name, value, reason))

    def add(self, finding: Finding) -> None:
        """Add a finding about this patient."""
        self.findings.append(replace(finding, patient=self.patient))

    def ask(
        self, code: str, message: str, choices: Iterable[Choice], where: Where, *, value: str = ""
    ) -> None:
        """Add one question; nothing is assumed until it is answered."""
        self.findings.append(
            Finding(
                Severity.QUESTION,
                code,
                message,
                where,
                value=value,
                expected="one answer",
                fix="Choose one of the answers, or leave the value unknown.",
                rest="Everything else was read.",
                patient=self.patient,
                choices=tuple(choices),
            )
        )

    def close(self) -> Patient:
        """The patient, with current values settled; further findings are added to the chart."""
        by_feature: dict[str, list[Seen]] = {}
        for seen in self._in_time():
            by_feature.setdefault(seen.feature.id, []).append(seen)
        current = {
            name: found for name, all_ in by_feature.items() if (found := self._current(all_))
        }
        _ask_about_contradictions(self)
        asked = [seen[0].feature for name, seen in by_feature.items() if name not in current]
        for name in _in_doubt(asked, current):
            self._withdraw(current.pop(name))
        line = current.pop(LINE, None)
        derived = self._derived(current)
        values = {name: seen.value for name, seen in current.items()}
        origins = {name: seen.origin for name, seen in current.items()}
        return Patient(
            id=self.patient,
            disease=self.pack.id,
            values=values | derived.values,
            line=None if line is None else int(float(line.value)),
            courses=tuple(sorted(self.courses, key=_course_order)),
            measurements=measurements_of(
                {name: seen for name, seen in by_feature.items() if name in self.pack.vocabulary}
            ),
            origins=origins | derived.origins,
            outcomes=self.outcomes,
            consent=self.consent,
            recorded_on=self.reading.today,
            notes="\n".join(self.notes),
            synthetic=self.synthetic,
        )

    def _withdraw(self, seen: Seen) -> None:
        """A value that rests on a gene whose reports contradict each other waits with it."""
        told = f"{seen.feature.label} {spoken(seen.value)}"
        message = f"{told} rests on a report that another contradicts; it stays unknown meanwhile."
        self.add(Finding(Severity.NOTE, "value-in-doubt", message, self._where(seen)))

    def _derived(self, current: dict[str, Seen]) -> Derived:
        """What follows from the current values; what only served for that is listed."""
        facts = {name: seen.value for name, seen in current.items()}
        days = {name: current[name].taken_on for name in BLOOD_RATIO if name in current}
        if len(set(days.values())) > 1:  # two samples make no ratio
            facts = {name: value for name, value in facts.items() if name not in days}
        derived = Derived()
        if not self.complete:
            derived = derive(self.pack.vocabulary, facts, self.patient, Where(self.file))
            self.findings.extend(derived.findings)
        for name in [name for name in current if name not in self.pack.vocabulary]:
            seen = current.pop(name)
            self.leave(self._where(seen), seen.feature.label, spoken(seen.value), FOR_VALUES)
        return derived

    def _in_time(self) -> list[Seen]:
        """What was seen up to now; a value from the future is refused."""
        latest = self.reading.today + _ZONES
        past = []
        for seen in self.seen:
            if seen.taken_on is None or seen.taken_on <= latest:
                past.append(seen)
                continue
            finding = Finding(
                Severity.ERROR,
                "date-in-future",
                f"{seen.feature.label} is dated {seen.taken_on.isoformat()}, after today.",
                self._where(seen),
                value=seen.taken_on.isoformat(),
                expected=f"a date up to {self.reading.today.isoformat()}",
                fix="Correct the date.",
                rest="This value was left out.",
            )
            self.add(finding)
        return past

    def _current(self, seen: list[Seen]) -> Seen | None:
        """The value that counts today, or None after asking."""
        if len({one.value for one in seen}) == 1:
            return max(seen, key=_recency)
        latest = newest(seen)
        if _is_report(seen[0].feature):
            self._contradiction(seen, "reports contradict each other")
        elif not latest:
            self._contradiction(seen, "several values without a date")
        elif len({one.value for one in latest}) == 1:
            chosen = max(latest, key=_recency)
            self._note_undated(seen, chosen)
            self._note_hours(seen, chosen)
            return chosen
        else:
            return self._issued_last(latest)
        return None

    def _issued_last(self, latest: list[Seen]) -> Seen | None:
        """The value made known last, where every one of them says when that was."""
        keys = [_issue_key(one.issued) for one in latest]
        last = max(keys)
        issued = [one for one, key in zip(latest, keys, strict=True) if key == last]
        if not all(keys) or len({one.value for one in issued}) > 1:
            same = len({one.taken_on for one in latest}) == 1
            why = "different values of one day" if same else "dates that do not say which is newer"
            self._contradiction(latest, why)
            return None
        chosen = issued[0]
        others = ", ".join(spoken(one.value) for one in latest if one.value != chosen.value)
        message = (
            f"{chosen.feature.label} {spoken(chosen.value)} was issued last and counts; "
            f"{others} of the same day was issued before."
        )
        self.add(Finding(Severity.NOTE, "value-superseded", message, self._where(chosen)))
        return chosen

    def _note_hours(self, seen: list[Seen], chosen: Seen) -> None:
        """Say which other values of about the same day the time of day has set aside."""
        near = [
            one
            for one in seen
            if one.value != chosen.value
            and one.taken_on is not None
            and chosen.taken_on is not None
            and abs(one.taken_on - chosen.taken_on) <= _ZONES
            and one.at is not None
            and one.at.clock is not None
        ]
        if near:
            others = ", ".join(f"{spoken(one.value)} of {one.day}" for one in near)
            message = (
                f"{chosen.feature.label} {spoken(chosen.value)} of {chosen.day} is the newest by "
                f"the clock and counts; {others} is older."
            )
            self.add(Finding(Severity.NOTE, "value-superseded", message, self._where(chosen)))

    def _note_undated(self, seen: list[Seen], chosen: Seen) -> None:
        for one in seen:
            if one.taken_on is None and one.value != chosen.value:
                message = (
                    f"{one.feature.label} {spoken(one.value)} has no date; "
                    f"{chosen.place} counts instead."
                )
                fix = "Add the date if the undated value is the newer one."
                self.add(
                    Finding(
                        Severity.WARNING,
                        "value-undated",
                        message,
                        self._where(one),
                        value=spoken(one.value),
                        fix=fix,
                    )
                )

    def _where(self, seen: Seen) -> Where:
        return Where(seen.origin.file or self.file, seen.origin.row, seen.origin.field)

    def _contradiction(self, seen: list[Seen], why: str) -> None:
        first: dict[Value, Seen] = {}
        for one in sorted(seen, key=_recency, reverse=True):
            first.setdefault(one.value, one)
        self.contradictions.append((tuple(first.values()), why))


def _ask_about_contradictions(chart: Chart) -> None:
    """One question for all facts that the same sources contradict each other about.

    Two reports of EGFR give two mutations and two drivers: whoever chooses the report that counts
    has decided both.
    """
    groups: dict[tuple[tuple[str, str], ...], list[tuple[tuple[Seen, ...], str]]] = {}
    for said in chart.contradictions:
        sources = tuple((one.origin.field, one.day) for one in said[0])
        key = sources if len(set(sources)) == len(sources) else ((said[0][0].feature.id, ""),)
        groups.setdefault(key, []).append(said)
    for group in groups.values():
        group.sort(key=lambda said: _breadth(said[0][0].feature))
        (leading, why), *_ = group
        facts = [seen[0].feature for seen, _ in group]
        choices = [
            Choice(
                one.place,
                str(one.value),
                {seen[at].feature.id: seen[at].value for seen, _ in group},
            )
            for at, one in enumerate(leading)
        ]
        choices.append(Choice("leave it unknown", "unknown", {fact.id: None for fact in facts}))
        labels = " and ".join(fact.label for fact in facts)
        places = "; ".join(one.place for one in leading)
        where = Where(chart.file, leading[0].origin.row, facts[0].id)
        chart.ask("values-contradict", f"{labels}: {why}: {places}.", choices, where)


def _breadth(feature: Feature) -> int:
    """How many genes a fact is about; the fact of one gene speaks for the others."""
    meaning = meaning_of(feature)
    return len(meaning.genes) if meaning is not None else 0


def _interpreted(chart: Chart, feature: Feature, raw: Raw) -> Interpreted:
    """What comes of a value; over the laboratory's upper limit where that was answered."""
    answer = chart.reading.answers.get(f"uln:{raw.where.field or feature.id}", "")
    if answer and is_ratio_to_limit(feature):
        over = against_limit(Cell(feature, raw, chart.units), Limit(answer, where=raw.where))
        if isinstance(over, Interpreted):
            return over
        raw = raw if over is None else over.raw
    return interpret(feature, raw, chart.units)


def _in_doubt(asked: Iterable[Feature], current: Mapping[str, Seen]) -> list[str]:
    """The current values that a change of a gene in doubt gives."""
    genes = {gene for feature in asked if (m := meaning_of(feature)) for gene in m.genes}
    found = []
    for name, seen in current.items():
        meaning = meaning_of(seen.feature)
        level = "true" if seen.value is True else str(seen.value)
        terms = meaning.values.get(level, ()) if meaning and seen.value is not False else ()
        if genes & {term.partition(":")[0] for term in terms}:
            found.append(name)
    return found


def with_reason(intake: Intake, file: str) -> Intake:
    """The intake; where it holds neither a patient nor what stands in the way, it says so."""
    grave = (Severity.ERROR, Severity.QUESTION)
    if intake.patients or any(finding.severity in grave for finding in intake.findings):
        return intake
    missing = Finding(
        Severity.ERROR,
        "no-patients",
        "The file holds no patient.",
        Where(file),
        expected="at least one patient",
        fix="Check that it is the file you meant.",
        rest="What it holds is listed.",
    )
    return replace(intake, findings=(*intake.findings, missing))


def measurements_of(by_feature: Mapping[str, list[Seen]]) -> tuple[Measurement, ...]:
    """All dated values, feature by feature, oldest first; repeats once."""
    found: dict[tuple[str, Value, date], Measurement] = {}
    for name, all_seen in by_feature.items():
        for seen in sorted(all_seen, key=_recency):
            if seen.taken_on is not None:
                key = (name, seen.value, seen.taken_on)
                found.setdefault(key, Measurement(name, seen.value, seen.taken_on, seen.origin))
    return tuple(found.values())


def unmapped(where: Where, name: str, value: str, reason: str) -> Unmapped:
    """Content without a place, shortened where it is a document of its own."""
    if len(value) > _LONGEST_UNMAPPED:
        rest = len(value) - _LONGEST_UNMAPPED
        value = f"{value[:_LONGEST_UNMAPPED]} … and {rest:,} characters more in the file"
    return Unmapped(where, name, value, reason)


def spoken(value: Value) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else value


def read_date(text: object) -> date | None:
    """The day of a date or time in ISO 8601; a month or a year alone gives its first day."""
    moment = read_moment(text)
    return None if moment is None else moment.first


def _is_report(feature: Feature) -> bool:
    """Whether two different answers contradict each other whatever their dates."""
    return feature.group == "molecular" and feature.kind is not Kind.NUMBER


def _recency(seen: Seen) -> tuple[date, str, str]:
    moment = seen.moment
    return (*(moment.order if moment else (date.min, "")), _issue_key(seen.issued))


def _issue_key(text: str) -> str:
    """A time of issue in a form that sorts, whatever zone it was written in."""
    moment = read_moment(text)
    return " ".join(map(str, moment.order)) if moment else text


def _course_order(course: TreatmentCourse) -> tuple[date, int, str]:
    return course.started or date.max, course.line or 0, course.label
