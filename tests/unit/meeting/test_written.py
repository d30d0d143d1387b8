"""What the meeting keeps: by name, whole, refused when it has another shape."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from dashboard.meeting.decision import Decision
from dashboard.meeting.written import Unreadable, canonical, digest, from_body, to_body
from tests.unit.meeting.made import a_case, a_decision, a_follow_up, an_entry


class Colour(StrEnum):
    """A word of a fixed list."""

    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    """A value within a value."""

    number: float


@dataclass(frozen=True, slots=True)
class Outer:
    """One field of every kind that is kept."""

    name: str
    colour: Colour = Colour.RED
    day: date | None = None
    moment: datetime | None = None
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    by_name: dict[str, float] = field(default_factory=dict)
    flag: bool = False


FULL = Outer(
    "n", Colour.RED, date(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC), Inner(1.5),
    (Inner(2.0), Inner(3.0)), {"a": 0.5}, flag=True,
)  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        FULL,
        Outer("only"),
        a_case(),
        a_decision(),
        a_follow_up(entries=(an_entry(wellbeing=70.0, worst_grade=2),)),
    ],
    ids=["full", "defaults", "case", "decision", "follow-up"],
)
def test_written_comes_back_equal(value):
    """What is kept is read again as it was."""
    assert from_body(type(value), to_body(value)) == value


def test_written_reads_what_an_older_version_kept():
    """A field that a body lacks takes its default; one that is not known is left aside."""
    assert from_body(Outer, {"name": "n", "of later": 1}) == Outer("n")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": 3}, r"Outer\.name .* int, not a str"),
        ({"colour": "blue"}, r"Outer\.colour .*'blue'"),
        ({"day": "yesterday"}, r"Outer\.day .*'yesterday'"),
        ({"moment": 12}, r"Outer\.moment"),
        ({"inner": []}, r"Outer\.inner .* list, not a dict"),
        ({"many": {}}, r"Outer\.many"),
        ({"many": [{}]}, r"Outer\.many\.number cannot be read: it is missing"),
        ({"by_name": {"a": "x"}}, r"Outer\.by_name\.a"),
        ({"flag": 1}, r"Outer\.flag .* int, not a bool"),
        ({"inner": {"number": True}}, r"Outer\.inner\.number .* bool, not a float"),
    ],
)
def test_written_refuses_another_shape_by_name(change, place):
    """Nothing is guessed of a damaged body."""
    with pytest.raises(Unreadable, match=place):
        from_body(Outer, {**to_body(FULL), **change})


def test_written_needs_what_has_no_default():
    """A body without a required field is refused."""
    with pytest.raises(Unreadable, match=r"Decision\.case cannot be read: it is missing"):
        from_body(Decision, {})


def test_written_reads_whole_numbers_as_floats():
    """JSON writes 2.0 as 2 in other programs."""
    assert from_body(Inner, {"number": 2}) == Inner(2.0)


def test_canonical_is_one_spelling():
    """The order of keys does not matter, the content does."""
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1}) != digest({"a": 2, "b": 2})
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("nan")})
