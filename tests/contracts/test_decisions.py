"""Decisions are written down in one form: context, choice, what was rejected, consequence."""

import re

from tests.contracts import sources

PARTS = ["Context", "Choice", "Rejected", "Consequence"]


def _decisions() -> list[str]:
    return [name for name in sources.committed() if name.startswith("docs/decisions/")]


def test_decisions_have_all_four_parts() -> None:
    """Each says why a choice was needed, what it was, what else was weighed, and what it costs."""
    for name in _decisions():
        headings = re.findall(r"^## (.+)$", sources.text(name), re.MULTILINE)
        assert headings == PARTS, name


def test_decisions_are_numbered_once() -> None:
    """NNNN-words.md, and no number twice."""
    numbers = []
    for name in _decisions():
        match = re.fullmatch(r"docs/decisions/(\d{4})-[a-z0-9-]+\.md", name)
        assert match, name
        numbers.append(match[1])
    assert len(numbers) == len(set(numbers)) > 0


def test_decisions_are_short() -> None:
    """Half a page to a page: at most 80 lines."""
    assert [n for n in _decisions() if len(sources.text(n).splitlines()) > 80] == []


def test_decisions_are_listed_in_the_index() -> None:
    """docs/index.md leads to each of them."""
    index = sources.text("docs/index.md")
    assert [n for n in _decisions() if n.removeprefix("docs/") not in index] == []


def test_documents_describe_every_room() -> None:
    """The page about the house names each room that exists, and none that does not."""
    page = sources.text("docs/explanation/architecture.md")
    named = set(re.findall(r"`((?:dashboard|components)/[a-z]+)/`", page))
    rooms = {"/".join(name.split("/")[:2]) for name in sources.modules("dashboard", "components")}
    exist = {room for room in rooms if not room.endswith(".py")}
    to_come = {"dashboard/vault"}
    assert exist <= named <= exist | to_come


def test_documents_lead_to_files_that_exist() -> None:
    """No link of a document leads to a file that is not there."""
    broken = []
    for name in sources.committed():
        if not name.endswith(".md"):
            continue
        folder = (sources.ROOT / name).parent
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", sources.text(name)):
            elsewhere = "://" in target or target.startswith("mailto:")
            if not elsewhere and not (folder / target).exists():
                broken.append(f"{name}: {target}")
    assert broken == []
