"""Assumptions about a megawatt: typed, or those of the forecast where no Value is typed."""

from __future__ import annotations

from model.case.megawatt import following
from model.compute.assumptions import Assumptions
from model.dcf.segment import UNIT_COSTS
from workbook.tables import key
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import UNIT, column_of, linked, of_segment, table_of
from workbook.template.sheets.contracts_and_rpo.capacity import served_by_the_rest

HEADERS = ("Assumption", "Value", "Low", "High")
NAME = "Megawatt_assumptions"
#: What the forecast says of each assumption that follows from it.
SAME = {
    "price": "one price of a MW-year, that of the contracts",
    "utilisation": "the share paid for is that of the segment",
    "capex": "one price of a MW, that of the plant",
    "life": "the life of a MW is that of the plant",
    "power_price": "power of a MW-year is that of the segment",
    "other_cost": "other cost of a MW-year is that of the segment",
}


def write(page: Page, book: Book) -> None:
    """Write the table that the functions take, and check what is typed against the forecast."""
    stated = {key(str(row[0])): i for i, row in enumerate(table_of(book, "infrastructure")) if i}
    follow = following(book.case)
    names = [*stated, *(name for name in follow if name not in stated)]
    table = Area(page.title, page.row, page.label, 1 + len(names), len(HEADERS))
    values = {name: table.part(1 + i, 1) for i, name in enumerate(names)}
    live = _live(book, values)
    rows = []
    for name in names:
        if name not in stated:
            rows.append([f'"{Assumptions.declared[name].header}"', live[name], '""', '""'])
            continue
        label = f'"{table_of(book, "infrastructure")[stated[name]][0]}"'
        value, low, high = (_typed(book, label, header) for header in HEADERS[1:])
        own = values[name].local
        # A range holds the value, wherever the forecast takes it.
        ends = (f"MIN({low},{own})", f"MAX({high},{own})") if name in live else (low, high)
        rows.append([
            label,
            f'IF({value}="",{live.get(name, chr(34) * 2)},{value})',
            f'IF({low}="","",{ends[0]})',
            f'IF({high}="","",{ends[1]})',
        ])  # fmt: skip
    linked(page, list(HEADERS), rows, ["@", *[styles.PLAIN] * 3])
    units(page, table.row, [Assumptions.declared[name].unit for name in names])
    book.name(NAME, table, "A megawatt of capacity, from the forecast where no Value is typed")
    for name, formula in live.items():
        ours, theirs = str(values[name]), formula
        if name == "price":
            theirs = str(book.areas["contracts.price"])
        elif name == "power_price":
            ours = f"{ours}*8760*{assumed(book, 'pue')}/10^6"
            theirs = _of_segments(book, ("power_cost",))
        book.checks.append(Check(f"Megawatt: {SAME[name]}", ours, theirs))


def units(page: Page, head: int, texts: list[str]) -> None:
    """Write the unit of each row below a head."""
    for i, text in enumerate(texts, 1):
        page.put(head + i, UNIT, text, "unit")


def _live(book: Book, values: dict[str, Area]) -> dict[str, str]:
    """Give the formula of each assumption that follows from plant, contracts and segments."""
    follow = following(book.case)
    if not follow:
        return {}
    mw_by_contract, months = (book.areas[f"contracts.{key}"] for key in ("megawatts", "months"))
    mw, cost, life = (column_of(book, "plant", h) for h in ("MW", "Price per MW", "Life"))
    pue = values["pue"].local if "pue" in values else "1"
    live = {
        "price": f"{served_by_the_rest(book)}/(SUMPRODUCT({mw_by_contract},{months})/12)",
        "utilisation": f"1+{_of_segments(book, ('utilisation',), base=1)}",
        "capex": f"SUMPRODUCT({mw}*{cost})/SUM({mw})",
        "life": f"SUMPRODUCT({mw}*{life})/SUM({mw})",
        "power_price": f"{_of_segments(book, ('power_cost',))}*1000*1000/(8760*{pue})",
        "other_cost": _of_segments(book, tuple(n for n in UNIT_COSTS if n != "power_cost")),
    }
    return {name: live[name] for name in follow}


def _of_segments(book: Book, names: tuple[str, ...], base: int = 0) -> str:
    """Give drivers of the segments, less a base, as the average of the megawatts that serve them.

    Of a driver by year, the first year's.
    """
    mw = column_of(book, "plant", "MW")
    terms = []
    for path in book.areas:
        section, _, rest = path.partition(".")
        segment, _, name = rest.partition(".")
        if section != "segments" or name not in names:
            continue
        cell = book.live(path).part(0, 0)
        less = f"({cell}-{base})" if base else str(cell)
        terms.append(f"{less}*SUMPRODUCT({of_segment(book, 'plant', segment)}*{mw})")
    return f"({'+'.join(terms) or 0})/SUM({mw})"


def assumed(book: Book, name: str) -> str:
    """Return the cell of an assumption, or the default of one that the case leaves out."""
    table = book.areas[NAME]
    names = [key(str(row[0])) for row in table_of(book, "infrastructure")][1:]
    names += [other for other in following(book.case) if other not in names]
    if name in names:
        return str(table.part(1 + names.index(name), 1))
    return "1" if name in ("pue", "idle_draw") else "0"


def cells(book: Book, name: str) -> Area:
    """Return the value, low and high of an assumption that the case states."""
    names = [key(str(row[0])) for row in table_of(book, "infrastructure")][1:]
    return book.areas[NAME].part(1 + names.index(name), 1, 1, 3)


def moves(book: Book, name: str) -> bool:
    """Tell whether the case gives a low and a high of an assumption."""
    headers, *rows = table_of(book, "infrastructure")
    return any(key(str(row[0])) == name and row[headers.index("Low")] != "" for row in rows)


def _typed(book: Book, label: str, header: str) -> str:
    """Find what is typed of an assumption by its name, whatever the order of the rows."""
    name, typed = (column_of(book, "infrastructure", h) for h in ("Assumption", header))
    return f"INDEX({typed},MATCH({label},{name},0))"
