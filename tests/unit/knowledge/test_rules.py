"""The rule language: what it reads, what it refuses, how it judges and how it speaks."""

from __future__ import annotations

import pytest

from dashboard.foundation.errors import RuleError
from dashboard.knowledge import rules
from dashboard.knowledge.rules import Answer, ClauseVerdict
from dashboard.knowledge.schema import Feature, Kind

VOCABULARY = {
    feature.id: feature
    for feature in (
        Feature(id="tps", label="PD-L1 TPS", kind=Kind.NUMBER, unit="%"),
        Feature(id="ratio", label="Ratio", kind=Kind.NUMBER),
        Feature(
            id="egfr",
            label="EGFR mutation",
            kind=Kind.CATEGORY,
            levels=("none", "exon19del", "L858R", "*28/*28"),
            level_labels={"exon19del": "exon 19 deletion"},
        ),
        Feature(id="ecog", label="ECOG", kind=Kind.ORDINAL, levels=("0", "1", "2", "3", "4")),
        Feature(id="child", label="Child-Pugh", kind=Kind.ORDINAL, levels=("A", "B", "C")),
        Feature(id="alk", label="ALK fusion", kind=Kind.FLAG),
    )
}
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


def answer(text: str, **facts: float | bool | str) -> Answer:
    """The answer of a rule over the small vocabulary."""
    return rules.parse(text, VOCABULARY).judge(facts).answer


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("tps >= 50", {"tps": 50.0}, YES),
        ("tps >= 50", {"tps": 49.9}, NO),
        ("tps > 50", {"tps": 50.0}, NO),
        ("tps < 1", {"tps": 0.0}, YES),
        ("tps <= 1", {"tps": 1.0}, YES),
        ("tps == 1", {"tps": 1.0}, YES),
        ("tps != 1", {"tps": 1.0}, NO),
        ("1 <= tps <= 49", {"tps": 49.0}, YES),
        ("1 <= tps <= 49", {"tps": 50.0}, NO),
        ("50 <= tps", {"tps": 60.0}, YES),
        ("50 > tps", {"tps": 60.0}, NO),
        ("ratio > -1.5", {"ratio": -2.0}, NO),
        ("egfr == exon19del", {"egfr": "exon19del"}, YES),
        ("egfr in {exon19del, L858R}", {"egfr": "L858R"}, YES),
        ("egfr in (exon19del, L858R)", {"egfr": "none"}, NO),
        ("egfr not in {exon19del, L858R}", {"egfr": "none"}, YES),
        ('egfr == "*28/*28"', {"egfr": "*28/*28"}, YES),
        ("ecog <= 1", {"ecog": "1"}, YES),
        ("ecog <= 1", {"ecog": "2"}, NO),
        ("ecog == 2", {"ecog": "2"}, YES),
        ("ecog != 2", {"ecog": "2"}, NO),
        ("ecog in {0, 1}", {"ecog": "1"}, YES),
        ("ecog not in {0, 1}", {"ecog": "1"}, NO),
        ("ecog >= 9", {"ecog": "4"}, NO),
        ("child > A", {"child": "B"}, YES),
        ("child <= A", {"child": "C"}, NO),
        ("child == C", {"child": "C"}, YES),
        ("alk == true", {"alk": True}, YES),
        ("alk != true", {"alk": True}, NO),
        ("alk == false", {"alk": False}, YES),
        ("alk", {"alk": True}, YES),
        ("not alk", {"alk": True}, NO),
        ("alk or tps > 1", {"alk": False, "tps": 2.0}, YES),
        ("alk or tps > 1", {"alk": False, "tps": 1.0}, NO),
        ("alk and tps > 1", {"alk": True, "tps": 2.0}, YES),
        ("", {}, YES),
        ("   ", {}, YES),
    ],
)
def test_judge_follows_the_comparison(text: str, facts: dict[str, float], expected: Answer) -> None:
    """Each operator on each kind of feature gives the answer a reader expects."""
    assert answer(text, **facts) is expected


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("tps >= 50", {}, UNKNOWN),
        ("egfr in {L858R}", {}, UNKNOWN),
        ("egfr not in {L858R}", {}, UNKNOWN),
        ("ecog == 2", {}, UNKNOWN),
        ("not alk", {}, UNKNOWN),
        ("alk and tps > 1", {"alk": False}, NO),
        ("alk and tps > 1", {"alk": True}, UNKNOWN),
        ("alk or tps > 1", {"alk": True}, YES),
        ("alk or tps > 1", {"alk": False}, UNKNOWN),
        ("tps > 1", {"tps": float("nan")}, UNKNOWN),
        ("child > A", {"child": "not a level"}, UNKNOWN),
    ],
)
def test_judge_keeps_unknown_apart(text: str, facts: dict[str, float], expected: Answer) -> None:
    """An absent fact is unknown unless the other clauses settle the answer."""
    assert answer(text, **facts) is expected


def test_judge_gives_every_clause_its_own_verdict() -> None:
    """All clauses are judged, also those behind a failed one."""
    verdict = rules.parse("tps >= 50 and ecog <= 1 and alk == false", VOCABULARY).judge(
        {"tps": 10.0, "ecog": "1"}
    )
    assert verdict.answer is NO
    assert [(clause.text, clause.verdict) for clause in verdict.clauses] == [
        ("tps >= 50", ClauseVerdict.NOT_MET),
        ("ecog <= 1", ClauseVerdict.MET),
        ("alk == false", ClauseVerdict.UNKNOWN),
    ]
    assert [clause.name for clause in verdict.clauses] == ["tps", "ecog", "alk"]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("tsp >= 50", 1, "There is no feature called tsp. Did you mean tps?"),
        ("alk and tsp >= 50", 9, "There is no feature called tsp."),
        ("egfr == exon19", 1, "egfr has no level exon19. Did you mean exon19del?"),
        ("ecog in {9}", 1, "ecog has no level 9. Its levels are 0, 1, 2, 3, 4."),
        ("egfr > none", 1, "The levels of egfr have no order; use == or in."),
        ("alk > true", 1, "alk is true or false; use == true or == false."),
        ("alk == 3", 1, "alk is true or false"),
        ("tps == high", 1, "tps is a number; high is not."),
        ("tps == true", 1, "tps is a number; true is not."),
        ("tps > 1e999", 7, "larger than any that is measured"),
        (f"tps > -{'9' * 400}", 7, "larger than any that is measured"),
        ("child > D", 1, "child has no level D."),
        ("1 <= 2", 1, "A comparison needs the name of a feature on one side."),
        ("egfr in L858R", 9, "After `in` comes a list"),
        ("egfr in {}", 9, "After `in` comes a list"),
        ("tps is 3", 1, "This comparison is not known."),
        ("tps >= 1 +", 11, "This is not a rule"),
        ("tps >= ", 7, "This is not a rule"),
        ("tps + 1 > 2", 1, "A comparison needs the name of a feature on one side."),
        ("tps >= 1 + 1", 8, "Expected a number, true, false or the name of a level here."),
        ("tps >= -alk", 8, "Expected a number"),
        ("__import__('os').system('id')", 1, "Only comparisons joined by and, or, not"),
        ("tps.real > 1", 1, "A comparison needs the name"),
        ("[x for x in tps]", 1, "Only comparisons joined"),
        ("(lambda: alk)()", 1, "Only comparisons joined"),
        ("true", 1, "Only comparisons joined"),
        ("tps >= 1\nalk", 1, "one line without control characters or backslashes"),
        ("tps >= '\\d'", 1, "one line without control characters or backslashes"),
        ("egfr == None", 9, "Expected a number, true, false"),
    ],
)
def test_parse_refuses_and_points_at_the_place(text: str, column: int, message: str) -> None:
    """What is no rule is refused with its column, the reason and the cure."""
    with pytest.raises(RuleError) as caught:
        rules.parse(text, VOCABULARY)
    assert message in str(caught.value)
    assert caught.value.column == column
    assert caught.value.rule == text.strip()


def test_parse_refuses_a_rule_that_is_too_long() -> None:
    """Length is limited before anything is parsed."""
    with pytest.raises(RuleError, match=r"has 2003 characters; the limit is 2000"):
        rules.parse("tps > " + "1" * 1997, VOCABULARY)


def test_parse_refuses_a_rule_that_is_too_deep() -> None:
    """Nesting is limited, whether our reader or Python's parser notices first."""
    with pytest.raises(RuleError, match="nested deeper than 24"):
        rules.parse("not " * 30 + "alk", VOCABULARY)
    with pytest.raises(RuleError, match="This is not a rule"):
        rules.parse("(" * 900 + "alk" + ")" * 900, VOCABULARY)


def test_parse_without_a_vocabulary_judges_words_and_numbers() -> None:
    """Without a pack a rule still compares: text by equality, numeric text by value."""
    rule = rules.parse("grade >= 2 and site in {liver, lung} and open == true")
    assert rule.judge({"grade": "3", "site": "liver", "open": True}).answer is YES
    assert rule.judge({"grade": "1", "site": "liver", "open": True}).answer is NO
    assert rule.judge({"grade": "high", "site": "liver", "open": True}).answer is UNKNOWN


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("tps >= 50", "PD-L1 TPS at least 50 %"),
        ("1 <= tps < 50", "PD-L1 TPS at least 1 % and PD-L1 TPS below 50 %"),
        ("egfr not in {exon19del, none}", "EGFR mutation is none of exon 19 deletion, none"),
        (
            "ecog <= 1 and (alk or child == A)",
            "ECOG at most 1 and (ALK fusion: yes or Child-Pugh is A)",
        ),
        ("alk == false", "ALK fusion: no"),
        ("alk != true", "ALK fusion: no"),
        ("alk != false", "ALK fusion: yes"),
        ("not (ecog > 2)", "not (ECOG above 2)"),
        ("", "everyone"),
    ],
)
def test_english_reads_as_a_sentence_part(text: str, english: str) -> None:
    """Labels, units and level labels replace names."""
    assert rules.parse(text, VOCABULARY).english(VOCABULARY) == english


def test_english_without_a_vocabulary_keeps_the_names() -> None:
    """A rule can always be shown, even without its pack."""
    assert rules.parse("grade >= 2").english() == "grade at least 2"


def test_deciding_names_the_facts_that_settle_the_answer_alone() -> None:
    """A fact is deciding when one value of it makes the answer definite."""
    rule = rules.parse("tps >= 50 and egfr == none", VOCABULARY)
    assert rule.deciding({"tps": 60.0}) == ("egfr",)
    assert rule.deciding({}) == ("egfr", "tps")
    assert rule.deciding({"tps": 10.0}) == ()
    either = rules.parse("alk or (tps >= 50 and ecog == 2)", VOCABULARY)
    assert either.deciding({}) == ("alk",)


def test_rules_with_the_same_meaning_are_equal() -> None:
    """Spacing and brackets do not make a different rule."""
    one = rules.parse("(tps>=50) and alk", VOCABULARY)
    other = rules.parse("tps >= 50 and alk == true", VOCABULARY)
    assert one == other
    assert hash(one) == hash(other)
    assert one != rules.parse("tps >= 49 and alk", VOCABULARY)
    assert repr(other) == "Rule('tps >= 50 and alk == true')"


def test_names_lists_every_feature_a_rule_asks_for() -> None:
    """The names of a rule are what a patient must bring to be judged by it."""
    rule = rules.parse("tps >= 50 and (alk or egfr in {L858R})", VOCABULARY)
    assert rule.names == {"tps", "alk", "egfr"}


def test_large_numbers_are_spelled_exactly() -> None:
    """A constant read back from its spelling is the same number."""
    assert rules.spell(1234567.5) == "1234567.5"
    assert rules.spell(0.35) == "0.35"


def test_memory_of_verdicts_is_bounded() -> None:
    """Judging more distinct situations than are remembered still judges rightly."""
    rule = rules.parse(" or ".join(f"tps == {i}" for i in range(60)), VOCABULARY)
    rule._memory = {(None,): rule.judge({})} | dict.fromkeys(  # noqa: SLF001 - fills the memory
        ((i,) for i in range(5000)), rule.judge({})
    )
    assert rule.judge({"tps": 3.0}).answer is YES
    assert len(rule._memory) == 1  # noqa: SLF001
