"""IronCalc in the tests: a workbook's native formulas, and what IronCalc makes of them.

IronCalc knows no functions but a spreadsheet's own. A formula that calls the catalogue is given to
it as the value that the file has for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import SubElement

import ironcalc
from ironcalc import CellType
from scipy.optimize import brentq

from workbook.archive import parsed, read, sheet_parts, written, zipped
from workbook.cells import ErrorValue, Formula, Place, Value, Values
from workbook.formulas import tokens
from workbook.functions import CATALOGUE
from workbook.package import contents, filled, formulas_in, present_cells, shared_strings

#: What stands in the file for the value of a native formula, so that none can come from there.
NOT_CALCULATED = "not calculated"
#: What IronCalc shows for a call that it does not support; no spreadsheet has these errors.
UNSUPPORTED = {ErrorValue("#ERROR!"), ErrorValue("#N/IMPL!")}


def calls_catalogue(formula: Formula) -> bool:
    return any(token.upper() in CATALOGUE for token in tokens(formula.text))


def native(package: bytes) -> tuple[dict[str, dict[Place, Formula]], Values]:
    """Return the formulas that call nothing of the catalogue, and the values of their cells."""
    found, held = contents(package)
    formulas = {
        sheet: {at: f for at, f in of.items() if not calls_catalogue(f)}
        for sheet, of in found.items()
    }
    return formulas, {s: {at: held[s][at] for at in filled(of)} for s, of in formulas.items()}


def prepared(package: bytes) -> bytes:
    """Take the calls of the catalogue out of a file, and the values of its native formulas.

    An empty cell that is marked as a number is one to IronCalc, with the value 0. openpyxl marks
    all of them, and no other program minds.
    """
    parts = read(package)
    strings = shared_strings(parts)
    for part in sheet_parts(parts).values():
        sheet = parsed(parts[part])
        present = present_cells(sheet)
        for at, formula in formulas_in(present, strings).items():
            cell = present[at]
            if calls_catalogue(formula):
                cell.remove(cell.find("f"))
                continue
            for value in cell.findall("v"):
                cell.remove(value)
            SubElement(cell, "v").text = NOT_CALCULATED
            cell.set("t", "str")
        for cell in present.values():
            if not len(cell):
                cell.attrib.pop("t", None)
        parts[part] = written(sheet)
    return zipped(parts)


class IronCalc:
    """A workbook in IronCalc, calculated.

    Attributes
    ----------
    by_hand : list of str
        The functions of `LACKS` that were worked out by hand, once for each cell.
    """

    def __init__(self, package: bytes) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "prepared.xlsx"
            file.write_bytes(prepared(package))
            self.model = ironcalc.load_from_xlsx(str(file), "en", "UTC", "en")
        self.sheets = [sheet["name"] for sheet in self.model.get_worksheets_properties()]
        self.by_hand: list[str] = []
        self.model.evaluate()
        for sheet, of_sheet in native(package)[0].items():
            for at, formula in of_sheet.items():
                name, _, arguments = formula.text.partition("(")
                if name in LACKS and self.value(sheet, at) in UNSUPPORTED:
                    self._work_out(sheet, at, LACKS[name], arguments)
                    self.by_hand.append(name)

    def value(self, sheet: str, at: Place) -> Value:
        """Return what a cell shows, a number in full."""
        cell = self.sheets.index(sheet), *at
        value = self.model.get_cell_value(*cell)
        return (
            ErrorValue(value) if self.model.get_cell_type(*cell) == CellType.ErrorValue else value
        )

    def values(self, places: Values) -> Values:
        return {s: {at: self.value(s, at) for at in of_sheet} for s, of_sheet in places.items()}

    def enter(self, sheet: str, at: Place, number: float) -> None:
        self.model.update_cell_with_number(self.sheets.index(sheet), *at, number)
        self.model.evaluate()

    def _work_out(
        self, sheet: str, at: Place, by_hand: Callable[..., float], arguments: str
    ) -> None:
        """Put a value in the place of a call, of whose arguments IronCalc says what they are."""
        given = []
        for place in range(1, len(inspect.signature(by_hand).parameters) + 1):
            self.model.update_cell_with_formula(
                self.sheets.index(sheet), *at, f"=CHOOSE({place},{arguments}"
            )
            self.model.evaluate()
            given.append(self.value(sheet, at))
        self.enter(sheet, at, by_hand(*given))


def rate(
    count: float, payment: float, present: float, future: float, due: float, guess: float
) -> float:
    """Find the rate at which payments in arrears repay a loan; RATE with a guess is unsupported."""
    assert (future, due) == (0, 0) and -payment * count > present > 0 < guess < 1

    def left(r: float) -> float:
        return present + payment * (1 - (1 + r) ** -count) / r

    return float(brentq(left, 1e-9, 1, xtol=1e-16, rtol=1e-15))


#: What IronCalc lacks of a spreadsheet's functions: how the value of such a call is found here.
LACKS: dict[str, Callable[..., float]] = {"RATE": rate}
