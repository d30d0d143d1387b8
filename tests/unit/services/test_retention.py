"""What is kept too long goes, by itself and with a line; papers of patients never do."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.cli import main
from dashboard.foundation.errors import NotPermitted
from dashboard.services import drafts, keeping, retention
from dashboard.vault.store import Damaged
from dashboard.vault.visits import Visits
from tests.unit.services.meeting_desk import Clock, contexts, opened, real


@pytest.fixture
def clock():
    """A time that stands until it is moved."""
    return Clock()


@pytest.fixture
def people(tmp_path, clock):
    """A context for each person, over one store."""
    found = contexts(tmp_path / "data", clock)
    yield found
    found["owner"].store.close()


def test_drafts_that_nobody_types_into_go_after_a_week(people, clock):
    """Six days stay, eight go; the case, the log and every check stay as they were."""
    anna, owner = people["anna"], people["owner"]
    case, other = opened(anna).paper, opened(anna, real(anna)).paper
    for words in ("a", "ab", "abc"):
        drafts.keep(anna, case, "case", {"wishes": words}, base=1)
    clock.pass_days(2)
    drafts.keep(anna, other, "case", {"wishes": "later"}, base=1)
    clock.pass_days(6)
    assert retention.due(owner).drafts == 1
    assert drafts.find(anna, case, "case") is not None
    assert retention.tidy(owner).drafts == 1
    assert drafts.find(anna, case, "case") is None
    assert drafts.find(anna, other, "case").fields == {"wishes": "later"}
    assert keeping.verify(owner).whole
    (line,) = [e for e in owner.store.entries() if e.action == "retention.tidied"]
    assert json.loads(line.facts)["drafts"] == 1
    drafts.keep(anna, case, "case", {"wishes": "anew"}, base=1)
    assert drafts.find(anna, case, "case").fields == {"wishes": "anew"}


def test_tidying_nothing_writes_nothing(people):
    """A day on which nothing is due leaves no line."""
    before = len(people["owner"].store.entries())
    assert retention.tidy(people["owner"]).goes == 0
    assert len(people["owner"].store.entries()) == before


def test_visits_that_are_over_for_long_go(people, clock):
    """A month after its last sign of life nothing tells of a visit any more."""
    owner = people["owner"]
    visits = Visits(owner.store, clock=clock, ticks=lambda: clock().timestamp())
    visits.open("ann")
    clock.pass_days(29)
    token = visits.open("ben")
    clock.pass_days(1.1)
    assert retention.tidy(owner).visits == 1
    assert retention.due(owner).visits == 0
    assert not visits.goes_on(token)


def test_copies_go_after_five_weeks_except_the_newest(people, clock):
    """With their keys and seals; what else lies there stays, and erasing does not look for them."""
    owner = people["owner"]
    opened(people["anna"], real(people["anna"]))
    places = []
    for _ in range(3):
        places.append(keeping.copy_now(owner)[1])
        clock.pass_days(1)
    by_hand = places[0].with_name("monday.sqlite")
    keeping.back_up(owner, by_hand)
    clock.pass_days(40)
    assert retention.due(owner).copies == tuple(path.name for path in places[:2])
    retention.tidy(owner)
    left = {path.name for path in by_hand.parent.iterdir()}
    newest = places[2].name
    assert left == {f"{name}{end}" for name in (newest, "monday.sqlite")
                    for end in ("", ".keys", ".seal")}  # fmt: skip
    assert keeping.erase(owner, "P-REAL", "a letter").body["copies_out_of_reach"] == []


def test_half_written_files_go_after_a_day(people):
    """What may still be under way stays."""
    folder = people["owner"].settings.data_dir
    opened(people["anna"])
    old, new = folder / "keys" / "x.part", folder / "y.part"
    for path in (old, new):
        path.write_text("half")
    long_ago = old.stat().st_mtime - 2 * 86400
    os.utime(old, (long_ago, long_ago))
    assert retention.tidy(people["owner"]).halves == ("keys/x.part",)
    assert (old.exists(), new.exists()) == (False, True)


def test_papers_that_nobody_looks_at_are_listed_and_stay(people, clock):
    """After three months they are named, without being touched; who was erased is not."""
    anna, owner = people["anna"], people["owner"]
    held = opened(anna, real(anna))
    clock.pass_days(91)
    retention.tidy(owner)
    (unused,) = retention.due(owner).unused
    assert (unused.pseudonym, unused.last) == ("P-REAL", "2026-06-01")
    assert owner.store.read("case", held.paper.id).version == 1
    keeping.erase(owner, "P-REAL", "after three months")
    clock.pass_days(91)
    assert retention.due(owner).unused == ()


def test_tidying_is_for_those_who_look_after_it(people):
    """A clinician neither looks nor tidies."""
    for act in (retention.due, retention.tidy):
        with pytest.raises(NotPermitted):
            act(people["anna"])


def test_nothing_goes_from_a_store_whose_log_is_cut(people, clock):
    """What is broken is left for people to look at."""
    anna, owner = people["anna"], people["owner"]
    drafts.keep(anna, opened(anna).paper, "case", {"wishes": "a"}, base=1)
    owner.store.close()
    (owner.settings.keys_dir / "audit.head").write_bytes(b"")
    clock.time += timedelta(days=30)
    with pytest.raises(Damaged):
        retention.tidy(owner)


def test_tidy_verb_says_what_would_go_and_takes_it(people, clock, tmp_path, monkeypatch, capsys):
    """First a look, then the deed; by the clock of now, three days later."""
    clock.time = datetime.now(UTC) - timedelta(days=3)
    anna = people["anna"]
    drafts.keep(anna, opened(anna, real(anna)).paper, "case", {"wishes": "a"}, base=1)
    anna.store.close()
    monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONCORD_DRAFT_DAYS", "1")
    assert main(["tidy", "--dry-run"]) == 0
    assert "1 drafts, 0 visits due" in capsys.readouterr().out
    assert main(["tidy"]) == 0
    assert "1 drafts, 0 visits taken away" in capsys.readouterr().out
    assert main(["tidy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["drafts"] == 0
