"""What the address of the page may say: who is on the screen, and what of them is looked at.

The only module that touches the address. A patient is named by a random token (a sample by its
public id); regimens by ids of the pack, months by a number, dark ground and large type by their
names, so that a reload or a link shows the same view. Everything else, and every value of another
shape, is removed before it is used. What a patient values never stands in an address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

PATIENT, REGIMENS, MONTHS, THEME, SIZE = "patient", "regimens", "months", "theme", "size"
_SHAPES = {
    REGIMENS: re.compile(r"[a-z0-9-]{1,80}(,[a-z0-9-]{1,80}){0,11}"),
    MONTHS: re.compile(r"[0-9]{1,3}"),
    THEME: re.compile(r"dark"),
    SIZE: re.compile(r"large"),
}


def patient() -> str | None:
    """The token that the address names; what does not belong there is removed."""
    for name in [name for name in st.query_params if not _belongs(name)]:
        del st.query_params[name]
    return st.query_params.get(PATIENT)


def name_patient(token: str | None) -> None:
    """Name this patient, or none; what was looked at of another goes with them."""
    if token is None or st.query_params.get(PATIENT, token) != token:
        dark, large = is_dark(), is_large()
        st.query_params.clear()
        name_dark(dark)
        name_large(large)
    if token is not None:
        _put(PATIENT, token)


def regimens() -> tuple[str, ...]:
    """The regimens that the address names; whoever asks checks that they exist."""
    return tuple(name for name in _get(REGIMENS).split(",") if name)


def name_regimens(chosen: Sequence[str]) -> None:
    """Name these regimens; none for the usual ones."""
    _put(REGIMENS, ",".join(chosen))


def months() -> int | None:
    """The months that the address names."""
    return int(_get(MONTHS)) if _get(MONTHS) else None


def name_months(chosen: int | None) -> None:
    """Name these months; none for the usual ones."""
    _put(MONTHS, "" if chosen is None else str(chosen))


def is_dark() -> bool:
    """Whether the address asks for dark ground."""
    return bool(_get(THEME))


def name_dark(dark: bool) -> None:
    """Ask for dark ground, or for the usual one."""
    _put(THEME, "dark" if dark else "")


def is_large() -> bool:
    """Whether the address asks for large type."""
    return bool(_get(SIZE))


def name_large(large: bool) -> None:
    """Ask for large type, or for the usual one."""
    _put(SIZE, "large" if large else "")


def _get(name: str) -> str:
    return st.query_params[name] if name in st.query_params and _belongs(name) else ""


def _put(name: str, text: str) -> None:
    if text and st.query_params.get(name) != text:
        st.query_params[name] = text
    elif not text and name in st.query_params:
        del st.query_params[name]


def _belongs(name: str) -> bool:
    shape = _SHAPES.get(name)
    return name == PATIENT or (
        shape is not None and shape.fullmatch(st.query_params[name]) is not None
    )
