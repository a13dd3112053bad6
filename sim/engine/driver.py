"""The one compiled driver of all pipelines: it calls phases by address and depends on none of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.engine.records import call
from sim.numerics.compile import kernel

Words = npt.NDArray[np.int64]


@kernel
def drive(
    addresses: Words, starts: Words, table: Words, base: Words, stride: Words, numbers: Words, lo: int, hi: int, block: int
) -> int:
    """Run every phase over rows lo to hi, block by block; returns 0, or 1 + the place of a phase that failed."""
    for s in range(lo, hi, block):
        n = min(block, hi - s)
        for k in range(addresses.shape[0]):
            a = starts[k]
            for j in range(a, starts[k + 1]):
                table[j] = base[j] + s * stride[j]
            table[a] = n
            table[a + 1] = s
            table[a + 2] = hi
            if call(addresses[k], table.ctypes.data + 8 * a, numbers[k]) != 0:
                return k + 1
    return 0
