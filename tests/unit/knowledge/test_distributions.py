"""The distribution language: what is read, what is refused, what is said of it in words."""

import pytest

from dashboard.foundation.errors import RuleError
from dashboard.knowledge.distributions import (
    describe,
    describe_change,
    faults,
    parse_change,
    parse_draw,
)
from dashboard.knowledge.draws import (
    Bernoulli,
    Beta,
    Bins,
    Categories,
    Expression,
    LogNormal,
    Missing,
    Mixture,
    Normal,
    Odds,
    Point,
    Poisson,
    Shift,
    Uniform,
)


@pytest.mark.parametrize(
    ("text", "draw"),
    [
        ("normal(67, 9.5)", Normal(67, 9.5)),
        ("normal(80,25,15,180)", Normal(80, 25, 15, 180)),
        ("normal(mean=80, sd=25, high=180)", Normal(80, 25, high=180)),
        ("lognormal(median=3, sigma=0.6)", LogNormal(3, 0.6)),
        ("lognormal(3, 0.6)", LogNormal(3, 0.6)),
        ("beta(2.5, 4.5)", Beta(2.5, 4.5)),
        ("uniform(1, 9)", Uniform(1, 9)),
        ("poisson(1.2)", Poisson(1.2)),
        ("poisson(1.2, 1)", Poisson(1.2, 1)),
        ("bernoulli(0.14)", Bernoulli(0.14)),
        ("bernoulli(1e-3)", Bernoulli(0.001)),
        ("cat(female:0.45, male:0.55)", Categories((("female", 0.45), ("male", 0.55)))),
        ('cat("*1/*1":0.4, "a, b:c":0.6)', Categories((("*1/*1", 0.4), ("a, b:c", 0.6)))),
        ("catrange(0-0:0.4, 1-49:0.6)", Bins(((0, 0, 0.4), (1, 49, 0.6)))),
        (
            "mix(0.2:point(0), 0.8:lognormal(median=1.8, sigma=1.4))",
            Mixture(((0.2, Point(0.0)), (0.8, LogNormal(1.8, 1.4)))),
        ),
        ("point(0)", Point(0.0)),
        ("point(-1.5)", Point(-1.5)),
        ("point(true)", Point(value=True)),
        ("point(false)", Point(value=False)),
        ("point(L858R)", Point("L858R")),
        ('point("*28/*28")', Point("*28/*28")),
        ("missing()", Missing()),
        (" missing( ) ", Missing()),
        ("expr(a / b)", Expression("a / b", ("a", "b", "/"))),
        ("expr((a - 1) * b)", Expression("(a - 1) * b", ("a", 1.0, "-", "b", "*"))),
    ],
)
def test_draws_are_read(text, draw):
    """Every kind of draw is read into its own frozen form."""
    assert parse_draw(text) == draw


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("67", "This is not a draw: '67'", 1),
        ("normel(1, 2)", r"There is no normel\(\)\. Did you mean normal or lognormal\?", 1),
        ("gamma(1, 2)", r"There is no gamma\(\)\. .*There are normal, lognormal", 1),
        ("normal(1)", r"normal\(\) takes mean, sd, low, high; there are 1 numbers", 1),
        ("beta(1, 2, 3)", r"beta\(\) takes a, b; there are 3 numbers", 1),
        ("normal(1, one)", "'one' is no number", 11),
        ("normal(1, width=2)", r"normal\(\) has no width here", 11),
        ("normal(1, mean=2)", r"normal\(\) has no mean here", 11),
        ("cat(female, male:0.5)", "female is no level with its share", 5),
        ("cat(:0.5)", ":0.5 is no level with its share", 5),
        ("catrange(low-high:1)", "low-high is no range", 10),
        ("mix(point(0), 0.5:point(1))", r"point\(0\) is no draw with its weight", 5),
        ("mix(0.5:points(0))", r"There is no points\(\)\. Did you mean point", 9),
        ("point(1, 2)", r"point\(\) takes one value; there are 2 values", 1),
        ("missing(1)", r"missing\(\) takes nothing; there are 1 values", 1),
        ("expr(a +)", r"This is no sum: a \+", 6),
        ("expr(a ** 2)", r"Only features, numbers and \+ - \* / are allowed", 6),
        ("expr(f(a))", r"Only features, numbers and \+ - \* / are allowed", 6),
        ("expr(True)", r"Only features, numbers and \+ - \* / are allowed", 6),
        ("__import__('os')", "This is not a draw", 1),
    ],
)
def test_draws_that_are_none_are_refused(text, message, column):
    """What is no draw is refused with its place and what would be one."""
    with pytest.raises(RuleError, match=message) as refused:
        parse_draw(text)
    assert refused.value.column == column


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("odds(1.4, treated, active)", Odds(1.4, ("treated", "active"))),
        ("shift(-1, 0.2)", Shift(-1, 0.2)),
    ],
)
def test_changes_are_read(text, change):
    """Both kinds of change are read."""
    assert parse_change(text) == change


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("odds(1.4)", r"This is no change: odds\(1\.4\)"),
        ("shift(0.5, 0.2)", "This is no change"),
        ("shift(1)", "This is no change"),
        ("odd(1.4, a)", r"There is no odd\(\)\. Did you mean odds"),
        ("odds(much, a)", "'much' is no number"),
    ],
)
def test_changes_that_are_none_are_refused(text, message):
    """What is no change is refused."""
    with pytest.raises(RuleError, match=message):
        parse_change(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("cat(a:0.5, b:0.4)", ["the shares add up to 0.9, not 1"]),
        ("cat(a:1.5, b:-0.5)", ["every share must lie between 0 and 1"]),
        ("cat(a:0.5, a:0.5)", ["a stands twice"]),
        ("catrange(0-5:0.5, 3-9:0.5)", ["the ranges overlap or run backwards"]),
        ("catrange(9-5:1)", ["the ranges overlap or run backwards"]),
        ("mix(0.5:point(1), 0.4:point(2))", ["the shares add up to 0.9, not 1"]),
        ("mix(1:normal(1, 0))", ["a spread of 0 is not above 0"]),
        ("bernoulli(1.2)", ["1.2 is not between 0 and 1"]),
        ("normal(1, -1)", ["a spread of -1 is not above 0"]),
        ("normal(5, 1, 9, 1)", ["the lower end 9 is not below the upper end 1"]),
        ("lognormal(0, 1)", ["a median of 0 is not above 0"]),
        ("beta(0, 1)", ["both numbers of beta() must be above 0"]),
        ("uniform(9, 1)", ["9 is above 1"]),
        ("poisson(0)", ["a mean of 0 is not above 0"]),
        ("poisson(0.5)", []),
        ("cat(a:0.1, b:0.2, c:0.7)", []),
        ("missing()", []),
        ("expr(a / b)", []),
    ],
)
def test_draws_that_cannot_be_are_told(text, fault):
    """Shares that do not add up, spreads below zero and ends exchanged are told in words."""
    assert list(faults(parse_draw(text))) == fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("normal(67, 9.5)", "normal, mean 67, standard deviation 9.5"),
        (
            "normal(80, 25, 15, 180)",
            "normal, mean 80, standard deviation 25, kept between 15 and 180",
        ),
        ("lognormal(3, 0.6)", "log-normal, median 3, sigma 0.6"),
        ("beta(2, 5)", "beta 2, 5"),
        ("uniform(1, 9)", "even between 1 and 9"),
        ("poisson(1.2, 1)", "Poisson, mean 1.2, plus 1"),
        ("poisson(1.2)", "Poisson, mean 1.2"),
        ("bernoulli(0.14)", "yes in 0.14"),
        ("cat(a:0.25, b:0, c:0.75)", "A 0.25, C 0.75"),
        ("catrange(0-0:0.4, 1-49:0.6)", "0: 0.4, 1 to 49: 0.6"),
        ("mix(0.2:point(0), 0.8:bernoulli(0.5))", "0.2: always 0; or 0.8: yes in 0.5"),
        ("point(true)", "always yes"),
        ("point(false)", "always no"),
        ("point(a)", "always A"),
        ("missing()", "unknown"),
        ("expr(a / b)", "worked out as a / b"),
    ],
)
def test_draws_are_described_in_words(text, words):
    """Every draw can be read out, with levels by their names for people."""
    assert describe(parse_draw(text), str.upper) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("odds(1.4, a, b)", "odds of A or B times 1.4"),
        ("shift(-1, 0.2)", "1 bin down for a share of 0.2"),
        ("shift(2, 0.2)", "2 bins up for a share of 0.2"),
    ],
)
def test_changes_are_described_in_words(text, words):
    """Every change can be read out."""
    assert describe_change(parse_change(text), str.upper) == words
