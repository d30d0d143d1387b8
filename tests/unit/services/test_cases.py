"""Cases through their service: opened, seen by their team alone, merged, moved, audited."""

import random
from dataclasses import replace
from datetime import date

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.knowledge.library import Library
from dashboard.meeting.case import Stage, StepRefused, Urgency
from dashboard.records.patient import Consent, Origin
from dashboard.services import agenda, ballots, cases, consents, decisions
from dashboard.services.casebook import EditClash
from dashboard.services.consents import Purpose
from tests.unit.services.meeting_desk import Clock, contexts, opened, real, sample


@pytest.fixture
def clock():
    """A time that stands."""
    return Clock()


@pytest.fixture
def people(tmp_path, clock):
    """A context for each person, over one store."""
    found = contexts(tmp_path / "data", clock)
    yield found
    found["owner"].store.close()


def actions(context):
    """What was written down, in order."""
    return [entry.action for entry in context.store.entries()]


def test_case_opened_is_in_the_backlog_and_holds_its_patient(people):
    """The token names nobody; the patient comes back equal."""
    anna = people["anna"]
    held = opened(anna)
    case = held.paper
    assert (case.stage, case.prepared_by, case.team) == (Stage.BACKLOG, "Dr Anna", ("anna",))
    assert case.pseudonym not in case.id
    assert len(case.id) >= 16
    assert cases.patient(anna, case) == sample(anna)
    assert cases.read(anna, case.id) == held
    assert "case.opened" in actions(anna)


def test_case_opened_twice_by_one_request_is_one_case(people):
    """A button pressed twice opens one case."""
    anna = people["anna"]
    first = cases.open_case(anna, sample(anna), request="r1")
    assert cases.open_case(anna, sample(anna), request="r1").paper.id == first.paper.id
    assert len(cases.listed(anna)) == 1


def test_case_of_another_team_looks_as_if_absent(people):
    """Ben cannot tell a case of Anna's from none; the list does not hold it either."""
    held = opened(people["anna"], real(people["anna"]))
    with pytest.raises(UserError) as foreign:
        cases.read(people["ben"], held.paper.id)
    with pytest.raises(UserError) as absent:
        cases.read(people["ben"], "A" * 16)
    assert str(foreign.value) == str(absent.value)
    assert cases.listed(people["ben"]) == ()
    assert cases.listed(people["owner"]) == (held.paper,)
    joined = cases.save(people["anna"], held, {"team": ("anna", "ben")})
    assert cases.read(people["ben"], held.paper.id).paper == joined.paper


def test_case_writing_needs_the_team_too(people):
    """Having seen a case once does not let anybody write it."""
    anna, ben = people["anna"], people["ben"]
    held = opened(anna, real(anna))
    gate = cases.missing(anna, held.paper, real(anna))
    for attempt in (
        lambda: cases.save(ben, held, {"wishes": "x"}),
        lambda: cases.let_pass(ben, held, ("a",), "b"),
        lambda: cases.renew(ben, held, real(anna)),
        lambda: cases.step(ben, held, Stage.READY, gate),
    ):
        with pytest.raises(UserError, match="no case of this address"):
            attempt()
    with pytest.raises(NotPermitted, match="viewer"):
        cases.save(people["vic"], held, {"wishes": "x"})
    assert cases.read(anna, held.paper.id).version == 1


def test_case_for_teaching_is_seen_by_educators(people):
    """An educator opens teaching cases and sees no other; a real patient has to have agreed."""
    anna, eva = people["anna"], people["eva"]
    own = opened(eva)
    assert own.paper.teaching
    not_taught = opened(anna)
    assert [case.id for case in cases.listed(eva)] == [own.paper.id]
    cases.save(anna, not_taught, {"teaching": True})
    assert len(cases.listed(eva)) == 2
    with pytest.raises(UserError, match="has not agreed to teaching"):
        opened(eva, real(anna))
    held = opened(anna, real(anna))
    with pytest.raises(UserError, match="has not agreed to teaching"):
        cases.save(anna, held, {"teaching": True})
    agreed = replace(real(anna), id="P-YES", consent=Consent({"teaching": True}))
    assert cases.save(anna, opened(anna, agreed), {"teaching": True}).paper.teaching


def test_case_for_teaching_needs_the_word_that_is_kept(people):
    """What was kept of the patient goes before their file, both ways, and can be taken back."""
    anna, eva, owner = people["anna"], people["eva"], people["owner"]
    agreed = replace(real(anna), consent=Consent({"teaching": True}))
    told = consents.say(owner, agreed.id, {Purpose.TEACHING: False}, source="Form", after=0)
    held = opened(anna, agreed)
    with pytest.raises(UserError, match="has not agreed to teaching"):
        cases.save(anna, held, {"teaching": True})
    with pytest.raises(UserError, match="has not agreed to teaching"):
        opened(eva, agreed)
    told = consents.say(
        owner, agreed.id, {Purpose.TEACHING: True}, source="Form", after=told.version
    )
    silent = replace(agreed, consent=Consent())
    assert opened(eva, silent).paper.teaching
    assert len(cases.listed(eva)) == 1
    consents.say(owner, agreed.id, {Purpose.TEACHING: False}, source="Call", after=told.version)
    assert cases.listed(eva) == ()


def test_case_for_teaching_of_an_invented_patient_asks_nobody(people):
    """A word under the public id of a sample changes nothing."""
    who = sample(people["eva"])
    consents.say(people["owner"], who.id, {Purpose.TEACHING: False}, source="Form", after=0)
    assert opened(people["eva"]).paper.teaching
    assert len(cases.listed(people["eva"])) == 1


def test_case_after_a_clash_is_for_teaching_only_with_the_word(people):
    """Settling a clash is no way around the patient's word."""
    anna = people["anna"]
    agreed = replace(real(anna), consent=Consent({"teaching": True}))
    held = opened(anna, agreed)
    cases.save(anna, held, {"wishes": "home"})
    with pytest.raises(EditClash) as caught:
        cases.save(anna, held, {"teaching": True, "wishes": "away"})
    consents.say(people["owner"], agreed.id, {Purpose.TEACHING: False}, source="Form", after=0)
    with pytest.raises(UserError, match="has not agreed to teaching"):
        cases.settle(anna, caught.value, ("wishes",))


def test_case_teaching_of_invented_patients_is_open_to_viewers(people):
    """A viewer of no team sees invented teaching cases."""
    held = opened(people["anna"])
    assert cases.listed(people["vic"]) == ()
    cases.save(people["anna"], held, {"teaching": True})
    assert len(cases.listed(people["vic"])) == 1


def test_no_case_leaks_to_strangers(people):
    """Of 300 random pairs of person and case nobody sees what they should not."""
    drawn = random.Random(5)  # noqa: S311 - a fixed draw for a test
    anna, kept = people["anna"], []
    for number in range(12):
        who = replace(real(anna), id=f"P-{number}")
        held = opened(anna, who)
        team = tuple(drawn.sample(["anna", "ben", "vic"], drawn.randint(1, 3)))
        kept.append(cases.save(people["owner"], held, {"team": team}).paper)
    for _ in range(300):
        name, case = drawn.choice(["anna", "ben", "eva", "vic"]), drawn.choice(kept)
        allowed = name in case.team
        try:
            seen = cases.read(people[name], case.id).paper.id == case.id
        except UserError:
            seen = False
        assert seen is allowed
    for name in ("anna", "ben", "eva", "vic"):
        assert {case.id for case in cases.listed(people[name])} == {
            case.id for case in kept if name in case.team
        }


def test_case_saves_of_different_fields_are_put_together(people):
    """What Ben wrote meanwhile stays, and Anna is told which field."""
    anna, ben = people["anna"], people["ben"]
    held = cases.save(anna, opened(anna), {"team": ("anna", "ben")})
    cases.save(ben, held, {"goals": "time at home"})
    both = cases.save(anna, held, {"wishes": "no infusion"})
    assert (both.paper.wishes, both.paper.goals) == ("no infusion", "time at home")
    assert both.joined == ("goals",)


def test_case_saves_of_one_field_clash_with_who_what_and_when(people, clock):
    """Nothing is overwritten; both texts can be read, and the choice is field by field."""
    anna, ben = people["anna"], people["ben"]
    held = cases.save(anna, opened(anna), {"team": ("anna", "ben")})
    clock.pass_days(1)
    cases.save(ben, held, {"wishes": "tablets", "goals": "time"})
    with pytest.raises(EditClash, match="Dr Ben changed this at 09:00 UTC on 02 Jun 2026") as told:
        cases.save(anna, held, {"wishes": "no infusion", "goals": "cure", "comorbidity": "COPD"})
    clash = told.value
    assert {(c.field, c.mine, c.theirs) for c in clash.clashes} == {
        ("wishes", "no infusion", "tablets"), ("goals", "cure", "time"),
    }  # fmt: skip
    assert cases.read(anna, held.paper.id).paper.wishes == "tablets"
    settled = cases.settle(anna, clash, ("goals",)).paper
    assert (settled.wishes, settled.goals, settled.comorbidity) == ("tablets", "cure", "COPD")


def test_case_settled_too_late_clashes_again(people):
    """While Anna chooses, Ben may go on writing; that is told as well."""
    anna, ben = people["anna"], people["ben"]
    held = cases.save(anna, opened(anna), {"team": ("anna", "ben")})
    newer = cases.save(ben, held, {"wishes": "b"})
    with pytest.raises(EditClash) as told:
        cases.save(anna, held, {"wishes": "a"})
    cases.save(ben, newer, {"wishes": "c"})
    with pytest.raises(EditClash):
        cases.settle(anna, told.value, ("wishes",))
    assert cases.read(anna, held.paper.id).paper.wishes == "c"


def test_case_saved_twice_by_one_request_is_saved_once(people):
    """A repeated save has one effect."""
    anna = people["anna"]
    held = opened(anna)
    first = cases.save(anna, held, {"wishes": "a"}, request="s1")
    assert cases.save(anna, held, {"wishes": "a"}, request="s1").version == first.version == 2
    assert len(cases.earlier(anna, held.paper.id)) == 2


def test_case_goes_to_the_board_when_facts_are_let_pass(people):
    """The gate holds alectinib's fusion up until somebody says why it may be missing."""
    anna = people["anna"]
    held = cases.save(anna, opened(anna), {"questions": ("Which first line?",)})
    gate = cases.missing(anna, held.paper, sample(anna))
    assert "ALK" in " ".join(gate.open_facts)
    told = cases.wants(anna, held.paper, Stage.READY, gate)
    assert len(told) == 1
    with pytest.raises(StepRefused, match="Missing:"):
        cases.step(anna, held, Stage.READY, gate)
    passed = cases.let_pass(anna, held, gate.open_facts, "tissue used up")
    ready = cases.step(anna, passed, Stage.READY, gate)
    assert ready.paper.stage is Stage.READY
    assert {"case.waived", "case.moved"} <= set(actions(anna))


def test_case_agenda_and_numbers_are_of_those_one_may_see(people):
    """Another team's cases are in no list and no count."""
    anna = people["anna"]
    held = cases.save(anna, opened(anna, real(anna)), {"questions": ("Which?",)})
    gate = cases.missing(anna, held.paper, real(anna))
    ready = cases.step(
        anna, cases.let_pass(anna, held, gate.open_facts, "r"), Stage.READY, gate
    ).paper
    day = ready.meets_on
    assert day == date(2026, 6, 1)
    assert agenda.on_day(anna, day) == (ready,)
    assert agenda.on_day(people["ben"], day) == ()
    assert agenda.numbers(anna).cases == 1
    assert agenda.numbers(people["ben"]).cases == 0
    assert cases.damaged(anna) == 0
    assert agenda.days(anna) == (day,)
    assert agenda.days(people["ben"]) == ()
    assert agenda.beside(anna, day, "none yet", 1) == ready
    assert agenda.beside(anna, day, ready.id, 1) is None
    assert cases.find(anna, ready.id).paper == ready
    assert cases.find(people["ben"], ready.id) is None


@pytest.mark.parametrize(
    "write",
    [
        lambda anna, held, text: cases.save(anna, held, {"questions": (text,)}),
        lambda anna, held, text: cases.let_pass(anna, held, ("a",), text),
        lambda anna, held, text: ballots.give(
            anna, held.paper.id, "Anna", text, confidence=0.5, chances={}
        ),
        lambda anna, held, text: decisions.save(
            anna, decisions.of(anna, held.paper.id), {"conditions": text}, None
        ),
    ],
    ids=["question", "waiver", "ballot", "decision"],
)
def test_no_paper_of_the_board_takes_a_megabyte(people, write):
    """Whatever a browser sends, a text longer than a field is refused, and nothing is changed."""
    anna = people["anna"]
    held = opened(anna)
    with pytest.raises(UserError, match=r"longer than 4,000") as refused:
        write(anna, held, "x" * 1_000_000)
    assert len(refused.value.message) < 300
    assert cases.read(anna, held.paper.id).version == held.version


def test_case_renewed_takes_the_patient_as_they_are_now(people):
    """A new snapshot of the same patient, never of another."""
    anna = people["anna"]
    held = opened(anna)
    known = sample(anna).with_values({"alk_fusion": False}, Origin())
    renewed = cases.renew(anna, held, known)
    assert cases.patient(anna, renewed.paper).values["alk_fusion"] is False
    with pytest.raises(UserError, match="not of SYN-NSCLC-01"):
        cases.renew(anna, renewed, sample(anna, "SYN-NSCLC-01"))


def test_case_opens_when_its_pack_dropped_a_fact_and_a_regimen(people):
    """What is no longer known is listed; the snapshot keeps it, and the former pack reads it."""
    anna = people["anna"]
    held = cases.save(anna, opened(anna), {"regimens": ("docetaxel", "alectinib")})
    pack = anna.library.pack("nsclc")
    features = tuple(each for each in pack.features if each.id != "nlr")
    regimens = tuple(each for each in pack.regimens if each.id != "docetaxel")
    parts = {**dict(pack), "features": features, "regimens": regimens}
    less = type(pack).model_construct(**parts)
    later = replace(anna, library=Library((less,)))
    who = cases.patient(later, held.paper)
    assert "nlr" not in who.values
    assert {**who.values, "nlr": 4.2} == dict(sample(anna).values)
    lost = cases.no_longer_known(later, held.paper)
    assert any("nlr" in words for words in lost)
    assert "The pack has no regimen docetaxel any more." in lost
    saved = cases.save(later, held, {"wishes": "no infusion"})
    assert saved.paper.regimens == ("docetaxel", "alectinib")
    assert cases.patient(anna, saved.paper) == sample(anna)
    assert cases.no_longer_known(anna, saved.paper) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"wishes": "x" * 4001}, "stands in wishes is longer than 4,000"),
        ({"regimens": tuple("abcdefg")}, "at most 6 regimens"),
        ({"team": ()}, "at least one member"),
    ],
)
def test_case_refuses_what_cannot_be_kept(people, changes, words):
    """Each limit is told with what to do about it."""
    anna = people["anna"]
    with pytest.raises(UserError, match=words):
        cases.save(anna, opened(anna), changes)


def test_case_has_no_other_fields(people):
    """Stage and snapshot are changed by their own steps only."""
    anna = people["anna"]
    with pytest.raises(ValueError, match="no field stage"):
        cases.save(anna, opened(anna), {"stage": Stage.READY})
    assert cases.save(anna, opened(anna), {"urgency": Urgency.URGENT}).paper.urgency == "urgent"


def test_case_is_sealed_in_the_store(people, tmp_path):
    """Wishes and snapshot lie nowhere in plain words; the audit log holds no value."""
    anna = people["anna"]
    cases.save(anna, opened(anna), {"wishes": "planted-wish-words"})
    anna.store.close()
    lying = b"".join(p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file())
    assert b"planted-wish-words" not in lying
    assert b"age_years" not in lying
