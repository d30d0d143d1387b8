"""Toxicity on the screen: severe events by organ beside benefit, and what the patient's organs say.

Forecast and published stand side by side and are not blended: the trial's patients were not this
one. Flags come from the pack's rules with the patient's own values; one that cannot be judged is a
question, never silence.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.charts import readings, theme
from components.charts.markup import Markup, element
from components.charts.plane import Placed, dominators
from components.charts.readings import ANY, OS, RESPONSE
from components.charts.survival import stable_styles
from components.charts.toxicity import SHAPES, Band, Mark, ToxicityPicture
from components.charts.values import value_text
from components.charts.verdicts import holding, label_of
from components.widgets.panels import Tone, chip, disclosure, source_note
from components.widgets.tables import Column, table
from dashboard.answers.explanation import TOXICITY as HEADS
from dashboard.answers.forecast import Forecast
from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Judgement, Part
from dashboard.knowledge.pharmacogenes import pharmacogenes
from dashboard.knowledge.rules import Answer, ClauseVerdict, Facts
from dashboard.knowledge.schema import DiseasePack, Verified
from dashboard.scores.shelf import ScoreResult

VIEWS = ORGANS, PLANE, PEOPLE = "Harm by organ", "Benefit against harm", "A hundred people"
PLANE_CAPTION = (
    "Up and to the left is better in both. Hollow: on the estimates, another is as good in both "
    "and better in one. Intervals that overlap do not tell two regimens apart."
)
ANY_SEVERE = f"{HEADS}{ANY}"  # what the model was judged at
MOST_GROUPS = 8
_HARMS = ("toxicity", "complication")  # kinds of published scores
_ORGAN_GROUP, _GENES = "organ_function", ("dpyd", "ugt1a1", "tpmt", "nudt15", "g6pd")
_GLYPHS = ("●", "■", "▲", "★", "✚", "⬟")


def choose_view(*, key: str) -> str:
    """Harm by organ, benefit against harm, or both as people."""
    view: str = st.segmented_control(
        "View of toxicity", VIEWS, default=ORGANS, required=True, key=key,
        label_visibility="collapsed", persist_state="session", wrap=True,
    )  # fmt: skip
    return view


def placed_of(
    forecast: Forecast, pack: DiseasePack, regimens: Sequence[str], *, months: int, benefit: str
) -> list[Placed]:
    """The regimens that have both figures, for the plane of benefit against harm."""
    styles = stable_styles(regimens, [regimen.id for regimen in pack.regimens])
    found = []
    for name in regimens:
        figures = readings.at_month(readings.of_regimen(forecast, name), months)
        good, harm = figures[benefit], figures[readings.TOXICITY]
        if good is not None and harm is not None:
            found.append(Placed(pack.regimen(name).label, styles[name], good, harm))
    return found


def choose_benefit(months: int, *, key: str) -> str:
    """Which figure is the benefit."""
    benefit: str = st.selectbox(
        "Benefit is", (OS, readings.PFS, RESPONSE), key=key, persist_state="session",
        format_func=lambda name: readings.quantity_label(name, months), width=320,
    )  # fmt: skip
    return benefit


def plane_table(placed: Sequence[Placed], benefit: str) -> Markup:
    """The figures of the plane, and what dominates what."""
    rows: list[list[Markup | str]] = [
        [each.label, readings.text_of(each.benefit), readings.text_of(each.harm), by or "nothing"]
        for each, by in zip(placed, dominators(placed), strict=True)
    ]
    columns = [
        Column("Regimen"), Column(benefit, number=True), Column("Severe toxicity", number=True),
        Column("Dominated by"),
    ]  # fmt: skip
    return table("Benefit against severe toxicity", columns, rows)


def picture_of(
    forecast: Forecast, pack: DiseasePack, regimens: Sequence[str], *, months: int
) -> ToxicityPicture:
    """Response and survival, any severe event, then the groups with the highest figures."""
    labels = {name: pack.regimen(name).label for name in regimens}
    styles = stable_styles(regimens, [regimen.id for regimen in pack.regimens])
    figures = {
        name: readings.at_month(readings.of_regimen(forecast, name), months) for name in regimens
    }
    benefits = [
        Band(
            readings.quantity_label(quantity, months),
            tuple(Mark(name, figures[name][quantity]) for name in regimens),
            benefit=True,
        )
        for quantity in (RESPONSE, OS)
    ]  # fmt: skip
    groups = [_band(forecast, pack, regimens, group.id) for group in pack.adverse_groups]
    told = {b.label: b for b in groups if any(m.forecast or m.published is not None
                                              for m in b.marks)}  # fmt: skip
    first = [band for band in told.values() if band.label == _group_label(pack, ANY)]
    others = sorted((b for b in told.values() if b not in first), key=lambda b: -b.highest)
    return ToxicityPicture([*benefits, *first, *others], labels, styles)


def shortened(picture: ToxicityPicture) -> ToxicityPicture:
    """The rows that are drawn; the table has them all."""
    benefits = [band for band in picture.bands if band.benefit]
    harms = [band for band in picture.bands if not band.benefit]
    return ToxicityPicture([*benefits, *harms[:MOST_GROUPS]], picture.labels, picture.styles)


def key_of(picture: ToxicityPicture) -> Markup:
    """Which mark is whose; filled is forecast, hollow is published."""
    items = [
        element(
            "span",
            element("span", _GLYPHS[place], style=f"color:{picture.styles[name].colour}",
                    aria_hidden="true"),
            " ",
            picture.labels[name],
        )
        for place, name in enumerate(picture.regimens[: len(SHAPES)])
    ]  # fmt: skip
    words = element(
        "span", "filled, with a line: forecast and interval; hollow \N{WHITE DIAMOND}: published",
        class_="cc-muted",
    )  # fmt: skip
    return element("p", *items, words, class_="cc-small cc-flat cc-key")


def toxicity_table(picture: ToxicityPicture) -> Markup:
    """Every figure of the picture, forecast and published, and whether it was re-read."""
    columns = [
        Column("Figure"),
        *[Column(picture.labels[n], number=True) for n in picture.regimens],
    ]
    rows = [[band.label, *[_cell(mark) for mark in band.marks]] for band in picture.bands]
    words = (
        "Forecast for this patient with its interval; published of the trials' patients, "
        "\N{WHITE CIRCLE} where the figure was not re-read in full at its source"
    )
    return table(words, columns, rows)


def flags(judgement: Judgement, pack: DiseasePack, facts: Facts, regimens: Sequence[str]) -> Markup:
    """What the patient's organs and genes say against each regimen, and what is not known."""
    rows = [_flag_row(judgement, pack, facts, regimen) for regimen in regimens]
    columns = [
        Column("Regimen", width="22%"), Column("Holds now"), Column("Not known"),
        Column("As published"),
    ]  # fmt: skip
    return table("Contraindications and cautions of the pack in this patient", columns, rows)


def _band(forecast: Forecast, pack: DiseasePack, regimens: Sequence[str], group: str) -> Band:
    found = []
    for regimen in regimens:
        row = next((r for r in pack.toxicities_of(regimen) if r.adverse_group == group), None)
        percent = row.grade3plus_pct if row is not None else None
        found.append(
            Mark(
                regimen,
                readings.of_regimen(forecast, regimen).toxicities.get(group),
                None if percent is None else percent / 100,
                row is not None and row.source.verified is Verified.YES,
            )
        )
    return Band(_group_label(pack, group), tuple(found))


def _group_label(pack: DiseasePack, group: str) -> str:
    if group == ANY:
        return "Any severe event"
    return next((g.label for g in pack.adverse_groups if g.id == group), group)


def _cell(mark: Mark) -> Markup | str:
    if mark.forecast is None and mark.published is None:
        return readings.NOTHING
    published = ""
    if mark.published is not None:
        doubt = "" if mark.re_read else " \N{WHITE CIRCLE}"
        published = f"published {theme.percent(mark.published)}{doubt}"
    told = readings.text_of(mark.forecast) if mark.forecast else ""
    return element("span", told, element("div", published, class_="cc-ends"))


def _flag_row(
    judgement: Judgement, pack: DiseasePack, facts: Facts, regimen: str
) -> list[Markup | str]:
    rules, verdict = eligibility.rules_of(pack)[regimen], judgement.of(regimen)
    held = [
        element("div", chip(tone, word), f" {text}")
        for part, tone, word in (
            (Part.CONTRAINDICATION, Tone.ALERT, "Contraindicated"),
            (Part.CAUTION, Tone.CAUTION, "Caution"),
        )
        if rules[part].leaves
        for text in holding(rules[part], pack, facts)
    ]
    unknown = {
        label_of(clause.name, pack)
        for part in (Part.CONTRAINDICATION, Part.CAUTION)
        if verdict.parts[part].answer is Answer.UNKNOWN
        for clause in verdict.parts[part].clauses
        if clause.verdict is ClauseVerdict.UNKNOWN
    }
    given = pack.regimen(regimen)
    published = element(
        "span",
        given.contraindications or readings.NOTHING,
        element("div", source_note(given.source)),
    )
    return [
        given.label,
        element("div", *held) if held else "none",
        ", ".join(sorted(unknown)) or "nothing",
        element("span", published, class_="cc-small"),
    ]


def published_terms(pack: DiseasePack, regimens: Sequence[str]) -> Markup:
    """What the published figures stand for: their terms, basis and sources."""
    rows: list[list[Markup | str]] = [
        [
            pack.regimen(regimen).label,
            _group_label(pack, row.adverse_group),
            theme.percent(row.grade3plus_pct / 100),
            row.basis.replace("_", " "),
            row.term_note,
            source_note(row.source),
        ]
        for regimen in regimens
        for row in pack.toxicities_of(regimen)
        if row.grade3plus_pct is not None
    ]
    columns = [
        Column("Regimen"), Column("Group"), Column("Grade 3+", number=True), Column("Basis"),
        Column("Terms"), Column("Source"),
    ]  # fmt: skip
    return table("Published rates of severe events", columns, rows, quiet=True)


# -- what the patient's organs and genes say -----------------------------------------------------


def harm_scores(results: Sequence[ScoreResult]) -> list[ScoreResult]:
    """The published scores that speak of harm by treatment."""
    return [result for result in results if result.score.kind in _HARMS]


def organ_table(pack: DiseasePack, facts: Facts, regimens: Sequence[str]) -> Markup:
    """Each fact of organs and drug-breaking genes: the patient's value, and whose rules ask."""
    asked = _asked_by(pack)
    held = [
        feature
        for feature in pack.features
        if feature.group == _ORGAN_GROUP or any(gene in feature.id for gene in _GENES)
    ]
    rows: list[list[Markup | str]] = []
    for feature in sorted(held, key=lambda f: (f.id not in asked, f.id not in facts)):
        value = value_text(feature, facts.get(feature.id))
        rows.append(
            [
                feature.label,
                chip(Tone.UNKNOWN, value) if feature.id not in facts else value,
                _askers(asked.get(feature.id, []), regimens, pack),
            ]
        )
    columns = [
        Column("Fact", width="26%"), Column("This patient", width="20%"),
        Column("Asked for by the rules of"),
    ]  # fmt: skip
    return table("Organ function and genes that break drugs down", columns, rows)


def _askers(asking: Sequence[str], regimens: Sequence[str], pack: DiseasePack) -> str:
    """Those on the board by name, the others by number."""
    named = [pack.regimen(name).label for name in regimens if name in asking]
    others = len(asking) - len(named)
    if not asking:
        return "no rule of the pack"
    more = [f"{others} not on the board"] if others else []
    return "; ".join([*named, *more])


def _asked_by(pack: DiseasePack) -> dict[str, list[str]]:
    """For each fact the regimens whose contraindications, cautions or conditions name it."""
    found: dict[str, list[str]] = {}
    for regimen, rules in eligibility.rules_of(pack).items():
        for name in {leaf.name for rule in rules.values() for leaf in rule.leaves}:
            found.setdefault(name, []).append(regimen)
    return found


def genotypes_table(pack: DiseasePack) -> list[Markup]:
    """What genotypes make of a patient, to be opened; nothing where no rule could use it."""
    return [
        disclosure(
            f"From genotype to phenotype: {label_of(gene.feature, pack)}",
            table(
                f"{gene.enzyme[0].upper()}{gene.enzyme[1:]}: what two copies make together",
                [
                    Column("One copy"), Column("The other copy"),
                    Column("Activity score", number=True), Column("Phenotype"),
                ],
                [
                    [*each.copies, f"{each.score:g}", each.phenotype]
                    for each in gene.genotypes
                ],
            ),
            element("p", gene.note, " ", gene.read_in, ". ", source_note(gene.source),
                    class_="cc-note"),
        )
        for gene in pharmacogenes()
        if gene.feature in pack.vocabulary
    ]  # fmt: skip
