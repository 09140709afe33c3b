"""Warnings: measures of the valuation outside their plausible range, and doubtful figures.

The measures and their ranges are the model's; here they are recalculated by native formulas, so
that they follow the entries on Inputs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from openpyxl.worksheet.formula import ArrayFormula

from model.case.moving import OWN
from model.plausibility import MEASURES, Measure
from model.uncertainty.scenarios import BASE
from workbook.status import CHECKS, SCENARIO, SEE, SUMMARY
from workbook.template import styles
from workbook.template.area import Area, ref
from workbook.template.labels import quoted
from workbook.template.layout import Book, Page
from workbook.template.sheets import facts, sources
from workbook.template.sheets.dcf.lines import (
    base_revenue,
    driver,
    forecast_line,
    funding_line,
    value_line,
    valued,
)
from workbook.template.sheets.inputs.scenario import PATH
from workbook.template.sheets.securities import outstanding

LABEL, VALUE, LOW, HIGH, VERDICT, NUMBER, REASON, LOOK = range(3, 11)
#: Verdicts on a measure.
WITHIN, OUTSIDE = "ok", "WARNING"


def write(page: Page, book: Book) -> None:
    """Write a row for each measure, and the figures that were doubtful at the build."""
    page.section("Warnings: can the value be believed?", LOOK)
    heads = {
        LABEL: "Measure", VALUE: "Value", LOW: "At least", HIGH: "At most", VERDICT: "Verdict",
        NUMBER: "No.", REASON: "Why it is doubtful outside", LOOK: "Look at",
    }  # fmt: skip
    for column in range(1, LOOK + 1):
        style = (
            "head"
            if column in (VALUE, LOW, HIGH, NUMBER)
            else "note_head"
            if column > HIGH
            else "head_left"
        )
        page.put(page.row, column, heads.get(column), style)
    page.row += 1
    first = page.row
    for measure in MEASURES:
        _row(page, measure, NATIVE[measure.key](book))
    count = page.row - first
    verdicts = Area(page.title, first, VERDICT, count)
    book.areas["warnings.labels"] = Area(page.title, first, LABEL, count)
    book.areas["warnings.numbers"] = Area(page.title, first, NUMBER, count)
    for row in range(first, page.row):
        above = f"{ref(first, VERDICT)}:G{row}"
        number = f'=IF(G{row}="{OUTSIDE}",COUNTIF({above},G{row}),"")'
        page.put(row, NUMBER, number, "calc", styles.COUNT)
    page.fill_where(verdicts.local.replace("$", ""), f'$G{first}="{OUTSIDE}"', styles.NOTE_FILL)
    doubtful = list(_doubtful(book))
    if doubtful:
        page.section("Figures that were doubtful when the workbook was built", LOOK)
        for text in doubtful:
            page.put(page.row, LABEL, text, "text")
            page.merge(page.row, LABEL, LOOK)
            page.row += 1
    warned = f'COUNTIF({verdicts.local},"{OUTSIDE}")+{len(doubtful)}'
    page.put(*SUMMARY, f"={_summary(book, warned)}", "check")


def _summary(book: Book, warned: str) -> str:
    """Show the value per share, the share price, and the number of warnings in one line."""
    price, value = book.areas[book.case.share_price[0]], value_line(book, "value_per_share")
    # Where a call fails, its block may hold a sentence, errors or nothing, and nothing is not 0.
    worth = f'IF(ISNUMBER({value}),"Value per share "&FIXED({value},2),"Value lost")'
    at = f'LOWER({price.part(0, -1)})&" "&IF(ISNUMBER({price}),FIXED({price},2),"lost")'
    difference = (
        f"IF(ISNUMBER({value})*ISNUMBER({price}),"
        f'IFERROR(" ("&TEXT({value}/{price}-1,"+0%;-0%")&")",""),"")'
    )
    none = f'"no warnings: all {len(MEASURES)} measures are within their range"'
    some = f'{warned}&IF({warned}=1," warning"," warnings")&", {SEE}"'
    if PATH in book.areas:
        # Values that are not those of Base are never read as such.
        scenario = book.areas[PATH]
        worth = f'IF({scenario}={quoted(BASE)},"","{SCENARIO}"&{scenario}&". ")&{worth}'
    return f'{worth}&", "&{at}&{difference}&"; "&IF({warned}=0,{none},{some})'


def _row(page: Page, measure: Measure, formula: str) -> None:
    form = styles.FORMATS.get(measure.unit, styles.COUNT)
    page.put(page.row, LABEL, measure.label, "label")
    style = "link" if "!" in formula else "calc"
    value = page.put(page.row, VALUE, f"={formula}", style, form)
    page.book.areas[f"warnings.{measure.key}"] = value
    low, high = f"D{page.row}>=E{page.row}", f"D{page.row}<=F{page.row}"
    inside = []
    for column, limit, holds in ((LOW, measure.low, low), (HIGH, measure.high, high)):
        if math.isfinite(limit):
            page.put(page.row, column, limit, "fixed", form)
            inside.append(holds)
    page.put(
        page.row,
        VERDICT,
        f'=IF(ISNUMBER(D{page.row}),IF(AND({",".join(inside)}),"{WITHIN}","{OUTSIDE}"),"{OUTSIDE}")',
        "calc_indented",
    )
    page.put(page.row, REASON, _sentence(measure.reason), "note")
    page.put(page.row, LOOK, _sentence(measure.look), "note")
    page.row += 1


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].removesuffix(".") + "."


def _doubtful(book: Book) -> Iterator[str]:
    yield from valued(book).doubts
    for key, label in _unused(book):
        problem = "is only on Inputs: its sheet needs more than the case states."
        yield f"{label} (tables.{key}) {problem}"


def _unused(book: Book) -> list[tuple[str, str]]:
    """Return the case's tables, with their labels, that no formula uses."""
    formulas = "\n".join(
        str(cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value)
        for page in book.workbook
        if page.title not in ("Inputs", CHECKS, "Sources")
        for cell in page._cells.values()
        if cell.data_type == "f"
    )
    words = set(re.findall(r"[A-Za-z_]\w*", formulas))
    rows = {int(row) for row in re.findall(r"'Inputs'!\$?[A-Z]+\$?(\d+)", formulas)}
    return [
        (key, table.label)
        for key, table in book.case.tables.items()
        for area in [book.areas[f"tables.{key}"]]
        if key not in ("facts", "quoted_claims")
        and key.capitalize() not in words
        and rows.isdisjoint(range(area.row, area.row + area.rows))
    ]


def _looks_ahead(book: Book) -> str:
    """Count what was not public in time; what has no such day, by the day that it is of."""
    public, moving = book.areas["sources.public"], book.areas["sources.moves_value"]
    known = f'COUNTIFS({public},">"&Valuation_date,{moving},"yes")'
    later = f"*({book.areas['sources.as_of']}>Valuation_date)"
    return f"{known}+{_undated(book, later)}"


def _undated(book: Book, further: str = "") -> str:
    """Count the figures of others without the day on which they became public."""
    public, moving, quality = (
        book.areas[f"sources.{name}"] for name in ("public", "moves_value", "quality")
    )
    own = "".join(f'*({quality}<>"{name}")' for name in OWN)
    return f'SUMPRODUCT(({public}="")*({moving}="yes"){own}{further})'


def _rests_on_one(book: Book) -> str:
    return f'COUNTIF({book.areas["sources.rests_on"]},"{sources.ONE}")'


def _contradictions(book: Book) -> str:
    found = book.areas.get("facts.findings")
    return f'COUNTIF({found},"{facts.WARNING}*")' if found else "0"


def _quoted_values(book: Book) -> str:
    if "Headline_counts" not in book.areas:
        return "0"
    gap = book.block("Headline_counts").column_of("gap")
    return f"MAX(MAX({gap}),0-MIN({gap}))"


def _share_classes(book: Book) -> str:
    if "Ownership" not in book.areas:
        return "0"
    return f"ABS({book.block('Ownership').total('after')}/({outstanding(book)})-1)"


def _headroom(book: Book) -> str:
    covenants = book.case.funding and "covenants" in book.case.tables
    return f"MIN({book.block('Funding_lines').lines('headroom')})" if covenants else "0"


def _beyond_forecast(book: Book) -> str:
    if book.case.segments:
        return str(value_line(book, "beyond_forecast"))
    if book.case.rpo is None:
        return "0"
    return f"Opening_balance-SUM({forecast_line(book, 'contracted_revenue')})"


def _freed_capital(book: Book) -> str:
    if book.case.segments:
        return f"SUM({book.block('Segment_lines').line('total_freed_capital')})"
    return f'0-SUMIF({forecast_line(book, "reinvestment")},"<0")'


def _run_rate(book: Book) -> str:
    if book.case.rpo is None:
        return "0"
    if book.case.signs:
        first = book.block("Contract_schedule").line("total_contracted").part(0, 0)
    else:
        first = book.block("Schedule").line("recognised").part(0, 0)
    before = _quarter_before(book)
    return f"IF({before}>0,{first}/{before},0)"


def _quarter_before(book: Book) -> str:
    """Give a quarter's revenue: of the year before, or of what the balance states since."""
    found, rpo = [f"{base_revenue(book)}/4"], book.case.rpo
    if rpo is not None and rpo.run_rate is not None:
        found.append("3*Run_rate")
    if rpo is not None and rpo.recognised_in_year is not None:
        gone = "1-(First_year_end-Balance_date)/(First_year_end-EDATE(First_year_end,-12))"
        of_year = book.areas["rpo.recognised_in_year"]
        found.append(f"IF({gone}>0,{of_year}/({gone})/4,0)")
    return f"MAX({','.join(found)})"


def _guided_over_year(book: Book) -> str:
    over = book.areas.get("quarters.guided_over")
    return f"MAX({over})" if over else "0"


def _early_fall(book: Book) -> str:
    if book.case.rpo is None or book.case.rpo.run_rate is None:
        return "0"
    start, end, share = (book.areas["Forecast_bands"].part(1, column) for column in range(3))
    months = f'IF({end}="",Final_month,{end})-{start}+1'
    average = f'IF({share}="",1,{share})*Opening_balance/({months})'
    return f'IF(Rpo_shape="anchored",Run_rate/({average}),0)'


def _revenue_growth(book: Book) -> str:
    base, revenue = base_revenue(book), forecast_line(book, "revenue")
    return f"IF({base}>0,(INDEX({revenue},COLUMNS({revenue}))/{base})^(1/COLUMNS({revenue}))-1,0)"


def _bands_missed(book: Book) -> str:
    apart = book.areas.get("contracts.apart")
    return f"MAX(MAX({apart}),0-MIN({apart}))" if apart else "0"


def _last(book: Book, line: str) -> str:
    found = forecast_line(book, line)
    return str(found.part(0, found.columns - 1))


#: The measures by native formulas.
NATIVE: dict[str, Callable[[Book], str]] = {
    "price_ratio": lambda b: f"{value_line(b, 'value_per_share')}/{b.areas[b.case.share_price[0]]}",
    "equity_value": lambda b: str(value_line(b, "equity_value")),
    "terminal_share": lambda b: (
        f"{value_line(b, 'pv_terminal')}/{value_line(b, 'going_concern_value')}"
    ),
    "terminal_growth": lambda b: (
        f"{driver(b, 'terminal_growth')}-{b.areas['cost_of_capital.risk_free']}"
    ),
    "spread": lambda b: f"{value_line(b, 'terminal_wacc')}-{driver(b, 'terminal_growth')}",
    "final_margin": lambda b: f"{_last(b, 'operating_income')}/{_last(b, 'revenue')}",
    "revenue_growth": _revenue_growth,
    "freed_capital": _freed_capital,
    "beyond_forecast": _beyond_forecast,
    "bands": _bands_missed,
    "funding_gap": lambda b: f"SUM({funding_line(b, 'gap')})" if b.case.funding else "0",
    "headroom": _headroom,
    "run_rate": _run_rate,
    "contracts_over_year": lambda b: f"MAX({b.areas['quarters.contracts_over']})",
    "guided_over_year": _guided_over_year,
    "early_fall": _early_fall,
    "terminal_income": lambda b: str(value_line(b, "terminal_nopat")),
    "terminal_reinvestment": lambda b: str(value_line(b, "terminal_reinvestment")),
    "look_ahead": _looks_ahead,
    "undated": _undated,
    "contradictions": _contradictions,
    "quoted_values": _quoted_values,
    "share_classes": _share_classes,
    "secondary": _rests_on_one,
}
assert set(NATIVE) == {measure.key for measure in MEASURES}
