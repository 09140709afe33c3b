"""Sources: every figure with its origin, every source once, and other contents of the case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from model.case.case import Case
from model.case.moving import moves_value
from model.case.parts import BASES, BLANK_ROWS, Figure, Origin, Source
from model.case.stated import bands
from model.case.tables import TABLES
from model.case.values import label_of
from model.evidence import is_secondary, second_readings
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.growing import unless_deleted
from workbook.template.layout import HEAD_ROWS, Book, Page
from workbook.template.names import KEPT
from workbook.template.sheets import claims, facts
from workbook.template.sheets.facts import agreeing

UNIT, AS_OF, FIGURE, VALUE, QUALITY, SOURCE, NOTE, KNOWN, MOVES, RESTS = range(1, 11)
#: Headings of the lists, used to find them again.
FIGURES = "Figures (for a path by year, the first year's value; for a row of a table, its number)"
CLAIMS, FACTS = claims.HEADING, facts.HEADING
SOURCES = "Where to find the sources"
FURTHER = "What else the case states"
RANGES = "Ranges without a name, with the number of their rows"
#: Columns of the list of sources.
SOURCE_COLUMNS = {
    "title": SOURCE, "address": NOTE, "form": UNIT, "filed": AS_OF, "page": VALUE,
    "tag": KNOWN, "context": MOVES, "company": QUALITY,
}  # fmt: skip
#: What a figure rests on that no second reading confirms.
ONE, SEVERAL = "one secondary source", "several sources"
#: Separator of the parts of a total.
COMMA = ", "


def write(book: Book) -> None:
    """Write the sheet; each figure's value links to its input cell."""
    page = book.page(
        "Sources",
        "sources of the inputs",
        [11, 12, 36, 15, 19, 42, 53, 11, 12, 21, 13],
        freeze=f"D{HEAD_ROWS + 1}",
    )
    for column, title in (
        (UNIT, "Unit"), (AS_OF, "As of"), (FIGURE, "Figure"), (VALUE, "Value"),
        (QUALITY, "Quality"), (SOURCE, "Source"), (NOTE, "Note"), (KNOWN, "Public"),
        (MOVES, "Moves value"), (RESTS, "Rests on"),
    ):  # fmt: skip
        style = "head" if column == VALUE else "head_left" if column < VALUE else "note_head"
        page.put(HEAD_ROWS, column, title, style)
    claims.write(page, book)
    facts.write(page, book)
    page.section(FIGURES, RESTS)
    case, top = book.case, page.row
    for path, figure in _figures(case):
        if figure is None:
            page.put(page.row, FIGURE, path, "label")
            link = unless_deleted(str(book.areas[path]))
            page.put(page.row, VALUE, f"={link}", "link_text")
            page.row += 1
            continue
        text, link = isinstance(figure.value, str), str(book.areas[path].part(0, 0))
        link = unless_deleted(link) if path.startswith("securities.") else link
        _moves(page, path)
        form = styles.form_of(figure.unit, figure.value)
        _origin(page, path, figure, figure.unit, link, form, text)
    for key, table in case.tables.items():
        for i, (name, row) in enumerate(table.rows.items(), 1):
            first, path = book.areas[f"tables.{key}"].part(i, 0), f"tables.{key}.{name}"
            _moves(page, path)
            link = f"ROW({first})"
            link = unless_deleted(first, link) if TABLES[key].grows else link
            _origin(page, path, row, "row", link, styles.COUNT)
    columns = {
        "public": KNOWN, "moves_value": MOVES, "rests_on": RESTS, "quality": QUALITY, "as_of": AS_OF
    }  # fmt: skip
    for name, place in columns.items():
        book.areas[f"sources.{name}"] = Area(page.title, top, place, page.row - top)
    for path, band in bands(case):
        if band.stated is None:
            page.put(page.row, FIGURE, f"{path}.from_month", "label")
            link = f"={book.areas[f'{path}.from_month']}"
            page.put(page.row, VALUE, link, "link", styles.COUNT)
            page.row += 1
    page.section(SOURCES, RESTS)
    for key, source in case.sources.items():
        page.put(page.row, FIGURE, key, "label")
        for name, column in SOURCE_COLUMNS.items():
            value: Any = getattr(source, name)
            if name == "address" and value:
                page.link(page.row, column, value, address=value)
            elif value:
                shown = styles.DATE if name == "filed" else None
                page.put(page.row, column, value, "note" if column > VALUE else "unit", shown)
        page.row += 1
    page.section(FURTHER, RESTS)
    for path, stated in further(case):
        page.put(page.row, FIGURE, path, "label")
        page.put(page.row, SOURCE, stated, "note")
        page.row += 1
    _ranges(page, book)
    page.finish(facts.DIFFERENCE)


def _ranges(page: Page, book: Book) -> None:
    """List the ranges that have no name in the workbook, by formulas that follow inserted rows."""
    page.section(RANGES, RESTS)
    for name, (meaning, area) in book.named.items():
        if name in KEPT:
            continue
        page.put(page.row, UNIT, "rows", "unit")
        page.put(page.row, FIGURE, name, "label")
        page.put(page.row, VALUE, f"=ROWS({area})", "link", styles.COUNT)
        page.put(page.row, QUALITY, area.sheet, "aside")
        page.put(page.row, SOURCE, meaning, "note")
        page.row += 1


def _moves(page: Page, path: str) -> None:
    """Write whether a figure moves the value, and whether it rests on one secondary source."""
    book, case = page.book, page.book.case
    if not moves_value(case, path):
        return
    page.put(page.row, MOVES, "yes", "unit")
    if is_secondary(case, path):
        if second := agreeing(book, second_readings(case, path)):
            formula = f'=IF({second}>0,"{SEVERAL}","{ONE}")'
            page.put(page.row, RESTS, formula, "calc_text")
        else:
            page.put(page.row, RESTS, ONE, "unit")


def _origin(
    page: Page, path: str, of: Origin, unit: str, link: str, form: str, text: bool = False
) -> None:
    """Write the origin of a figure, or of a table row."""
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, AS_OF, of.as_of, "unit", styles.DATE)
    page.put(page.row, FIGURE, path, "label")
    page.put(page.row, VALUE, f"={link}", "link_text" if text else "link", form)
    page.put(page.row, QUALITY, of.quality, "aside")
    page.put(page.row, SOURCE, page.book.case.sources[of.source].title, "note")
    page.put(page.row, NOTE, of.note, "note")
    known = page.put(page.row, KNOWN, of.known, "unit", styles.DATE) if of.known else None
    if known and f"{path}.known" in page.book.areas:
        page.book.link(f"{path}.known", str(known), styles.DATE)
    page.row += 1


def _figures(case: Case) -> Iterator[tuple[str, Figure | None]]:
    """Yield every figure, and the type of a security whose count follows from others."""
    seen: set[str] = set()
    for path, figure in case.figures.items():
        section, key, *_ = path.split(".")
        for each in case.securities if section == "securities" else ():
            if each not in seen:
                seen.add(each)
                if "count" not in case.securities[each].figures:
                    yield f"securities.{each}.type", None
            if each == key:
                break
        yield path, figure


def further(case: Case) -> Iterator[tuple[str, str]]:
    """Yield a case's contents other than figures, tables and sources, as text by path."""
    for name in ("name", "ticker", "about"):
        yield f"company.{name}", getattr(case.company, name)
    for sentence in case.company.limits:
        yield "company.limits", sentence
    if case.company.basis != BASES[0]:
        yield "company.basis", case.company.basis
    if case.company.blank_rows != BLANK_ROWS:
        yield "company.blank_rows", str(case.company.blank_rows)
    for key, segment in case.segments.items():
        yield f"segments.{key}.name", segment.name
    for path, figure in case.figures.items():
        if figure.label != label_of(path):
            yield f"{path}.label", figure.label
    for key, table in case.tables.items():
        if table.label != label_of(f"tables.{key}"):
            yield f"tables.{key}.label", table.label
    for key, known in case.published.items():
        for name in ("line", "year", "quarter", "kind"):
            if stated := getattr(known, name):
                yield f"published.{key}.{name}", str(stated)
    for key, total in case.totals.items():
        yield f"totals.{key}.total", total.total
        yield f"totals.{key}.parts", COMMA.join(total.parts)
        yield f"totals.{key}.tolerance", repr(total.tolerance)


assert set(SOURCE_COLUMNS) == {f.name for f in fields(Source)}
