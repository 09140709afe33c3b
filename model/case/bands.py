"""Bands of a case: as the filing states them, and separated."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from model.case.parts import Band
from model.errors import InputError, shown
from model.rpo.stated import taken_apart


def apart(bands: Mapping[str, Band]) -> tuple[list[int], list[int | None], list[float]]:
    """Return the first month, last month and own share of each band.

    A share that is NaN is what the other bands leave.
    """
    rows = list(bands.values())
    first, last = [b.from_month for b in rows], [b.to_month for b in rows]
    share = [b.stated.number if b.stated else np.nan for b in rows]
    if any(b.cumulative_share for b in rows):
        ends = np.array([np.nan if month is None else month for month in last])
        starts, shares = taken_apart(
            "bands Cumulative share", np.array(first, dtype=float), ends, np.array(share)
        )
        first, share = [int(month) for month in starts], shares.tolist()
    return first, last, share


def check_rising(path: str, bands: Mapping[str, Band]) -> None:
    """Refuse a cumulative share below that of the band before."""
    stated = {k: b.cumulative_share.number for k, b in bands.items() if b.cumulative_share}
    for (before, less), (key, share) in pairwise(stated.items()):
        if share < less:
            raise InputError(
                f"{path}.{key}.cumulative_share",
                f"must be at least that of the band {before!r}, {shown(less)}, not {shown(share)}",
            )
