"""The frame of every page, and the boundary at which its errors stop.

A page stands inside `frame(slug)`: it asks the permission, draws title, notice and the patient's
banner, and clears what a former patient left on the screen before anything is computed. `boundary`
turns a user's mistake into its message and cure, and a bug into an incident number: no traceback
and no value of a patient reaches the screen or the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, ParamSpec

import streamlit as st

from components.charts.markup import element
from components.widgets import full_screen, panels, patient
from components.widgets.panels import Tone, show
from dashboard.foundation import log
from dashboard.foundation.errors import UserError
from dashboard.meeting.case import BoardCase
from dashboard.services import board, cases, consultation, knowledge
from dashboard.services.casebook import Held
from dashboard.services.context import GRANTS, Context, Permission
from dashboard.shell import registry, session, wiring
from dashboard.shell.door import SIGN_IN
from dashboard.shell.session import Case

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_Asked = ParamSpec("_Asked")
NOTICE = (
    "For education and research. Not a medical device. Not for decisions about individual patients "
    "unless your organisation has validated and authorised it."
)


@contextmanager
def frame(slug: str) -> Iterator[Context]:
    """Open a page: permission, title, notice, and the banner of the patient on the screen."""
    spec = registry.page(slug)
    context = wiring.visitor().context
    context.require(spec.permission)
    st.title(spec.heading or spec.title, anchor=False)
    show(element("p", NOTICE, class_="cc-notice"))
    if spec.full_screen:
        show(full_screen.RULES)
    with _cleared_place():
        if (case := session.selected()) is not None and not spec.full_screen:
            pack = context.library.pack(case.patient.disease)  # labels alone: no question asked
            show(patient.banner(case.patient, pack))
        yield context


def part(
    slug: str, context: Context, *, every: float | None = None
) -> Callable[[Callable[_Asked, None]], Callable[_Asked, None]]:
    """A part of a page that is drawn again by itself, without the rest of the page.

    What stands around a page has to stand around each of its parts: an error stops here, a visit
    that is over shows nothing more, and a case that is gone leaves the whole page.

    Args:
        slug: of the page.
        context: what the page was drawn with.
        every: seconds after which it is drawn again without anybody's doing.
    """

    def made(draw: Callable[_Asked, None]) -> Callable[_Asked, None]:
        @st.fragment(run_every=every)
        def drawn(*given: _Asked.args, **named: _Asked.kwargs) -> None:
            with boundary(slug):
                wiring.refuse_ended(context, heard=every is None)
                if (case := session.selected()) is not None and not wiring.may_stay(context, case):
                    st.rerun()
                draw(*given, **named)

        return drawn

    return made


def _cleared_place() -> DeltaGenerator:
    """Where the page goes, with what stood of a former patient gone before anything is computed.

    The browser keeps what is inside a place until its new content comes. Patients therefore change
    between two places, and the one that is left is emptied first.
    """
    if session.side():
        st.empty()
        return st.container()
    place = st.container()
    st.empty()
    return place


def case_on_screen() -> Case:
    """The patient on the screen; a page that needs one says what to do when there is none."""
    case = session.selected()
    if case is not None:
        return case
    show(
        panels.empty_state(
            "Nobody is on the screen.",
            "Choose a sample patient, read a patient from a file, or type one in.",
        )
    )
    link("welcome", "Choose a sample patient")
    link("intake", "Read a patient from a file, or type one in")
    st.stop()


def board_case(context: Context) -> Held[BoardCase]:
    """The case of the patient on the screen; a page about cases says what to do without one."""
    shown = case_on_screen()
    held = cases.find(context, shown.token) if shown.of_board else None
    if held is not None:
        return held
    show(
        panels.empty_state(
            "This patient is not on the board's list.",
            "Put them there, or choose a case that is.",
        )
    )
    if context.allows(Permission.CASE_WRITE) and st.button(
        "Make a case of this patient", type="primary", key="case.make"
    ):
        make_case(context, shown)
    link("cases", "Choose a case")
    st.stop()


def make_case(context: Context, shown: Case) -> NoReturn:
    """Put a patient on the board's list, with the regimens a board would open with."""
    judgement = consultation.judge(context, shown.patient)
    first = board.first_regimens(context, shown.patient, judgement)
    held = cases.open_case(context, shown.patient, first, request=session.request())
    session.requested_once()
    session.open_board_case(held.paper.id, shown.patient)
    go("case")


def open_case(context: Context, token: str, slug: str = "case") -> NoReturn:
    """Put a case on the screen, and go to a page about it."""
    held = cases.read(context, token)
    session.open_board_case(token, cases.patient(context, held.paper))
    go(slug)


def say_what_was_done(context: Context) -> None:
    """Show for a moment what the visitor's last wish came to."""
    if words := session.said(context.clock()):
        show(panels.callout(Tone.GOOD, words))


def choose_disease(context: Context) -> str:
    """The disease that a page is about; at first that of the patient on the screen."""
    labels = {summary.id: summary.label for summary in knowledge.packs(context)}
    case = session.selected()
    diseases = list(labels)
    own = case.patient.disease if case else diseases[0]
    chosen: str = st.selectbox(
        "Disease", diseases, index=diseases.index(own), format_func=labels.__getitem__,
        key=f"cohort.disease.{own}", persist_state="session",
    )  # fmt: skip
    return chosen


def go(slug: str) -> NoReturn:
    """Continue on another page of the registry."""
    st.switch_page(registry.page(slug).script)


def link(slug: str, words: str) -> None:
    """A link to another page of the registry, for whoever may open it."""
    spec = registry.page(slug)
    if spec.permission not in GRANTS[wiring.visitor().context.actor.role]:
        return
    st.page_link(spec.script, label=words, icon=spec.icon)


@contextmanager
def boundary(slug: str = "") -> Iterator[None]:
    """Let no error past: the user's as message and cure, ours as an incident number."""
    try:
        yield
    except UserError as mistake:
        show_mistake(mistake)
    except wiring.SignedOut:
        show_signed_out()
    except wiring.NoRole as nobody:
        show_no_role(nobody.person)
    except Exception as bug:
        report_bug(bug, slug)


def show_mistake(mistake: UserError) -> None:
    """What is wrong and what to do about it."""
    show(panels.callout(Tone.ALERT, mistake.message, mistake.hint))


def show_signed_out() -> None:
    """Nothing but the way to sign in again; what was being typed is kept as a draft."""
    st.title("Signed out", anchor=False)
    show(
        panels.callout(
            Tone.UNKNOWN,
            "Your visit is over.",
            "It ends after a while without a sign of life, and when a role changes. What you were "
            "typing on a case is kept as a draft.",
        )
    )
    show(element("p", element("a", "Sign in again", href=SIGN_IN, target="_self")))


def show_no_role(person: str) -> None:
    """A plain notice, and nothing else."""
    st.title("No role yet", anchor=False)
    told = "Ask the person who administers this server for a role."
    show(panels.callout(Tone.UNKNOWN, f"{person} is signed in and has no role here.", told))


def report_bug(bug: Exception, slug: str = "") -> bool:
    """Write a bug down and tell its number; True keeps Streamlit from showing more."""
    number = log.incident(bug, page=slug) if slug else log.incident(bug)
    show(
        panels.callout(
            Tone.ALERT,
            "Something went wrong in Concord, not in what you did.",
            f"Incident {number}. It is in the log, without any patient's values. Nothing you "
            "accepted before is lost. Try again; if it comes back, give this number to whoever "
            "looks after this installation.",
        )
    )
    return True
