"""One visit, from the address to the page: what Streamlit executes for every run.

Draws the menu from the registry, follows the patient named in the address, and runs the page inside
the error boundary. An address that names an unknown patient stops here: showing any other patient
instead would be the worst mistake this product could make.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.foundation.errors import UserError
from dashboard.services import cases, intake
from dashboard.services.context import GRANTS, Actor, Context, Permission
from dashboard.shell import appearance, page, registry, server, session, stops, style, wiring
from dashboard.shell.registry import PageSpec

ASSETS = Path(__file__).with_name("assets")
_SIDEBAR_PIXELS = 240
_UNKNOWN_LINK = UserError(
    "This address names a patient who is not open here.",
    hint="Patients stay in the browser tab that opened them, and a case that was erased, or is no "
    "longer of your team, is open to you no more. Choose a sample on the welcome page, "
    "or read the patient's file again under New patient.",
    code="unknown-link",
)


def main() -> None:
    """Run one visit."""
    try:
        _visit()
    finally:
        server.first_page.set()


def _visit() -> None:
    appearance.teach_streamlit()
    st.set_page_config(
        page_title="Concord",
        page_icon=str(ASSETS / "icon.png"),
        layout="wide",
        initial_sidebar_state=_SIDEBAR_PIXELS,
    )
    style.apply()
    with page.boundary():
        visiting = wiring.visitor()
        context = visiting.context
        chosen = _menu(context)
        appearance.follow()
        style.enlarge()
        if not _followed(context):
            st.title("Patient not found", anchor=False)
            page.show_mistake(_UNKNOWN_LINK)
            return
        _picker()
        with st.sidebar:
            appearance.offer()
            stops.offer(context)
        slug = chosen.url_path or pages_for(context.actor)[0].slug
        wiring.refuse_idle(visiting, registry.page(slug).permission)
        with page.boundary(slug):
            chosen.run()


def pages_for(actor: Actor) -> list[PageSpec]:
    """The pages this actor may open, in the order of the menu."""
    return [spec for spec in registry.PAGES if spec.permission in GRANTS[actor.role]]


def _menu(context: Context) -> st.Page:
    """The pages this actor may open; a flat list, because sections break screen readers' lists.

    The headings of its groups are style alone.
    """
    st.logo(str(ASSETS / style.logo()), size="large")
    specs = pages_for(context.actor)
    style.head_menu([registry.GROUPS[spec.group] for spec in specs])
    return st.navigation(
        [
            st.Page(
                spec.script,
                title=spec.title,
                icon=spec.icon,
                url_path=spec.slug,
                default=place == 0,
            )
            for place, spec in enumerate(specs)
        ],
        expanded=True,
    )


def _followed(context: Context) -> bool:
    """Put the patient named in the address on the screen; False when there is none of that name."""
    if not _still_open(context):
        return False
    token = session.requested()
    if token is None:
        return True
    if token in session.cases():
        session.select(token)
        return _still_open(context)
    sample = next((s for s in intake.samples(context) if s.id == token), None)
    if sample is not None:
        session.open_sample(sample, intake.recheck(context, sample.patient))
    return sample is not None or _followed_to_board(context, token)


def _still_open(context: Context) -> bool:
    """Whether the patient on the screen may stay; one erased or taken away goes at once."""
    held = session.selected()
    if held is None or wiring.may_stay(context, held):
        return True
    session.close(held.token)
    return False


def _followed_to_board(context: Context, token: str) -> bool:
    """Put the patient of a stored case on the screen; False when there is none of this token."""
    if Permission.CASE_READ not in GRANTS[context.actor.role]:
        return False
    held = cases.find(context, token)
    if held is not None:
        session.open_board_case(token, cases.patient(context, held.paper))
    return held is not None


def _picker() -> None:
    """Let the visitor switch between the patients that are open."""
    cases = session.cases()
    if not cases:
        return
    session.prepare_picker()
    with st.sidebar:
        st.selectbox(
            "Patient on the screen",
            list(cases),
            index=None,
            format_func=lambda token: cases[token].patient.id,
            placeholder="Nobody chosen",
            key=session.PICKER,
            on_change=session.pick,
        )
