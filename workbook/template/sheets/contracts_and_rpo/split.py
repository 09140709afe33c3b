"""Back-tests by shape: revenue after each balance, by where it came from.

A section of the sheet Contracts and RPO, below the back-test whose tables it reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from model.case.parts import Balance, Band
from model.rpo.backtest_split import COMPARED, CONTRACTS
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, band_cells, put_line, run_rate
from workbook.template.sheets.contracts_and_rpo.balance import LAST

HEADING = "Back-test by shape: the old balance, contracts signed since, the rest"

#: Contracts that differ from the balance by more than this part of it are not those in it.
WHOLE = 0.01


def rows(book: Book) -> int:
    """Return the rows of what is printed: the errors of all shapes, with their header."""
    return 1 + len(_shapes(book)) + 1


def _shapes(book: Book) -> list[str]:
    """Name the shapes in which balances are tested: the opening one, then each later one."""
    later = [b for b in book.rpo.later.values() if b.recognised]
    # The newest filing cannot be tested yet.
    return [*_first(book), *COMPARED * sum(bool(b.bands) for b in later[:-1])]


def _first(book: Book) -> list[str]:
    """Name the shapes in which the opening balance is tested."""
    own = [CONTRACTS] if _contracts_are_the_balance(book) else []
    return [*(COMPARED if run_rate(book) else COMPARED[:-1]), *own]


def write(page: Page, book: Book, filings: Area, bands: Area) -> None:
    """Write the errors of all shapes, which are printed, and the split in the case's shape."""
    later = {k: b for k, b in book.rpo.later.items() if b.recognised}
    rate, signed = run_rate(book), _contracts_are_the_balance(book)
    given = f"{filings.local},{bands.local}"
    # An argument between others cannot be left out, but its cell can hold an empty text: of an
    # empty cell, Calc passes 0.
    before = Area(page.title, page.row, FIRST)
    put_line(
        page,
        "USD m",
        "Monthly revenue before, where stated",
        ["=Run_rate" if rate else '=""'],
    )
    page.row += 1
    contracts = ",Customer_contracts" if signed else ""
    shapes = _shapes(book)
    with page.within("shapes"):
        page.section(HEADING, LAST)
        errors = page.result(
            "Backtest_shapes",
            f"RPO_BACKTEST_SHAPES({given},Final_month,{before.local}{contracts})",
            rows=len(shapes),
            column=LABEL,
            named=shapes,
        )
        page.two_lines(errors)
    # What is not disclosed is a text.
    book.recount(errors.part(1, 1, len(shapes), 4), errors.part(1, 6, len(shapes), 4))
    book.name("Backtest_shapes", errors, "Errors of every balance with later filings, by shape")
    split = page.result(
        "Backtest_split",
        f"RPO_BACKTEST_SPLIT({given},Rpo_shape,Final_month{rate})",
        across=len(later),
        column=LABEL,
    )
    book.recount(split.part(1, 1, 3, len(later)), split.part(5, 1, split.rows - 5, len(later)))
    book.name("Backtest_split", split, "Revenue after the opening balance, by where it came from")
    _checks(book, errors, split, len(_first(book)), later)
    _flat(book, errors, split, later)


def _contracts_are_the_balance(book: Book) -> bool:
    """Tell whether the contracts of the case are those in its balance."""
    if "customer_contracts" not in book.case.tables:
        return False
    balance = book.rpo.opening.amount.number
    value = float(book.case.table("customer_contracts").value.sum())
    return abs(value - balance) <= WHOLE * balance


def _checks(
    book: Book, errors: Block, split: Block, first: int, later: Mapping[str, Balance]
) -> None:
    """Check that parts add up, that bookings follow from the inputs, and errors from the parts."""
    count = len(later)
    scheduled, new, outside, predicted, actual, booked, least, most = (
        split.line(name)
        for name in ("scheduled", "new", "outside", "predicted", "actual", "bookings", "least",
                     "most")
    )  # fmt: skip
    shape, error = (errors.column_of(name).part(0, 0, first) for name in ("shape", "error"))
    over_all = f"SUM({predicted})/SUM({actual})-1"
    own, last = f"SUM({actual})-SUM({outside})", str(most.part(0, count - 1))
    balances = ",".join(str(book.areas[f"rpo.later.{key}.amount"]) for key in later)
    predictions, revenue, all_errors = (
        errors.column_of(name) for name in ("predicted", "actual", "error")
    )
    book.checks += [
        Check("Back-test by shape: the parts add up to what is predicted",
              f"SUM({scheduled})+SUM({new})+SUM({outside})", f"SUM({predicted})"),
        Check("Back-test by shape: the old balance is that of the back-test",
              f"SUM({book.block('Backtest').line('scheduled')})", f"SUM({scheduled})"),
        Check("Back-test by shape: bookings from the first balance and the last",
              f"{book.areas[f'rpo.later.{list(later)[-1]}.amount']}-Opening_balance+{own}",
              f"SUM({booked})"),
        *(Check(f"Back-test by shape: bookings by {b.date.value:%B %Y} by hand", hand, cell)
          for b, hand, cell in zip(later.values(), _booked(book, later), each_of(booked),
                                   strict=True)),
        Check("Back-test by shape: the error of the shape of the forecast",
              f"IFERROR(INDEX({error},MATCH(Rpo_shape,{shape},0)),{over_all})", over_all),
        Check("Back-test by shape: errors weighted by revenue add up to the overprediction",
              f"SUMPRODUCT({all_errors}*{revenue})", f"SUM({predictions})-SUM({revenue})"),
        Check("Back-test by shape: the old balance brought at most all revenue from it",
              f"MIN({own},Opening_balance)", last),
        Check("Back-test by shape: the old balance brought at least its fall without cancellations",
              f"MIN(MAX(0,Opening_balance-MIN({balances})),{last})",
              str(least.part(0, count - 1))),
    ]  # fmt: skip


def _booked(book: Book, later: Mapping[str, Balance]) -> list[str]:
    """Give the bookings of each period as formulas of the inputs."""
    before, found = "Opening_balance", []
    for key in later:
        amount, recognised = (
            book.areas[f"rpo.later.{key}.{name}"] for name in ("amount", "recognised")
        )
        outside = book.areas.get(f"rpo.later.{key}.outside")
        found.append(f"{amount}-{before}+{recognised}" + (f"-{outside}" if outside else ""))
        before = str(amount)
    return found


def _flat(book: Book, errors: Block, split: Block, later: Mapping[str, Balance]) -> None:
    """Recalculate the flat shape natively, while only the first bands have been reached."""
    newest = _first_band(book, "Disclosed_bands", book.rpo.opening.bands)
    months = each_of(split.line("to_month"))
    end = months[-1]
    due: list[str] = []
    reached: list[str] = []
    since: list[str] = []
    for month, booked, (key, balance) in zip(
        months, _booked(book, later), later.items(), strict=True
    ):
        if newest is None:
            return
        last, share = newest
        if not due:
            due.append(f"Opening_balance*({share})*{end}/{last}")
            reached.append(f"({end}<={last})")
        if balance.bands:
            newest = _first_band(book, f"rpo.later.{key}.bands", balance.bands)
            if newest is None:
                return
            last, share = newest
        if month != end:
            since.append(f"({booked})*({share})*({end}-{month})/{last}")
            reached.append(f"({end}-{month}<={last})")
    for name, label, hand in (
        ("scheduled", "the old balance", due),
        ("new", "contracts signed since", since or ["0"]),
    ):
        cell = str(errors.column_of(name).part(0, 0))
        book.checks.append(
            Check(f"Back-test by shape: {label}, flat, by hand",
                  f"IF({'*'.join(reached)}=1,{'+'.join(hand)},{cell})", cell)
        )  # fmt: skip


def _first_band(book: Book, area: str, bands: Mapping[str, Band]) -> tuple[str, str] | None:
    """Give the last month and the share of a first band, unless one of them is not stated."""
    band = next(iter(bands.values()))
    if band.to_month is None or band.stated is None:
        return None
    _, last, share = band_cells(book.areas[area], bands, 0)
    return last, share


def each_of(line: Area) -> list[str]:
    """Give the addresses of a line's cells, with their sheet."""
    return [str(line.part(0, i)) for i in range(line.columns)]
