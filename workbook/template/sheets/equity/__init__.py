"""Equity: vesting, diluted EPS, the offer, headlines."""

from __future__ import annotations

from model.case.parts import Security
from model.dilution.headlines import Reconciliation
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import UNIT, contracted_megawatts, has, is_text, linked, scalar
from workbook.template.sheets.dilution import columns, taking_part
from workbook.template.sheets.equity import earnings, offer

LABEL = 3
#: Columns of the widest block, the headlines, whose findings extend over two more.
COLUMNS = len(Reconciliation.declared) + 2
LAST = LABEL + COLUMNS
#: Figures of a case that each section needs; a section is written if all are given.
VESTING = ("tables.warrant_conditions", "tables.plant")


def write(book: Book) -> None:
    """Write the sheet, if the case has the inputs of at least one section."""
    sections = (VESTING, earnings.NEEDED, *offer.SECTIONS)
    if not any(has(book, needed) for needed in sections):
        return
    page = book.page(
        "Equity",
        "dilution in depth, the offer and the headlines",
        [11, 2, 36, 15, 15, 12.5, 21, *[12.5] * (COLUMNS - 5), 38],
        freeze=f"D{HEAD_ROWS + 1}",
        label=LABEL,
    )
    page.tall_heads = True
    for column in range(UNIT, LAST + 1):
        text = {UNIT: "Unit", LABEL: "Line"}.get(column)
        page.put(HEAD_ROWS, column, text, "head_left")
    if has(book, VESTING):
        page.section(
            "Performance warrants: what vests at the share price and with the capacity contracted",
            LAST,
        )
        _vesting(page, book)
    if has(book, earnings.NEEDED):
        page.section("Diluted earnings per share, the accounting measure", LAST)
        earnings.write(page, book)
    offer.write_sections(page, book, LAST)
    page.finish(LAST)


# Sections ----------------------------------------------------------------------------------------


def _vesting(page: Page, book: Book) -> None:
    kind, number, *_ = columns(book)
    common = scalar(
        page, "m shares", "Common stock behind the market value",
        f'=SUMPRODUCT(({kind}="common")*{number})',
    )  # fmt: skip
    page.row += 1
    count = len(book.case.tables["warrant_conditions"].rows)
    block = page.result(
        "Warrants_vested",
        f"WARRANT_VESTING(Warrant_conditions,Share_price,{common.local},Valuation_date,"
        f"{contracted_megawatts(book)})",
        rows=count,
    )
    book.recount(block.part(1, 2, count, 5), block.part(count + 1, 4, 1, 3))
    book.name("Warrants_vested", block, "Performance warrants vested")
    conditions, of, share, vested = (
        block.column_of(name) for name in ("condition", "count", "share", "vested")
    )
    total = block.total("vested")
    if _warrants(book):
        _ahead(page, book, total)
    by_value = "+".join(is_text(str(conditions), f'"{name}"') for name in ("none", "market value"))
    book.checks += [
        Check("Vesting: shares vested are count times vested share",
              f"SUMPRODUCT({of}*{share})", str(total)),
        Check("Vesting: the tranches sum to the total", f"SUM({vested})", str(total)),
        Check("Vesting: tranches without a condition or on a market value, natively",
              _vested_by_value(book, common),
              f"SUMPRODUCT(({by_value})*{vested})"),
    ]  # fmt: skip


def _ahead(page: Page, book: Book, vested: Area) -> None:
    """Show the part of each warrant counted in market value, and why, next to the vested part."""
    warrants = _warrants(book)
    rows = [
        [str(at.part(0, 0)), taking_part(book, at, "Share_price"), str(at.part(0, 2))]
        for _, at in warrants
    ]
    top = page.row + 1
    table = linked(
        page, ["Counted at the share price", "Shares", "Of"], rows,
        ["@", styles.SHARES, styles.SHARES],
    )  # fmt: skip
    for i, (security, _) in enumerate(warrants):
        page.put(top + i, LABEL + 3, security.included.note if security.included else "", "note")
        page.sheet.merge_cells(
            start_row=top + i, end_row=top + i, start_column=LABEL + 3, end_column=LAST
        )
    page.row -= 1
    counted_less_vested = f"=SUM({table.part(1, 1, len(rows)).local})-{vested.local}"
    ahead = scalar(page, "m shares", "Counted ahead of vesting", counted_less_vested)
    book.checks.append(
        Check("Vesting: warrants counted less those vested, natively",
              f"{_named(book)}-{vested}", str(ahead))
    )  # fmt: skip


def _warrants(book: Book) -> list[tuple[Security, Area]]:
    """Find the case's warrants, each with its row on Inputs."""
    table = book.areas["Securities"]
    return [
        (security, table.part(i, 0, 1, table.columns))
        for i, security in enumerate(book.case.securities.values(), 1)
        if security.type == "warrant"
    ]


def _named(book: Book) -> str:
    """Sum the counts included of the securities named after those warrants."""
    names = book.areas["Securities"].part(1, 0, len(book.case.securities))
    _, number, *_ = columns(book)
    return "+".join(f"SUMPRODUCT(({names}={at.part(0, 0)})*{number})" for _, at in _warrants(book))


def _vested_by_value(book: Book, common: Area) -> str:
    table = book.areas["tables.warrant_conditions"]
    headers = list(book.case.tables["warrant_conditions"].columns)
    count, condition, threshold = (
        table.part(1, headers.index(h), table.rows - 1) for h in ("Count", "Condition", "Threshold")
    )
    reached = f'({condition}="market value")*(Share_price*{common}>={threshold})'
    return f'SUMPRODUCT((({condition}="none")+{reached})*{count})'
