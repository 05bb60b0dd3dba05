"""A local Yoto service, on loopback ports: for trying, teaching and testing without an account.

It shares no code with the client, so the two cannot share a mistake. What it does, and how sure
it is that the service does the same, stands in ``docs/emulator.md``.
"""

from yotokit.emulator.chance import RandomFaults
from yotokit.emulator.counters import Counters
from yotokit.emulator.faults import Fault
from yotokit.emulator.grants import Client
from yotokit.emulator.keeping import FolderError
from yotokit.emulator.server import Emulator
from yotokit.emulator.transcode_faults import TranscodeFault

__all__ = [
    "Client",
    "Counters",
    "Emulator",
    "Fault",
    "FolderError",
    "RandomFaults",
    "TranscodeFault",
]
