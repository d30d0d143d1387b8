"""Work that goes on while visitors move about: begun once, watched, its mistake told once."""

import threading

import pytest

from dashboard.foundation.errors import UserError
from dashboard.shell import background

PATIENCE = 10.0


def test_background_work_is_begun_once():
    """Whoever asks while it goes on finds it as far as it has come."""
    go, begun = threading.Event(), []

    def job(tell):
        begun.append(1)
        tell(0.4, "Learning")
        go.wait(PATIENCE)

    first = background.begin("once", job)
    second = background.begin("once", job)
    assert first is second
    go.set()
    assert first.ended.wait(PATIENCE)
    assert begun == [1]
    assert (first.share, first.words) == (0.4, "Learning")


def test_background_work_of_another_name_is_another():
    """Two diseases are trained side by side."""
    works = [background.begin(name, lambda tell: tell(1.0, "Done")) for name in ("one", "other")]
    assert works[0] is not works[1]
    assert all(work.ended.wait(PATIENCE) for work in works)


def test_background_mistake_is_told_once_and_work_begins_anew():
    """A mistake of the user's reaches the page; asking again tries again."""
    go = threading.Event()

    def job(tell):
        go.wait(PATIENCE)
        raise UserError("No room on the disk.", hint="Make some.")

    work = background.begin("x", job)
    go.set()
    assert work.ended.wait(PATIENCE)
    with pytest.raises(UserError, match="No room on the disk"):
        background.begin("x", job)
    again = background.begin("x", lambda tell: tell(1.0, "Done"))
    assert again is not work
    assert again.ended.wait(PATIENCE)


def test_background_progress_stays_between_nothing_and_all():
    """A share beyond the whole is the whole."""
    work = background.Work()
    work.tell(1.7, "x")
    assert work.share == 1.0
    work.tell(-1.0, "x")
    assert work.share == 0.0
