"""Published figures under the line of the forecast that they are about, in the same columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from openpyxl.utils import get_column_letter

from model.case.parts import KINDS, Published
from model.dcf.forecast import Forecast
from model.fields import NOT_MEANINGFUL
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Page
from workbook.template.rows import FIRST, LABEL, UNIT, put_line, years_across
from workbook.template.sheets.dcf.lines import forecast_line, links
from workbook.template.sheets.inputs.lines import AS_OF, WHY, note_of

#: What is next to a figure, with the widths of the columns.
HEADS = {"As of": 12.0, "Public": 12.0, "When valued": 15.0}
#: What the figures of a kind are called.
GROUPS = dict(
    zip(
        (*KINDS, ""),
        ("As reported", "Guidance", "Consensus", "Single analysts", "Published"),
        strict=True,
    )
)
AHEAD, PUBLIC = "look-ahead", "public"
#: Lines by year, and on which sheet their figures are.
REVENUE = ("revenue", "contracted_revenue", "renewed_revenue", "uncontracted_revenue",
           "revenue_growth")  # fmt: skip
CAPITAL = ("operating_income", "operating_margin", "capital_expenditure", "depreciation",
           "working_capital_change", "reinvested_by_sales", "reinvestment")  # fmt: skip


def by_year(page: Page, book: Book, lines: tuple[str, ...], *, years_again: bool = False) -> int:
    """Write the lines of which a year's figure is published; return the sheet's last column.

    The years are those in the head of the sheet, unless it has none and they stand here again.
    """
    last = FIRST + len(book.years) - 1
    found = {name: [k for k, p in of_years(book) if p.line == name] for name in lines}
    if not any(found.values()):
        return last
    wide = last + len(HEADS)
    page.section("Published figures next to the forecast", wide)
    if years_again:
        years_across(page, book, page.row)
    else:
        page.row += 1
    heads(page, page.row - 1, last + 1)
    for name, keys in found.items():
        if keys:
            declared = Forecast.declared[name]
            line = put_line(page, declared.unit, declared.header,
                            links(forecast_line(book, name)), style="link")  # fmt: skip
            places = {
                key: book.years.index(year)
                for key in keys
                if (year := book.case.published[key].year)
            }
            figures(page, book, line, places, last + 1)
    return wide


def of_years(book: Book) -> Iterator[tuple[str, Published]]:
    """Yield the figures of whole years by their keys."""
    for key, item in book.case.published.items():
        if item.year is not None and item.quarter is None:
            yield key, item


def heads(page: Page, row: int, first: int) -> None:
    """Head the columns next to the figures."""
    for column, (text, width) in enumerate(HEADS.items(), first):
        page.sheet.column_dimensions[get_column_letter(column)].width = width
        page.put(row, column, text, "head")


def figures(
    page: Page, book: Book, line: Area, places: Mapping[str, int], notes: int
) -> dict[str, Area]:
    """Write figures below a line, each in its period, and how far the line is from them.

    Returns the rows of each kind, in the columns of the line.
    """
    published, found = book.case.published, dict[str, Area]()
    order = list(GROUPS)
    kind: str | None = None
    for key in sorted(places, key=lambda key: order.index(published[key].kind)):
        if published[key].kind != kind:
            kind = published[key].kind
            page.put(page.row, LABEL, GROUPS[kind], "strong")
            page.row += 1
            top = page.row
        _figure(page, book, key, line.part(0, places[key]), notes)
        if published[key].note:
            _note(page, book, key, line)
        found[kind] = Area(page.title, top, line.column, page.row - top, line.columns)
    page.row += 1
    return found


def rows_of(book: Book, keys: Collection[str]) -> int:
    """Return the rows that figures take below their line: kinds, figures, their notes, and one."""
    figures = [book.case.published[key] for key in keys]
    kinds = {figure.kind for figure in figures}
    return 1 + len(kinds) + 2 * len(figures) + sum(bool(f.note) for f in figures) + 1


def _figure(page: Page, book: Book, key: str, ours: Area, notes: int) -> None:
    """Write a figure and its dates, and below it the difference.

    A part of a figure that is not above 0 is not meaningful.
    """
    known, path = book.case.published[key], f"published.{key}"
    form = styles.FORMATS[known.unit]
    page.put(page.row, UNIT, known.unit, "unit")
    page.put(page.row, LABEL, known.label, "label")
    theirs = page.put(page.row, ours.column, f"={book.areas[path]}", "link", form).local
    dates(page, book, key, notes)
    page.row += 1
    ratio = known.unit == "fraction"
    apart = f"{ours.local}-{theirs}"
    formula = f"={apart}" if ratio else f'=IF({theirs}>0,({apart})/{theirs},"{NOT_MEANINGFUL}")'
    page.put(page.row, UNIT, "fraction", "unit")
    what = "Forecast against it, in points" if ratio else "Forecast against it"
    page.put(page.row, LABEL, what, "note")
    page.put(page.row, ours.column, formula, "calc", styles.PERCENT)
    page.row += 1


def _note(page: Page, book: Book, key: str, line: Area) -> None:
    """Write the note on a figure across the periods."""
    said = note_of(book, WHY, book.areas[f"published.{key}"].row)
    page.put(page.row, line.column, f'={said}&""', "link_note")
    page.merge(page.row, line.column, line.column + line.columns - 1)
    page.fit(book.case.published[key].note, line.column, line.columns)
    page.row += 1


def dates(page: Page, book: Book, key: str, column: int) -> None:
    """Write a figure's date, the day on which it became public, and whether that was in time."""
    path = f"published.{key}"
    day = Area("Inputs", book.areas[path].row, AS_OF)
    as_of = page.put(page.row, column, f"={day}", "link", styles.DATE).local
    # Filled in once Sources has it.
    book.areas[f"{path}.known"] = page.put(page.row, column + 1, None, "link", styles.DATE)
    public = book.areas[f"{path}.known"].local
    later = f"OR({as_of}>Valuation_date,N({public})>Valuation_date)"
    formula = f'=IF({later},"{AHEAD}",IF(N({public})=0,"day not stated","{PUBLIC}"))'
    status = page.put(page.row, column + 2, formula, "link_indented").local
    page.fill_where(status.replace("$", ""), f'{status}="{AHEAD}"', styles.NOTE_FILL)
