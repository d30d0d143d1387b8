"""What the packs hold and how far it was checked, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from components.charts import theme
from components.charts.markup import Markup, element, join
from components.widgets.tables import Column, table


class PackLine(Protocol):
    """What the table shows of a pack."""

    @property
    def label(self) -> str:
        """The tumour group."""
        ...

    @property
    def features(self) -> int:
        """How many facts of a patient it knows."""
        ...

    @property
    def regimens(self) -> int:
        """How many regimens it judges."""
        ...

    @property
    def arms(self) -> int:
        """How many published trial arms it holds."""
        ...

    @property
    def figures(self) -> int:
        """How many rows of published figures it holds."""
        ...

    @property
    def verified(self) -> int:
        """How many of those were re-read at their source in full."""
        ...

    @property
    def partly_verified(self) -> int:
        """How many were re-read in part."""
        ...


def knowledge_table(packs: Sequence[PackLine]) -> Markup:
    """One row for each pack: its size, and how many of its figures were re-read at the source."""
    columns = (
        Column("Tumour group"),
        Column("Facts", number=True),
        Column("Regimens", number=True),
        Column("Trial arms", number=True),
        Column("Rows of figures", number=True),
        Column("Re-read at the source"),
    )
    rows = [
        (
            pack.label,
            str(pack.features),
            str(pack.regimens),
            str(pack.arms),
            str(pack.figures),
            _share(pack),
        )
        for pack in packs
    ]
    return table("What each disease pack holds", columns, rows, quiet=True)


def _share(pack: PackLine) -> Markup:
    share = pack.verified / pack.figures if pack.figures else 0.0
    bar = element("span", element("span", style=f"width:{100 * share:.1f}%"), class_="cc-share")
    partly = f", {pack.partly_verified} more in part" if pack.partly_verified else ""
    words = f"{pack.verified} of {pack.figures} ({theme.percent(share)}){partly}"
    return join([bar, words])
