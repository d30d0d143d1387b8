"""Prepare the forecasts of the default cohorts before anybody opens the dashboard.

python scripts/train.py [DISEASE ...] [--cards]: draws each simulated cohort, trains its bundle
into the data folder and asks it about the trials' patients, unless they are there. With --cards
the model cards are printed.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.answers.model_card import ModelCard  # noqa: E402  (the project's folder comes first)
from dashboard.foundation.errors import UserError  # noqa: E402
from dashboard.services import forecasts, replays  # noqa: E402
from dashboard.services.installation import open_context  # noqa: E402

FIGURES = ("n", "events", "auc", "brier", "slope", "ece", "c_uno", "ibs", "d_calibration")


def main() -> int:
    """Prepare the diseases that are named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("diseases", nargs="*", help="ids of packs; all when none is named")
    parser.add_argument("--cards", action="store_true", help="print each model card")
    asked = parser.parse_args()
    try:
        context = open_context(os.environ)
        for disease in asked.diseases or context.library.ids:
            print(context.library.pack(disease).label)
            forecasts.prepare(context, disease, progress=_tell)
            if forecasts.waiting(context, disease):
                print("  Trained; it is used once it is approved, on Methods.")
                continue
            replays.prepare(context, disease, progress=_tell)
            if asked.cards:
                print(as_markdown(forecasts.card(context, disease)))
    except UserError as mistake:
        print(mistake, file=sys.stderr)
        return mistake.exit_code
    return 0


def _tell(share: float, words: str) -> None:
    print(f"  {share:4.0%} {words}", flush=True)


def as_markdown(card: ModelCard) -> str:
    """A model card as a page of the manual."""
    lines = [
        f"## {card.cohort}",
        "",
        f"{card.use} {card.source}",
        "",
        f"Bundle {card.bundle}, {card.rows_used:,} of {card.rows_read:,} rows, "
        f"{len(card.inputs)} inputs, {len(card.regimens)} regimens; figures out of "
        f"{card.folds} folds.",
        "",
        f"| head | {' | '.join(FIGURES)} | prior | products | trees |",
        "|---|" + "---|" * (len(FIGURES) + 3),
    ]
    for head in card.heads:
        cells = [_cell(head.quality.get(name)) for name in FIGURES]
        chosen = ("prior_spread", "product_share", "trees")
        cells += [_cell(head.choice.get(name)) for name in chosen]
        lines.append(f"| {head.target} | {' | '.join(cells)} |")
    lines += ["", *(f"- {limit}" for limit in card.limits)]
    return "\n".join([*lines, ""])


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


if __name__ == "__main__":
    sys.exit(main())
