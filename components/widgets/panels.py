"""The small pieces every page is put together from: cards, chips, callouts, footnotes.

They are values (`Markup`); `show` alone puts them on the screen, so nothing that a user typed can
reach it unescaped. Streamlit reads Markdown in labels: texts that come from data go through `plain`
first. State is never told by colour alone: each tone has a symbol and a word.
"""

from __future__ import annotations

import re
from enum import StrEnum

import streamlit as st

from components.charts.dark import markup_in_dark
from components.charts.markup import Markup, element, join
from components.widgets import appearance
from dashboard.knowledge.schema import Source, Verified

# Only what Markdown would act on: a label is also read aloud as it stands, backslashes and all.
_MARKDOWN = re.compile(r"^[-+#]|[\\`*_{}\[\]<>$~|&@]|:(?=\S)|(?<=www)\.")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s)")


class Tone(StrEnum):
    """What a piece says at a glance; each has its symbol in `SYMBOLS`."""

    PLAIN = "plain"
    GOOD = "good"
    UNKNOWN = "unknown"
    CLOSED = "closed"
    CAUTION = "caution"
    ALERT = "alert"


SYMBOLS = {
    Tone.PLAIN: "",
    Tone.GOOD: "\N{CHECK MARK}",
    Tone.UNKNOWN: "?",
    Tone.CLOSED: "\N{EN DASH}",
    Tone.CAUTION: "\N{BLACK UP-POINTING TRIANGLE}",
    Tone.ALERT: "\N{MULTIPLICATION X}",
}

_RE_READ = {
    Verified.YES: (SYMBOLS[Tone.GOOD], "re-read at the source"),
    Verified.PARTIAL: ("\N{CIRCLE WITH LEFT HALF BLACK}", "partly re-read at the source"),
    Verified.MEMORY: ("\N{WHITE CIRCLE}", "not re-read at the source"),
}


def show(*parts: Markup) -> None:
    """Put pieces on the screen, if they hold anything: the one way of HTML to the browser.

    Several go there as one, one beneath the other: each thing on a page costs the browser time.
    """
    held = [part for part in parts if part.text]
    if held:
        text = held[0].text if len(held) == 1 else element("div", *held, class_="cc-stack").text
        st.html(markup_in_dark(text) if appearance.is_dark() else text)


def section(title: str) -> Markup:
    """The heading of a part of a page, where it stands in one piece with what it is above."""
    return element("h2", title, class_="cc-section")


def caption(words: str) -> Markup:
    """What belongs to a picture: what its marks mean, and where its figures come from."""
    return element("p", words, class_="cc-small cc-flat cc-muted")


def plain(text: str) -> str:
    """A text from data, made safe for a Streamlit label: no Markdown, no link, no picture."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
    return _NUMBERED.sub(r"\1\\\2", escaped)


def chip(tone: Tone, word: str) -> Markup:
    """A state in a word with its symbol."""
    symbol = SYMBOLS[tone]
    mark = element("span", symbol, class_="cc-symbol", aria_hidden="true") if symbol else None
    return element("span", mark, word, class_=f"cc-chip cc-{tone}")


def callout(tone: Tone, title: str, *body: Markup | str) -> Markup:
    """A message that stands out; `role=note` keeps it from interrupting a screen reader."""
    heading = element("strong", join([f"{SYMBOLS[tone]} " if SYMBOLS[tone] else "", title]))
    paragraphs = [element("p", part) for part in body if str(part)]
    return element("div", heading, *paragraphs, class_=f"cc-callout cc-{tone}", role="note")


def empty_state(title: str, body: str) -> Markup:
    """What a page says when there is nothing to show yet: why, and what to do."""
    return element("div", element("strong", title), element("p", body), class_="cc-empty")


def lead(text: str) -> Markup:
    """The sentence a page opens with."""
    return element("p", text, class_="cc-lead")


def figures(*pairs: tuple[str, str]) -> Markup:
    """A row of numbers with what each one counts."""
    items = [
        element("div", element("dt", label), element("dd", number), class_="cc-figure")
        for number, label in pairs
    ]
    return element("dl", *items, class_="cc-figures")


def re_read_mark(verified: Verified) -> Markup:
    """Whether a figure was re-read where it was published."""
    symbol, words = _RE_READ[verified]
    return element("span", f"{symbol} {words}", class_="cc-mark")


def source_note(source: Source) -> Markup:
    """Where a figure comes from, with its mark."""
    text = " ".join(part for part in (source.text, source.reference) if part) or "no source given"
    return element(
        "span", text, " \N{MIDDLE DOT} ", re_read_mark(source.verified), class_="cc-note"
    )


def disclosure(summary: Markup | str, *content: Markup | str) -> Markup:
    """Details that open on click or with the keyboard, without asking the server."""
    return element("details", element("summary", summary), *content, class_="cc-details")
