"""Identifiers leave for a reason only, and on a server only shortly after signing in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.foundation.errors import UserError
from dashboard.services import case_files
from dashboard.services.release import FRESH, reason_to_identify
from tests.unit.services.meeting_desk import START, Clock, contexts, opened, real

REASON = "Referral to another hospital"


@pytest.fixture
def people(tmp_path):
    """A context for each person, over one store."""
    found = contexts(tmp_path / "data", Clock())
    yield found
    found["owner"].store.close()


@pytest.mark.parametrize(
    ("ago", "let_through"),
    [
        (timedelta(0), True),
        (FRESH, True),
        (FRESH + timedelta(seconds=1), False),
        (timedelta(hours=8), False),
        (-timedelta(seconds=1), False),  # a clock that went backward proves nothing
    ],
)
def test_identifiers_leave_shortly_after_signing_in(people, ago, let_through):
    """Whoever signed in hours ago, or by a clock that is wrong, is asked to sign in again."""
    anna = replace(people["anna"], signed_in=START - ago)
    if let_through:
        assert reason_to_identify(anna, f"  {REASON} ") == REASON
        return
    with pytest.raises(UserError, match="only shortly after signing in") as refused:
        reason_to_identify(anna, REASON)
    assert "/sign-in" in refused.value.hint


def test_identifiers_need_no_sign_in_on_ones_own_machine(people):
    """A reason is asked for all the same."""
    assert reason_to_identify(people["anna"], REASON) == REASON
    with pytest.raises(UserError, match="only for a reason"):
        reason_to_identify(people["anna"], "because")


def test_case_file_of_somebody_real_is_handed_out_for_a_reason(people):
    """Its texts and its patient leave as they are; who asked why stands in the log."""
    anna = people["anna"]
    held = opened(anna, real(anna))
    with pytest.raises(UserError, match="only for a reason"):
        case_files.hand_out(anna, held.paper.id)
    assert b"P-REAL" in case_files.hand_out(anna, held.paper.id, reason=REASON)
    (line,) = [each for each in anna.store.entries() if each.action == "case.handed_out"]
    assert REASON in line.facts
