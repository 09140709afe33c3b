"""How the workbook looks: a few colours, one font, and named styles.

Blue is typed, black is calculated on the sheet, green is linked from another sheet. Colours have an
alpha of FF, because six digits would be read as transparent.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side

FONT: Final = "Calibri"
NAVY, GREY, RULE = "FF1F3552", "FF6B7785", "FFC9D1DA"
BLUE, GREEN, BLACK = "FF0000C8", "FF007A3D", "FF1A1A1A"
INPUT_FILL, HEAD_FILL, RESULT_FILL = "FFFFFBEA", "FFEDF1F6", "FFF4F8F1"
PASS_FILL, NOTE_FILL, FAIL_FILL = "FFDDF0E0", "FFFBEBC8", "FFF7C9C4"
#: Colours of chart series, in order.
SERIES: Final = ("1F3552", "5B8DB8", "B9C9D9", "C58B3B")
#: Colour of a level line across a chart, and of the ground on which a chart is drawn.
LEVEL: Final = "B03A2E"
GROUND: Final = "FFFFFF"

MONEY: Final = '#,##0.0_);(#,##0.0);"–"_)'
WHOLE_MONEY: Final = '#,##0_);(#,##0);"–"_)'
PRICE: Final = '#,##0.00_);(#,##0.00);"–"_)'
SMALL_PRICE: Final = '#,##0.00000_);(#,##0.00000);"–"_)'
SHARES: Final = '#,##0.000_);(#,##0.000);"–"_)'
PERCENT: Final = '0.0%_);(0.0%);"–"_)'
FACTOR: Final = "0.0000_);(0.0000)"
RATIO: Final = '0.00"x"_);(0.00"x")'
PLAIN: Final = "#,##0.00_);(#,##0.00)"
DATE: Final = "d mmm yyyy"
MOMENT: Final = "d mmm yyyy hh:mm"
YEAR: Final = "0"
COUNT: Final = '0_);(0);"–"_)'
DIFFERENCE: Final = '0.0E+00_);(0.0E+00);"–"_)'

#: Number format by the unit of a value.
FORMATS: Final = {
    "USD m": MONEY,
    "USD": PRICE,
    "m shares": SHARES,
    "m": SHARES,
    "fraction": PERCENT,
    "ratio": PLAIN,
    "years": PLAIN,
    "months": COUNT,
    "year": YEAR,
    "points": WHOLE_MONEY,
    "a year": PERCENT,
    "customers": PLAIN,
    "date": DATE,
    "name": "@",
    "MW": MONEY,
    "MW or a date": MONEY,
    "USD m per MW": PLAIN,
    "kW": MONEY,
    "count": WHOLE_MONEY,
    "number": PLAIN,
}

#: Number formats of values that are not shown by their unit.
FORMS: Final = {
    "factor": FACTOR,
    "whole money": WHOLE_MONEY,
    "money": MONEY,
    "price": PRICE,
    "small price": SMALL_PRICE,
    "multiple": RATIO,
    "year": YEAR,
    "count": COUNT,
}

#: First words of the style names of calculated cells.
CALCULATED: Final = ("calc", "link", "total", "result", "check")


def form_of(unit: str, value: object) -> str:
    """Return the number format of a figure; what a condition measures may be a date."""
    return DATE if isinstance(value, date) else FORMATS.get(unit, PLAIN)


def register(book: Workbook) -> None:
    """Add the named styles to a new workbook; a name is far faster than an object per cell."""
    thin = Side(style="thin", color=RULE)
    rule = Border(bottom=Side(style="medium", color=NAVY))
    box = Border(bottom=Side(style="hair", color=RULE))

    def style(
        name: str,
        *,
        size: float = 10,
        bold: bool = False,
        underline: bool = False,
        color: str = BLACK,
        fill: str | None = None,
        border: Border | None = None,
        horizontal: str | None = None,
        wrap: bool = False,
        indent: int = 0,
    ) -> None:
        made = NamedStyle(name)
        made.font = Font(
            name=FONT, size=size, bold=bold, color=color, underline="single" if underline else None
        )
        made.alignment = Alignment(
            horizontal=horizontal,
            vertical="center",
            wrap_text=wrap,
            indent=indent,
        )
        if fill:
            made.fill = PatternFill("solid", fgColor=fill)
        if border:
            made.border = border
        book.add_named_style(made)

    style("title", size=16, bold=True, color=NAVY)
    style("subtitle", color=GREY)
    style("section", size=11, bold=True, color=NAVY, border=rule)
    style("label", wrap=True)
    style("strong", bold=True)
    style("unit", size=9, color=GREY, horizontal="left")
    style("note", size=9, color=GREY, wrap=True, horizontal="left", indent=1)
    style("note_head", bold=True, color=NAVY, fill=HEAD_FILL, horizontal="left", indent=1)
    style("text", wrap=True)
    style("aside", horizontal="left", indent=1)
    style("fixed", color=GREY, horizontal="right")
    style("head", bold=True, color=NAVY, fill=HEAD_FILL, horizontal="right", wrap=True)
    style("head_left", bold=True, color=NAVY, fill=HEAD_FILL, horizontal="left")
    style("input", color=BLUE, fill=INPUT_FILL, border=box, horizontal="right")
    style(
        "input_text",
        color=BLUE,
        fill=INPUT_FILL,
        border=box,
        horizontal="left",
        wrap=True,
        indent=1,
    )
    style("calc", horizontal="right")
    style("calc_text", horizontal="left")
    style("calc_label", horizontal="left", wrap=True)
    style("calc_indented", horizontal="left", indent=2)
    style("calc_note", size=9, wrap=True, horizontal="left", indent=1)
    style("calc_head", bold=True, color=NAVY, fill=HEAD_FILL, horizontal="right")
    style("calc_head_text", bold=True, color=NAVY, fill=HEAD_FILL, horizontal="left")
    style("calc_head_indented", bold=True, color=NAVY, fill=HEAD_FILL, horizontal="left", indent=2)
    style("link", color=GREEN, horizontal="right")
    style("link_total", bold=True, color=GREEN, horizontal="right", border=Border(top=thin))
    style("link_text", color=GREEN, horizontal="left", wrap=True)
    style("link_label", color=GREEN, horizontal="left", wrap=True)
    style("link_note", size=9, color=GREEN, wrap=True, horizontal="left", indent=1)
    style("link_indented", color=GREEN, horizontal="left", indent=2)
    style("link_section", size=11, bold=True, color=GREEN, border=rule)
    style("link_head", bold=True, color=GREEN, fill=HEAD_FILL, horizontal="right", wrap=True)
    style("total", bold=True, horizontal="right", border=Border(top=thin))
    style("total_text", bold=True, horizontal="left", border=Border(top=thin))
    style("total_indented", bold=True, horizontal="left", border=Border(top=thin), indent=2)
    style("result", bold=True, horizontal="right", fill=RESULT_FILL)
    style("result_text", bold=True, horizontal="left", fill=RESULT_FILL)
    style("hyperlink", color=BLUE, wrap=True)
    style("calc_go", color=NAVY, underline=True, horizontal="left", indent=1)
    style("check", bold=True, horizontal="left")
    style("check_link", color=GREY, horizontal="left")
