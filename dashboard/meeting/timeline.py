"""What happened when, laid out so that one event reads as well as two hundred.

Treatments, responses, laboratory values, biopsies and what the patient reported share one axis.
Long stretches in which nothing happened are cut to a short piece that says how long it was; rows
with more points than can be told apart keep their first, last, lowest and highest and some between.
Whatever is left out is counted, never dropped in silence. Places run from 0 to 1; drawing is for
the charts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.meeting.case import Event
from dashboard.meeting.follow_up import FollowUp
from dashboard.records.calendar_days import DAY_ZERO, is_counted
from dashboard.records.patient import Measurement, Patient, Value

MOST_MARKS = 24  # in one row
MOST_ROWS = 9
MOST_LANES = 4  # of treatments that overlap
BIOPSY, REPORTED = "biopsy", "reported by the patient"
EVENT_KINDS = (BIOPSY, REPORTED, "imaging", "other event")
_LEAST_BEYOND = 14  # days by which the axis goes on after the last, where something goes on
_LEAST_CUT = 200  # days; shorter gaps stand as they are
_CUT_SHARE = 0.05  # of the axis, for a stretch that was cut
_LONG_GAP = 0.25  # of all days without the longest gaps
_SLIVER = 1e-9
_MONTH = 30.44


class Row(StrEnum):
    """What a row of the timeline is about, in the order of the rows."""

    TREATMENT = "Treatment"
    RESPONSE = "Response"
    BIOPSY = "Biopsy"
    EVENT = "Event"
    REPORTED = "Reported by the patient"
    LABORATORY = "Laboratory"


Spell = Callable[[Feature, Value], str]


def _plainly(feature: Feature, value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return feature.level_label(value)
    return f"{value:.4g} {feature.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing on the axis; without an end it is a moment, unless it is still going on."""

    row: Row
    title: str  # of the row it stands in
    words: str
    started: date
    stopped: date | None = None
    going_on: bool = False
    value: float | None = None

    @property
    def last(self) -> date:
        """Its last day that is known."""
        return max(self.stopped or self.started, self.started)


@dataclass(frozen=True, slots=True)
class Mark:
    """A happening with its place."""

    happening: Happening
    x: float
    to: float


@dataclass(frozen=True, slots=True)
class Track:
    """One row: its marks, and how many were left out to keep it readable."""

    row: Row
    title: str
    marks: tuple[Mark, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch in which nothing happened, drawn short."""

    x: float
    to: float
    days: int
    joins_calendars: bool = False  # the days on its two sides cannot be compared


@dataclass(frozen=True, slots=True)
class Tick:
    """A place of the axis with its words."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything laid out."""

    tracks: tuple[Track, ...] = ()
    cuts: tuple[Cut, ...] = ()
    ticks: tuple[Tick, ...] = ()
    happened: int = 0
    rows_left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Axis:
    """Days to places: piece by piece straight, the long empty pieces short."""

    days: tuple[date, ...]
    places: tuple[float, ...]
    cuts: tuple[Cut, ...] = field(default=())

    def place(self, day: date) -> float:
        """Where a day stands."""
        for (low, high), (x, to) in zip(
            zip(self.days, self.days[1:], strict=False),
            zip(self.places, self.places[1:], strict=False),
            strict=True,
        ):
            if low <= day <= high:
                share = (day - low).days / max((high - low).days, 1)
                return x + share * (to - x)
        return self.places[0] if day < self.days[0] else self.places[-1]


def happenings(
    patient: Patient,
    pack: DiseasePack,
    events: Sequence[Event] = (),
    follow_up: FollowUp | None = None,
    *,
    spell: Spell = _plainly,
) -> tuple[Happening, ...]:
    """Everything dated that is known of a patient, in order of time.

    Args:
        patient: the patient of the case.
        pack: of their disease.
        events: what was added to the case by hand.
        follow_up: what was entered since the decision.
        spell: how a value is written; the pages pass their own, so that it reads alike everywhere.
    """
    found = [*_courses(patient, pack), *_measured(patient, pack, spell), *map(_event, events)]
    if follow_up is not None:
        found += _after(follow_up)
    return tuple(sorted(found, key=lambda each: (each.started, each.row, each.words)))


def undated(patient: Patient) -> int:
    """How many treatments and measurements have no day and cannot stand on an axis."""
    courses = sum(course.started is None for course in patient.courses)
    return courses + sum(each.taken_on is None for each in patient.measurements)


def lay_out(known: Sequence[Happening], *, most_rows: int = MOST_ROWS) -> Timeline:
    """Give everything its place; an empty timeline when nothing is dated."""
    if not known:
        return Timeline()
    axis = _axis(_days(known))
    tracks = [*_lanes([k for k in known if k.row is Row.TREATMENT], axis)]
    titles = dict.fromkeys((k.row, k.title) for k in known if k.row is not Row.TREATMENT)
    rows = [(row, title, [k for k in known if (k.row, k.title) == (row, title)])
            for row, title in titles]  # fmt: skip
    order = list(Row)
    rows.sort(key=lambda each: (order.index(each[0]), -len(each[2]), each[1]))
    room = max(most_rows - len(tracks), 1)
    tracks += [_points(row, title, held, axis) for row, title, held in rows[:room]]
    left = tuple(title for _, title, _ in rows[room:])
    return Timeline(tuple(tracks), axis.cuts, _ticks(axis), len(known), left)


# -- what is known -----------------------------------------------------------------------------


def _courses(patient: Patient, pack: DiseasePack) -> Iterable[Happening]:
    names = {regimen.id: regimen.label for regimen in pack.regimens}
    for course in patient.courses:
        if course.started is None:
            continue
        label = course.label or names.get(course.regimen, "Treatment without a name")
        words = f"{label} (line {course.line})" if course.line else label
        going = course.stopped is None
        yield Happening(Row.TREATMENT, "Treatment", words, course.started, course.stopped, going)
        if course.best_response:
            on = course.stopped or course.started
            yield Happening(Row.RESPONSE, "Best response", course.best_response, on)


def _measured(patient: Patient, pack: DiseasePack, spell: Spell) -> Iterable[Happening]:
    for each in patient.measurements:
        if each.taken_on is not None:
            yield _measurement(each, each.taken_on, pack, spell)


def _measurement(each: Measurement, on: date, pack: DiseasePack, spell: Spell) -> Happening:
    feature = pack.vocabulary.get(each.feature)
    title = feature.label if feature else each.feature
    number = each.value if isinstance(each.value, float) else None
    words = spell(feature, each.value) if feature else str(each.value)
    tissue = feature and feature.group == "molecular" and feature.kind is not Kind.NUMBER
    row = Row.BIOPSY if tissue else Row.LABORATORY
    return Happening(row, title, words, on, value=number)


def _event(event: Event) -> Happening:
    row = {BIOPSY: Row.BIOPSY, REPORTED: Row.REPORTED}.get(event.kind, Row.EVENT)
    title = {Row.BIOPSY: "Biopsy", Row.REPORTED: "Reported by the patient"}.get(row, "Events")
    words = event.label if event.value is None else f"{event.label} {event.value:g}".strip()
    return Happening(row, title, words, event.on, value=event.value)


def _after(follow_up: FollowUp) -> Iterable[Happening]:
    yield Happening(Row.EVENT, "Events", "board's decision", follow_up.decided_on)
    for month in sorted(follow_up.months):
        entry = follow_up.at(month)
        if entry is None:
            continue
        if entry.response:
            yield Happening(Row.RESPONSE, "Best response", entry.response, entry.on)
        if entry.wellbeing is not None:
            yield Happening(
                Row.REPORTED, "Wellbeing (0 to 100)", f"{entry.wellbeing:g}", entry.on,
                value=entry.wellbeing,
            )  # fmt: skip


# -- the axis ----------------------------------------------------------------------------------


def _days(known: Sequence[Happening]) -> list[date]:
    """Every day that matters; what still goes on reaches a little beyond the last of them."""
    days = [day for each in known for day in (each.started, each.last)]
    if any(each.going_on for each in known):
        whole = (max(days) - min(days)).days
        days.append(max(days) + timedelta(days=max(_LEAST_BEYOND, int(_CUT_SHARE * whole))))
    return days


def _axis(days: Sequence[date]) -> _Axis:
    knots = sorted(set(days))
    if len(knots) == 1:  # one day stands in the middle of a month
        around = timedelta(days=15)
        return _Axis((knots[0] - around, knots[0] + around), (0.0, 1.0))
    gaps = [(after - before).days for before, after in itertools.pairwise(knots)]
    is_cut = _to_be_cut(gaps, knots)
    whole = sum(gap for gap, cut in zip(gaps, is_cut, strict=True) if not cut)
    room = 1.0 - _CUT_SHARE * sum(is_cut)
    if whole == 0:  # nothing but cuts: they share the axis
        widths = [1.0 / len(gaps)] * len(gaps)
    else:
        widths = [
            _CUT_SHARE if cut else room * gap / whole for gap, cut in zip(gaps, is_cut, strict=True)
        ]
    places, cuts = [0.0], []
    for number, (width, cut) in enumerate(zip(widths, is_cut, strict=True)):
        places.append(places[-1] + width)
        if cut:
            joins = is_counted(knots[number]) != is_counted(knots[number + 1])
            cuts.append(Cut(places[-2], places[-1], gaps[number], joins))
    return _Axis(tuple(knots), tuple(places), tuple(cuts))


def _to_be_cut(gaps: Sequence[int], knots: Sequence[date]) -> list[bool]:
    """Which gaps are long beside everything else: from the longest on, until none stands out."""
    cut = [is_counted(a) != is_counted(b) for a, b in itertools.pairwise(knots)]
    most = int(0.5 / _CUT_SHARE)
    for place in sorted(range(len(gaps)), key=lambda number: -gaps[number]):
        rest = sum(gap for number, gap in enumerate(gaps) if not cut[number] and number != place)
        stands_out = gaps[place] >= _LEAST_CUT and gaps[place] > _LONG_GAP * (rest + gaps[place])
        if stands_out and rest > 0 and sum(cut) < most:
            cut[place] = True
    return cut


def _ticks(axis: _Axis) -> tuple[Tick, ...]:
    """The first and last day, and those beside each cut; and quarters where a piece is wide."""
    ends = {0.0: axis.days[0], 1.0: axis.days[-1]}
    for cut in axis.cuts:
        for place in (cut.x, cut.to):
            ends[place] = axis.days[axis.places.index(place)]
    found: list[Tick] = []
    for place, day in sorted(ends.items()):
        if not found or place - found[-1].x > _CUT_SHARE + _SLIVER:
            found.append(Tick(place, _day_words(day)))
    return tuple(found)


def _day_words(day: date) -> str:
    if not is_counted(day):
        return f"{day:%b %Y}"
    months = (day - DAY_ZERO).days / _MONTH
    return f"month {months:.0f}" if abs(months) >= 1 else f"day {(day - DAY_ZERO).days}"


# -- rows --------------------------------------------------------------------------------------


def _lanes(courses: Sequence[Happening], axis: _Axis) -> list[Track]:
    """Treatments in as few rows as keep them from lying on each other."""
    lanes: list[list[Mark]] = []
    left_out = 0
    for each in sorted(courses, key=lambda course: (course.started, course.last)):
        to = 1.0 if each.going_on else axis.place(each.last)
        mark = Mark(each, axis.place(each.started), max(to, axis.place(each.started)))
        free = next((lane for lane in lanes if lane[-1].to <= mark.x + _SLIVER), None)
        if free is not None and len(free) < MOST_MARKS:
            free.append(mark)
        elif len(lanes) < MOST_LANES:
            lanes.append([mark])
        else:
            left_out += 1
    tracks = [Track(Row.TREATMENT, "Treatment", tuple(lane)) for lane in lanes]
    if left_out:
        tracks[-1] = replace(tracks[-1], left_out=left_out)
    return tracks


def _points(row: Row, title: str, known: Sequence[Happening], axis: _Axis) -> Track:
    kept = _thinned(sorted(known, key=lambda each: each.started))
    marks = tuple(Mark(e, axis.place(e.started), axis.place(e.started)) for e in kept)
    return Track(row, title, marks, len(known) - len(kept))


def _thinned(known: list[Happening]) -> list[Happening]:
    """At most so many, the first, last, lowest and highest among them, the others evenly."""
    if len(known) <= MOST_MARKS:
        return known
    keep = {0, len(known) - 1}
    numbers = [(each.value, place) for place, each in enumerate(known) if each.value is not None]
    if numbers:
        keep |= {min(numbers)[1], max(numbers)[1]}
    step = (len(known) - 1) / (MOST_MARKS - 1)
    for count in range(MOST_MARKS):
        if len(keep) >= MOST_MARKS:
            break
        keep.add(round(count * step))
    return [known[place] for place in sorted(keep)]
