"""Measure or render one file in a process of its own, for files that one does not trust.

A decoder is C code that reads what strangers wrote. In a process of its own, its crash, its
endless loop or its hunger for memory costs one file and not the notebook. That is no sandbox:
a file that takes a decoder over has the rights of the user, in that process.

What the process answers may come from such a decoder. So it is never unpickled: it is lines of
JSON, and there is an end to them. They come through a file and not through a pipe, because
reading a file never waits; so the time limit holds on every system, and without a thread.
"""

from yotokit.audio.isolation.calls import (
    DEADLINE_S,
    MEMORY_BYTES,
    excerpt_isolated,
    measure_isolated,
    plan_limited_isolated,
    render_isolated,
)

__all__ = [
    "DEADLINE_S",
    "MEMORY_BYTES",
    "excerpt_isolated",
    "measure_isolated",
    "plan_limited_isolated",
    "render_isolated",
]
