"""Every page is known to the registry, may be opened by somebody, is tested, and is thin."""

import ast

import pytest

from dashboard.services.context import GRANTS, Permission
from dashboard.shell.registry import PAGES, page
from tests.contracts import sources

ALLOWED = ("streamlit", "components", "dashboard.shell", "dashboard.services")
MOST_LOCAL_FUNCTIONS = 2
KEEPERS = {
    "session_state": "dashboard/shell/session.py",
    "query_params": "dashboard/shell/address.py",
}


def scripts():
    """The page scripts by slug."""
    files = sources.modules("pages")
    return {
        name.removeprefix("pages/").removesuffix(".py"): module
        for name, module in files.items()
        if not name.endswith("__init__.py")
    }


def state_uses(module, state):
    """Lines that reach for Streamlit's session state, or for the address."""
    return [
        node.lineno
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and node.attr == state
    ]


def foreign_imports(module):
    """Imports that a page has no business with."""
    return [
        name
        for name in sources.imports(module)
        if not any(name == room or name.startswith(f"{room}.") for room in ALLOWED)
    ]


def test_pages_are_the_registry_and_the_registry_is_the_pages():
    """A script without a row is never shown; a row without a script breaks the menu."""
    assert set(scripts()) == {spec.slug for spec in PAGES}
    assert all(spec.script.is_file() for spec in PAGES)


def test_pages_have_addresses_of_their_own():
    """Slugs and titles are unique, and a slug is a plain word."""
    assert len({spec.slug for spec in PAGES}) == len({spec.title for spec in PAGES}) == len(PAGES)
    assert all(spec.slug.isidentifier() and spec.slug.islower() for spec in PAGES)


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.slug)
def test_pages_are_tested_and_documented(spec):
    """Each page has a test file of its own and a line in the list of pages."""
    assert (sources.ROOT / "tests" / "app" / f"test_{spec.slug}.py").is_file()
    row = f"| {spec.title} | `{spec.address}` | {spec.permission} | {spec.summary} |"
    assert row in sources.text("docs/reference/pages.md").splitlines()


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.slug)
def test_pages_ask_a_permission_that_somebody_has(spec):
    """Each page names a permission that at least one role holds and says what it answers."""
    assert isinstance(spec.permission, Permission)
    assert any(spec.permission in granted for granted in GRANTS.values())
    assert spec.summary.endswith(".")


@pytest.mark.parametrize("slug", [spec.slug for spec in PAGES])
def test_pages_stand_in_their_frame(slug):
    """Each page draws everything inside the frame of its own slug, where permission is asked."""
    body = [node for node in scripts()[slug].body if isinstance(node, ast.With)]
    assert len(body) == 1
    called = body[0].items[0].context_expr
    assert ast.unparse(called) == f"page.frame('{slug}')"


def test_pages_import_only_what_they_may():
    """A page knows widgets, services and the shell; no data frames, no engines, no other page."""
    assert {slug: foreign_imports(module) for slug, module in scripts().items()} == {
        slug: [] for slug in scripts()
    }
    assert foreign_imports(ast.parse("import pandas\nfrom dashboard.records import patient")) != []


def test_pages_have_at_most_two_functions_of_their_own():
    """What more a page needs belongs to a widget or a service."""
    counts = {slug: len(list(sources.functions(module))) for slug, module in scripts().items()}
    assert {slug: n for slug, n in counts.items() if n > MOST_LOCAL_FUNCTIONS} == {}


@pytest.mark.parametrize(("state", "keeper"), KEEPERS.items())
def test_pages_leave_state_to_the_shell(state, keeper):
    """Only one module knows a key of the session state, and one touches the address."""
    users = [
        name
        for name, module in sources.modules("dashboard", "components", "pages").items()
        if state_uses(module, state) and name != keeper
    ]
    assert users == []
    assert state_uses(sources.tree(keeper), state)


def test_page_is_found_by_its_slug():
    """The registry gives a page by its slug, and nothing for another."""
    assert page("patient").title == "Patient"
    with pytest.raises(KeyError, match="nowhere"):
        page("nowhere")
