"""Many visitors at once: websocket clients that change the months of the board and think between.

Each client is a session of its own in the real app: it opens the board of a sample patient and then
asks for another month again and again, as a click on the page would. Latency is from the request to
the end of the script. Part of `benchmarks.screen`.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.typing import Origin, Subprotocol

THINK_SECONDS = 1.0
CHANGES = 12
_PATIENCE = 60.0
_MONTHS = ("6 mo", "24 mo")
_WIDGET = "-desk.months"


class App(Protocol):
    """What is measured."""

    @property
    def address(self) -> str:
        """Where it answers."""

    def cpu(self) -> float:
        """Seconds of processor time it has used."""

    def memory(self) -> float:
        """Megabytes it holds."""


@dataclass
class Visitor:
    """One session: where the months are chosen, and what it waited for."""

    widget: str = ""
    fragment: str = ""
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
        if element.WhichOneof("type") == "exception" or "Incident " in element.html.body:
            self.mistakes += 1


def load(app: App, *, sample: str, sessions: int) -> None:
    """Measure with one session and with many, and print."""
    before = app.memory()
    asyncio.run(_all(app, sample, 1))
    single = app.memory()
    spent = app.cpu()
    visitors = asyncio.run(_all(app, sample, sessions))
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


async def _all(app: App, sample: str, sessions: int) -> list[Visitor]:
    return list(await asyncio.gather(*[_visit(app, sample, number) for number in range(sessions)]))


async def _visit(app: App, sample: str, number: int) -> Visitor:
    visitor, chance = Visitor(), random.Random(number)  # noqa: S311 - when somebody clicks
    stream = app.address.replace("http", "ws", 1) + "/_stcore/stream"
    await asyncio.sleep(chance.random() * THINK_SECONDS)
    async with websockets.connect(
        stream, subprotocols=[Subprotocol("streamlit")], origin=Origin(app.address), max_size=None
    ) as socket:
        await _run(socket, visitor, _request(sample, visitor, ""))
        for change in range(CHANGES):
            await asyncio.sleep(THINK_SECONDS * (0.5 + chance.random()))
            asked = _request(sample, visitor, _MONTHS[change % 2])
            visitor.waits.append(await _run(socket, visitor, asked))
    return visitor


def _request(sample: str, visitor: Visitor, months: str) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = f"patient={sample}"
    message.rerun_script.page_name = "board"
    if months:
        message.rerun_script.fragment_id = visitor.fragment
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
