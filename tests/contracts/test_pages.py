"""Every page is known to the registry, may be opened by somebody, is tested, and is thin."""

import ast
import importlib
import inspect

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


def calls(tree):
    """Every call of something by its module: the node, the module's name, the function's name."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=room), attr=name)):
                yield node, room, name


def without_the_own_cohort(module):
    """Calls of a page about one patient that could name the chosen cohort and do not."""
    rooms = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        and node.module in ("dashboard.services", "dashboard.shell")
        for alias in node.names
    }
    if ("desk", "seated") not in {(room, name) for _, room, name in calls(module)}:
        return []
    found = []
    for node, room, name in calls(module):
        asked = getattr(importlib.import_module(rooms[room]), name, None) if room in rooms else None
        takes = callable(asked) and "own" in inspect.signature(asked).parameters
        if takes and "own" not in {keyword.arg for keyword in node.keywords}:
            found.append(f"{room}.{name}")
    return found


def charts_of_nobody(module):
    """Lines that hand out, as of no patient, a chart of the view that a patient is on."""
    return [
        call.lineno
        for node in ast.walk(module)
        if isinstance(node, ast.If | ast.With | ast.FunctionDef)
        and any(
            name == "case_on_screen"
            for line in node.body
            if isinstance(line, ast.Assign)
            for _, _, name in calls(line)
        )
        for line in node.body
        for call, room, name in calls(line)
        if (room, name) == ("handing_out", "chart")
    ]


@pytest.mark.parametrize("slug", sorted(scripts()))
def test_pages_ask_the_model_of_the_chosen_cohort(slug):
    """With a hospital's own cohort chosen, no figure of a page comes from the simulated one."""
    assert without_the_own_cohort(scripts()[slug]) == []


def test_a_page_that_forgets_the_chosen_cohort_is_found():
    """The rule itself."""
    page = (
        "from dashboard.services import concordance\nfrom dashboard.shell import desk\n"
        "seat = desk.seated(context)\nconcordance.concordance(context, who{})\n"
    )
    assert without_the_own_cohort(ast.parse(page.format(""))) == ["concordance.concordance"]
    assert without_the_own_cohort(ast.parse(page.format(", own=seat.own"))) == []


@pytest.mark.parametrize("slug", sorted(scripts()))
def test_pages_hand_out_charts_of_a_patient_as_such(slug):
    """Where a patient is on the screen, a chart takes the right to export patients."""
    assert charts_of_nobody(scripts()[slug]) == []


def test_a_chart_handed_out_as_of_nobody_is_found():
    """The rule itself."""
    page = "if view:\n    who = page.case_on_screen().patient\n    handing_out.{}(context)\n"
    assert charts_of_nobody(ast.parse(page.format("chart"))) == [3]
    assert charts_of_nobody(ast.parse(page.format("of_patient"))) == []
