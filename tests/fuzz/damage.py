"""Damage a file, a little or much, as its format and a number have it."""

from __future__ import annotations

import random

from seeds import with_ogg_checksums

HEAD = 200
EXTREMES = (0, 1, 2, 3, 7, 8, 9, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000)
EXTREMES += (0x00FFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF, 1 << 32, (1 << 63) - 1)


def place(chance: random.Random, data: bytearray) -> int:
    """Return a place to damage; in the header as often as in all the rest."""
    most = len(data) if chance.random() < 0.5 else min(HEAD, len(data))
    return chance.randrange(max(1, most))


def flip(chance, data):
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        if data:
            data[place(chance, data) % len(data)] ^= 1 << chance.randrange(8)


def overwrite(chance, data):
    begin, count = place(chance, data), chance.choice((1, 2, 4, 16))
    value = chance.choice((b"\x00", b"\xff", b"\x7f", b"\x80", None))
    fresh = value * count if value else chance.randbytes(count)
    data[begin : begin + count] = fresh[: len(data) - begin]


def set_field(chance, data):
    size, order = chance.choice((1, 2, 2, 4, 4, 4, 8)), chance.choice(("little", "big"))
    value = chance.choice((*EXTREMES, len(data), len(data) * 2)) % (1 << 8 * size)
    begin = chance.randrange(max(1, min(HEAD, len(data) - size)))
    data[begin : begin + size] = value.to_bytes(size, order)


def delete(chance, data):
    begin = place(chance, data)
    del data[begin : begin + chance.choice((1, 2, 4, 37, 512))]


def duplicate(chance, data):
    begin, count = place(chance, data), chance.choice((1, 4, 37, 512))
    data[begin:begin] = data[begin : begin + count] * chance.choice((1, 1, 2, 20))


def insert(chance, data):
    begin = place(chance, data)
    data[begin:begin] = chance.randbytes(chance.choice((1, 2, 4, 37, 512)))


def truncate(chance, data):
    del data[place(chance, data) :]


def mix(chance, data):
    other = chance.randrange(max(1, len(data)))
    begin, count = place(chance, data), chance.choice((4, 37, 512))
    piece = bytes(data[other : other + count])
    data[begin : begin + len(piece)] = piece


DAMAGES = (flip, flip, overwrite, set_field, set_field, delete, duplicate, insert, truncate, mix)


def mutant(name: str, untouched: bytes, number: int) -> bytes:
    """Return a mutant; its format and its number say all about it."""
    chance = random.Random(f"{name} {number}")
    data = bytearray(untouched)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        chance.choice(DAMAGES)(chance, data)
    repaired = data.startswith(b"OggS") and chance.random() < 0.7
    return with_ogg_checksums(bytes(data)) if repaired else bytes(data)
