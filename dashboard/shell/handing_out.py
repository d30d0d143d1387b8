"""How a chart leaves the screen: its figures as CSV and its picture as SVG and PNG, on every page.

One button that opens, so that no chart looks otherwise than another. What may be taken by whom is
the services' to say; the files are made when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from components.charts.theme import RawFigure
from components.widgets.downloads import Offer, download_row
from dashboard.services import figure_files
from dashboard.services.context import Context
from dashboard.services.figure_files import OfPage, OfPatient
from dashboard.shell import registry


def chart(
    context: Context,
    slug: str,
    figure: RawFigure | None,
    name: str,
    *,
    make: Callable[[], bytes] | None = None,
) -> None:
    """Buttons for a chart that is of no patient; nothing where there is no chart.

    Args:
        context: who asks.
        slug: the page, whose permission is what it takes.
        figure: the chart.
        name: of the files.
        make: the figures behind it as CSV; without it the points that are drawn.
    """
    if figure is None:
        return
    about = OfPage(slug, registry.page(slug).permission)
    drawn = partial(figure_files.points, context, figure, about=about)
    offers = [Offer("Figures (CSV)", f"{name}.csv", "text/csv", make or drawn)]
    offers += pictures(context, figure, about=about, stem=name)
    download_row(offers, key=f"{slug}.{name}.take", folded=True)


def of_patient(
    context: Context,
    figure: RawFigure | None,
    *,
    about: str,
    name: str,
    make: Callable[[], bytes] | None = None,
) -> None:
    """Buttons for a chart of a patient.

    Args:
        context: who asks.
        figure: the chart; None where its figures are all there is to take.
        about: the patient's id.
        name: of the files, after the patient's.
        make: the figures behind it as CSV; without it the points that are drawn.
    """
    patient, stem = OfPatient(about), f"{about}-{name}"
    if make is None and figure is not None:
        make = partial(figure_files.points, context, figure, about=patient)
    offers = [Offer("Figures (CSV)", f"{stem}.csv", "text/csv", make)] if make else []
    if figure is not None:
        offers += pictures(context, figure, about=patient, stem=stem)
    if offers:
        download_row(offers, key=f"{name}.take", folded=True)


def pictures(
    context: Context, figure: RawFigure, *, about: OfPatient | OfPage, stem: str
) -> list[Offer]:
    """The figure as each kind of picture."""
    return [
        Offer(
            f"Picture ({kind.upper()})", f"{stem}.{kind}", mime,
            partial(figure_files.picture, context, figure, about=about, kind=kind),
        )
        for kind, mime in figure_files.PICTURES.items()
    ]  # fmt: skip
