"""What a page for a wall looks like: no menu, no margins, type that grows with the screen.

Sizes follow the width of the window, so that what fits at 1280 by 800 fits at every size of that
shape. The rules are a constant of this file; nothing from data becomes part of them.
"""

from __future__ import annotations

from components.charts import theme
from components.charts.markup import stylesheet

CLICKER = "presentation_clicker"  # buttons that only a key presses
RULES = stylesheet(
    f"""
html {{ font-size: clamp(14px, 1.25vw, 28px); }}
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"],
[data-testid="stSidebarCollapsedControl"] {{ display: none !important; }}
[data-testid="stMainBlockContainer"] {{ max-width: none; padding: .5rem 1.25rem .25rem; }}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"],
[data-testid="stVerticalBlock"] {{ gap: .375rem; }}
[data-testid="stMainBlockContainer"] h1 {{ font-size: .8125rem; font-weight: 600; padding: 0;
  line-height: 1rem; color: {theme.MUTED}; }}
[data-testid="stMainBlockContainer"] [data-testid="stHeading"] {{ position: absolute; left: 0;
  top: 0; width: 6rem; }}
.cc-notice {{ font-size: .75rem; line-height: 1rem; padding-left: 6rem; }}
.cc-stage {{ display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; align-items: baseline; }}
.cc-stage .cc-who {{ font-size: 1.375rem; font-weight: 650; }}
.cc-stage .cc-fact {{ font-size: 1.0625rem; }}
.cc-ask {{ font-size: 1.375rem; line-height: 1.25; font-weight: 600; margin: 0;
  border-left: 5px solid {theme.PRIMARY}; padding: .125rem .75rem; display: -webkit-box;
  -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }}
.cc-told.cc-told {{ padding: 0; margin: 0; display: flex; gap: .25rem 1rem; }}
.cc-told > div {{ flex: 1 1 auto; min-width: 9rem;
  border-top: 2px solid {theme.HAIRLINE}; padding-top: .125rem; }}
.cc-told dt {{ color: {theme.MUTED}; font-size: .8125rem; font-weight: 600; }}
.cc-told dd {{ margin: 0; font-size: .9375rem; line-height: 1.25; display: -webkit-box;
  -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }}
.cc-tight dd {{ -webkit-line-clamp: 2; }}
@media (max-width: 60rem) {{
  .cc-told.cc-told {{ flex-wrap: wrap; }}
  .cc-told > div {{ flex-basis: 9rem; }}
  .cc-board {{ display: block; overflow-x: auto; }}
}}
.cc-board .cc-reason {{ display: none; }}
.cc-board.cc-board th, .cc-board.cc-board td {{ padding: .125rem .375rem; }}
.cc-board .cc-mid {{ font-size: 1.125rem; }}
.cc-board caption {{ font-size: .75rem; padding-top: .125rem; }}
.cc-table.cc-table th, .cc-table.cc-table td {{ padding: .25rem .5rem; line-height: 1.3; }}
.cc-strip img {{ width: 100%; max-height: 7.25rem; object-fit: contain; object-position: left; }}
*:has(> .st-key-{CLICKER}) {{ display: none; }}
.cc-timer {{ font-size: 1.375rem; font-weight: 650; font-variant-numeric: tabular-nums; }}
"""
)
