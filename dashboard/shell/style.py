"""The few rules of style that Streamlit's theme has no setting for.

A visible focus, a calm measure, the look of our own pieces (their classes begin with `cc-`), and
print. Colours come from the charts' theme, so that a chip and a curve agree. The style sheet is a
constant of this file: nothing that comes from data ever becomes part of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.charts import theme
from components.charts.dark import in_dark
from components.charts.large import SCALE
from components.widgets import appearance

_TONES = f"""
.cc-good {{ background: {theme.PRIMARY_TINT}; border-color: {theme.PRIMARY}; color: #083F77; }}
.cc-unknown {{ background: {theme.PAPER}; border-color: {theme.CONTROL}; border-style: dashed;
  color: {theme.TEXT}; }}
.cc-closed {{ background: {theme.PANEL}; border-color: {theme.HAIRLINE}; color: {theme.MUTED}; }}
.cc-caution {{ background: {theme.CAUTION_TINT}; border-color: #C99A3B; color: {theme.CAUTION}; }}
.cc-alert {{ background: {theme.ALERT_TINT}; border-color: {theme.ALERT}; color: {theme.ALERT}; }}
.cc-plain {{ background: {theme.PANEL}; border-color: {theme.HAIRLINE}; color: {theme.TEXT}; }}
"""

_PIECES = f"""
.cc-stack {{ display: flex; flex-direction: column; gap: 1rem; }}
.cc-stack > * {{ margin: 0; }}
.cc-section.cc-section {{ font-size: 1.3125rem; font-weight: 600; line-height: 1.3; padding: 0;
  margin: .5rem 0 0; }}
.cc-notice {{ font-size: .875rem; color: {theme.MUTED}; margin: 0; }}
.cc-lead {{ font-size: 1.125rem; line-height: 1.5; max-width: 60rem; margin: 0; }}
.cc-banner {{ display: flex; flex-wrap: wrap; gap: .375rem 1.5rem; align-items: baseline; margin: 0;
  padding: .75rem 1rem; border: 1px solid {theme.HAIRLINE};
  border-left: 4px solid {theme.PRIMARY}; border-radius: 6px; background: #F8FAFC; }}
.cc-banner dl {{ display: contents; }}
.cc-banner div {{ display: flex; gap: .375rem; align-items: baseline; }}
.cc-banner dt {{ color: {theme.MUTED}; font-size: .875rem; font-weight: 400; }}
.cc-banner dd {{ margin: 0; font-weight: 600; }}
.cc-banner .cc-who {{ font-size: 1.125rem; font-weight: 650; }}
.cc-chip {{ display: inline-flex; gap: .375rem; align-items: baseline; white-space: nowrap;
  border: 1px solid; border-radius: 4px; padding: .0625rem .5rem; font-size: .875rem;
  font-weight: 600; }}
.cc-symbol {{ font-weight: 700; }}
.cc-callout {{ border: 1px solid; border-radius: 6px; padding: .625rem .875rem; }}
.cc-callout p {{ margin: .25rem 0 0; color: {theme.TEXT}; }}
.cc-callout strong {{ font-weight: 600; }}
.cc-empty {{ border: 1px dashed {theme.CONTROL}; border-radius: 6px; padding: 1.5rem;
  background: {theme.PAPER}; }}
.cc-empty p {{ margin: .25rem 0 0; color: {theme.MUTED}; }}
.cc-figures.cc-figures {{ display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: 0;
  padding: 0; }}
.cc-figure {{ display: flex; flex-direction: column-reverse; justify-content: flex-end;
  margin: 0; padding: 0; }}
.cc-figure dd {{ margin: 0; font-size: 1.5rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }}
.cc-figure dt {{ color: {theme.MUTED}; font-size: .875rem; font-weight: 400; }}
.cc-mark, .cc-note {{ color: {theme.MUTED}; font-size: .8125rem; }}
.cc-scroll {{ overflow-x: auto; }}
.cc-table {{ border-collapse: collapse; width: 100%; font-size: .9375rem; }}
.cc-table caption {{ text-align: left; color: {theme.MUTED}; font-size: .875rem;
  padding: 0 0 .375rem; }}
.cc-table th, .cc-table td {{ text-align: left; vertical-align: top; padding: .4375rem .75rem;
  border: 0; border-bottom: 1px solid {theme.HAIRLINE}; font-weight: 400; }}
.cc-table thead th {{ color: {theme.MUTED}; font-size: .875rem; font-weight: 600;
  border-bottom: 2px solid {theme.CONTROL}; white-space: nowrap; }}
.cc-table tbody th {{ font-weight: 600; }}
[data-testid="stHtml"] a {{ color: {theme.PRIMARY}; overflow-wrap: anywhere; }}
.cc-table .cc-number {{ text-align: right; font-variant-numeric: tabular-nums; }}
.cc-table thead th.cc-wraps {{ white-space: normal; }} .cc-whole {{ white-space: nowrap; }}
.cc-details summary {{ cursor: pointer; padding: .1875rem 0; }}
.cc-list {{ margin: 0; padding-left: 1.125rem; }}
.cc-list li {{ margin: .125rem 0; }}
.cc-paper {{ display: block; width: 100%; max-width: 52rem; height: auto;
  border: 1px solid {theme.CONTROL}; }}
.cc-drawing {{ display: block; max-width: 100%; height: auto; }}
.cc-card-title {{ display: block; font-weight: 600; line-height: 1.3; }}
.cc-card-text {{ margin: .25rem 0 0; color: {theme.MUTED}; font-size: .875rem; line-height: 1.4;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }}
.cc-share {{ display: inline-block; width: 7rem; height: .5rem; background: {theme.UNKNOWN_FILL};
  border-radius: 2px; margin-right: .5rem; overflow: hidden; }}
.cc-share > span {{ display: block; height: 100%; background: {theme.PRIMARY}; }}
.cc-light {{ font-weight: 400; }}
.cc-flag, .cc-finding {{ margin: .1875rem 0; }}
.cc-part {{ font-weight: 600; font-size: .875rem; margin-top: .375rem; }}
.cc-details ul {{ list-style: none; margin: .125rem 0 .375rem; padding: 0;
  font-size: .875rem; }}
.cc-details li {{ margin: .0625rem 0; padding: 0; }}
.cc-details summary {{ color: {theme.PRIMARY}; font-size: .875rem; }}
.cc-completeness {{ display: grid; gap: .625rem 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }}
.cc-completeness > div, .cc-deciding li {{ display: grid; grid-template-columns: 1fr auto;
  gap: 0 .75rem; align-items: baseline; font-size: .9375rem; }}
.cc-completeness img {{ grid-column: 1 / -1; }}
.cc-deciding.cc-deciding {{ list-style: none; margin: 0; padding: 0; }}
.cc-deciding.cc-deciding li {{ padding: .25rem 0 .5rem; margin: 0; }}
.cc-deciding .cc-bar {{ grid-column: 1 / -1; }}
.cc-bar {{ display: block; height: .5rem; border-radius: 2px; background: {theme.PRIMARY}; }}
.cc-muted {{ color: {theme.MUTED}; }}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {{ color: {theme.MUTED};
  opacity: 1; }}
.cc-small {{ font-size: .875rem; }}
.cc-unseen {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }}
"""

_BOARD = f"""
.cc-flat.cc-flat {{ margin: 0; }}
.cc-board caption {{ caption-side: bottom; padding: .375rem 0 0; font-size: .8125rem; }}
.cc-board {{ table-layout: auto; }}
.cc-board.cc-board th, .cc-board.cc-board td {{ padding: .25rem .375rem; }}
.cc-board.cc-board thead th {{ color: {theme.TEXT}; white-space: normal; line-height: 1.2;
  vertical-align: bottom; }}
.cc-under-head {{ display: block; font-weight: 400; color: {theme.MUTED}; font-size: .8125rem; }}
.cc-scale {{ display: flex; justify-content: space-between; font-weight: 400; font-size: .75rem;
  color: {theme.MUTED}; margin-top: .125rem; }}
.cc-name {{ display: flex; gap: .5rem; align-items: center; line-height: 1.2; }}
.cc-swatch img {{ display: block; min-width: 22px; }}
.cc-under {{ display: flex; gap: .5rem; align-items: baseline; font-weight: 400;
  font-size: .8125rem; margin-top: .125rem; }}
.cc-under .cc-chip {{ font-size: .75rem; padding: 0 .375rem; }}
.cc-reason {{ font-weight: 400; font-size: .75rem; line-height: 1.25; color: {theme.MUTED};
  max-width: 17rem; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 1;
  overflow: hidden; }}
.cc-board .cc-cell {{ white-space: nowrap; }}
.cc-board .cc-axis {{ width: 7rem; min-width: 7rem; }}
@media (min-width: 100rem) {{ .cc-board .cc-axis {{ width: 9.5rem; }} }}
.cc-cell > .cc-ends:only-child {{ white-space: normal; }}
.cc-stacked > span {{ display: block; white-space: nowrap; }}
.cc-mid {{ font-weight: 600; font-size: .9375rem; font-variant-numeric: tabular-nums; }}
.cc-ends {{ font-size: .75rem; color: {theme.MUTED}; font-variant-numeric: tabular-nums; }}
div.cc-ends {{ white-space: normal; line-height: 1.25; }}
.cc-track {{ display: block; position: relative; height: .625rem; margin-top: .1875rem;
  background: linear-gradient({theme.HAIRLINE}, {theme.HAIRLINE}) center / 100% 1px no-repeat,
  linear-gradient({theme.CONTROL}, {theme.CONTROL}) center / 1px 100% no-repeat;
  border-left: 1px solid {theme.CONTROL}; border-right: 1px solid {theme.CONTROL};
  print-color-adjust: exact; }}
.cc-span {{ position: absolute; top: .125rem; height: .375rem; background: {theme.PRIMARY};
  opacity: .4; }}
.cc-point {{ position: absolute; top: -.0625rem; width: 3px; height: .75rem; margin-left: -1.5px;
  background: {theme.PRIMARY}; }}
.cc-reads {{ display: grid; gap: .5rem 1rem;
  grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }}
.cc-read {{ border-top: 1px solid {theme.HAIRLINE}; padding-top: .25rem; display: flex;
  flex-direction: column; max-width: 18rem; }}
.cc-read .cc-name {{ font-size: .875rem; flex: 1; align-items: start; }}
.cc-read .cc-swatch {{ padding-top: .3125rem; }}
.cc-large {{ font-size: 1.5rem; font-weight: 600; line-height: 1.25;
  font-variant-numeric: tabular-nums; }}
.cc-shade {{ display: block; padding: 0 .25rem; border: 2px solid transparent;
  background: color-mix(in srgb, {theme.PRIMARY} var(--cc-share), transparent); }}
.cc-framed {{ border-color: {theme.TEXT}; font-weight: 700; }}
.cc-key {{ display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; }}
.cc-beside {{ display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: flex-start; }}
.cc-beside > div {{ flex: 1 1 24rem; min-width: 0; overflow-x: auto; }}
.cc-hundreds {{ display: grid; gap: .75rem 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); }}
.cc-hundred figure {{ margin: 0 0 .5rem; }}
.cc-hundred .cc-name {{ font-size: .875rem; font-weight: 600; margin-bottom: .25rem; }}
.cc-hundred figcaption {{ font-size: .875rem; font-variant-numeric: tabular-nums; }}
.cc-harm .cc-span {{ opacity: .55; background: repeating-linear-gradient(135deg,
  {theme.LOWERS} 0 2px, {theme.PAPER} 2px 4px); }}
.cc-harm .cc-point {{ background: {theme.LOWERS}; }}
.cc-shut .cc-name, .cc-shut .cc-mid {{ color: {theme.MUTED}; font-weight: 400; }}
.cc-shut .cc-span, .cc-shut .cc-point {{ background: {theme.CONTROL}; }}
.cc-shut {{ background: {theme.PANEL}; }}
"""

_FRAME = f"""
[data-testid="stMainBlockContainer"] {{ max-width: 80rem; padding-left: 2.5rem;
  padding-right: 2.5rem; }}
[data-testid="stMainBlockContainer"]:not(:has(h1))::after {{ content: "Opening the page";
  display: block; height: 22rem; padding-top: .5rem; color: {theme.MUTED}; opacity: 0;
  background: linear-gradient({theme.PANEL} 0 0) 0 3rem / 40% 2rem no-repeat,
  linear-gradient({theme.PANEL} 0 0) 0 6.5rem / 100% 3.5rem no-repeat,
  linear-gradient({theme.PANEL} 0 0) 0 11.5rem / 100% 10rem no-repeat;
  animation: cc-come .2s .2s forwards; }}
@keyframes cc-come {{ to {{ opacity: 1; }} }}
[data-testid="stMainBlockContainer"] h1 {{ padding: 0 0 .125rem; }}
[data-testid^="stBaseButton-primary"]:not(:disabled) p {{ color: {theme.PAPER}; }}
[data-testid="stMultiSelect"] span[title] {{ color: {theme.PAPER}; }}
[data-testid="stSidebarHeader"] {{ margin-bottom: .25rem; }}
[data-testid="stSidebarNavItems"] li {{ margin: 0; }}
[data-testid="stSidebarNavLink"] {{ margin: 0; height: 1.625rem; }}
[data-testid="stSidebarNavLinkContainer"] {{ min-height: 0; }}
[data-testid="stSidebarUserContent"] {{ padding-top: .5rem; padding-bottom: 1rem; }}
@media (min-width: 100rem) {{
  [data-testid="stSidebar"][data-collapsed="false"] {{
    min-width: 17.5rem !important; width: 17.5rem !important; }}
  html {{ font-size: 18px !important; }}
  [data-testid="stSidebarNavLink"] p {{ font-size: .875rem; }}
  [data-testid="stMainBlockContainer"] {{ max-width: 96rem; }}
  .cc-lead {{ max-width: 72rem; }}
}}
[data-testid="stSidebarContent"] {{ display: flex; flex-direction: column; }}
[data-testid="stSidebarContent"] > [data-testid="stSidebarUserContent"] {{ order: 1;
  padding-bottom: 0; flex: none; }}
[data-testid="stSidebarContent"] > [data-testid="stSidebarNav"] {{ order: 2; }}
[data-testid="stSidebarNavItems"] > li {{ margin: 0; }}
[data-testid="stSidebarNavLink"], [data-testid="stSidebarNavLink"] * {{ line-height: 1.625rem; }}
[data-testid="stSidebarNavLink"] {{ padding-top: 0; padding-bottom: 0; margin: 0; }}
[data-testid="stSidebarNavLink"] [data-testid="stMarkdownContainer"] p {{ height: 1.625rem; }}
[data-testid="stSidebarHeader"] {{ padding-bottom: 0; margin-bottom: 0; height: auto; }}
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] {{ gap: .375rem; }}
[data-testid="stSidebarNavSeparator"] {{ display: none; }}
a:focus-visible, button:focus-visible, summary:focus-visible, [tabindex]:focus-visible,
[data-testid="stSidebarNavLink"]:focus-visible {{
  outline: 3px solid {theme.PRIMARY} !important; outline-offset: 2px; border-radius: 4px; }}
[data-testid="stFileUploaderDropzone"]:focus-within {{ outline: 3px solid {theme.PRIMARY}; }}
@media print {{
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stButton"],
  [data-testid="stDownloadButton"] {{ display: none !important; }}
  [data-testid="stMainBlockContainer"] {{ max-width: none; padding: 0 !important; zoom: .68; }}
  .cc-table tr, .cc-callout, .cc-banner {{ break-inside: avoid; }}
}}
"""

LARGE = f"""<style>
@media (min-width: 60rem) {{ [data-testid="stMainBlockContainer"] {{ zoom: {SCALE}; }} }}
@media (min-width: 60rem) {{ [data-testid="stPlotlyChart"] {{ zoom: {1 / SCALE:.4f}; }} }}
</style>"""  # figures are drawn larger themselves: what is zoomed, plotly measures wrongly

SHEET = f"<style>{_FRAME}{_PIECES}{_BOARD}{_TONES}</style>"
DARK_SHEET = in_dark(SHEET)


def menu_headings(groups: Sequence[str]) -> str:
    """A style sheet that writes a heading above the first entry of each group of the menu.

    Args:
        groups: the heading that each entry belongs to, in the order of the menu.
    """
    firsts = [place for place, group in enumerate(groups) if group not in groups[:place]]
    rules = "".join(
        f'[data-testid="stSidebarNavItems"] > li:nth-child({place + 1})::before {{ '
        f'content: "{groups[place]}"; display: block; font-size: .8125rem; font-weight: 600; '
        f"color: {theme.MUTED}; padding: .375rem .5rem 0; }}"
        for place in firsts
    )
    return f"<style>{rules}</style>"


def logo() -> str:
    """The file of the name that can be read on the visitor's ground."""
    return "logo_dark.svg" if appearance.is_dark() else "logo.svg"


def apply() -> None:
    """Put the style sheet on the page."""
    st.html(DARK_SHEET if appearance.is_dark() else SHEET)


def enlarge() -> None:
    """Have everything on the page grow, for who chose large type."""
    if appearance.is_large():
        st.html(LARGE)


def head_menu(groups: Sequence[str]) -> None:
    """Put a heading above each group of the menu; see `menu_headings`."""
    headings = menu_headings(groups)
    st.html(in_dark(headings) if appearance.is_dark() else headings)
