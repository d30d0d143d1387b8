"""Sample patients as cards, by tumour group, each with what it teaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import streamlit as st

from components.charts.markup import element, join
from components.widgets.panels import plain, show

_PER_ROW = 4


class SampleCard(Protocol):
    """What a card shows of a sample."""

    @property
    def id(self) -> str:
        """Names the sample in the address."""
        ...

    @property
    def disease(self) -> str:
        """Its pack."""
        ...

    @property
    def title(self) -> str:
        """Who it is, in a few words."""
        ...

    @property
    def teaching(self) -> str:
        """What one can learn from it."""
        ...


def sample_cards(samples: Sequence[SampleCard], titles: Mapping[str, str], *, key: str) -> str:
    """A column of cards for each tumour group; the id of the sample opened just now, or nothing."""
    opened = ""
    diseases = [disease for disease in titles if any(s.disease == disease for s in samples)]
    for first in range(0, len(diseases), _PER_ROW):
        row = diseases[first : first + _PER_ROW]
        for column, disease in zip(st.columns(_PER_ROW, gap="small"), row, strict=False):
            with column:
                st.subheader(plain(titles[disease]), anchor=False)
                for sample in (sample for sample in samples if sample.disease == disease):
                    if _card(sample, key):
                        opened = sample.id
    return opened


def _card(sample: SampleCard, key: str) -> bool:
    with st.container(border=True, gap="small"):
        title = element("strong", sample.title, class_="cc-card-title")
        show(join([title, element("p", sample.teaching, class_="cc-card-text")]))
        return st.button(
            f"Open {plain(sample.id)}",
            key=f"{key}.{sample.id}",
            type="tertiary",
            icon=":material/arrow_forward:",
            icon_position="right",
        )
