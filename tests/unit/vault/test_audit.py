"""The audit log: whatever is done to it afterwards is found, at the line where it begins."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.vault import audit
from dashboard.vault.audit import START, AuditLine, Break, Head, Known, first_broken

KEY = b"k" * 32
AT = datetime(2026, 6, 1, 8, tzinfo=UTC)


def a_log(length):
    """A log of so many lines, and how far it is known to go."""
    entries, previous = [], START
    for n in range(1, length + 1):
        line = AuditLine(AT, "ann", "case.opened", f"P-{n}", {"n": n})
        entry = audit.signed(audit.entry_of(line, n, previous, [("case", "a", n, "d")]), KEY)
        entries.append(entry)
        previous = entry.hash
    return entries, Known(length, previous)


def tampered(entries, how, draw):
    """The log after somebody changed it in one way, and the line where that begins."""
    changed, at = list(entries), draw.randrange(len(entries))
    if how == "change":
        field = draw.choice(["actor", "action", "subject", "facts", "changes", "at", "role", "mac"])
        changed[at] = replace(changed[at], **{field: "other"})
    elif how == "delete":
        at = draw.randrange(len(entries) - 1)
        del changed[at]
    elif how == "reorder":
        at, other = sorted(draw.sample(range(len(entries)), 2))
        changed[at], changed[other] = changed[other], changed[at]
    else:
        at = draw.randrange(len(entries))
        del changed[at:]
    return changed, at + 1


def test_a_log_that_nobody_touched_is_whole():
    """Nothing is reported of what is as it was written, however long."""
    for length in (0, 1, 20):
        entries, known = a_log(length)
        assert first_broken(entries, KEY, known) is None


def test_a_log_that_went_on_after_it_was_last_known_is_whole():
    """A stop between a save and the note of it outside is no fault."""
    entries, _ = a_log(5)
    assert first_broken(entries, KEY, Known(3, entries[2].hash)) is None


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        ("change", {Break.CHANGED}),
        ("delete", {Break.DELETED}),
        ("reorder", {Break.DELETED, Break.REORDERED}),
        ("truncate", {Break.TRUNCATED}),
    ],
)
def test_every_tampering_is_found_at_its_first_line(how, kinds):
    """Changed, deleted, reordered, cut off: found every time, and where."""
    entries, known = a_log(12)
    draw = random.Random(how)  # noqa: S311 - repeatable, not secret
    for _ in range(60):
        changed, first = tampered(entries, how, draw)
        broken = first_broken(changed, KEY, known)
        assert (broken.sequence, broken.kind in kinds) == (first, True)


def test_lines_of_another_key_are_not_taken_for_ours():
    """Who can compute hashes but has no key cannot write a line."""
    entries, known = a_log(3)
    forged = audit.signed(replace(entries[1], actor="eve", hash=""), b"x" * 32)
    forged = replace(forged, hash=audit.digest_of(forged))
    broken = first_broken([entries[0], forged, entries[2]], KEY, known)
    assert (broken.sequence, broken.kind) == (2, Break.CHANGED)


def test_a_line_put_in_twice_is_out_of_place():
    """A copy of an earlier line is found where it stands."""
    entries, known = a_log(3)
    broken = first_broken([entries[0], entries[0], *entries[1:]], KEY, known)
    assert (broken.sequence, broken.kind) == (2, Break.REORDERED)


def test_a_log_written_anew_by_the_owner_of_the_key_is_not_the_known_one():
    """Even a sound chain is not the log whose hash is kept outside."""
    entries, _ = a_log(3)
    broken = first_broken(entries, KEY, Known(2, "f" * 64))
    assert (broken.sequence, broken.kind) == (2, Break.CHANGED)


def test_damaged_cells_do_not_stop_the_search():
    """A number or nothing where a text belongs is a changed line."""
    entries, known = a_log(3)
    for cell in (None, 7, b"\xff", "\ud800"):
        changed = [entries[0], replace(entries[1], action=cell), entries[2]]
        broken = first_broken(changed, KEY, known)
        assert (broken.sequence, broken.kind) == (2, Break.CHANGED)


class TestHead:
    """How far the log goes, kept outside the database."""

    @pytest.fixture
    def head(self, tmp_path):
        """A head that knows nothing yet."""
        return Head(tmp_path / "keys" / "audit.head", KEY)

    def test_it_knows_the_last_line(self, head):
        """The furthest line counts, whichever was written last."""
        assert (head.known(), head.exists) == (None, False)
        for n in (1, 2, 3, 2):
            head.advance(Known(n, f"{n}" * 64))
        assert (head.known(), head.exists) == (Known(3, "3" * 64), True)

    def test_a_write_that_was_cut_short_loses_one_line_at_most(self, head, tmp_path):
        """The place before it still says how far the log went."""
        for n in (1, 2, 3):
            head.advance(Known(n, f"{n}" * 64))
        path = tmp_path / "keys" / "audit.head"
        content = bytearray(path.read_bytes())
        content[512:560] = b"\0" * 48
        path.write_bytes(content)
        assert head.known() == Known(2, "2" * 64)

    @pytest.mark.parametrize("content", [b"", b"{}", b"[1, 2]", b'["[9,\\"x\\"]", "0"]', b"\xff"])
    def test_what_was_not_written_by_this_installation_says_nothing(self, head, tmp_path, content):
        """A forged or damaged file is no knowledge."""
        (tmp_path / "keys").mkdir()
        (tmp_path / "keys" / "audit.head").write_bytes(content)
        assert head.known() is None

    def test_starting_again_forgets(self, head):
        """After a restore the log goes less far than before."""
        head.advance(Known(9, "9" * 64))
        head.start_again(Known(2, "2" * 64))
        assert head.known() == Known(2, "2" * 64)
