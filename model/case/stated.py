"""What a case states, by path: figures, cells of tables, names; what two cases differ in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from math import isclose
from typing import TYPE_CHECKING, Any

from model.case.parts import BASES, BLANK_ROWS, Band, Source, Total
from model.case.values import label_of, row_key

if TYPE_CHECKING:
    from model.case.case import Case

#: By how much a number may differ and be the same: some programs save 15 of its 17 digits.
ROUNDED = 1e-14
#: What a published figure states apart from its value.
ABOUT = ("line", "year", "quarter", "kind")


def stated(case: Case) -> dict[str, Any]:
    """Return all that a case states, apart from its sources and the origins of its figures.

    Examples
    --------
    >>> from model.case.case import load
    >>> stated(load("cerebras"))["tables.peers.amd.company"]
    'AMD'
    """
    company = case.company
    found: dict[str, Any] = {
        f"company.{name}": getattr(company, name)
        for name in ("name", "ticker", "about", "scenario")
    }
    if company.limits:
        found["company.limits"] = company.limits
    if company.basis != BASES[0]:
        found["company.basis"] = company.basis
    if company.blank_rows != BLANK_ROWS:
        found["company.blank_rows"] = company.blank_rows
    for key, security in case.securities.items():
        found |= {f"securities.{key}.name": security.name, f"securities.{key}.type": security.type}
    found |= {f"segments.{key}.name": each.name for key, each in case.segments.items()}
    months = {path: _months(path, band) for path, band in bands(case)}
    for path, figure in case.figures.items():
        above = path.rpartition(".")[0]
        if above in months:
            # All bands of a balance in their order, of which one may have no figure.
            place = above.rpartition(".")[0]
            for path_of_band in [p for p in months if p.rpartition(".")[0] == place]:
                found |= months.pop(path_of_band)
        found[path] = figure.value
        if figure.label != label_of(path):
            found[f"{path}.label"] = figure.label
    found |= {p: v for each in months.values() for p, v in each.items()}
    for key, known in case.published.items():
        found |= {f"published.{key}.{n}": v for n in ABOUT if (v := getattr(known, n))}
    for key, table in case.tables.items():
        if table.label != label_of(f"tables.{key}"):
            found[f"tables.{key}.label"] = table.label
        columns = [row_key(header) for header in table.fields]
        for name, row in table.rows.items():
            cells = zip(columns, row.values, strict=True)
            found |= {f"tables.{key}.{name}.{column}": v for column, v in cells if v != ""}
    for key, total in case.totals.items():
        path = f"totals.{key}"
        found |= {f"{path}.total": total.total, f"{path}.parts": total.parts}
        if total.tolerance != Total.tolerance:
            found[f"{path}.tolerance"] = total.tolerance
    return found


def sources(case: Case) -> dict[str, Any]:
    """Return what a case states of its sources, by path."""
    return {
        f"sources.{key}.{f.name}": said
        for key, source in case.sources.items()
        for f in fields(Source)
        if (said := getattr(source, f.name))
    }


def entries(case: Case) -> list[str]:
    """Return the paths of what a case lists under keys of its own, such as rows of tables."""
    found = [
        f"{section}.{key}"
        for section in ("prices", "securities", "segments", "published", "totals")
        for key in getattr(case, section)
    ]
    if case.rpo is not None:
        found += [f"rpo.{place}" for place in case.rpo.balances if place != "opening"]
    found += [path for path, _ in bands(case)]
    found += [f"tables.{key}.{name}" for key, table in case.tables.items() for name in table.rows]
    return found


def bands(case: Case) -> Iterator[tuple[str, Band]]:
    """Yield the bands of a case by their paths."""
    if case.rpo is None:
        return
    of = {f"{key}.bands": balance.bands for key, balance in case.rpo.balances.items()}
    for place, found in (of | {"conversion": case.rpo.conversion}).items():
        for key, band in found.items():
            yield f"rpo.{place}.{key}", band


def _months(path: str, band: Band) -> dict[str, int]:
    """Return the months of a band by path."""
    last = {} if band.to_month is None else {f"{path}.to_month": band.to_month}
    return {f"{path}.from_month": band.from_month, **last}


def differ(one: Any, other: Any) -> bool:
    """Tell whether two stated values differ by more than the last digits of a number."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or any(map(differ, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return not isclose(one, other, rel_tol=ROUNDED)
    return bool(one != other)
