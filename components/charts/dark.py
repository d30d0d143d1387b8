"""The same colours for a dark ground: one partner for each token, chosen for the same contrasts.

Charts, drawings and style sheets are made in the light tokens of `theme` alone; whoever puts them
on a dark screen translates them on the way, so that a picture that is handed out stays one for
paper. A colour without a partner stays as it is: a test holds every token to have one.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from components.charts.theme import BAND_OPACITY

PAPER, PANEL, TEXT = "#0E1621", "#172231", "#E8EEF4"
PARTNERS: Mapping[str, str] = {
    "#14202B": TEXT, "#000000": "#FFFFFF", "#4A5763": "#A9B8C6",
    "#FFFFFF": PAPER, "#F2F5F8": PANEL, "#F8FAFC": "#131E2B",
    "#DDE3E9": "#2B3A4B", "#D5DCE3": "#3A4856", "#C9D2DA": "#3A4856", "#D3DAE1": "#3A4856",
    "#7F8D99": "#7C8C9B", "#8795A1": "#7C8C9B", "#3F4A55": "#8FA0AF",
    "#0B5CAD": "#5BA8F5", "#E4EEF8": "#16314F", "#083F77": "#B7D9FB",
    "#9A2A06": "#FF9B7A", "#FBECE6": "#3A1A10", "#B4460F": "#F08A4B",
    "#5B3A00": "#FFD98A", "#FFE9BF": "#3B2B0A", "#C99A3B": "#B98A2E",
    "#274655": "#CDFFEF", "#F75D12": "#FFB235", "#B8410A": "#FFB235",
    "#0A8A72": "#25B59A", "#0A7A66": "#25B59A", "#8C1FC9": "#7E79E0",
    "#B87ABB": "#D2C1FF", "#8A4C8D": "#D2C1FF", "#773907": "#997E44",
    "#08427A": "#9CCBFA", "#6DB1E0": "#2F6FA5", "#D6CFB4": "#5C573F",
    "#A63A0C": "#F0936A", "#5E93C9": "#3E6FA5", "#E3A27B": "#7A4526",
}  # fmt: skip

_STRONGER_BAND = 0.2  # on dark ground a band of the light opacity would not be seen
_HEX = re.compile(r"#[0-9A-Fa-f]{6}(?![0-9A-Fa-f])")
_BAND = re.compile(rf"rgba\((\d+),(\d+),(\d+),{BAND_OPACITY}\)")
_DRAWING = re.compile(r'(class="cc-drawing" src="data:image/svg\+xml;base64,)([A-Za-z0-9+/=]+)')


def in_dark(text: str) -> str:
    """A text with every colour of the theme replaced by its partner."""
    swapped = _HEX.sub(lambda found: PARTNERS.get(found[0].upper(), found[0]), text)
    return _BAND.sub(_band, swapped)


def spec_in_dark(part: Any) -> Any:
    """A figure's specification with its colours replaced; the one given stays as it was."""
    if isinstance(part, str):
        return in_dark(part)
    if isinstance(part, Mapping):
        return {key: spec_in_dark(value) for key, value in part.items()}
    if isinstance(part, list | tuple) and not (part and isinstance(part[0], int | float)):
        return [spec_in_dark(value) for value in part]
    return part


def markup_in_dark(html: str) -> str:
    """Markup with its colours replaced, those inside drawings too."""
    return _DRAWING.sub(_drawing, in_dark(html))


def _band(found: re.Match[str]) -> str:
    light = "#" + "".join(f"{int(part):02X}" for part in found.groups())
    dark = PARTNERS.get(light, light)
    red, green, blue = (int(dark[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_STRONGER_BAND})"


def _drawing(found: re.Match[str]) -> str:
    svg = in_dark(base64.b64decode(found[2]).decode())
    return found[1] + base64.b64encode(svg.encode()).decode()
