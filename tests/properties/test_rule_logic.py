"""What must hold of any rule over any facts."""

from __future__ import annotations

import contextlib
import warnings

from hypothesis import given
from hypothesis import strategies as st

from dashboard.foundation.errors import RuleError
from dashboard.knowledge import rules
from dashboard.knowledge.rules import Answer, Rule
from dashboard.knowledge.schema import Feature, Kind

NUMBERS, FLAGS, WORDS, GRADES = ("n1", "n2"), ("f1", "f2"), ("c1", "c2"), ("o1", "o2")
VOCABULARY = {
    **{n: Feature(id=n, label=n, kind=Kind.NUMBER) for n in NUMBERS},
    **{n: Feature(id=n, label=n, kind=Kind.FLAG) for n in FLAGS},
    **{n: Feature(id=n, label=n, kind=Kind.CATEGORY, levels=("a", "b", "c d")) for n in WORDS},
    **{n: Feature(id=n, label=n, kind=Kind.ORDINAL, levels=("0", "1", "2")) for n in GRADES},
}
ORDERS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
SAMES = st.sampled_from(["==", "!="])
LISTS = st.sampled_from(["in", "not in"])

number = st.builds("{} {} {}".format, st.sampled_from(NUMBERS), ORDERS, st.integers(-3, 3))
flag = st.builds(
    "{} {} {}".format, st.sampled_from(FLAGS), SAMES, st.sampled_from(["true", "false"])
)
word = st.builds("{} {} {}".format, st.sampled_from(WORDS), SAMES, st.sampled_from(["a", '"c d"']))
members = st.builds("{} {} {{a, b}}".format, st.sampled_from(WORDS), LISTS)
grade = st.builds("{} {} {}".format, st.sampled_from(GRADES), ORDERS, st.integers(0, 2))
rule_texts = st.recursive(
    st.one_of(number, flag, word, members, grade),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=8,
)
facts = st.fixed_dictionaries(
    {
        **dict.fromkeys(NUMBERS, st.integers(-4, 4).map(float)),
        **dict.fromkeys(FLAGS, st.booleans()),
        **dict.fromkeys(WORDS, st.sampled_from(["a", "b", "c d"])),
        **dict.fromkeys(GRADES, st.sampled_from(["0", "1", "2"])),
    }
)
hidden = st.sets(st.sampled_from(NUMBERS + FLAGS + WORDS + GRADES))


def parsed(text: str) -> Rule:
    """The rule over the small vocabulary."""
    return rules.parse(text, VOCABULARY)


@given(rule_texts, facts, hidden, hidden)
def test_a_definite_answer_never_flips_when_facts_become_known(
    text: str, known: dict[str, float], first: set[str], second: set[str]
) -> None:
    """Learning more can settle an unknown answer but never change a yes or a no."""
    rule = parsed(text)
    little = rule.judge({k: v for k, v in known.items() if k not in first | second}).answer
    more = rule.judge({k: v for k, v in known.items() if k not in second}).answer
    if little is not Answer.UNKNOWN:
        assert more is little


@given(rule_texts, facts)
def test_a_rule_over_complete_facts_is_definite(text: str, known: dict[str, float]) -> None:
    """Nothing unknown goes in, nothing unknown comes out."""
    assert parsed(text).judge(known).answer is not Answer.UNKNOWN


@given(rule_texts, facts, hidden)
def test_not_turns_every_answer(text: str, known: dict[str, float], absent: set[str]) -> None:
    """The negated rule says the opposite, or unknown where the rule does."""
    some = {k: v for k, v in known.items() if k not in absent}
    turned = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}
    assert parsed(f"not ({text})").judge(some).answer is turned[parsed(text).judge(some).answer]


@given(rule_texts, facts, hidden)
def test_deciding_facts_are_unknown_and_in_the_rule(
    text: str, known: dict[str, float], absent: set[str]
) -> None:
    """Only an unknown fact that the rule asks for can be deciding."""
    rule = parsed(text)
    some = {k: v for k, v in known.items() if k not in absent}
    assert set(rule.deciding(some)) <= rule.names - some.keys()


@given(rule_texts)
def test_clauses_read_back_as_rules(text: str) -> None:
    """The text of each clause is itself a rule with that one clause."""
    for leaf in parsed(text).leaves:
        assert parsed(leaf.text).leaves == (leaf,)


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_a_rule_error(text: str) -> None:
    """Whatever is typed, the answer is a rule or a refusal with a message."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of odd literals; the reader refuses them
        with contextlib.suppress(RuleError):
            rules.parse(text)
