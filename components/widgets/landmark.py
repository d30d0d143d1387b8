"""The update at a landmark on the screen: what was asked, both forecasts, and how good they are."""

from __future__ import annotations

from components.charts import readings
from components.charts.markup import Markup
from components.widgets.tables import Cell, Column, table
from dashboard.answers.model_card import ModelCard


def updates_table(card: ModelCard) -> Markup:
    """How much better forecasts were for knowing the response at a landmark."""
    columns = [
        Column("Forecast"), Column("After"), Column("Treatments at risk", number=True),
        Column("Error by time alone", number=True), Column("Knowing the response", number=True),
        Column("Gain", number=True),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            readings.ENDPOINTS[each.endpoint], f"{each.month:g} months", f"{each.patients:,}",
            f"{each.time_alone:.4f}", f"{each.updated:.4f}",
            f"{each.gain:+.4f} ± {each.gain_error:.4f}".replace("-", "\N{MINUS SIGN}"),
        ]
        for each in card.updates
    ]  # fmt: skip
    words = (
        "Update at a landmark (page Progression), out of fold: the Brier score over the time "
        "after the landmark, 0 is right; the gain with its standard error"
    )
    return table(words, columns, rows)
