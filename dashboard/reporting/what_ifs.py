"""The what-ifs that were kept of the patient, as the page of them shows them, under every regimen.

Each figure as it would be, with what it is now and the interval; which facts are otherwise; and why
one cannot be forecast any more. It never says that bringing a value about would bring the forecast
about.
"""

from __future__ import annotations

from collections.abc import Iterator

from components.charts import readings
from components.charts.changed import NOT_CAUSES, change_words
from components.charts.what_if import change_text
from dashboard.answers.forecast import Chance, Forecast
from dashboard.reporting.board_case import BoardCase, Tried
from dashboard.reporting.document import Block, Callout, Heading, Paragraph, Table

TITLE = "Scenarios: if facts were otherwise"
_NONE = "\N{EM DASH}"


def scenarios(case: BoardCase) -> Iterator[Block]:
    """A table for each named what-if; nothing where none is kept."""
    if not case.scenarios:
        return
    yield Heading(TITLE)
    yield Paragraph(
        f"{NOT_CAUSES} Each figure as it would be; in brackets what it is now; then the 90% "
        "interval as it would be.",
        small=True,
        leads=True,
    )
    for tried in case.scenarios:
        if tried.patient is None or tried.forecast is None:
            yield Callout(f"{tried.name} cannot be forecast. {tried.lost}".strip())
        else:
            words = change_words(case.patient, tried.patient, case.pack)
            yield _table(case, tried, tried.forecast, words)


def _table(case: BoardCase, tried: Tried, after: Forecast, words: str) -> Table:
    months = case.horizon_months
    rows = []
    for name in case.rows:
        if case.of(name) is None:
            continue
        was = readings.at_month(readings.of_regimen(case.forecast, name), months)
        now = readings.at_month(readings.of_regimen(after, name), months)
        told = [figure_words(was[one], now[one]) for one in readings.QUANTITIES]
        rows.append((case.labels[name], *told))
    return Table(
        f"{tried.name}: {words.rstrip('.')}",
        ("Regimen", *[readings.quantity_label(one, months) for one in readings.QUANTITIES]),
        tuple(rows),
        widths=(1.6, *[1.2] * len(readings.QUANTITIES)),
    )


def figure_words(was: Chance | None, now: Chance | None) -> str:
    """`52% (was 58%, 6 points fewer); 45 to 60%`; a dash where there is no forecast."""
    if was is None or now is None:
        return _NONE
    return f"{change_text(was, now)}; {readings.Reading(now).ends}"
