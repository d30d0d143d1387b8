"""The shape of a pack: what is refused, and the small questions a pack answers."""

import pytest
from pydantic import ValidationError

from dashboard.knowledge.evidence import Arm, Effect, Landmark
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Feature, Kind, Range, Regimen, Source, Verified

ARM = {"id": "a", "trial": "T", "regimen_id": "r"}


@pytest.mark.parametrize(
    ("line", "lines"),
    [("1L", (1,)), ("2L+", tuple(range(2, 13))), ("any", ())],
)
def test_regimen_reads_its_lines_from_the_word(line, lines):
    """The word for the line becomes the lines themselves; lines given are kept."""
    words = {"id": "r", "label": "R", "drugs": [], "classes": [], "line": line}
    assert Regimen.model_validate(words).lines == lines
    assert Regimen.model_validate({**words, "lines": [2]}).lines == (2,)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({**ARM, "trail": "x"}, "Extra inputs are not permitted"),
        ({**ARM, "id": "Arm 1"}, "String should match pattern"),
        ({**ARM, "orr_pct": "nan"}, "Input should be a finite number"),
        ({**ARM, "n": 12.5}, "Input should be a valid integer"),
        ({"id": "a", "trial": "T"}, "Field required"),
    ],
)
def test_arm_refuses_what_does_not_fit(values, message):
    """Unknown fields, ids with spaces, numbers that are none and missing fields are refused."""
    with pytest.raises(ValidationError, match=message):
        Arm.model_validate(values)


def test_models_are_frozen():
    """Nothing of a pack can be changed in place."""
    feature = Feature(id="x", label="X", kind=Kind.FLAG)
    with pytest.raises(ValidationError, match="frozen"):
        feature.label = "Y"


def test_arm_gives_its_figures_as_estimates():
    """Medians and hazard ratios come with their intervals; landmarks in order of time."""
    arm = Arm(
        **ARM,
        pfs_median_low=42.9,
        os_median_months=12,
        os_median_high=15,
        pfs_hr=0.5,
        pfs_hr_low=0.4,
        pfs_hr_high=0.6,
        os_hr=0.8,
        os_24mo_pct=30,
        pfs_60mo_pct=5,
        pfs_12mo_pct=20,
    )
    assert (arm.pfs_median.value, arm.pfs_median.low) == (None, 42.9)
    assert (arm.os_median.value, arm.os_median.high) == (12, 15)
    assert (arm.pfs_hazard_ratio.low, arm.pfs_hazard_ratio.high) == (0.4, 0.6)
    assert (arm.os_hazard_ratio.value, arm.os_hr_level) == (0.8, 95.0)
    assert arm.landmarks == (
        Landmark(endpoint="pfs", months=12, percent=20),
        Landmark(endpoint="pfs", months=60, percent=5),
        Landmark(endpoint="os", months=24, percent=30),
    )


def test_effect_names_its_kind_of_contrast():
    """An effect must say whether it contrasts levels or treatments."""
    values = {"id": "e", "level": "x", "endpoint": "os", "applies_to": "all", "measure": "HR"}
    with pytest.raises(ValidationError, match="contrast"):
        Effect.model_validate({**values, "value": 1.5, "role": "prognostic"})


def test_range_holds_its_ends():
    """Both ends of a range are allowed values."""
    span = Range(low=1, high=2)
    assert span.holds(1)
    assert span.holds(2)
    assert not span.holds(2.0001)


def test_feature_gives_codes_and_names_of_levels():
    """Several codes of one system stand in one text; a level without a name is spelt out."""
    feature = Feature(
        id="x",
        label="X",
        kind=Kind.CATEGORY,
        levels=("a_b", "c"),
        level_labels={"c": "sea"},
        codes={"loinc": "1-1 2-2"},
    )
    assert feature.coded("loinc") == ("1-1", "2-2")
    assert feature.coded("snomed") == ()
    assert (feature.level_label("a_b"), feature.level_label("c")) == ("a b", "sea")


def test_source_is_from_memory_unless_said_otherwise():
    """A figure counts as not re-read until somebody says so."""
    assert Source().verified is Verified.MEMORY


def test_pack_answers_by_id():
    """Features and regimens are found by id, and missing ones are a mistake of the caller."""
    pack = load_library().pack("nsclc")
    assert pack.feature("pd_l1_tps").unit == "%"
    assert pack.regimen("osimertinib").drugs[0].name == "osimertinib"
    with pytest.raises(KeyError):
        pack.feature("nonsense")
    with pytest.raises(KeyError):
        pack.regimen("nonsense")


@pytest.mark.parametrize(
    ("disease", "regimen", "classes"),
    [
        ("nsclc", "pembrolizumab-platinum-pemetrexed", {"ici", "chemotherapy", "ici_pd1"}),
        ("nsclc", "osimertinib", {"egfr_tki", "egfr_tki_3g"}),
        ("colorectal", "nivolumab-ipilimumab-msih", {"ici", "ici_ctla4"}),
    ],
)
def test_pack_widens_classes_to_their_families(disease, regimen, classes):
    """A regimen belongs to the families of its classes."""
    pack = load_library().pack(disease)
    assert classes <= pack.expand_classes(pack.regimen(regimen))
    assert "ici" not in pack.expand_classes(pack.regimens[-1])


@pytest.mark.parametrize(
    ("disease", "regimen", "there", "absent"),
    [
        ("nsclc", "osimertinib", "tp53_mutation-pfs-1", "pd_l1_tps-os-1"),
        ("nsclc", "pembrolizumab-mono", "pd_l1_tps-os-1", "tp53_mutation-pfs-1"),
        ("melanoma", "nivolumab-ipilimumab", "tmb_mut_mb-pfs-2", "tmb_mut_mb-pfs-1"),
        ("nsclc", "docetaxel", "ecog_ps-os-2", "ecog_ps-os-1"),
    ],
)
def test_pack_finds_the_effects_that_concern_a_regimen(disease, regimen, there, absent):
    """An effect concerns a regimen by name, by class, by all of several classes, or as all do."""
    found = {effect.id for effect in load_library().pack(disease).effects_of(regimen)}
    assert there in found
    assert absent not in found
