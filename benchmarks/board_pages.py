"""What the pages about a forecast cost the server once the forecast is there.

`python -m benchmarks.board_pages SAMPLE` takes a sample patient whose model is ready in the data
folder (`CONCORD_DATA_DIR`), forecasts once, and prints the processor time of each piece that a
change of months, order, weights or regimens asks for. Streamlit's own cost and the browser's are
not in it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

from components.charts import forecast_curves
from components.charts.survival import MOST_CURVES
from components.charts.theme import RawFigure
from components.charts.toxicity import toxicity_figure
from components.charts.vector import drawing_of
from components.widgets import board as on_board
from components.widgets import survival as on_survival
from components.widgets import toxicity as on_toxicity
from components.widgets.board import BoardView
from dashboard.answers.ranking import Weights
from dashboard.services import board, consultation, forecasts, intake
from dashboard.services.installation import open_context

TIMES = 20
MONTHS = 12


def milliseconds(do: Callable[[], object]) -> float:
    """The mean processor time of a piece of work."""
    do()
    begun = time.process_time()
    for _ in range(TIMES):
        do()
    return 1000 * (time.process_time() - begun) / TIMES


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sample", nargs="?", default="SYN-NSCLC-02")
    wanted = parser.parse_args().sample
    context = open_context(os.environ)
    patient = next(s.patient for s in intake.samples(context) if s.id == wanted)
    forecasts.prepare(context, patient.disease)
    pack = context.library.pack(patient.disease)
    labels = {regimen.id: regimen.label for regimen in pack.regimens}
    judgement = consultation.judge(context, patient)
    forecast = forecasts.forecast(context, patient)
    six = board.first_regimens(context, patient, judgement)
    view = BoardView(pack, judgement.known(patient.facts), judgement, forecast, MONTHS)
    chosen = on_survival.Chosen("os", 0, MONTHS)

    def curves(count: int) -> RawFigure:
        seen = on_survival.survival_view(
            forecast, labels, six[:count], on_survival.Seen(), chosen=chosen
        )
        together = count <= MOST_CURVES
        draw = forecast_curves.curves_figure if together else forecast_curves.panels_figure
        return draw(seen.drawn, seen.frame)

    def toxicity() -> RawFigure:
        picture = on_toxicity.picture_of(forecast, pack, six, months=MONTHS)
        return toxicity_figure(on_toxicity.shortened(picture))

    pieces: dict[str, Callable[[], object]] = {
        "forecast, remembered": lambda: forecasts.forecast(context, patient),
        "verdicts of every regimen": lambda: consultation.judge(context, patient),
        "board of six rows": lambda: on_board.board_table(view, six),
        "regimens not on the board": lambda: on_board.others_list(view, six),
        "ranking under weights": lambda: board.rank(
            context, patient, forecast, six, weights=Weights(), benefit=("os", MONTHS)
        ),
        "four curves in one picture": lambda: curves(4),
        "panels of six": lambda: curves(6),
        "toxicity beside benefit": toxicity,
        "the same as SVG": lambda: drawing_of(toxicity()),
    }
    for name, piece in pieces.items():
        print(f"{name:30s} {milliseconds(piece):6.2f} ms")


if __name__ == "__main__":
    main()
