"""What the product's code must never do, whoever writes it.

Each rule is checked on every module's syntax tree, and each is shown to notice what it forbids.
"""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.contracts import sources

HOUSE = ("dashboard", "components", "pages", "scripts")
BOUNDARY = {"dashboard/shell/page.py"}  # where a bug becomes an incident number
RAW_HTML = {"components/widgets/panels.py", "dashboard/shell/style.py"}  # take escaped markup only
LOADERS_OF_CODE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CONNECTIONS = {
    "requests", "urllib.request", "http.client", "socket", "ftplib", "smtplib", "httpx", "aiohttp",
    "urllib3", "asyncio.open_connection", "websockets", "xmlrpc",
}  # fmt: skip

PATTERN_READERS = {
    "compile",
    "match",
    "fullmatch",
    "search",
    "sub",
    "subn",
    "split",
    "findall",
    "finditer",
}
POSSESSIVE = re.compile(r"(?<!\\)[*+?}]\+|\(\?>")


def catch_alls(module: ast.Module) -> Iterator[int]:
    """Lines of handlers that catch everything."""
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = {each.id for each in caught if isinstance(each, ast.Name)}
            if node.type is None or names & {"Exception", "BaseException"}:
                yield node.lineno


def code_loaders(module: ast.Module) -> Iterator[int]:
    """Lines that could run code hidden in a data file."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None) or ""}
            if {name.partition(".")[0] for name in names} & LOADERS_OF_CODE:
                yield node.lineno
        elif isinstance(node, ast.Call):
            named = isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec")
            pickles = any(
                word.arg == "allow_pickle" and not _is_false(word.value) for word in node.keywords
            )
            if named or pickles or getattr(node.func, "attr", "") in ("read_pickle", "to_pickle"):
                yield node.lineno


def raw_html(module: ast.Module) -> Iterator[int]:
    """Lines that put markup on the screen as it stands."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            loose = any(
                word.arg == "unsafe_allow_html" and not _is_false(word.value)
                for word in node.keywords
            )
            if loose or (isinstance(node.func, ast.Attribute) and node.func.attr == "html"):
                yield node.lineno


def connections(module: ast.Module) -> Iterator[int]:
    """Lines that import a way out of this machine."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in sources.imports(ast.Module([node], [])):
                if any(name == way or name.startswith(f"{way}.") for way in CONNECTIONS):
                    yield node.lineno


def possessive_patterns(module: ast.Module) -> Iterator[int]:
    """Lines with a pattern that Python 3.11.0 to 3.11.4 reads otherwise than later ones."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in PATTERN_READERS:
            for word in ast.walk(node):
                if isinstance(word, ast.Constant) and isinstance(word.value, str | bytes):
                    pattern = (
                        word.value if isinstance(word.value, str) else word.value.decode("latin-1")
                    )
                    if POSSESSIVE.search(pattern):
                        yield word.lineno


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def found_by(check: Callable[[ast.Module], Iterator[int]], allowed: set[str]) -> list[str]:
    """Places in the product that the check objects to, outside the files that may."""
    return [
        f"{name}:{line}"
        for name, module in sources.modules(*HOUSE).items()
        if name not in allowed
        for line in check(module)
    ]


def test_safety_nothing_is_caught_blindly() -> None:
    """Only the page boundary catches everything; elsewhere a failure is named or it is a bug."""
    assert found_by(catch_alls, BOUNDARY) == []


def test_safety_no_data_file_can_run_code() -> None:
    """Nothing is unpickled or evaluated, so a file from outside stays a file."""
    assert found_by(code_loaders, set()) == []


def test_safety_markup_goes_through_the_escaping_door() -> None:
    """Raw HTML reaches the screen only where its values were escaped."""
    assert found_by(raw_html, RAW_HTML) == []


def test_safety_nothing_leaves_this_machine() -> None:
    """The product has no way to open a connection."""
    assert found_by(connections, set()) == []


def test_safety_patterns_mean_the_same_on_every_python() -> None:
    """Debian 12's Python misreads possessive patterns; a gate built on one would leak."""
    assert found_by(possessive_patterns, set()) == []


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (catch_alls, "try: f()\nexcept: pass"),
        (catch_alls, "try: f()\nexcept Exception: pass"),
        (catch_alls, "try: f()\nexcept (ValueError, BaseException): pass"),
        (code_loaders, "import pickle"),
        (code_loaders, "from joblib import load"),
        (code_loaders, "eval(text)"),
        (code_loaders, "np.load(path, allow_pickle=True)"),
        (code_loaders, "pd.read_pickle(path)"),
        (raw_html, "st.markdown(text, unsafe_allow_html=True)"),
        (raw_html, "st.html(text)"),
        (connections, "import requests"),
        (connections, "from urllib import request"),
        (connections, "import http.client"),
        (possessive_patterns, "re.compile(rb'(?:[a-z]++x)*+')"),
        (possessive_patterns, "re.sub('(?>ab)', '', text)"),
    ],
)
def test_safety_checks_notice(check: Callable[[ast.Module], Iterator[int]], code: str) -> None:
    """Each check objects to what it forbids."""
    assert list(check(ast.parse(code))) != []


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (catch_alls, "try: f()\nexcept (ValueError, KeyError): pass"),
        (code_loaders, "np.load(path, allow_pickle=False)"),
        (raw_html, "st.markdown(text, unsafe_allow_html=False)"),
        (connections, "from urllib.parse import quote"),
        (connections, "import html"),
        (possessive_patterns, "re.compile('a+ b* \\\\++')"),
    ],
)
def test_safety_checks_let_pass(check: Callable[[ast.Module], Iterator[int]], code: str) -> None:
    """None of them objects to what is harmless."""
    assert list(check(ast.parse(code))) == []
