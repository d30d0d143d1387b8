"""The page on permissions says what the code grants."""

from __future__ import annotations

from pathlib import Path

from dashboard.services.context import GRANTS, Permission, Role

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "permissions.md"


def rows() -> list[list[str]]:
    """The cells of the table, header first."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [table[0], *table[2:]]


def test_every_permission_and_role_stands_on_the_page() -> None:
    """A new permission or role fails here until the page explains it."""
    header, *body = rows()
    assert [row[0] for row in body] == [str(permission) for permission in Permission]
    assert header[2:] == [str(role) for role in Role]
    assert all(row[1] for row in body)


def test_the_page_grants_what_the_code_grants() -> None:
    """Each cell of the table is what a role may really do."""
    header, *body = rows()
    told = {
        (role, row[0]): cell == "yes"
        for row in body
        for role, cell in zip(header[2:], row[2:], strict=True)
    }
    granted = {(str(r), str(p)): p in GRANTS[r] for r in Role for p in Permission}
    assert told == granted
