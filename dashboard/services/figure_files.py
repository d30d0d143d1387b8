"""May this chart be taken away as a file? As a picture, or as the points that it draws.

A chart of a patient needs the permission to export patients, whoever asks and on whichever page;
any other one that of its page. What is taken is written down with what it is about. Draws nothing
itself and computes nothing anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.charts import takeaway
from components.charts.points import points_of
from components.charts.theme import RawFigure
from components.charts.vector import drawing_of
from dashboard.services.context import Context, Permission

PICTURES: Mapping[str, str] = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class OfPatient:
    """A chart that shows something of a patient, by the id that the audit trail names."""

    name: str

    @property
    def needed(self) -> Permission:
        """What it takes to have it: the same for every patient's chart."""
        return Permission.PATIENT_EXPORT


@dataclass(frozen=True, slots=True)
class OfPage:
    """A chart that shows nothing of a patient: its page, and what that takes."""

    name: str
    needed: Permission


def picture(context: Context, figure: RawFigure, *, about: OfPatient | OfPage, kind: str) -> bytes:
    """A figure of the screen as a file: `svg` or `png`.

    Args:
        context: who asks.
        figure: as it stands on the screen.
        about: the patient, or the page where it is of no patient.
        kind: one of `PICTURES`.

    Raises:
        ValueError: another kind.
    """
    context.require(about.needed)
    if kind not in PICTURES:
        raise ValueError(f"A picture is one of {', '.join(PICTURES)}, not {kind}.")
    from dashboard.reporting import pictures

    context.record("figure.picture_taken", about.name, kind=kind)
    drawing = drawing_of(figure)
    return pictures.as_svg(drawing) if kind == "svg" else pictures.as_png(drawing)


def points(context: Context, figure: RawFigure, *, about: OfPatient | OfPage) -> bytes:
    """What a figure draws as CSV; the words that stand for it are the source in every row."""
    context.require(about.needed)
    context.record("figure.points_taken", about.name)
    return takeaway.as_csv(points_of(figure), source=figure.alt.partition(":")[0])
