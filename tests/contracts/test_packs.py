"""The packs that ship hold what the evidence tables held, and every figure says where it is from.

`evidence_counts.toml` beside this file says what the tables held, and lists everything that did not
come over as it stood.
"""

import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from dashboard.knowledge.distributions import parse_draw
from dashboard.knowledge.draws import Missing
from dashboard.knowledge.library import VOCABULARY, load_library, read_library
from dashboard.knowledge.pack_files import FIXED_BY_VOCABULARY
from dashboard.knowledge.populations import drawing_order, population
from dashboard.knowledge.schema import Kind
from tests.effort import effort

EVIDENCE = tomllib.loads(
    Path(__file__).with_name("evidence_counts.toml").read_text(encoding="utf-8")
)
CHANGES = EVIDENCE.pop("changes")
LIBRARY = load_library()
TABLES = [(disease, table) for disease, tables in EVIDENCE.items() for table in tables]
PACKS = pytest.mark.parametrize("pack", LIBRARY.packs, ids=LIBRARY.ids)


def changes(kind, disease, table):
    """The listed changes of one kind."""
    return [
        change
        for change in CHANGES
        if (change["kind"], change["disease"], change["table"]) == (kind, disease, table)
    ]


def feature_ids(disease):
    """The features by the names their table gave them; those added since are left out."""
    old = {change["now"]: change["was"] for change in changes("renamed", disease, "features")}
    added = {change["now"] for change in changes("added", disease, "features")}
    features = LIBRARY.pack(disease).features
    return [old.get(feature.id, feature.id) for feature in features if feature.id not in added]


def toxicity_ids(disease):
    """The regimens, each with its adverse groups."""
    groups = defaultdict(list)
    for row in LIBRARY.pack(disease).toxicities:
        groups[row.regimen_id].append(row.adverse_group)
    return [f"{regimen}: {' '.join(names)}" for regimen, names in groups.items()]


ROW_NAMES = {
    "regimens": "{row.id}",
    "arms": "{row.trial} / {row.arm_label}",
    "early_arms": "{row.trial} / {row.arm_label}",
    "effects": "{row.level} / {row.endpoint} / {row.applies_to}",
    "sequences": "{row.after_regimen_id} / {row.next_regimen_id}",
    "sites": "{row.site_published} / {row.subgroup}",
}


def published_ids(disease, table):
    """The rows of a pack by the names their evidence table gave them."""
    if table == "features":
        return feature_ids(disease)
    if table == "toxicities":
        return toxicity_ids(disease)
    rows = getattr(LIBRARY.pack(disease), table)
    return [ROW_NAMES[table].format(row=row) for row in rows]


def lifted(disease, column):
    """How much of a column's sum came out of the notes of the table."""
    found = 0.0
    for change in changes("lifted", disease, "arms"):
        for part in change["now"].split(", "):
            name, value = part.split(" ")
            found += float(value) if name == column else 0.0
    return found


@pytest.mark.parametrize(("disease", "table"), TABLES)
def test_packs_hold_every_row_of_the_evidence(disease, table):
    """Every row of every table came over; nothing is there that is not listed as added."""
    expected = EVIDENCE[disease][table]["ids"]
    if table == "effects":  # the feature's name is held to the features' own list
        expected = [name.split(" / ", 1)[1] for name in expected]
    assert Counter(published_ids(disease, table)) == Counter(expected)


@pytest.mark.parametrize(("disease", "table"), TABLES)
def test_packs_hold_the_counts_that_were_promised(disease, table):
    """The number of rows is that of the table, with the listed additions."""
    rows = len(getattr(LIBRARY.pack(disease), table))
    assert rows == EVIDENCE[disease][table]["rows"] + len(changes("added", disease, table))


def test_packs_hold_the_published_totals():
    """37, 18, 46 and 32 regimens; 82, 48, 92 and 73 arms, and 16 in early breast cancer."""
    counts = {
        pack.id: (len(pack.regimens), len(pack.arms), len(pack.early_arms))
        for pack in LIBRARY.packs
    }
    assert counts == {
        "nsclc": (37, 82, 0),
        "melanoma": (18, 48, 0),
        "breast": (46, 92, 16),
        "colorectal": (32, 73, 0),
    }


@pytest.mark.parametrize(
    ("disease", "table", "column", "total"),
    [
        (disease, table, column, total)
        for disease, table in TABLES
        for column, total in EVIDENCE[disease][table].get("sums", {}).items()
    ],
)
def test_packs_hold_every_figure_of_the_evidence(disease, table, column, total):
    """The sum of every column of figures is that of the table: no figure changed on the way."""
    values = [getattr(row, column) for row in getattr(LIBRARY.pack(disease), table)]
    found = sum(value for value in values if value is not None)
    assert found == pytest.approx(total + lifted(disease, column), abs=1e-6)


@pytest.mark.parametrize(("disease", "table"), [pair for pair in TABLES if pair[1] != "regimens"])
def test_packs_keep_what_was_read_at_the_source(disease, table):
    """As many rows as in the table are marked as re-read, in part, or from memory."""
    added = {change["now"] for change in changes("added", disease, table)}
    rows = [row for row in getattr(LIBRARY.pack(disease), table) if row.id not in added]
    assert Counter(row.source.verified for row in rows) == EVIDENCE[disease][table]["verified"]


def test_packs_list_every_change_with_its_reason():
    """Each change says what it is about and why; features it names exist."""
    for change in CHANGES:
        assert len(change["reason"]) > 20, change
        if change["table"] == "features" and change["disease"] in LIBRARY.ids:
            assert change["now"] in LIBRARY.pack(change["disease"]).vocabulary, change


@PACKS
def test_packs_say_where_every_figure_comes_from(pack):
    """Every feature, every regimen and every row of every table names a source."""
    parts = (
        *pack.features,
        *pack.regimens,
        *pack.arms,
        *pack.early_arms,
        *pack.toxicities,
        *pack.effects,
        *pack.sequences,
        *pack.sites,
    )
    assert [part.id for part in parts if not part.source.text] == []


@PACKS
def test_packs_describe_every_feature(pack):
    """Every feature has a label, a sentence of help, other names, and a population."""
    for feature in pack.features:
        assert feature.label, feature.id
        assert feature.help.endswith("."), feature.id
        assert feature.aliases, feature.id
        assert feature.distribution, feature.id
        assert len(feature.help) < 160, feature.id
        if feature.kind is Kind.NUMBER:
            assert feature.unit, feature.id
            assert feature.plausible, feature.id


@PACKS
def test_packs_protect_who_a_patient_is(pack):
    """Age, sex, origin and the like are protected, and nothing else is."""
    protected = {feature.id for feature in pack.features if feature.protected}
    assert protected >= {"age_years", "sex"}
    assert protected <= {
        "age_years",
        "sex",
        "race_ethnicity",
        "region_japan",
        "menopausal_status",
    }


def test_packs_share_one_vocabulary():
    """A feature of several packs has one label, kind, unit, code and set of hard limits."""
    seen = defaultdict(set)
    for pack in LIBRARY.packs:
        for feature in pack.features:
            seen[feature.id].add(tuple(repr(getattr(feature, key)) for key in FIXED_BY_VOCABULARY))
    assert {name for name, forms in seen.items() if len(forms) > 1} == set()


def test_packs_describe_shared_features_in_one_place():
    """What several packs use stands in the vocabulary; what one pack uses stands in the pack."""
    shared = tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))["features"]
    uses = Counter(feature.id for pack in LIBRARY.packs for feature in pack.features)
    assert {name for name, count in uses.items() if count > 1} == set(shared)


@PACKS
def test_packs_can_be_drawn_from(pack):
    """Every feature has its turn, after those it needs."""
    populations = [population(feature, pack.vocabulary) for feature in pack.features]
    order = drawing_order(populations)
    assert sorted(order) == sorted(pack.vocabulary)
    place = {name: number for number, name in enumerate(order)}
    for one in populations:
        assert all(place[name] < place[one.feature] for name in one.needs)


@PACKS
def test_packs_draw_something_for_most_patients(pack):
    """No feature is unknown for everybody."""
    for feature in pack.features:
        draws = [parse_draw(case.draw) for case in feature.distribution]
        assert not all(isinstance(draw, Missing) for draw in draws), feature.id


def test_packs_load_quickly():
    """Reading and checking all packs is a fraction of a second on an idle machine."""
    assert read_library()[1] == []
    assert effort(read_library) < 30
