"""Every service function, asked by every role: who may not is told so before anything happens."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dashboard import services
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.meeting.case import BoardCase
from dashboard.services import casebook
from dashboard.services.context import GRANTS, Actor, Context, Permission, Role
from dashboard.services.figure_files import OfPatient
from dashboard.services.installation import open_context

ROOT = Path(__file__).parents[3]


class Touched(Exception):
    """Something was done before it was asked whether it may be."""


class Untouched:
    """Stands for everything a function is given; whatever is done with it is told."""

    def __getattribute__(self, name: str) -> Any:
        raise Touched(name)

    def _touch(self, *_: object, **__: object) -> Any:
        raise Touched

    __call__ = __iter__ = __len__ = __bool__ = __getitem__ = __contains__ = _touch
    __str__ = __eq__ = __hash__ = __fspath__ = __enter__ = __float__ = __int__ = __index__ = _touch


def service_functions() -> dict[str, Callable[..., Any]]:
    """Every public function of the services that takes a context first."""
    found = {}
    for module_info in pkgutil.iter_modules(services.__path__):
        module = importlib.import_module(f"dashboard.services.{module_info.name}")
        for name, function in vars(module).items():
            ours = inspect.isfunction(function) and function.__module__ == module.__name__
            if ours and not name.startswith("_"):
                given = list(inspect.signature(function).parameters.values())
                if given and given[0].annotation in ("Context", Context):
                    found[f"{module_info.name}.{name}"] = function
    return found


# Parts that services share after they asked themselves; no page and no verb may use them.
SHARED = {
    "approved.change", "approved.enter", "approved.entered", "approved.in_use", "approved.opened",
    "approved.place_of", "approved.refuse_unapproved", "approved.sound", "forecasts.folder_in_use",
    "ballots.member_id", "casebook.may_see", "casebook.paper_of", "casebook.papers",
    "casebook.put", "casebook.put_together",
}  # fmt: skip
TELLS_THE_TIME = {"meetings.now"}  # and nothing of anybody
TOLD = {"about": OfPatient("P-1")}  # by who asks: what a chart is of
FUNCTIONS = {
    name: each for name, each in service_functions().items() if name not in SHARED | TELLS_THE_TIME
}


def needed_by(function: Callable[..., Any]) -> set[Permission]:
    """The permissions without any one of which a function does nothing."""
    needed = set()
    for permission in Permission:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(GRANTS, Role.VIEWER, frozenset(Permission) - {permission})
            if isinstance(asked_by(Role.VIEWER, function), NotPermitted):
                needed.add(permission)
    return needed


def asked_by(role: Role, function: Callable[..., Any]) -> BaseException | None:
    """What comes of it when somebody of this role asks, and nothing else may be touched."""
    nothing = Untouched()
    actor = Actor("x", "X", role)
    context = Context(actor, *[nothing] * 6)
    given = list(inspect.signature(function).parameters.values())[1:]
    needed = [one for one in given if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    positional = [nothing for one in needed if one.kind is one.POSITIONAL_OR_KEYWORD]
    named = {
        one.name: TOLD.get(one.name, nothing) for one in needed if one.kind is one.KEYWORD_ONLY
    }
    try:
        answer = function(context, *positional, **named)
        if inspect.isgenerator(answer):
            next(answer)
    except (NotPermitted, Touched, TypeError) as outcome:
        return outcome
    return None


def test_there_are_services() -> None:
    """The search finds them at all."""
    assert len(FUNCTIONS) > 60


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nobody_does_anything_without_a_permission(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing granted, every role is refused by every function, before it touches anything."""
    for role in Role:
        monkeypatch.setitem(GRANTS, role, frozenset())
        assert isinstance(asked_by(role, FUNCTIONS[name]), NotPermitted), (name, role)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_role_begins_what_it_was_granted_and_nothing_else(name: str) -> None:
    """Each cell of functions by roles is what the table of grants says."""
    needed = needed_by(FUNCTIONS[name])
    assert needed
    for role in Role:
        refused = isinstance(asked_by(role, FUNCTIONS[name]), NotPermitted)
        assert refused == (not needed <= GRANTS[role]), (name, role)


def test_what_services_share_is_used_by_services_alone() -> None:
    """What does not ask is out of reach of whoever does not."""
    outside = [*ROOT.glob("pages/**/*.py"), *ROOT.glob("components/**/*.py")]
    outside += [path for room in ("shell", "verbs") for path in ROOT.glob(f"dashboard/{room}/*.py")]
    calls = {tuple(name.split(".")) for name in SHARED}
    used = {
        (path.name, node.attr)
        for path in outside
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in calls
    }
    assert used == set()


PEOPLE = [f"person-{n}" for n in range(8)]
ROLES = [Role.CLINICIAN, Role.VIEWER, Role.EDUCATOR, Role.ADMIN, Role.AUDITOR]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> tuple[Context, list[BoardCase]]:
    """A store with cases of random teams, some for teaching, some of nobody real."""
    context = open_context({"CONCORD_DATA_DIR": str(tmp_path_factory.mktemp("board"))})
    draw, made = random.Random(7), []  # noqa: S311 - repeatable, not secret
    with context.keeping("case.opened") as writing:
        for n in range(24):
            case = BoardCase(
                f"case-{n}", f"P-{n}", "nsclc", "{}", "f", synthetic=draw.random() < 0.5,
                team=tuple(draw.sample(PEOPLE, draw.randrange(4))), teaching=draw.random() < 0.3,
            )  # fmt: skip
            casebook.put(context, writing, case, after=0, case=case)
            made.append(case)
    return context, made


def is_theirs(actor: Actor, case: BoardCase) -> bool:
    """Who may see which case, said once more and without the code that is tested."""
    if Permission.CASE_READ not in GRANTS[actor.role]:
        return False
    if actor.role is Role.EDUCATOR:
        return case.teaching
    return actor.id in case.team or (case.teaching and case.synthetic)


def answer_to(context: Context, case_id: str) -> str:
    """What somebody is told who asks for a case."""
    try:
        return casebook.case_of(context, case_id).paper.id
    except UserError as refusal:
        return f"{type(refusal).__name__} {refusal}"


@pytest.mark.parametrize("pairs", [400, pytest.param(10_000, marks=pytest.mark.deep)])
def test_no_pair_of_person_and_case_leaks(
    pairs: int, board: tuple[Context, list[BoardCase]]
) -> None:
    """Random people ask for random cases: theirs they get, others are as if they were not."""
    context, made = board
    draw = random.Random(11)  # noqa: S311 - repeatable, not secret
    for _ in range(pairs):
        actor = Actor(draw.choice(PEOPLE), "X", draw.choice(ROLES))
        asked, case = replace(context, actor=actor), draw.choice(made)
        if is_theirs(actor, case):
            assert answer_to(asked, case.id) == case.id
        else:
            assert answer_to(asked, case.id) == answer_to(asked, "no-such-case"), (actor, case.id)


def test_lists_hold_what_may_be_opened(board: tuple[Context, list[BoardCase]]) -> None:
    """What nobody may open nobody sees in a list either."""
    context, made = board
    for role in (Role.CLINICIAN, Role.VIEWER, Role.EDUCATOR):
        for person in PEOPLE:
            actor = Actor(person, "X", role)
            seen = {held.paper.id for held in casebook.seen_cases(replace(context, actor=actor))}
            assert seen == {case.id for case in made if is_theirs(actor, case)}


def functions_of_a_case() -> list[str]:
    """The services that are asked with the address of a case."""
    return [
        name for name, each in FUNCTIONS.items() if "case_id" in inspect.signature(each).parameters
    ]


def something(annotation: str) -> object:
    """What could be given for a parameter."""
    kinds = {"date": date(2026, 6, 1), "float": 0.5, "int": 1, "bool": True}
    return {} if "Mapping" in annotation else kinds.get(annotation, "words")


@pytest.mark.parametrize("name", functions_of_a_case())
def test_no_service_of_a_case_tells_that_it_exists(
    name: str, board: tuple[Context, list[BoardCase]]
) -> None:
    """Reading or changing, a stranger to the team is answered as if there were no such case."""
    context, made = board
    case = next(case for case in made if not case.teaching and "stranger" not in case.team)
    stranger = replace(context, actor=Actor("stranger", "X", Role.CLINICIAN))
    needed = [
        one for one in inspect.signature(FUNCTIONS[name]).parameters.values()
        if one.default is one.empty
    ]  # fmt: skip
    told = []
    for case_id in (case.id, "no-such-case"):
        given = {one.name: something(one.annotation) for one in needed[1:]} | {"case_id": case_id}
        try:
            told.append(f"{FUNCTIONS[name](stranger, **given)}".replace(case_id, "ID"))
        except UserError as refusal:
            told.append(f"{refusal.code} {refusal}")
    assert told[0] == told[1]
