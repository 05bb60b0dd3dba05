"""The K-weighting filter (ITU-R BS.1770-5, annex 1), in a form that filters blocks at once.

Both of its stages together are a linear system with four states. Over a block of `BLOCK`
samples its output is one matrix product of the samples and the four states that stood before
them; what the block adds to the states is another. A third product connects the blocks of a
group, so that only a short recursion over groups is left: far less work than a loop over samples.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from yotokit.loading import load

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BLOCK", "GROUP", "ORDER", "BlockFilter", "block_filter", "k_weighting"]

BLOCK = 32  # samples
GROUP = 16  # blocks
ORDER = 4
_STANDARD_HZ = 48_000
_ALTERNATING = np.array([1.0, -1.0, 1.0])
_HORIZON = 4096  # samples, over which states are told apart by their output
_FORGOTTEN = 1e-9  # of a state: less than float32 resolves, so what is left changes nothing


Stage: TypeAlias = "tuple[NDArray[np.float64], NDArray[np.float64]]"


@lru_cache
def k_weighting(sample_rate_hz: int) -> tuple[Stage, Stage]:
    """Return the two stages of the K-weighting filter at a sample rate.

    The design is pyloudnorm's ``DeMan`` class, which is exact at 48 kHz; its default class is
    0.04 LU off at 1 kHz. At other rates the high-pass gets the gain that it has at 48 kHz, or
    the same sound would read up to 0.03 LU less at 192 kHz.

    Returns
    -------
    shelf, high_pass : tuple of ndarray
        Of each the numerator and the denominator, shape (3,).
    """
    (shelf, high_pass), (_, standard) = _design(sample_rate_hz), _design(_STANDARD_HZ)
    # With the numerator 1, -2, 1 the gain above the corner is 4 / (1 - a1 + a2).
    same = (high_pass[1] * _ALTERNATING).sum() / (standard[1] * _ALTERNATING).sum()
    return shelf, (high_pass[0] * same, high_pass[1])


def _design(sample_rate_hz: int) -> tuple[Stage, Stage]:
    load("pyloudnorm")
    import pyloudnorm  # noqa: PLC0415 - takes a second, so only when something is measured

    filters = pyloudnorm.Meter(sample_rate_hz, filter_class="DeMan")._filters  # noqa: SLF001
    shelf, high_pass = filters["high_shelf_DeMan"], filters["high_pass_DeMan"]
    return (shelf.b, shelf.a), (high_pass.b, high_pass.a)


class BlockFilter(NamedTuple):
    """A filter over blocks of samples, all matrices to be applied from the right.

    Attributes
    ----------
    output : ndarray of float32, shape (BLOCK + ORDER, BLOCK)
        From a block's samples and the states before it to its filtered samples.
    drive : ndarray of float32, shape (BLOCK, ORDER)
        From a block's samples to what they add to the states.
    within : ndarray of float32, shape (GROUP * ORDER, (GROUP + 1) * ORDER)
        From what each block of a group adds to the states before each of them, and behind the
        last, as if there were none before the first.
    spread : ndarray of float32, shape (ORDER, GROUP * ORDER)
        From the states before a group to what is left of them before each of its blocks.
    decays : tuple of ndarray, shape (ORDER, ORDER)
        What is left of states after 1, 2, 4, 8... groups, until nothing is.
    """

    output: NDArray[np.float32]
    drive: NDArray[np.float32]
    within: NDArray[np.float32]
    spread: NDArray[np.float32]
    decays: tuple[NDArray[np.float64], ...]


@lru_cache
def block_filter(sample_rate_hz: int) -> BlockFilter:
    """Return the K-weighting filter at a sample rate, for blocks."""
    step, entry, exit_, through = _state_space(sample_rate_hz)
    powers = _powers(step, BLOCK)
    seen = np.vstack([exit_ @ power for power in powers[:BLOCK]])
    drive = np.hstack([power @ entry for power in powers[BLOCK - 1 :: -1]])
    impulse = np.concatenate([through.ravel(), (seen[:-1] @ entry).ravel()])
    delay = np.subtract.outer(np.arange(BLOCK), np.arange(BLOCK))
    response = np.where(delay >= 0, impulse[np.abs(delay)], 0.0)
    over = _powers(powers[BLOCK].T, GROUP)
    nothing = np.zeros((ORDER, ORDER))
    within = [
        [over[before - block - 1] if block < before else nothing for before in range(GROUP + 1)]
        for block in range(GROUP)
    ]
    decays = [over[GROUP]]
    while np.abs(further := decays[-1] @ decays[-1]).max() > _FORGOTTEN:
        decays.append(further)
    return BlockFilter(
        np.vstack([response.T, seen.T]).astype(np.float32),
        drive.T.astype(np.float32),
        np.block(within).astype(np.float32),
        np.hstack(over[:GROUP]).astype(np.float32),
        tuple(decays),
    )


def _powers(matrix: NDArray[np.float64], highest: int) -> list[NDArray[np.float64]]:
    powers = [np.eye(len(matrix))]
    for _ in range(highest):
        powers.append(powers[-1] @ matrix)
    return powers


def _state_space(sample_rate_hz: int) -> tuple[NDArray[np.float64], ...]:
    """Return both stages as one system of four states.

    The states stand in coordinates of the output that they lead to, so that nothing large
    cancels, and float32 is enough for them.
    """
    load("scipy.signal")
    from scipy.signal import tf2ss  # noqa: PLC0415 - pyloudnorm loads it anyway

    first, second = (tf2ss(*stage) for stage in k_weighting(sample_rate_hz))
    step = np.block([[first[0], np.zeros((2, 2))], [second[1] @ first[2], second[0]]])
    entry = np.vstack([first[1], second[1] @ first[3]])
    exit_ = np.hstack([second[3] @ first[2], second[2]])
    rows = [exit_]
    for _ in range(_HORIZON):
        rows.append(rows[-1] @ step)
    coordinates = np.linalg.qr(np.vstack(rows), mode="r")
    back = np.linalg.inv(coordinates)
    return coordinates @ step @ back, coordinates @ entry, exit_ @ back, second[3] @ first[3]
