"""Figures as rows of a file: to four places, with the very text the screen shows them by.

Whoever opens the file later sees what the board saw, and can still reckon with it. Every row says
what the figures come from.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from components.charts import theme
from components.charts.readings import NOTHING, at_month, of_regimen, quantity_label, text_of
from dashboard.answers.forecast import Chance, Forecast


def board_rows(
    forecast: Forecast, regimens: Sequence[str], labels: Mapping[str, str], month: float
) -> Iterable[dict[str, str]]:
    """Every figure of the board as a row of a file; what is shown stands beside the figures."""
    for regimen in regimens:
        figures = at_month(of_regimen(forecast, regimen), month)
        for quantity, chance in figures.items():
            yield {
                "regimen": regimen,
                "label": labels[regimen],
                "quantity": quantity_label(quantity, month),
                **figure_cells(chance),
            }


def figure_cells(chance: Chance | None) -> dict[str, str]:
    """A chance as cells of a file: figures to four places, and the text of the screen."""
    if chance is None:
        return {"estimate": "", "low": "", "high": "", "interval_level": "", "shown": NOTHING}
    return {
        "estimate": f"{chance.p:.4f}",
        "low": f"{chance.low:.4f}",
        "high": f"{chance.high:.4f}",
        "interval_level": f"{chance.level:g}",
        "shown": text_of(chance),
    }


def share_cells(share: float) -> dict[str, str]:
    """One of several shares that add up, which has no interval of its own, as cells of a file."""
    cells = {"estimate": f"{share:.4f}", "low": "", "high": "", "interval_level": ""}
    return {**cells, "shown": theme.percent(share)}


def as_csv(rows: Iterable[Mapping[str, str]], *, source: str) -> bytes:
    """Rows as a file; the first column of every row says what the figures come from."""
    held = [{"source": source, **row} for row in rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(held[0]) if held else ["source"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(held)
    return out.getvalue().encode()
