"""Is what is kept of contracts and plant that of the drivers, the contracts and the plant given?

The oracle is the same valuation with nothing kept.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from model.case.case import load
from model.case.file import names
from model.dcf import segment_capital, segment_contracts
from model.dcf.segment import Segment
from model.dcf.signed import SignedContracts
from model.dcf.value import dcf_value
from model.errors import InputError
from model.uncertainty.changes import Business, Relative, changed
from model.valuation import value

FORTNIGHT = timedelta(days=14)


def worth(b: Business) -> Any:
    return dcf_value(b.drivers, b.securities, b.contracted, b.plant).by_line.tobytes()


def inputs(b: Business) -> list[str]:
    """Return every input that is a number, the company's and those of segments and tables."""
    company = [n for n, f in type(b.drivers).declared.items() if f.kind == "number"]
    of_segments = [
        f"{s.name}/{n}"
        for s in b.drivers.stated["segments"]
        for n, f in Segment.declared.items()
        if f.kind == "number"
    ]
    tables = [t for t in (b.contracted, b.plant) if t is not None]
    of_tables = [
        f"{row}/{n}"
        for table in tables
        for row in table.name
        for n, f in type(table).declared.items()
        if f.kind == "number"
    ]
    return company + of_segments + of_tables


@pytest.mark.parametrize("name", names())
def test_a_value_is_the_same_with_nothing_kept(name: str) -> None:
    business = value(load(name)).business
    before, moved = worth(business), 0
    for each in inputs(business):
        try:
            other = changed(business, [(each, Relative(0.97))], "test")
            kept = worth(other)
        except InputError:
            # What is not stated, and what must be a whole number.
            continue
        moved += kept != before
        segment_contracts._of_one.cache_clear()
        segment_capital._of_one.cache_clear()
        assert worth(other) == kept, each
        assert worth(business) == before, each
    assert moved > 10


def test_what_is_kept_cannot_be_changed() -> None:
    business = value(load("cerebras")).business
    assert isinstance(business.contracted, SignedContracts)
    made = segment_contracts.recognised(business.drivers, business.contracted)
    with pytest.raises(ValueError, match="read-only"):
        made.signed[...] = np.zeros(1)


@pytest.mark.parametrize("of", ["valuation_date", "balance_date", "first_year_end"])
def test_another_date_is_another_schedule(of: str) -> None:
    business = value(load("cerebras")).business
    before, stated = worth(business), getattr(business.drivers, of)
    # A year end a year later, and the other dates two weeks earlier.
    day = stated.replace(year=stated.year + 1) if of == "first_year_end" else stated - FORTNIGHT
    changes = {of: day}
    if of == "first_year_end":
        changes["valuation_date"] = business.drivers.valuation_date.replace(year=stated.year + 1)
        changes["balance_date"] = business.drivers.balance_date
    other = replace(business, drivers=business.drivers.changed(across=None, **changes))
    kept = worth(other)
    assert kept != before
    segment_contracts._of_one.cache_clear()
    segment_capital._of_one.cache_clear()
    assert worth(other) == kept


def test_a_thousand_contracts_are_not_kept() -> None:
    """A hundred such results would fill the memory."""
    business = value(load("cerebras")).business
    assert isinstance(business.contracted, SignedContracts)
    months = business.contracted.amounts.shape[-1]
    many = SignedContracts(
        [f"Contract {i}" for i in range(1000)],
        [business.contracted.segment[0]] * 1000,
        amounts=np.ones((1000, months)),
        recovery=0.0,
    )
    before = segment_contracts._of_one.cache_info().currsize
    made = segment_contracts.recognised(business.drivers, many)
    assert made.signed.shape[-2] == 1000
    assert segment_contracts._of_one.cache_info().currsize == before
