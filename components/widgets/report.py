"""The papers about a patient on the screen: what is wanted, its pages as pictures, its files."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from components.charts.markup import Markup, element
from components.widgets.downloads import Offer
from dashboard.reporting.document import Form
from dashboard.reporting.kinds import FORMS, LABELS, Kind
from dashboard.reporting.letter import LANGUAGES, Language

SHORTEST_REASON = 10
_FILES: Mapping[Form, tuple[str, str]] = {
    Form.PDF: ("PDF", "application/pdf"),
    Form.PPTX: (
        "Slides (PPTX)",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    Form.HTML: ("Web page (HTML)", "text/html"),
    Form.JSON: ("Data (JSON)", "application/json"),
}
ABOUT: Mapping[Kind, str] = {
    Kind.SUMMARY: "One page: the regimens side by side, what is missing, how to read it.",
    Kind.FULL: "Everything: curves with numbers at risk, toxicity, reasons, trials, scores, the "
    "record, the model and the sources.",
    Kind.SLIDES: "Five slides that can be edited: the patient, the options, the curves, why and "
    "who agrees, the decision with its sources.",
    Kind.LETTER: "Plain words for the patient, with pictures of a hundred people. Read it before "
    "you hand it out, and talk it over.",
    Kind.CASE: "Everything on record about the patient, to be opened again here. No forecasts.",
    Kind.FHIR: "The patient, one RiskAssessment for each regimen, and the board's decision as a "
    "CarePlan, for other systems.",
}


def choose_kind(*, key: str) -> Kind:
    """Which paper."""
    kind: Kind = st.segmented_control(
        "Paper", list(Kind), default=Kind.SUMMARY, required=True, key=key,
        format_func=lambda one: LABELS[one],
        persist_state="session", wrap=True, label_visibility="collapsed",
    )  # fmt: skip
    return kind


def choose_language(kind: Kind, *, key: str) -> Language:
    """In which language the letter is; the other papers are in English."""
    if kind is not Kind.LETTER:
        return Language.EN
    language: Language = st.segmented_control(
        "Language", list(Language), default=Language.EN, required=True, key=key,
        format_func=lambda one: LANGUAGES[one], persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip
    return language


def usual_words(number: int, *, of_board: bool) -> str:
    """Which regimens there are when nobody chooses."""
    whose = "Those the board weighs" if of_board else "Those open to the patient first"
    return f"{whose}, at most {number}"


def ask_identified(*, key: str) -> tuple[bool, str]:
    """Whether identifiers stay in the file, and why; they leave only with a reason."""
    with st.popover("Identifiers", icon=":material/shield_person:"):
        wanted = st.checkbox("Leave identifiers in the file", key=f"{key}.wanted")
        reason = st.text_input(
            "What they are needed for", key=f"{key}.reason", disabled=not wanted,
            placeholder="Written down with your name",
        )  # fmt: skip
        said = " ".join(reason.split())
        ready = wanted and len(said) >= SHORTEST_REASON
        if wanted and not ready:
            st.caption(f"Say why, in {SHORTEST_REASON} letters or more; until then they stay out.")
        else:
            st.caption(
                "Without this, an id on record becomes a pseudonym, dates become days, and notes "
                "stay here. Invented patients have none to remove."
            )
    return ready, said if ready else ""


def ask_why(*, asked: bool, key: str) -> str:
    """Why a file leaves with identifiers in it, where it cannot leave without."""
    if not asked:
        return ""
    return st.text_input(
        "Why the file is handed out with the patient's record and texts as they are",
        key=key, placeholder="Written down with your name",
    )  # fmt: skip


def report_offers(name: str, kind: Kind, make: Callable[[Form], bytes]) -> list[Offer]:
    """A file of every form this kind has, made when it is asked for."""

    def maker(form: Form) -> Callable[[], bytes]:
        return lambda: make(form)

    return [
        Offer(_FILES[form][0], f"{name}-{kind}.{form}", _FILES[form][1], maker(form))
        for form in FORMS[kind]
    ]


def choose_page(pages: int, *, key: str) -> int:
    """Which page is looked at, from 0."""
    if pages == 1:
        return 0
    page: int = st.segmented_control(
        "Page", range(pages), default=0, required=True, key=key, format_func=lambda n: str(n + 1)
    )
    return min(page, pages - 1)


def page_picture(pictures: Sequence[bytes], place: int, title: str) -> Markup:
    """A page, with words for those who cannot see it."""
    said = (
        f"Page {place + 1} of {len(pictures)}: {title}. The web page on offer holds the same words."
    )
    data = base64.b64encode(pictures[place]).decode()
    return element("img", src=f"data:image/png;base64,{data}", alt=said, class_="cc-paper")
