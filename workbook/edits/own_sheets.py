"""The sheets that a user has added to a workbook, in the one that is built from it."""

from __future__ import annotations

from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.hyperlink import Hyperlink

from workbook.edits.corresponding import CannotCarryError
from workbook.package.areas import is_relative
from workbook.package.cells import ErrorValue, Formula, Place, Value, place
from workbook.package.finish.sheets import escaped

if TYPE_CHECKING:
    from workbook.edits.carrying import Carrier

#: What a style consists of.
STYLE = ("font", "fill", "border", "alignment", "protection", "number_format")
#: What of a sheet is copied as it is.
COPIED = ("page_margins", "print_options", "sheet_format", "row_breaks", "col_breaks")
PAGE = ("orientation", "paperSize", "scale", "fitToHeight", "fitToWidth")
VALIDATION = ("formula1", "formula2")


def put(sheet: Any, at: Place, content: Value | Formula) -> None:
    """Put a value or a formula into a cell of openpyxl, as it is: no text becomes anything else."""
    cell = sheet.cell(*at)
    if isinstance(content, Formula):
        text = f"={content.text}"
        cell._value = ArrayFormula(content.ref, text) if content.ref else text
        cell.data_type = "f"
    elif isinstance(content, str):
        cell._value, cell.data_type = escaped(content), "s"
    elif isinstance(content, bool):
        cell._value, cell.data_type = content, "b"
    elif isinstance(content, ErrorValue):
        cell._value, cell.data_type = content.text, "e"
    else:
        cell._value, cell.data_type = content, "n"


class Styles:
    """Copies styles from one workbook to another; each is taken apart once."""

    def __init__(self) -> None:
        self._known: dict[bytes, StyleArray] = {}

    def copy(self, source: Any, target: Any) -> None:
        """Give a cell, or a column, the style of one of another workbook."""
        if not source.has_style:
            return
        key = source._style.tobytes()
        if key not in self._known:
            for part in STYLE:
                setattr(target, part, copy(getattr(source, part)))
            target._style.quotePrefix = source._style.quotePrefix
            self._known[key] = copy(target._style)
        target._style = StyleArray(self._known[key])


def link(carrier: Carrier, title: str, at: Place, link: Any, cell: Any) -> None:
    """Put a link; one to a place in the workbook leads there again."""
    location = link.location
    if location and not link.target:
        try:
            location = carrier.formula(location, title)
        except CannotCarryError as error:
            carrier.leave(title, at, f"the link to {location}", str(error))
            return
    cell._hyperlink = Hyperlink(
        ref=cell.coordinate,
        target=link.target,
        location=location,
        tooltip=link.tooltip,
        display=link.display,
    )


class OwnSheets:
    """Puts the user's own sheets into a workbook, behind the others."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._styles = Styles()

    def put(self, workbook: Workbook) -> None:
        """Put every sheet of the user's own."""
        own = self._carrier.corresponding.own
        for there in own.values():
            workbook.create_sheet(there)
        for title, there in own.items():
            self._sheet(title, self._carrier.opened[title], workbook[there])

    def _sheet(self, title: str, source: Any, target: Any) -> None:
        self._cells(title, source, target)
        self._dimensions(source, target)
        for area in source.merged_cells.ranges:
            target.merged_cells.ranges.add(CellRange(area.coord))
        self._rules(title, source, target)
        self._page(source, target)
        self._tables(title, source, target)
        self._carrier.counts["own sheet"] += 1

    def _cells(self, title: str, source: Any, target: Any) -> None:
        carrier, page = self._carrier, self._carrier.file.sheets[title]
        filled = page.filled_places
        for at in sorted(page.places):
            formula = page.formulas.get(at)
            if formula is not None:
                carrier.carry(title, at, formula, target, (target.title, at))
            elif at in page.data_tables:
                carrier.leave(title, at, "the what-if data table", "has its values typed")
                put(target, at, carrier.value(title, at))
            elif at not in filled and page.value(at) is not None:
                put(target, at, page.value(at))
        for at, cell in sorted(source._cells.items()):
            self._styles.copy(cell, target.cell(*at))
            carrier.comment(cell, target.cell(*at))
            if cell.hyperlink is not None:
                link(carrier, title, at, cell.hyperlink, target.cell(*at))

    def _dimensions(self, source: Any, target: Any) -> None:
        for letters, column in source.column_dimensions.items():
            made = ColumnDimension(
                target,
                index=letters,
                width=column.width,
                hidden=column.hidden,
                outlineLevel=column.outlineLevel,
                collapsed=column.collapsed,
                min=column.min,
                max=column.max,
            )
            self._styles.copy(column, made)
            target.column_dimensions[letters] = made
        for number, row in source.row_dimensions.items():
            stated = {
                "ht": f"{row.ht:g}" if row.ht else "",
                "customHeight": "1" if row.ht else "",
                "hidden": "1" if row.hidden else "",
                "outlineLevel": str(row.outlineLevel or ""),
                "collapsed": "1" if row.collapsed else "",
            }
            stated = {name: said for name, said in stated.items() if said}
            if stated:
                target.row_dimensions[number] = stated

    def _rules(self, title: str, source: Any, target: Any) -> None:
        """Put conditional formats and permitted entries."""
        for area in source.conditional_formatting:
            for rule in area.rules:
                made = copy(rule)
                at = place(str(area.sqref).split()[0].partition(":")[0])
                try:
                    made.formula = [self._rule(text, title) for text in rule.formula]
                except CannotCarryError as error:
                    self._carrier.leave(title, at, "its conditional format", str(error))
                    continue
                target.conditional_formatting.add(str(area.sqref), made)
        for entry in source.data_validations.dataValidation:
            made = copy(entry)
            at = place(str(entry.sqref).split()[0].partition(":")[0])
            try:
                for part in VALIDATION:
                    if text := getattr(entry, part):
                        setattr(made, part, self._rule(text, title))
            except CannotCarryError as error:
                self._carrier.leave(title, at, "its permitted entries", str(error))
                continue
            target.add_data_validation(made)

    def _rule(self, text: str, title: str) -> str:
        """Write the formula of a rule, which counts from the first of its cells."""
        made = self._carrier.formula(text, title)
        if made != text and is_relative(text):
            raise CannotCarryError(f"refers to other cells in each cell: ={text}")
        return made

    def _page(self, source: Any, target: Any) -> None:
        """Copy how a sheet is seen and printed."""
        target.views = copy(source.views)
        for view in target.views.sheetView:
            view.tabSelected = None
        for name in COPIED:
            setattr(target, name, copy(getattr(source, name)))
        target.sheet_properties = copy(source.sheet_properties)
        target.sheet_properties.codeName = None
        for name in PAGE:
            setattr(target.page_setup, name, getattr(source.page_setup, name))
        target.HeaderFooter = copy(source.HeaderFooter)
        target.auto_filter = copy(source.auto_filter)
        target.print_title_rows = source.print_title_rows
        target.print_title_cols = source.print_title_cols
        if source.print_area:
            target.print_area = source.print_area

    def _tables(self, title: str, source: Any, target: Any) -> None:
        for table in source.tables.values():
            made = deepcopy(table)
            for column in made.tableColumns:
                formula = column.calculatedColumnFormula
                if formula is not None and formula.attr_text:
                    try:
                        formula.attr_text = self._carrier.formula(formula.attr_text, title)
                    except CannotCarryError:
                        column.calculatedColumnFormula = None
            target.add_table(made)
