"""What may stand in a committed file: no key, no giant, no path of somebody's machine."""

import re
import tomllib

import pytest

from tests.contracts import sources

LARGEST = 500_000  # bytes; larger ones are listed with their reason
LARGE_FOR_A_REASON = {
    "requirements.lock": "hashes of every wheel",
    "requirements-dev.lock": "hashes of every wheel",
}
NOT_TEXT = (".png", ".xlsx", ".woff2", ".ico", ".gz", ".zip", ".npz", ".pdf", ".pptx", ".dcm")
KEY = re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----")
# Written in pieces, so that this file does not find itself.
HOSTS = [
    "pypi." + "org",
    "python" + "hosted",
    "npmjs." + "org",
    "deb.debian" + ".org",
    "crates." + "io",
]
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.<])/" + r"(work|root)/"),
    "a package host": re.compile("|".join(map(re.escape, HOSTS))),
    "a folder outside the project": re.compile(
        r"(\.\./|(?<![\w/]))" + r"shared/(design|evidence|data)"
    ),
}


def _texts() -> list[str]:
    return [name for name in sources.committed() if not name.endswith(NOT_TEXT)]


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_committed_files_name_no(kind: str) -> None:
    """The project speaks of itself alone, and runs anywhere."""
    found = []
    for name in _texts():
        for number, line in enumerate(sources.text(name).splitlines(), start=1):
            if FORBIDDEN[kind].search(line):
                found.append(f"{name}:{number} {line.strip()[:80]}")
    assert found == []


def test_committed_files_hold_no_key() -> None:
    """No private key is ever committed."""
    assert [name for name in _texts() if KEY.search(sources.text(name))] == []


def test_committed_files_are_small() -> None:
    """A file over half a megabyte is data that belongs elsewhere, or has its reason here."""
    sizes = {name: (sources.ROOT / name).stat().st_size for name in sources.committed()}
    large = {name for name, size in sizes.items() if size > LARGEST}
    assert large - LARGE_FOR_A_REASON.keys() == set()


def test_committed_files_toml_is_well_formed() -> None:
    """Every TOML file can be read."""
    for name in sources.committed():
        if name.endswith(".toml"):
            assert tomllib.loads(sources.text(name)) is not None, name


def test_committed_files_are_unicode_with_unix_lines() -> None:
    """Every text is UTF-8 without a mark before it, and its lines end as Unix ends them."""
    wrong = []
    for name in _texts():
        if name.startswith("tests/") and "/data/" in name:
            continue  # a reader's test files may be as odd as the files that hospitals send
        content = (sources.ROOT / name).read_bytes()
        whole = content == b"" or content.endswith(b"\n")
        if not whole or b"\r" in content or content.startswith(b"\xef\xbb\xbf"):
            wrong.append(name)
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("a path of one machine", "see " + "/" + "work/main/run.py"),
        ("a path of one machine", "cd " + "/" + "root/concord"),
        ("a package host", "https://" + "files.python" + "hosted.org/x"),
        ("a folder outside the project", "from ../" + "shared" + "/design/x.csv"),
    ],
)
def test_committed_files_check_notices(kind: str, line: str) -> None:
    """The patterns find what they are for."""
    assert FORBIDDEN[kind].search(line)


@pytest.mark.parametrize("line", ["a framework/like this", "https://example.org/work", "/home"])
def test_committed_files_check_lets_pass(line: str) -> None:
    """Ordinary words and addresses are not taken for paths."""
    assert not any(pattern.search(line) for pattern in FORBIDDEN.values())
