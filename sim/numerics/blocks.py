"""Finding the few marked rows of a block."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numerics.compile import phase


@phase
def find_marked(flags: Any, out: Any) -> int:
    """Positions of the non-zero bytes of `flags`, in order, into `out` (as long as flags); returns their number.

    Eight flags are passed over at a time where none is set.
    """
    n = 0
    eights = flags.shape[0] // 8
    words = flags[: 8 * eights].view(np.uint64)
    for w in range(eights):
        if words[w] != np.uint64(0):
            for j in range(8 * w, 8 * w + 8):
                out[n] = j
                n += 1 if flags[j] != np.uint8(0) else 0
    for j in range(8 * eights, flags.shape[0]):
        out[n] = j
        n += 1 if flags[j] != np.uint8(0) else 0
    return n
