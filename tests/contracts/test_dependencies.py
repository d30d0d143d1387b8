"""Dependencies: as few as serve, each declared, locked with its hashes, and with its reason."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.contracts import sources

RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")
REASONS = "docs/decisions/0001-dependencies.md"
# Installed by the other, and what the other is made of.
PART_OF = {"pydantic-core": "pydantic", "starlette": "streamlit"}
ENTRY = re.compile(r"^([a-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)


def declared(name: str) -> set[str]:
    """The packages a requirements file names itself."""
    lines = [line.strip() for line in sources.text(name).splitlines()]
    names = [re.split(r"[<>=!~\[ ;]", line)[0] for line in lines if line and line[0] not in "#-"]
    return {_canonical(each) for each in names}


def locked(name: str) -> dict[str, set[str]]:
    """Package and the versions a lock allows; several where platforms differ."""
    found: dict[str, set[str]] = {}
    for package, version, _marker in ENTRY.findall(sources.text(name)):
        found.setdefault(_canonical(package), set()).add(version)
    return found


def imported(*folders: str) -> set[str]:
    """Distributions of other people that the modules in these folders import."""
    ours = {"dashboard", "components", "pages", "launcher", "scripts", "benchmarks", "tests"}
    owners = importlib.metadata.packages_distributions()
    found = set()
    for module in sources.modules(*folders).values():
        for name in sources.imports(module):
            top = name.partition(".")[0]
            if top not in ours and top not in sys.stdlib_module_names:
                owner = _canonical(owners[top][0])
                found.add(PART_OF.get(owner, owner))
    return found


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_dependencies_of_the_product_are_declared() -> None:
    """Whatever the product imports stands in requirements.txt, not only in a dependency's own."""
    assert imported(*sources.PRODUCT) - declared(RUNTIME) == set()


def test_dependencies_are_all_used() -> None:
    """What nobody imports is not installed, but for what the product's stated form names."""
    assert declared(RUNTIME) - imported(*sources.PRODUCT) == set()


def test_dependencies_of_the_tests_are_declared() -> None:
    """What the tests import stands in one of the two files."""
    known = declared(RUNTIME) | declared(DEVELOPMENT)
    assert imported("tests", "benchmarks", "launcher") - known == set()


def test_dependencies_have_their_reason() -> None:
    """Each package that is asked for by name has a line that says what for."""
    reasons = sources.text(REASONS)
    packages = declared(RUNTIME) | declared(DEVELOPMENT)
    assert [name for name in packages if f"| {name} |" not in reasons] == []


def test_locks_cover_what_is_declared() -> None:
    """Each lock names all that its file asks for, and the developer's all of the user's."""
    runtime, development = locked(LOCKS[0]), locked(LOCKS[1])
    assert declared(RUNTIME) <= runtime.keys()
    assert declared(DEVELOPMENT) <= development.keys()
    assert {name: development.get(name) for name in runtime} == runtime


def test_locks_fit_the_ranges() -> None:
    """The locked versions lie in the ranges that requirements*.txt give."""
    for source, lock in zip((RUNTIME, DEVELOPMENT), LOCKS, strict=False):
        versions = locked(lock)
        for line in sources.text(source).splitlines():
            if line and line[0] not in "#-":
                wanted = Requirement(line)
                for version in versions[_canonical(wanted.name)]:
                    assert wanted.specifier.contains(version, prereleases=True), (line, version)


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_have_hashes_and_no_address(lock: str) -> None:
    """Every entry is pinned and hashed, and where to fetch it is the reader's own choice."""
    text = sources.text(lock)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if not ENTRY.match(entry)] == []
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.search(r"https?://|--index-url|--find-links|git\+", text) is None


def test_locks_are_above_known_weaknesses() -> None:
    """Versions below these have weaknesses that were published."""
    least = {"streamlit": "1.54", "starlette": "1.1.0"}
    for name, version in least.items():
        assert all(Version(v) >= Version(version) for v in locked(LOCKS[0])[name]), name


def test_launcher_needs_no_package() -> None:
    """What runs before anything is installed needs the standard library alone."""
    shared = ("dashboard/foundation/errors.py", "dashboard/foundation/settings.py")
    files = {**sources.modules("launcher"), "run.py": sources.tree("run.py")}
    files |= {name: sources.tree(name) for name in shared}
    allowed = {name.removesuffix(".py").replace("/", ".") for name in shared} | {"launcher"}
    for name, module in files.items():
        for each in sources.imports(module):
            standard = each.partition(".")[0] in sys.stdlib_module_names
            assert standard or any(each.startswith(ours) for ours in allowed), (name, each)


def test_run_py_can_be_read_by_old_pythons() -> None:
    """run.py is written so that Python 3.6 can parse it and say what is needed."""
    assert ast.parse(sources.text("run.py"), feature_version=(3, 6))


def test_dependencies_makefile_pins_the_same_installer() -> None:
    """The Makefile's version of uv is the one in its lock."""
    pinned = re.search(r"^UV_VERSION := (\S+)$", sources.text("Makefile"), re.MULTILINE)
    assert pinned
    assert locked(LOCKS[2])["uv"] == {pinned[1]}


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")
@pytest.mark.parametrize("word", re.findall(r"^([a-z-]+):", sources.text("Makefile"), re.MULTILINE))
def test_dependencies_makefile_words_can_be_read(word: str) -> None:
    """Every word of the Makefile expands to commands."""
    command = ["make", "--dry-run", word]
    done = subprocess.run(command, cwd=sources.ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_pyproject_does_not_steer_the_installer() -> None:
    """A version of Python in [tool.uv.pip] would install for that one into every other."""
    assert "pip" not in tomllib.loads(sources.text("pyproject.toml"))["tool"]["uv"]


def test_pyproject_is_for_tools_only() -> None:
    """Concord is run from its folder; what it depends on stands in one place."""
    assert set(tomllib.loads(sources.text("pyproject.toml"))) == {"tool"}
