"""Where words fit beside a figure: names broken into lines, labels pushed apart, nothing cut off.

Plotly places text wherever it is told and cuts it at the edge of the picture. So the room a text
needs is reckoned here, from the width of its letters, before a figure is made.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

LETTER = 6.8  # pixels one letter of 13-pixel text takes on average, with a little to spare
LINE = 17.0  # pixels from one line of text to the next


def broken(text: str, letters: int, most_lines: int = 3) -> list[str]:
    """A text in lines of at most so many letters; what does not fit is left out of the last."""
    lines = textwrap.wrap(text, letters, break_long_words=True) or [""]
    if len(lines) > most_lines:
        rest = " ".join(lines[most_lines - 1 :])
        lines = [*lines[: most_lines - 1], short(rest, letters)]
    return lines


def short(text: str, letters: int) -> str:
    """A text in one line of at most so many letters; both ends stay, where names differ most."""
    if len(text) <= letters:
        return text
    tail = letters * 2 // 5
    return f"{text[: letters - 1 - tail].rstrip()}…{text[-tail:].lstrip()}"


def stacked(text: str, letters: int, most_lines: int = 2) -> str:
    """A text broken into lines for a figure, with what a figure would read as a tag made plain."""
    return "<br>".join(escaped(line) for line in broken(text, letters, most_lines))


def escaped(text: str) -> str:
    """A text in a figure: plotly reads a few tags, and what comes from data must not make any."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def width_of(lines: Sequence[str]) -> float:
    """The pixels that the longest of these lines needs."""
    return LETTER * max((len(line) for line in lines), default=0)


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Centres for labels as near as can be to where each is wanted, without any overlap.

    Least squares under the order and the distances: blocks that touch share their displacement.

    Args:
        wanted: the centre each label would have alone.
        sizes: how much room each takes along the axis.
        low: where the first may begin.
        high: where the last may end, if they fit at all.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    offsets, so_far = [], 0.0
    for place in order:
        offsets.append(so_far + sizes[place] / 2)
        so_far += sizes[place]
    free = [wanted[place] - offset for place, offset in zip(order, offsets, strict=True)]
    highest = max(low, high - so_far)
    centres = [0.0] * len(wanted)
    for place, start, offset in zip(order, _rising(free), offsets, strict=True):
        centres[place] = min(max(start, low), highest) + offset
    return centres


def _rising(values: Sequence[float]) -> list[float]:
    """The nearest sequence that never falls: neighbours out of order take their mean."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        total, count = value, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, held = blocks.pop()
            total, count = total + before, count + held
        blocks.append((total, count))
    return [total / count for total, count in blocks for _ in range(count)]
