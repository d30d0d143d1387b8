"""Many visitors at once: websocket clients that change the months of the board and think between.

Each client is a session of its own in the real app: it opens the board of a sample patient and then
asks for another month again and again, as a click on the page would. Latency is from the request to
the end of the script; a run after which the board does not say the months asked for ends the
measurement. Part of `benchmarks.screen`.
"""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol, TypeVar

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.typing import Origin, Subprotocol

T = TypeVar("T")
THINK_SECONDS = 1.0
CHANGES = 12
_PATIENCE, _PAUSE = 60.0, 0.2
_LOOKS_A_MINUTE = 6
_MONTHS = ("6 mo", "24 mo")
_WIDGET = "-desk.months"
_BOARD = re.compile(r"cc-board.*?>at (\d+) months<", re.DOTALL)


class App(Protocol):
    """What is measured."""

    @property
    def address(self) -> str:
        """Where it answers."""

    def cpu(self) -> float:
        """Seconds of processor time it has used."""

    def memory(self) -> float:
        """Megabytes it holds."""

    def settle(self) -> None:
        """Wait until what it began for itself is done."""


@dataclass
class Visitor:
    """One session: where the months are chosen, and what it waited for."""

    widget: str = ""
    fragment: str = ""
    months: str = ""
    mistakes: int = 0
    waits: list[float] = field(default_factory=list)

    def heed(self, message: ForwardMsg) -> None:
        """Take note of the months' widget, and of an error on the page."""
        if message.WhichOneof("type") != "delta":
            return
        element = message.delta.new_element
        if message.delta.WhichOneof("type") != "new_element":
            return
        if element.WhichOneof("type") == "button_group" and element.button_group.id.endswith(
            _WIDGET
        ):
            self.widget, self.fragment = element.button_group.id, message.delta.fragment_id
        if board := _BOARD.search(element.html.body):
            self.months = f"{board[1]} mo"
        if element.WhichOneof("type") == "exception" or "Incident " in element.html.body:
            self.mistakes += 1


def load(app: App, *, sample: str, sessions: int) -> None:
    """Measure with one session and with many, and print."""
    _done(_all(app, sample, 1, changes=2))
    app.settle()
    before = app.memory()
    _done(_all(app, sample, 1))
    single = app.memory()
    spent = app.cpu()
    visitors = _done(_all(app, sample, sessions))
    spent = app.cpu() - spent
    waits = [wait for visitor in visitors for wait in visitor.waits]
    late = statistics.quantiles(waits, n=20)[-1]
    mistakes = sum(visitor.mistakes for visitor in visitors)
    print(
        f"{sessions} sessions, {THINK_SECONDS:g} s think time, {len(waits)} changes: p50 "
        f"{1000 * statistics.median(waits):.0f} ms, p95 {1000 * late:.0f} ms, {mistakes} errors; "
        f"server CPU {1000 * spent / (len(waits) + sessions):.0f} ms a run, first runs included"
    )
    more = (app.memory() - single) / max(sessions - 1, 1)
    print(f"memory: {before:.0f} MB before, {single:.0f} MB, and {more:.1f} MB a further session")


def staying(app: App, *, sample: str, sessions: int, minutes: int) -> None:
    """Have many stay for some minutes, and print whether what the server holds grows with time."""
    _done(_all(app, sample, sessions, changes=2))
    app.settle()
    spent = app.cpu()
    visitors, held = _done(_stay(app, sample, sessions, 60.0 * minutes))
    spent = app.cpu() - spent
    waits = [wait for visitor in visitors for wait in visitor.waits]
    late = statistics.quantiles(waits, n=20)[-1]
    print(
        f"{sessions} sessions for {minutes} minutes, {len(waits)} changes: p50 "
        f"{1000 * statistics.median(waits):.0f} ms, p95 {1000 * late:.0f} ms, "
        f"{sum(visitor.mistakes for visitor in visitors)} errors; server CPU "
        f"{1000 * spent / (len(waits) + sessions):.0f} ms a run"
    )
    growth = statistics.linear_regression(range(len(held)), held).slope * _LOOKS_A_MINUTE
    told = ", ".join(f"{megabytes:.0f}" for megabytes in held[::_LOOKS_A_MINUTE])
    print(f"memory each minute: {told} MB; {growth:+.2f} MB a minute on average")


def reruns(app: App, *, sample: str, times: int) -> None:
    """Measure one visitor's reruns of the board's fragment and of the whole board, and print."""
    _done(_all(app, sample, 1, changes=2))
    app.settle()
    for name, whole in (("fragment", False), ("whole board", True)):
        spent, waits = _done(_again(app, sample, times, whole=whole))
        print(
            f"rerun of the {name}, {times} times: server CPU {1000 * spent / times:.0f} ms, on the "
            f"clock p50 {1000 * statistics.median(waits):.0f} ms"
        )


def _done(work: Coroutine[Any, Any, T]) -> T:
    """What comes of some work, in a thread of its own: who drives a browser has a loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _again(app: App, sample: str, times: int, *, whole: bool) -> tuple[float, list[float]]:
    visitor = Visitor()
    async with _connected(app) as socket:
        await _opened(socket, visitor, sample)
        await _changed(socket, visitor, sample, _MONTHS[1])
        before = app.cpu()
        waits = [
            await _changed(socket, visitor, sample, _MONTHS[change % 2], whole=whole)
            for change in range(times)
        ]
        return app.cpu() - before, waits


async def _all(app: App, sample: str, sessions: int, *, changes: int = CHANGES) -> list[Visitor]:
    each = [_visit(app, sample, number, changes=changes) for number in range(sessions)]
    return list(await asyncio.gather(*each))


async def _stay(
    app: App, sample: str, sessions: int, seconds: float
) -> tuple[list[Visitor], list[float]]:
    """Many visitors for as long as asked, and the megabytes that the server held meanwhile."""
    until = time.monotonic() + seconds
    held: list[float] = []

    async def look() -> None:
        while time.monotonic() < until:
            held.append(app.memory())
            await asyncio.sleep(60 / _LOOKS_A_MINUTE)

    each = [_visit(app, sample, number, until=until) for number in range(sessions)]
    visitors, _ = await asyncio.gather(asyncio.gather(*each), look())
    return list(visitors), held


async def _visit(
    app: App, sample: str, number: int, *, changes: int = 0, until: float = 0.0
) -> Visitor:
    """So many changes, or as many as there is time for."""
    visitor, chance = Visitor(), random.Random(number)  # noqa: S311 - when somebody clicks
    await asyncio.sleep(chance.random() * THINK_SECONDS)
    async with _connected(app) as socket:
        await _opened(socket, visitor, sample)
        for change in count():
            if change >= changes and time.monotonic() >= until:
                break
            await asyncio.sleep(THINK_SECONDS * (0.5 + chance.random()))
            visitor.waits.append(await _changed(socket, visitor, sample, _MONTHS[change % 2]))
    return visitor


def _connected(app: App) -> websockets.connect:
    stream = app.address.replace("http", "ws", 1) + "/_stcore/stream"
    return websockets.connect(
        stream, subprotocols=[Subprotocol("streamlit")], origin=Origin(app.address), max_size=None
    )


async def _opened(socket: Any, visitor: Visitor, sample: str) -> None:
    """Ask for the board until it comes: a new server loads its model first, and says so."""
    until = time.monotonic() + _PATIENCE
    while not visitor.months:
        if time.monotonic() >= until:
            raise RuntimeError(f"The board of {sample} did not come within {_PATIENCE:g} seconds.")
        await _run(socket, visitor, _request(sample, visitor, "", whole=True))
        await asyncio.sleep(_PAUSE)


async def _changed(
    socket: Any, visitor: Visitor, sample: str, months: str, *, whole: bool = False
) -> float:
    """Seconds until the board of these months was sent whole."""
    visitor.months = ""
    waited = await _run(socket, visitor, _request(sample, visitor, months, whole=whole))
    if visitor.months != months:
        raise RuntimeError(f"Asked for {months}, and got {visitor.months or 'none'}")
    return waited


def _request(sample: str, visitor: Visitor, months: str, *, whole: bool) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = f"patient={sample}"
    message.rerun_script.page_name = "board"
    if months:
        message.rerun_script.fragment_id = "" if whole else visitor.fragment
        state = message.rerun_script.widget_states.widgets.add(id=visitor.widget)
        state.string_array_value.data.append(months)
    return bytes(message.SerializeToString())


async def _run(socket: Any, visitor: Visitor, request: bytes) -> float:
    """Seconds until the script has ended."""
    begun = time.perf_counter()
    await socket.send(request)
    while True:
        message = ForwardMsg()
        message.ParseFromString(await asyncio.wait_for(socket.recv(), _PATIENCE))
        visitor.heed(message)
        if message.WhichOneof("type") == "script_finished":
            return time.perf_counter() - begun
