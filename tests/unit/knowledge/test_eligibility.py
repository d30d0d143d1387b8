"""Judging regimens: eligibility, line and contraindication bind; caution and preference do not."""

from __future__ import annotations

import pytest

from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Part
from dashboard.knowledge.library import load_library
from dashboard.knowledge.rules import Answer, Facts
from dashboard.knowledge.schema import DiseasePack, Drug, Feature, Kind, Regimen

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
LINES = tuple(str(n) for n in range(1, 11))


def a_regimen(name: str, **rules: object) -> Regimen:
    """A regimen of one drug with the rules given."""
    return Regimen.model_validate(
        {
            "id": name,
            "label": name,
            "drugs": (Drug(name=name),),
            "classes": ("chemotherapy",),
            **rules,
        }
    )


def a_pack(*regimens: Regimen, fingerprint: str) -> DiseasePack:
    """A pack of four features and these regimens."""
    return DiseasePack(
        id="toy",
        label="Toy",
        version="1",
        features=(
            Feature(id="tps", label="TPS", kind=Kind.NUMBER, unit="%"),
            Feature(id="ild", label="ILD", kind=Kind.FLAG),
            Feature(id="ecog", label="ECOG", kind=Kind.ORDINAL, levels=("0", "1", "2")),
            Feature(id="line", label="Line", kind=Kind.ORDINAL, levels=LINES),
        ),
        regimens=regimens,
        fingerprint=fingerprint,
    )


PACK = a_pack(
    a_regimen(
        "immune",
        eligible_when="tps >= 50",
        never_when="ild == true",
        caution_when="ecog >= 2",
        preferred_when="tps >= 90",
        line="1L",
    ),
    a_regimen("chemo"),
    a_regimen("later", line="2L+", never_when="ild and ecog >= 2"),
    fingerprint="eligibility-1",
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"tps": 60.0, "line": 1.0, "ild": False}, YES),
        ({"tps": 60.0, "line": "1", "ild": False}, YES),
        ({"tps": 60.0, "line": 1.0, "ild": True}, NO),
        ({"tps": 60.0, "line": 2.0, "ild": False}, NO),
        ({"tps": 10.0, "line": 1.0, "ild": False}, NO),
        ({"tps": 60.0, "line": 1.0}, UNKNOWN),
        ({"tps": 60.0, "ild": False}, UNKNOWN),
        ({"tps": 10.0}, NO),
        ({}, UNKNOWN),
    ],
)
def test_judge_joins_eligibility_line_and_contraindication(facts: Facts, expected: Answer) -> None:
    """All three must hold for a yes, one failure is a no, otherwise it stays unknown."""
    assert eligibility.judge(facts, PACK).of("immune").answer is expected


@pytest.mark.parametrize("facts", [{}, {"ecog": "2"}, {"tps": 95.0, "ecog": "0"}])
def test_judge_lets_cautions_and_preferences_change_nothing(facts: dict[str, float | str]) -> None:
    """A caution or a preference is shown beside the answer, never part of it."""
    known: Facts = {"tps": 60.0, "line": 1.0, "ild": False} | facts
    assert eligibility.judge(known, PACK).of("immune").answer is YES


def test_applies_is_true_only_when_certain() -> None:
    """A caution applies when its rule is met, not when it is unknown or absent."""
    verdict = eligibility.judge({"ecog": "2", "tps": 60.0}, PACK).of("immune")
    assert verdict.applies(Part.CAUTION)
    assert not verdict.applies(Part.PREFERENCE)
    assert not verdict.applies(Part.CONTRAINDICATION)
    assert not eligibility.judge({}, PACK).of("chemo").applies(Part.CAUTION)


def test_judge_without_rules_is_open_to_everyone() -> None:
    """A regimen without any rule is open whatever is known."""
    assert eligibility.judge({}, PACK).of("chemo").answer is YES


def test_judge_keeps_the_order_of_the_pack_and_every_clause() -> None:
    """The verdicts come in the pack's order, each clause with the rule it belongs to."""
    judgement = eligibility.judge({"tps": 60.0}, PACK)
    assert [verdict.regimen for verdict in judgement.regimens] == ["immune", "chemo", "later"]
    assert [(part, clause.text) for part, clause in judgement.of("immune").clauses] == [
        (Part.ELIGIBILITY, "tps >= 50"),
        (Part.LINE, "line == 1"),
        (Part.CONTRAINDICATION, "ild == true"),
        (Part.CAUTION, "ecog >= 2"),
        (Part.PREFERENCE, "tps >= 90"),
    ]


def test_deciding_facts_are_ordered_by_how_many_regimens_they_settle() -> None:
    """The fact that settles most regimens alone comes first; ties in the order of names."""
    deciding = eligibility.judge({}, PACK).deciding
    assert [(fact.feature, fact.regimens) for fact in deciding] == [
        ("line", ("immune", "later")),
        ("ild", ("immune",)),
        ("tps", ("immune",)),
    ]


def test_deciding_facts_leave_out_what_settles_nothing_alone() -> None:
    """Neither half of a joint contraindication decides while the other and the line are open."""
    assert "ecog" not in {fact.feature for fact in eligibility.judge({}, PACK).deciding}
    known = eligibility.judge({"line": 2.0, "ild": True, "tps": 1.0}, PACK).deciding
    assert [(fact.feature, fact.regimens) for fact in known] == [("ecog", ("later",))]


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ((), ""),
        ((1,), "line == 1"),
        ((2,), "line == 2"),
        ((1, 2), "line in {1, 2}"),
        ((1, 3), "line in {1, 3}"),
        (tuple(range(1, 11)), ""),
        (tuple(range(2, 11)), "line >= 2"),
        (tuple(range(3, 6)), "line >= 3"),
    ],
)
def test_line_rule_reads_open_ended_lines(lines: tuple[int, ...], rule: str) -> None:
    """A run of lines to the end is 'from the first of them on'."""
    assert eligibility.line_rule(lines) == rule


def test_rules_are_parsed_once_for_each_fingerprint() -> None:
    """The same version of a pack is parsed once; another version is parsed anew."""
    assert eligibility.rules_of(PACK) is eligibility.rules_of(PACK)
    other = a_pack(a_regimen("chemo", eligible_when="tps > 1"), fingerprint="eligibility-2")
    assert eligibility.judge({"tps": 0.0}, other).of("chemo").answer is NO


def test_remembered_packs_are_bounded() -> None:
    """Many versions of packs do not pile up in memory."""
    for number in range(40):
        eligibility.rules_of(a_pack(a_regimen("chemo"), fingerprint=f"many-{number}"))
    assert len(eligibility._compiled) <= 32  # noqa: SLF001 - the bound is the behaviour


def test_facts_that_follow_count_as_known_and_are_listed() -> None:
    """A later line of treatment implies advanced breast cancer, so its regimens can be judged."""
    pack = load_library().pack("breast")
    judgement = eligibility.judge({"line": 2.0, "subtype": "tnbc"}, pack)
    inferred = {one.feature: one.value for one in judgement.inferred}
    assert inferred["disease_setting"] == "advanced"
    assert inferred["hr_status"] == "negative"
    assert judgement.of("no-further-adjuvant").answer is NO
    assert judgement.of("ai-mono").answer is NO
