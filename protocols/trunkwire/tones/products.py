"""Products of many short rows with a small matrix, in pieces that stay on one thread.

Products of this size are over before a second thread has woken up, and waking it slows down everything
else; BLAS libraries start threads from about 2**18 multiplications on.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)

_MULTIPLICATIONS = 200_000


def product(rows: NDArray[_Real], matrix: NDArray[_Real]) -> NDArray[_Real]:
    """`rows` (n, k) times `matrix` (k, m): (n, m)."""
    piece = max(_MULTIPLICATIONS // matrix.size, 1)
    if len(rows) <= piece:
        return rows @ matrix
    whole = len(rows) // piece * piece
    out = np.empty((len(rows), matrix.shape[1]), rows.dtype)
    np.matmul(
        rows[:whole].reshape(-1, piece, rows.shape[1]),
        matrix,
        out=out[:whole].reshape(-1, piece, out.shape[1]),
    )
    if whole < len(rows):
        out[whole:] = rows[whole:] @ matrix
    return out
