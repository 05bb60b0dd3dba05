"""What the tests of the engine share."""

from __future__ import annotations

import pytest

from yotokit.engine import Group, Lane, Stage


class Line:
    """A group whose stages are the given functions, and a record of all that happened."""

    def __init__(self, engine, *functions, slots=False):
        self.engine = engine
        self.changes = []
        self.rested = []
        self.closings = []
        lanes = [Lane.CPU, Lane.CPU, Lane.NET, Lane.ASK]
        stages = [
            Stage(
                str(n),
                lanes[n % 4],
                f"at {n}",
                f"after {n}",
                function,
                takes_slot=slots and n == 1,
                frees_slot=slots and n == 2,
            )
            for n, function in enumerate(functions)
        ]
        self.group = Group(
            engine,
            stages,
            on_change=lambda r: self.changes.append((r.payload, r.state)),
            on_rest=self.rested.append,
            on_close=lambda: self.closings.append(1),
        )

    def states(self, payload):
        return [state for p, state in self.changes if p == payload]

    def finish(self, *records, timeout_s=20):
        assert self.engine.wait_for(lambda: all(r.settled for r in records), timeout_s)


@pytest.fixture
def new_line():
    return Line
