"""The letter to the patient: plain in every language, honest, with the numbers of the screen."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date

import pypdf
import pytest

from components.charts import theme
from components.charts.people import people_of
from dashboard.answers.forecast import Chance, Forecast, RegimenForecast, Support, Widening
from dashboard.knowledge import eligibility
from dashboard.knowledge.library import load_library
from dashboard.records.patient import Patient
from dashboard.reporting import readability
from dashboard.reporting.dates import written_date
from dashboard.reporting.document import Callout, Panels
from dashboard.reporting.letter import Language, compose_letter, sentences, whole_number, words_of
from dashboard.reporting.printing import render_pdf
from tests.unit.reporting.cases import a_case, a_curve

LIBRARY = load_library()
HARM = {"any": Chance(0.45, 0.38, 0.52), "haematological": Chance(0.3, 0.22, 0.41)}


def a_letter(language=Language.EN, **changes):
    """A letter of the case of the tests."""
    return compose_letter(a_case(**changes), language, patients=6000, name="P-7")


def a_case_of(disease):
    """A case with every regimen of a disease, all with the same forecast."""
    pack = LIBRARY.pack(disease)
    patient = Patient("P-7", disease, {}, line=1)
    regimens = tuple(regimen.id for regimen in pack.regimens)
    toxicities = {group.id: Chance(0.2, 0.1, 0.3) for group in pack.adverse_groups}
    unlike = Support(0.99, 1.0, 0.01, inside=False)
    forecasts = tuple(
        RegimenForecast(name, Chance(0.4, 0.3, 0.5), {}, a_curve(0.1), a_curve(0.05),
                        toxicities=toxicities, support=unlike)
        for name in regimens[1:]
    )  # fmt: skip
    missing = tuple(Widening(f"f{n}", 0.1) for n in range(4))
    return a_case(
        patient=patient, pack=pack, regimens=regimens, matches={},
        judgement=eligibility.judge(patient.facts, pack),
        forecast=Forecast("f", disease, "b", forecasts, missing=missing),
    )  # fmt: skip


def texts(document):
    """Everything in the printed letter, in one line."""
    content = render_pdf(document)
    return " ".join(
        " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split()
    )


def shapes(words):
    """The keys of a language file, and what is filled into each sentence."""
    found = {}
    for key, value in words.items():
        if isinstance(value, dict):
            found |= {f"{key}.{name}": shape for name, shape in shapes(value).items()}
        else:
            lines = value if isinstance(value, list) else [value]
            found[key] = (len(lines), sorted(re.findall(r"\{\w+\}", " ".join(lines))))
    return found


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.EN])
def test_letter_has_the_same_sentences_in_every_language(language):
    """The same keys, as many sentences under each, and the same numbers filled in."""
    own, english = shapes(words_of(language)), shapes(words_of(Language.EN))
    assert {key for key in own if not key.startswith("spelled.")} == set(english)
    assert english.items() <= own.items()


@pytest.mark.parametrize("language", Language)
def test_letter_knows_every_disease_and_every_group(language):
    """No disease, group of side effects or kind of treatment would stand there in English."""
    words = words_of(language)
    packs = [LIBRARY.pack(name) for name in LIBRARY.ids]
    assert set(words["diseases"]) == set(LIBRARY.ids)
    assert set(words["groups"]) == {group.id for pack in packs for group in pack.adverse_groups}
    named = {drug.name for pack in packs for regimen in pack.regimens for drug in regimen.drugs}
    assert set(words["drugs"]) | set(words["spelled"]) <= named
    kinds = {name for name in named if " " in name and not name.startswith(("trastuzumab",))}
    own_names = {"datopotamab deruxtecan", "sacituzumab govitecan", "talimogene laherparepvec"}
    assert kinds - own_names <= set(words["drugs"])


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_letter_is_plain_for_every_disease_and_regimen(disease, language):
    """Grade 6 or lower by the formula of the language, whatever the letter is about."""
    said = sentences(compose_letter(a_case_of(disease), language, patients=9713, name="P-7"))
    counts = readability.count(said, language)
    for formula in readability.formulas_of(language):
        assert formula.holds(counts), (formula.name, formula.of(counts))


@pytest.mark.parametrize("language", Language)
def test_letter_says_what_every_letter_must(language):
    """Not advice, made up, what is not known, whom to ask: on paper, in the patient's language."""
    words, printed = words_of(language), texts(a_letter(language))
    told = (
        words["not_advice"], words["synthetic"], words["unknown_title"], words["unknown"][0],
        words["whom"], words["whom_urgent"], words["notice"],
        words["learnt_simulated"].format(number=whole_number(6000, language)),
        written_date(date(2026, 3, 1), language),
    )  # fmt: skip
    for text in told:
        assert "".join(text.split()) in "".join(printed.split()), text


@pytest.mark.parametrize("language", Language)
def test_letter_puts_benefit_and_harm_on_one_scale(language):
    """Three pictures of a hundred people each, of one size, with the numbers of the screen."""
    panels = next(one for one in a_letter(language).blocks if isinstance(one, Panels))
    drawings = [item.drawing for item in panels.items]
    assert len({(drawing.width, drawing.height) for drawing in drawings}) == 1
    assert [drawing.svg.count("<circle") for drawing in drawings] == [100, 100, 100]
    words = words_of(language)
    assert [item.words for item in panels.items] == [
        words["people"].format(number=number) for number in (41, 49, 20)
    ]
    assert panels.items[0].small == words["range"].format(low=33, high=50)


def test_letter_names_drugs_and_their_stand_ins():
    """The name of the regimen is its drugs; a kind of treatment is put in the patient's words."""
    titles = [one.title for one in a_letter(Language.DE).blocks if isinstance(one, Panels)]
    assert titles[0] == "A. Pembrolizumab"
    assert titles[1].startswith("B. Carboplatin oder Cisplatin + Pemetrexed")
    assert "c. osimertinib" in titles[2].lower()


def test_letter_says_why_there_is_no_number():
    """No forecast, data that end early, nothing learnt: each is said, and nothing is drawn."""
    document = a_letter(horizon_months=60.0)
    blocks = [one for one in document.blocks if isinstance(one, Panels)]
    alive = blocks[0].items[1]
    assert alive.drawing is None
    assert (alive.words, alive.small) == ("No number", "The data end after 40 months.")
    assert blocks[2].items == ()
    assert "We have no numbers for this treatment." in blocks[2].notes


def test_letter_tells_of_rules_and_of_few_alike():
    """A treatment the rules close says so; so does one hardly anybody like this received."""
    case = a_case()
    far = replace(
        case.forecast.regimens[0], toxicities=HARM, support=Support(0.99, 1, 0.01, inside=False)
    )
    told = a_letter(forecast=replace(case.forecast, regimens=(far,)))
    first, _, closed = [one for one in told.blocks if isinstance(one, Panels)]
    assert any("Few people like you" in note for note in first.notes)
    assert any("low blood counts: 30\N{NO-BREAK SPACE}(22 to 41)." in note for note in first.notes)
    assert any("this treatment is not for you" in note for note in closed.notes)


def test_letter_counts_what_is_not_known():
    """One fact, several, or none: the sentence follows."""
    case = a_case()
    for missing, said in ((1, "One fact about you"), (3, "not known yet: 3.")):
        facts = tuple(Widening(f"f{n}", 0.1) for n in range(missing))
        letter = a_letter(forecast=replace(case.forecast, missing=facts))
        assert any(said in text for text in sentences(letter))
    assert not any("not known yet" in text for text in sentences(a_letter()))


def test_letter_of_real_patients_does_not_call_itself_made_up():
    """What was learnt from real patients, about a real one, carries no mark."""
    letter = a_letter(learnt_from_simulated=False)
    assert not letter.synthetic
    assert any("patients who had treatment before" in text for text in sentences(letter))
    assert Callout(words_of(Language.EN)["not_advice"]) in letter.blocks


def test_letter_recommends_nothing():
    """No word in any language that would choose for the patient."""
    forbidden = ("recommend", "best", "empf", "beste", "recomend", "mejor", "recommand", "meilleur")
    for language in Language:
        said = " ".join(sentences(a_letter(language))).lower()
        assert not any(word in said for word in forbidden), language


@pytest.mark.parametrize(
    ("chance", "people"),
    [
        (Chance(0.414, 0.33, 0.5), (33, 41, 50)),
        (Chance(0.023, 0.019, 0.028), (2, 2, 3)),  # the screen shows 2.3%
        (Chance(0.58, 0.36, 0.81), (35, 60, 80)),  # the screen shows fives: 60% (35 to 80%)
        (Chance(0.0, 0.0, 0.0), (0, 0, 0)),
        (Chance(1.0, 0.999, 1.0), (100, 100, 100)),
    ],
)
def test_people_are_the_screen_s_numbers_in_whole_people(chance, people):
    """Where the screen shows ones or fives, the same; where it shows tenths, rounded."""
    found = people_of(chance)
    assert (found.low, found.middle, found.high) == people
    shown = theme.percent(chance.p, chance.low, chance.high)
    if "." not in shown:
        assert shown == f"{people[1]}% ({people[0]} to {people[2]}%)"


def test_people_fewer_than_one_are_not_nobody():
    """A chance below a half in a hundred is said as such, and nobody at all is nobody."""
    assert people_of(Chance(0.003, 0.001, 0.009)).fewer_than_one
    assert not people_of(Chance(0.0, 0.0, 0.01)).fewer_than_one
    harm = {"any": Chance(0.003, 0.001, 0.009)}
    case = a_case()
    rare = replace(case.forecast.regimens[0], toxicities=harm)
    letter = a_letter(forecast=replace(case.forecast, regimens=(rare,)))
    panels = next(one for one in letter.blocks if isinstance(one, Panels))
    assert panels.items[2].words == "fewer than 1 of 100 people"


@pytest.mark.parametrize(
    ("language", "day", "number"),
    [
        (Language.EN, "1 November 2026", "12,345"),
        (Language.DE, "1. November 2026", "12.345"),
        (Language.ES, "1 de noviembre de 2026", "12.345"),
        (Language.FR, "1er novembre 2026", "12\N{NO-BREAK SPACE}345"),
    ],
)
def test_letter_writes_dates_and_counts_as_its_language_does(language, day, number):
    """The month is a word, and thousands are parted in the usual way."""
    assert written_date(date(2026, 11, 1), language) == day
    assert whole_number(12345, language) == number


@pytest.mark.parametrize("language", list(Language))
def test_letter_keeps_together_what_belongs_together(language):
    """A number stays with its range, and a French mark with its word, wherever a line ends."""
    case = a_case()
    harmful = replace(case.forecast.regimens[0], toxicities=HARM | {"hepatic": HARM["any"]})
    forecast = replace(case.forecast, regimens=(harmful,))
    told = " ".join(sentences(a_letter(language=language, forecast=forecast)))
    assert not re.search(r"\d \((de )?\d", told)
    if language is Language.FR:
        assert not re.search(r"\w [:;?!]", told)
        assert "\N{NO-BREAK SPACE}; " in told


@pytest.mark.parametrize("language", list(Language))
def test_letter_spells_out_what_a_short_name_stands_for(language):
    """FOLFIRI says nothing to a patient; its drugs do."""
    letter = compose_letter(a_case_of("colorectal"), language, patients=6000, name="P-7")
    titles = " ".join(one.title for one in letter.blocks if isinstance(one, Panels))
    short = set(re.findall(r"\b(?:FOLFIRI|m?FOLFOX6?|FOLFOXIRI|CAPOX)\b", titles))
    assert short
    assert not re.search(r"(?<!\()\b(?:FOLFIRI|m?FOLFOX6?|FOLFOXIRI|CAPOX)\b", titles)
