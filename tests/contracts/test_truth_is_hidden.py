"""The simulator's truth is for evaluation and the classroom: nothing that predicts sees it."""

from __future__ import annotations

import ast

from tests.contracts import sources

HIDDEN = ("dashboard.cohort.truth", "dashboard.cohort.outcomes", "dashboard.cohort.simulator")
BLIND = ("dashboard/learning/", "dashboard/insight/")  # may not reach it by any way
CAREFUL = (
    "dashboard/services/",
    "dashboard/reporting/",
    "dashboard/trials/",
    "components/",
    "pages/",
)


def imported(module: ast.Module) -> set[str]:
    """Every module a module names in an import."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def dotted(name: str) -> str:
    """A file's name as a module."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Every module that one reaches through imports."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph.get(waiting.pop(), set()) - seen:
            seen.add(target)
            waiting.append(target)
    return seen


def leaks(modules: dict[str, ast.Module]) -> list[str]:
    """Modules that can see the truth and must not."""
    graph = {dotted(name): imported(module) for name, module in modules.items()}
    found = []
    for name, module in modules.items():
        if name.startswith(BLIND):
            found += [f"{name} reaches {h}" for h in HIDDEN if h in reached(dotted(name), graph)]
        elif name.startswith(CAREFUL) and HIDDEN[0] in graph[dotted(name)]:
            found.append(f"{name} imports {HIDDEN[0]}")
        if name.startswith(BLIND + CAREFUL) and "truth.csv" in ast.unparse(module):
            found.append(f"{name} names truth.csv")
    return found


def all_modules() -> dict[str, ast.Module]:
    """The product's modules by file name."""
    return sources.modules("dashboard", "components", "pages")


def test_nothing_that_learns_or_predicts_reads_the_truth() -> None:
    """Learning and insight do not reach the simulator's truth; services never name it."""
    assert leaks(all_modules()) == []


def test_a_leak_is_noticed() -> None:
    """Broken twin: a training module that imports the truth through another one."""
    modules = {
        "dashboard/learning/training.py": ast.parse("from dashboard.learning import extra"),
        "dashboard/learning/extra.py": ast.parse("from dashboard.cohort import truth"),
        "dashboard/services/laboratory.py": ast.parse("path = 'truth.csv'"),
    }
    assert len(leaks(modules)) == 3
