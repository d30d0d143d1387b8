"""Response under each regimen: the four answers, a hundred people, how good the model is."""

from components.charts import readings
from components.charts.response import recist_figure
from components.widgets import hundreds, panels, reliability
from components.widgets import response as shown
from components.widgets.figures import show_figure
from dashboard.services import board
from dashboard.shell import desk, page

with page.frame("response") as context:
    seat = desk.seated(context, by_treatment=False)

    @page.part("response", context)
    def answers() -> None:
        """The regimens and what is forecast of their response."""
        regimens = seat.choose_regimens()
        rows = shown.response_rows(seat.forecast, seat.labels, regimens)
        if not rows:
            panels.show(panels.empty_state("No response to show.", seat.head("response").note))
            return
        figure = recist_figure(rows)
        show_figure(figure, key="response.bars")
        panels.show(
            hundreds.people(seat.forecast, seat.labels, regimens),
            panels.caption(f"{hundreds.PEOPLE_KEY} {seat.source}"),
            panels.section("How good this forecast is"),
            shown.how_good(seat.head("response"), seat.forecast, seat.labels, regimens),
            reliability.at_this_risk(
                seat.head("response"),
                "Response",
                seat.labels,
                readings.chances(seat.forecast, regimens, readings.RESPONSE),
            ),
            panels.disclosure("The figures as a table", shown.response_table(rows)),
        )
        seat.take(
            context, "response",
            lambda: board.export_response(context, seat.patient, seat.forecast, regimens), figure,
        )  # fmt: skip

    answers()
