"""Tests are written to be read: each says in one sentence what it holds."""

import ast

from tests.contracts import sources


def cases_in(module: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The test functions of a module."""
    return [f for f in sources.functions(module) if f.name.startswith("test_")]


def test_tests_have_a_sentence_each() -> None:
    """A test without a sentence tells nobody what broke when it fails."""
    dumb = [
        f"{name}:{test.lineno} {test.name}"
        for name, module in sources.modules("tests").items()
        for test in cases_in(module)
        if not (ast.get_docstring(test) or "").rstrip().endswith((".", "?", "!"))
    ]
    assert dumb == []


def test_tests_modules_say_what_they_hold() -> None:
    """Every test module begins with what it is about."""
    files = {n: m for n, m in sources.modules("tests").items() if not n.endswith("__init__.py")}
    assert [name for name, module in files.items() if not ast.get_docstring(module)] == []


def test_tests_names_say_unit_and_behaviour() -> None:
    """test_<unit>_<behaviour>: at least three words."""
    short = [
        f"{name}:{test.lineno} {test.name}"
        for name, module in sources.modules("tests").items()
        for test in cases_in(module)
        if test.name.count("_") < 2
    ]
    assert short == []


def test_tests_are_all_different() -> None:
    """Of two tests of one name in a module the first would never run."""
    twice = []
    for name, module in sources.modules("tests").items():
        names = [test.name for test in cases_in(module)]
        twice += [f"{name} {test}" for test in set(names) if names.count(test) > 1]
    assert twice == []


def test_tests_hold_something() -> None:
    """A test without an assertion, an expected error or a failure cannot fail."""
    speaks = (ast.Assert, ast.With, ast.Call)
    empty = [
        f"{name}:{test.lineno} {test.name}"
        for name, module in sources.modules("tests").items()
        for test in cases_in(module)
        if not any(isinstance(node, speaks) for node in ast.walk(test))
    ]
    assert empty == []


def unordered_cases(module: ast.Module) -> list[int]:
    """Lines of tests whose cases are named by what has no order: each process names them anew."""
    return [
        mark.lineno
        for test in cases_in(module)
        for mark in test.decorator_list
        if isinstance(mark, ast.Call)
        and any(keyword.arg == "ids" for keyword in mark.keywords)
        and any(isinstance(node, ast.Set | ast.SetComp) for node in ast.walk(mark))
    ]


def test_tests_have_names_that_every_process_gives() -> None:
    """The workers of one run must find the same tests; a twin that names cases by sets is found."""
    found = {name: unordered_cases(module) for name, module in sources.modules("tests").items()}
    assert {name: lines for name, lines in found.items() if lines} == {}
    twin = "@mark.parametrize('a', [({1, 2}, 3)], ids=str)\ndef test_a_b(a): ..."
    assert unordered_cases(ast.parse(twin)) == [1]
