"""Value by segment: each line's worth, and its forecast by year, from revenue to present value.

The lines are the signed contracts, their renewals, the further business of each segment, plant and
the company's costs. The DCF values their sums.
"""

from __future__ import annotations

from functools import partial

from workbook.template import charts, printing
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import room_for
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, years_across
from workbook.template.sheets.dcf.lines import (
    business,
    forecast_line,
    forecast_lines,
    or_default,
    value_line,
    valued_lines,
)

PART = "segments"
#: What is added up over the lines: the sheet's total and the forecast's line.
SUMS = {
    "total_operating_income": "operating_income",
    "tax_due": "tax",
    "total_depreciation": "depreciation",
    "loss_closing": "loss_closing",
    "total_free_cash_flow": "free_cash_flow",
    "total_cash_flow": "cash_flow",
    "total_present_value": "present_value",
}
#: Lines with a line for each part of the company, and a total.
PARTS = (
    *("revenue", "contra_revenue", "costs", "depreciation", "operating_income"),
    *("capital_spending", "freed_capital", "working_capital", "collected", "given_in_shares"),
    "tax",
)


def write(page: Page, book: Book) -> None:
    """Write each line of the forecast by year."""
    names, years = forecast_lines(book), len(book.years)
    years_across(page, book, page.row)
    block = page.result(
        "Segment_lines",
        f"DCF_SEGMENTS(Drivers{business(book)})",
        across=years,
        things={"names": len(names)},
        named=names,
    )
    page.head_above(block)
    book.name("Segment_lines", block, "The forecast of each line of the company")
    _checks(book, block)


def _checks(book: Book, block: Block) -> None:
    line, heads = block.line, block.body(0)
    total = {name: line(f"total_{name}") for name in PARTS}
    book.checks += [
        Check(f"Segments: {name.replace('_', ' ')} adds up in every year",
              _weighted(block.lines(name), heads), f"SUMPRODUCT({heads}*{total[name]})")
        for name in PARTS
    ]  # fmt: skip
    book.checks += [
        Check(f"Segments: {name.replace('_', ' ')} is that of the forecast",
              f"SUMPRODUCT({block.body(0)}*{line(ours)})",
              f"SUMPRODUCT({block.body(0)}*{forecast_line(book, name)})")
        for ours, name in SUMS.items()
    ]  # fmt: skip
    each = partial(block.lines)
    book.checks += [
        Check("Segments: income is revenue less contra-revenue, costs and depreciation",
              f"SUM({each('revenue')})-SUM({each('contra_revenue')})-SUM({each('costs')})"
              f"-SUM({each('depreciation')})", f"SUM({each('operating_income')})"),
        Check("Segments: revenue less contra-revenue is the forecast's",
              f"SUMPRODUCT({total['revenue']}-{total['contra_revenue']})",
              f"SUM({forecast_line(book, 'revenue')})"),
        Check("Segments: free cash flow is income less tax and what is tied up",
              f"SUMPRODUCT({total['operating_income']}+{total['depreciation']}"
              f"-{total['capital_spending']}+{total['freed_capital']}-{total['working_capital']}"
              f"-{total['collected']}+{total['given_in_shares']})-SUM({line('tax_due')})",
              f"SUM({line('total_free_cash_flow')})"),
        Check("Segments: free cash flow is that of the lines and the tax saved by losses",
              f"SUM({each('free_cash_flow')})+SUM({total['tax']})-SUM({line('tax_due')})",
              f"SUM({line('total_free_cash_flow')})"),
        Check("Segments: the cash flows valued and the tax line are the company's",
              f"SUM({each('cash_flow')})+SUM({line('tax_line')})",
              f"SUM({line('total_cash_flow')})"),
    ]  # fmt: skip
    if not any("wacc" in segment.figures for segment in book.case.segments.values()):
        _discounted(book, block)
    if book.case.rpo is not None:
        _contracts(book, block)


def _weighted(lines: Area, by: Area) -> str:
    """Add up lines, of which some may be blank, with a weight for each year, as a formula."""
    return "+".join(
        f"{by.part(0, i)}*SUM({lines.part(0, i, lines.rows)})" for i in range(lines.columns)
    )


def _discounted(book: Book, block: Block) -> None:
    """Check that lines are worth their cash flows at the discount factors, before the end."""
    flows, factor = block.lines("cash_flow"), forecast_line(book, "discount_factor")
    worth = book.block("Value_by_line").column_of("going_concern").part(0, 0, flows.rows)
    first = flows.part(0, 0, 1, flows.columns)
    book.checks += [
        Check("Value by line: cash flows at the discount factors, all lines",
              _weighted(flows, factor), f"SUM({worth})"),
        Check("Value by line: cash flows at the discount factors, the first line",
              f"SUMPRODUCT({first},{factor})", f"N({worth.part(0, 0)})"),
    ]  # fmt: skip


def _contracts(book: Book, block: Block) -> None:
    """Check that the signed contracts bring what the schedule by quarter expects of them."""
    before, count = "0", 1
    if book.case.signs:
        table = book.case.tables["customer_contracts"]
        count = room_for(book, "customer_contracts")
        expected = book.block("Contract_schedule").line("total_expected")
        if "Recognised" in table.columns:
            before = f"SUM({column_of(book, 'customer_contracts', 'Recognised')})"
    else:
        expected = book.block("Schedule").line("recognised")
        before = str(book.areas.get("rpo.recognised_in_year", before))
    signed = block.lines("revenue").part(0, 0, count, block.columns - 1)
    ends = book.areas["contract_ends" if book.case.signs else "quarter_ends"]
    years = len(book.years)
    inside = f"({ends}>EDATE(First_year_end,-12))*({ends}<=EDATE(First_year_end,12*{years - 1}))"
    end, start = (f"YEAR({day})*12+MONTH({day})" for day in ("First_year_end", "Balance_date"))
    share = or_default(book, "contracted_share", 1)
    late = or_default(book, "contracted_delay_months", 0)
    book.checks += [
        Check("Segments: signed contracts bring the revenue of their schedule by quarter",
              # A quarter that spans the end of a year belongs to neither, and no more does one
              # that comes later.
              f"IF(AND(MOD({end}-({start}),3)=0,{late}=0),SUMPRODUCT({inside}*{expected})"
              f"*{share}+{before},SUM({signed}))", f"SUM({signed})"),
        _conserved(book, signed, before, share, late),
    ]  # fmt: skip


def _conserved(book: Book, signed: Area, before: str, share: str, late: str) -> Check:
    """Check that what is contracted is recognised in the forecast or falls due after it.

    Of contracts whose customers may default, what comes later is expected less: no more than what
    is contracted.
    """
    brought = f"SUM({signed})-{before}+{value_line(book, 'beyond_forecast')}"
    expected = f"Opening_balance*{share}"
    if book.case.signs:
        all_of_it = f"SUM({book.block('Contract_schedule').line('total_expected')})*{share}"
        contracted = f"SUM({column_of(book, 'customer_contracts', 'Value')})*{share}"
        expected = f"IF({late}=0,{all_of_it},MIN({brought},{contracted}))"
    return Check("Segments: contracted revenue falls in the forecast, or is stated after it",
                 brought, expected)  # fmt: skip


def reserve(page: Page, book: Book) -> None:
    """Leave the rows of the value by segment: its heading, its lines and total, and its chart."""
    page.reserve(PART, 2 + max(len(valued_lines(book)) + 2, charts.ROWS) + 1)


def worth(page: Page, book: Book, last: int) -> None:
    """Write each line's value with its kind and segment, and draw it next to them."""
    top = page.row
    block = page.result(
        "Value_by_line",
        f"DCF_SEGMENT_VALUE(Drivers{business(book)})",
        rows=len(valued_lines(book)),
        named=valued_lines(book),
    )
    book.name("Value_by_line", block, "What each line of the company is worth")
    values, total = block.column_of("value"), block.total("value")
    # The total has no kind, segment or going-concern value of its own.
    book.recount(block.column_of("going_concern"), values, total)
    valuation = book.block("Valuation")
    book.checks += [
        Check("Value by line: the lines add up to enterprise value", f"SUM({values})",
              str(valuation.value("enterprise_value"))),
        Check("Value by line: the total is enterprise value", str(total),
              str(valuation.value("enterprise_value"))),
        Check("Value by line: going-concern values add up to that of operations",
              f"SUM({block.column_of('going_concern')})",
              str(valuation.value("going_concern_value"))),
    ]  # fmt: skip
    first = block.column + block.columns + 1
    charts.listed(
        page,
        "What each line is worth",
        block.column_of("name"),
        values,
        last - first + 1,
        next_to=first,
        points=max(block.rows, charts.ROWS) * printing.ROW,
    )
    page.kept.append((top - 1, top + max(block.rows, charts.ROWS) - 1))
