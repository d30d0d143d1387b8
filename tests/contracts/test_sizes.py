"""Small rooms: where a function, a module or a page grows past its stop, this fails.

The stops are far above what is aimed at (functions of eight lines, modules of two hundred); the
reasons stand in docs/explanation/architecture.md.
"""

import ast

import pytest

from tests.contracts import sources

LONGEST_FUNCTION = 60
LONGEST_CHART = 70
LONGEST_MODULE = 600
LONGEST_PAGE = 90
LONGEST_CLASS = 250
MOST_PUBLIC_NAMES = 15
MOST_ARGUMENTS = 6
MOST_POSITIONAL = 4  # three is the aim
HOUSE = ("dashboard", "components", "pages", "launcher", "scripts", "benchmarks")


def long_functions(name: str, module: ast.Module) -> list[str]:
    """Functions whose body, without the docstring, is longer than its stop."""
    stop = LONGEST_CHART if name.startswith("components/charts/") else LONGEST_FUNCTION
    found = []
    for function in sources.functions(module):
        body = function.body[1:] if ast.get_docstring(function) else function.body
        lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        if lines > stop:
            found.append(f"{name}:{function.lineno} {function.name}: {lines} lines")
    return found


def long_classes(name: str, module: ast.Module) -> list[str]:
    """Classes longer than their stop."""
    classes = [node for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    lengths = {node: node.end_lineno - node.lineno + 1 for node in classes}
    return [f"{name}:{c.lineno} {c.name}" for c, n in lengths.items() if n > LONGEST_CLASS]


def wide_functions(name: str, module: ast.Module) -> list[str]:
    """Functions with too many arguments; public ones with too many that go by position."""
    found = []
    for function in sources.functions(module):
        given = function.args
        positional = [a for a in given.posonlyargs + given.args if a.arg not in ("self", "cls")]
        ordered = 0 if function.name.startswith("_") else len(positional)
        if ordered > MOST_POSITIONAL or len(positional + given.kwonlyargs) > MOST_ARGUMENTS:
            found.append(f"{name}:{function.lineno} {function.name}")
    return found


def public_names(module: ast.Module) -> list[str]:
    """Functions and classes that a module offers."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [n.name for n in module.body if isinstance(n, kinds) and not n.name.startswith("_")]


def filled_lines(name: str) -> int:
    """Lines of a file that are not blank."""
    return sum(1 for line in sources.text(name).splitlines() if line.strip())


def test_sizes_functions_stay_short() -> None:
    """No function is longer than its stop, in the product or in its tests."""
    files = sources.modules(*HOUSE, "tests")
    assert [found for name, tree in files.items() for found in long_functions(name, tree)] == []


def test_sizes_classes_stay_short() -> None:
    """No class is longer than its stop."""
    files = sources.modules(*HOUSE)
    assert [found for name, tree in files.items() for found in long_classes(name, tree)] == []


def test_sizes_modules_stay_short() -> None:
    """No module has more filled lines than its stop, and no page more than its own."""
    stops = {
        name: LONGEST_PAGE if name.startswith("pages/") else LONGEST_MODULE
        for name in sources.modules(*HOUSE, "tests")
    }
    assert [name for name, stop in stops.items() if filled_lines(name) > stop] == []


def test_sizes_modules_offer_few_names() -> None:
    """A module with many public names is two modules, unless its types are one family."""
    families = {
        "dashboard/foundation/errors.py",
        "dashboard/cohort/assumptions.py",  # the tables of one file
        "dashboard/knowledge/rules.py",  # the nodes of one grammar
        "dashboard/knowledge/schema.py",
        "dashboard/scores/formulas.py",  # one function for each published score
        "dashboard/records/fhir_parts.py",  # the parts of one format
        "dashboard/shell/session.py",  # everything one session remembers
    }
    crowded = {
        name: len(public_names(tree))
        for name, tree in sources.modules(*HOUSE).items()
        if len(public_names(tree)) > MOST_PUBLIC_NAMES and name not in families
    }
    assert crowded == {}


def test_sizes_functions_take_few_arguments() -> None:
    """At most six arguments, and in a public function few of them without their names."""
    files = sources.modules(*HOUSE)
    assert [found for name, tree in files.items() for found in wide_functions(name, tree)] == []


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (long_functions, "def f():\n" + "    x = 1\n" * 61),
        (
            long_functions,
            "class A:\n    def f(self):\n        '''Doc.'''\n" + "        x = 1\n" * 61,
        ),
        (long_classes, "class A:\n" + "    x = 1\n" * 251),
        (wide_functions, "def f(a, b, c, d, e): ..."),
        (wide_functions, "def f(a, *, b, c, d, e, f, g): ..."),
        (wide_functions, "class A:\n    def f(self, a, b, c, d, e): ..."),
    ],
)
def test_sizes_would_notice(check: object, code: str) -> None:
    """Each of these checks fails on code that breaks it."""
    assert check("x.py", ast.parse(code)) != []


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (long_functions, "def f():\n    '''Doc.\n" + "\n" * 80 + "    '''\n    return 1\n"),
        (wide_functions, "class A:\n    def f(self, a, b, c, *, d, e, f): ..."),
        (wide_functions, "def _f(a, b, c, d, e, f): ..."),
    ],
)
def test_sizes_would_not_cry_wolf(check: object, code: str) -> None:
    """A long docstring and arguments given by name are welcome."""
    assert check("x.py", ast.parse(code)) == []
