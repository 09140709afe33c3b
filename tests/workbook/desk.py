"""The desk of an analyst: a folder in which she works with commands and files only.

A case with the same figures is written along by hand, and says what the workbook must be worth.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from command import Command, Run
from in_parts import areas, typed, valued
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from small_package import saved

from model.case.case import Case, of_text
from model.valuation import value
from workbook.package.cells import Place, address
from workbook.package.package import Package

#: A figure by its path, and of a path by year the number of the year.
Figure = tuple[str, int]
#: The name, the type, the count and the strike of a security.
Security = tuple[str, str, float, float | None]

PRICE, BALANCE = ("price.share", 0), ("rpo.opening.amount", 0)
MARGIN_2028, REVENUE_2035 = ("drivers.operating_margin", 2), ("drivers.uncontracted_revenue", 9)
#: The line of the case above which those of new securities are written by hand.
BELOW = "\nrsus = {"


class Desk:
    """A folder with a workbook, what was typed in it, and the case with the same figures."""

    def __init__(self, offtake: Command, patch: pytest.MonkeyPatch) -> None:
        self.offtake, self.patch = offtake, patch
        self.by_hand = ""
        #: The value per share when the workbook was built.
        self.built = 0.0
        self.typed: dict[Figure, Any] = {}
        self.securities: set[Security] = set()

    def on(self, day: datetime) -> None:
        """Go on working on another day, of which the commands read the date."""
        seconds = int(day.replace(tzinfo=UTC).timestamp())
        self.patch.setenv("SOURCE_DATE_EPOCH", str(seconds))

    def run(self, *arguments: str, code: int = 0) -> Run:
        ran = self.offtake(*arguments)
        assert ran.code == code, ran
        return ran

    def file(self, name: str = "acme.xlsx") -> bytes:
        return (self.offtake.folder / name).read_bytes()

    def write(self, content: bytes, name: str = "acme.xlsx") -> None:
        (self.offtake.folder / name).write_bytes(content)

    @property
    def package(self) -> Package:
        return Package.opened(self.file())

    @property
    def case(self) -> Case:
        return of_text(self.by_hand)

    @property
    def value(self) -> float:
        return value(self.case).value_per_share

    def write_by_hand(self, *changes: tuple[str, str]) -> None:
        """Change the case, each text where it stands once."""
        for old, new in changes:
            assert self.by_hand.count(old) == 1, old
            self.by_hand = self.by_hand.replace(old, new)

    def add_by_hand(self, security: Security) -> None:
        """Add a security to the case, and to what must be in the workbook."""
        name, kind, count, strike = security
        last = "" if strike is None else f", strike = {strike}"
        key = name.lower().replace(" ", "_")
        text = f'\n{key} = {{ name = "{name}", type = "{kind}", count = {count}{last} }}{BELOW}'
        self.write_by_hand((BELOW, text))
        self.securities.add(security)

    @contextmanager
    def opened(self) -> Iterator[openpyxl.Workbook]:
        """Open the workbook to type in it, and save it, which loses the values of formulas."""
        book = openpyxl.load_workbook(io.BytesIO(self.file()))
        yield book
        self.write(saved(book))

    def type(self, book: openpyxl.Workbook, figures: Mapping[Figure, Any]) -> None:
        for figure, content in figures.items():
            sheet, at = cell(self.package, figure)
            book[sheet].cell(*at).value = content
        self.typed |= figures

    def type_rows(self, book: openpyxl.Workbook, row: int, rows: list[Security]) -> None:
        """Type securities from a row of their table on."""
        sheet, (top, left), _ = areas(self.package)["Securities"]
        for place, contents in enumerate(rows, top + row):
            for column, content in enumerate(contents, left):
                book[sheet].cell(place, column).value = content

    def add_own_sheet(self, book: openpyxl.Workbook) -> None:
        """Add a sheet, a name and a note, which refer to results and to inputs."""
        package = self.package
        price, balance, revenue = (cell(package, f) for f in (PRICE, BALANCE, REVENUE_2035))
        book[price[0]].cell(*price[1]).comment = Comment("close of Friday", "Ann")
        sheet, (row, column) = price
        area = f"{sheet}!${address(row, column)[0]}${row}"
        book.defined_names["desk"] = DefinedName("desk", attr_text=area)
        inputs, (top, left), (bottom, _) = areas(package)["Securities"]
        counts = f"{inputs}!{address(top + 1, left + 2)}:{address(bottom, left + 2)}"
        mine = book.create_sheet("Mine")
        for content in (
            "My view", f"={where(valued(package))}/{where(price)}-1", "=desk*1.1",
            f"={where(balance)}*2", f"={where(revenue)}", f"=SUM({counts})",
        ):  # fmt: skip
            mine.append([content])

    def is_sound(self) -> None:
        """Check the workbook: its value is that of the case by hand, and nothing is lost."""
        checked = self.run("check", "acme.xlsx").out.splitlines()
        assert [line for line in checked if "!" in line] == []
        assert checked[-1].endswith("compared with the model: all agree.")
        self.has_everything()
        sheet, at = valued(package := self.package)
        assert package.sheets[sheet].value(at) == pytest.approx(self.value, rel=1e-12)
        figures = self.case.figures
        price = figures["price.share"].number
        mine = openpyxl.load_workbook(io.BytesIO(self.file()), data_only=True)["Mine"]
        assert [held.value for (held,) in mine["A1:A6"]] == [
            "My view",
            pytest.approx(self.value / price - 1, rel=1e-12),
            pytest.approx(1.1 * price),
            2 * figures["rpo.opening.amount"].number,
            890,
            sum(count for _, _, count, _ in self.securities),
        ]

    def has_everything(self) -> None:
        """Find what was typed where it belongs: figures, rows, the note, the name, the sheet."""
        package, book = self.package, openpyxl.load_workbook(io.BytesIO(self.file()))
        cells = {figure: cell(package, figure) for figure in self.typed}
        found = {figure: book[sheet].cell(*at) for figure, (sheet, at) in cells.items()}
        assert {figure: held.value for figure, held in found.items()} == self.typed
        assert {*securities(package)} == self.securities
        note = found[PRICE].comment
        assert note is not None and note.text == "close of Friday"
        assert book.defined_names["desk"].attr_text.replace("$", "") == where(cells[PRICE])
        assert [held.data_type for (held,) in book["Mine"]["A1:A6"]] == ["s", *"fffff"]


def cell(package: Package, figure: Figure) -> tuple[str, Place]:
    sheet, (row, column) = typed(package, figure[0])
    return sheet, (row, column + figure[1])


def where(cell: tuple[str, Place]) -> str:
    return f"{cell[0]}!{address(*cell[1])}"


def securities(package: Package) -> list[Security]:
    """Return what is typed of each security, in the order of the rows."""
    sheet, (top, left), (bottom, _) = areas(package)["Securities"]
    held = package.sheets[sheet].value
    rows = ([held((row, left + i)) for i in range(4)] for row in range(top + 1, bottom + 1))
    return [(name, *others) for name, *others in rows if name is not None]


def blank_rows(package: Package) -> int:
    """Return how many rows of the table of securities are blank."""
    _, (top, _), (bottom, _) = areas(package)["Securities"]
    return bottom - top - len(securities(package))
