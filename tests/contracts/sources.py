"""The project's own files, read once for all contracts."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("dashboard", "components", "pages", "scripts")
PYTHON = (*PRODUCT, "launcher", "benchmarks", "tests")
MADE = frozenset(
    {".git", ".venv", ".concord", "artifacts", "__pycache__", "htmlcov", ".hypothesis"}
    | {".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache"}
)


@functools.cache
def committed() -> tuple[str, ...]:
    """Every file that is or would be committed, as a path from the project's folder."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # unpacked from an archive: no git, no .git
        return tuple(sorted(_walk(ROOT)))
    return tuple(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def modules(*folders: str) -> dict[str, ast.Module]:
    """The syntax trees of the Python files in these folders, by path."""
    return {
        name: tree(name)
        for name in committed()
        if name.endswith(".py") and name.partition("/")[0] in folders
    }


@functools.cache
def text(name: str) -> str:
    """A file's text."""
    return (ROOT / name).read_text(encoding="utf-8")


@functools.cache
def tree(name: str) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(text(name), filename=name)


def imports(module: ast.Module) -> Iterator[str]:
    """Every module imported anywhere in it, by full name; `from a import b` yields a.b."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@functools.cache
def tests_written() -> frozenset[str]:
    """The name of every test."""
    found = re.compile(r"^    def (test_\w+)\(|^def (test_\w+)\(", re.MULTILINE)
    return frozenset(
        each[1] or each[2] for name in modules("tests") for each in found.finditer(text(name))
    )


def _walk(folder: Path) -> Iterator[str]:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in MADE:
            yield from _walk(path)
        elif path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(ROOT).as_posix()
