"""Addressed randomness: the published vectors, uniformity, and independence of address parts."""

import numpy as np
import pytest
from numba import uint32

from sim.numerics.compile import kernel
from sim.numerics.functions32 import bell32, unit32
from sim.numerics.philox import Event, keys, lot, raw, words

FULL = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((FULL,) * 4, (FULL, FULL), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_random123_known_answers(counter, key, expected):
    assert tuple(raw(*counter, *key)) == expected


@kernel
def _uniforms(n, month, event, k0, k1):
    out = np.empty(n, np.float32)
    for i in range(n):
        out[i] = unit32(lot(i, month, uint32(event), k0, k1))
    return out


def test_a_word_is_the_lane_of_its_call():
    for event in Event:
        u = _uniforms(3, 5, int(event), *keys(9))[2]
        expected = words(2, 5, int(event) // 4, *keys(9))[int(event) % 4]
        assert u == np.float32(((expected >> 9) + 0.5) * 2.0**-23)


def test_every_event_has_its_own_address():
    assert len({int(e) for e in Event}) == len(Event.__members__)


def test_uniform_and_never_zero_or_one():
    u = _uniforms(200_000, 1, 0, *keys(1)).astype(float)
    assert u.min() > 0
    assert u.max() < 1
    counts, _ = np.histogram(u, 100, (0, 1))
    assert ((counts - 2000) ** 2 / 2000).sum() < 160  # chi-square, 99 degrees of freedom, p about 1e-4


@pytest.mark.parametrize(("a", "b"), [((1, 0), (2, 0)), ((1, 0), (1, 1)), ((1, 4), (60, 4))])
def test_months_and_events_are_uncorrelated(a, b):
    x, y = _uniforms(100_000, *a, *keys(1)), _uniforms(100_000, *b, *keys(1))
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.015


def test_seeds_differ_in_both_halves():
    low, high = keys(2**32 + 5)
    assert (low, high) == (5, 1)
    assert not np.array_equal(_uniforms(10, 1, 0, 5, 1), _uniforms(10, 1, 0, 5, 0))


@kernel
def _bells(n, k0):
    out = np.empty(n, np.float32)
    for i in range(n):
        out[i] = bell32(lot(i, 1, uint32(1), k0, 0))
    return out


def test_bell_has_mean_zero_and_variance_one():
    z = _bells(200_000, 3).astype(float)
    assert abs(z.mean()) < 0.01
    assert abs(z.var() - 1) < 0.01
    assert abs(z).max() < 3.4642
