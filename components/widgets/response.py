"""Response on the screen: the rows of its bars, their table, and how good the model is at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.charts import readings, theme
from components.charts.markup import Markup, element
from components.charts.response import RECIST, ResponseRow, share_text
from components.widgets.tables import Column, table
from dashboard.answers.forecast import Forecast
from dashboard.answers.model_card import HeadCard
from dashboard.records.wording import counted


def response_rows(
    forecast: Forecast, labels: Mapping[str, str], regimens: Sequence[str]
) -> list[ResponseRow]:
    """The regimens whose response is forecast, in their order."""
    found = [(readings.of_regimen(forecast, regimen), regimen) for regimen in regimens]
    return [ResponseRow.of(f, labels[name]) for f, name in found if f.response is not None]


def response_table(rows: Sequence[ResponseRow]) -> Markup:
    """The figures of the bars."""
    columns = [Column("Regimen"), Column("Response (CR or PR)", number=True)]
    columns += [Column(f"{name} ({key})", number=True) for key, name in RECIST.items()]
    cells = [
        [row.label, readings.text_of(row.response)]
        + [share_text(row.recist[key]) if key in row.recist else readings.NOTHING for key in RECIST]
        for row in rows
    ]
    level = theme.percent(rows[0].response.level) if rows and rows[0].response else ""
    return table(f"Best response, forecast for this patient; {level} intervals", columns, cells)


def how_good(head: HeadCard, forecast: Forecast, labels: Mapping[str, str],
             regimens: Sequence[str]) -> Markup:  # fmt: skip
    """How well the model foretold response in patients it had not seen, and how many were alike."""
    said = quality_sentences(head)
    alike = [
        f"{labels[name]} {support.similar:,.0f}"
        for name in regimens
        if (support := readings.of_regimen(forecast, name).support) is not None
    ]
    if alike:
        said.append(f"Patients like this one in the cohort, by regimen: {', '.join(alike)}.")
    items = [element("li", text) for text in said]
    return element("ul", *items, class_="cc-list")


def quality_sentences(head: HeadCard) -> list[str]:
    """The figures of a head in sentences; each was measured on patients left out of training."""
    quality = head.quality
    if "auc" not in quality:
        return [head.note or "This forecast could not be judged: too few events."]
    said = [
        "Of two patients left out of training, one who had it and one who had not, the model gave "
        f"the first the higher chance in {_with_ends(quality, 'auc')}."
    ]
    if "ece" in quality:
        off = round(100 * quality["ece"])
        points = counted(off, "point") if off else "less than 1 point"
        said.append(f"The chances told were off by {points} in 100 on average.")
    if "events" in quality and "n" in quality:
        said.append(
            f"Judged on {counted(round(quality['n']), 'patient')} with "
            f"{counted(round(quality['events']), 'event')}."
        )
    return said


def _with_ends(quality: Mapping[str, float], name: str) -> str:
    low, high = quality.get(f"{name}_low"), quality.get(f"{name}_high")
    return theme.percent(quality[name], low, high)
