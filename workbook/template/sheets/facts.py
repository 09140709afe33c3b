"""Facts on the sheet Sources: the readings of each, which the case takes, and what its input says.

Everything that decides a verdict is read from Inputs, so that it follows what is typed there. The
inputs that readings are about, and the prices of their dates, are those of the build.
"""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.utils import get_column_letter

from model import evidence
from model.case import facts
from model.case.facts import ROUNDING, Reading
from model.case.tables import AS_FILED, BACKLOG, MARKET_VALUE, RESTATED
from model.dilution.headlines import TOLERANCE
from model.dilution.shares import LADDER
from workbook.template import printing, styles
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import Book, Page
from workbook.template.rows import column_of
from workbook.template.sheets import securities

#: Columns, of which the first nine are those of the other lists on the sheet.
UNIT, AS_OF, FACT, VALUE, KIND, SOURCE, FINDING, KNOWN, STATUS, AGAINST, DIFFERENCE = range(1, 12)
HEADING = "Facts: what each source states, and what the inputs are"
HEADS = {
    UNIT: "Unit", AS_OF: "As of", FACT: "Fact", VALUE: "Value", KIND: "Kind", SOURCE: "Source",
    FINDING: "Finding", KNOWN: "Public", STATUS: "Reading", AGAINST: "Compared with",
    DIFFERENCE: "Difference",
}  # fmt: skip
#: How a finding begins that is a warning.
WARNING = "WARNING"
#: Where a reading stands among those of its fact.
AGREED, CHOSEN, LEFT, CONFLICT, TWICE = (
    "no conflict", "chosen", "not chosen", "IN CONFLICT", "TWO CHOSEN",
)  # fmt: skip


def write(page: Page, book: Book) -> None:
    """Write a row for each reading, and record the findings."""
    readings = facts.readings(book.case)
    if not readings:
        return
    page.section(HEADING, DIFFERENCE)
    for path, label, share in (
        ("facts.rounding", "Readings of one number differ by at most", ROUNDING),
        ("facts.quoted", "Quoted market values are rounded by at most", float(TOLERANCE)),
    ):
        page.put(page.row, UNIT, "fraction", "unit")
        page.put(page.row, FACT, label, "label")
        book.areas[path] = page.put(page.row, VALUE, share, "fixed", styles.PERCENT)
        page.row += 1
    for column, text in HEADS.items():
        number = column in (VALUE, AGAINST, DIFFERENCE)
        words = column in (KIND, SOURCE, FINDING)
        style = "head" if number else "note_head" if words else "head_left"
        page.put(page.row, column, text, style)
    page.row += 1
    first, of = page.row, facts.groups(book.case)
    book.areas["facts.known"] = Area(page.title, first, KNOWN, len(readings))
    found = book.areas["facts.findings"] = Area(page.title, first, FINDING, len(readings))
    rows = {reading.path: _Row(page, book, first, i, reading) for i, reading in enumerate(readings)}
    for reading in readings:
        rows[reading.path].write(of[reading.group], rows)
    page.fill_where(
        found.local.replace("$", ""), f'LEFT($G{first},7)="{WARNING}"', styles.NOTE_FILL
    )


def agreeing(book: Book, readings: Iterable[Reading]) -> str:
    """Give a formula for how many readings agree with the input that they are about."""
    order = [reading.path for reading in facts.readings(book.case)]
    parts = []
    for reading in readings:
        row = book.areas["facts.findings"].part(order.index(reading.path), 0)
        value, against = (str(Area(row.sheet, row.row, column)) for column in (VALUE, AGAINST))
        parts.append(f"({_same(book, value, against)})*1")
    return "+".join(parts)


def _same(book: Book, a: str, b: str) -> str:
    most = book.areas["facts.rounding"].local
    return f"ABS({a}-{b})<={most}*MAX(ABS({a}),ABS({b}))"


class _Row:
    """One reading: its cells on the sheet, and its own cells on Inputs."""

    def __init__(self, page: Page, book: Book, first: int, place: int, reading: Reading) -> None:
        self.page, self.book, self.row, self.reading = page, book, first + place, reading
        self.columns = {
            name: column_of(book, "facts", name)
            for name in ("Fact", "Kind", "Value", "Unit", "Chosen", "Input")
        }
        self.typed = {name: str(area.part(place, 0)) for name, area in self.columns.items()}
        self.dates = Area(page.title, first, AS_OF, self.columns["Fact"].rows).local

    def cell(self, column: int) -> str:
        """Return a cell of this row on the sheet."""
        return Area(self.page.title, self.row, column).local

    def write(self, of_one: list[Reading], rows: dict[str, _Row]) -> None:
        """Write the row."""
        page, reading, typed = self.page, self.reading, self.typed
        row = page.row
        page.put(row, UNIT, f"={typed['Unit']}", "link_text")
        page.put(row, FACT, f"={typed['Fact']}", "link_text")
        page.put(row, KIND, f"={typed['Kind']}", "link_indented")
        page.put(row, AS_OF, reading.row.as_of, "unit", styles.DATE)
        # What is counted in thousands needs no decimals.
        many = styles.WHOLE_MONEY if abs(reading.value) >= 1000 else styles.PLAIN
        form = styles.FORMATS.get(reading.unit, many)
        page.put(row, VALUE, f"={typed['Value']}", "link", form)
        source = page.book.case.sources[reading.row.source].title
        origin = f"{source} ({reading.row.quality}). {reading.row.note}".strip()
        page.put(row, SOURCE, origin, "note")
        # A finding may take two lines.
        width = page.sheet.column_dimensions[get_column_letter(SOURCE)].width
        font = page.sheet.cell(row, SOURCE).font
        page.heights[row] = max(2 * printing.ROW, printing.height(origin, width, font, 1))
        if reading.row.known:
            page.put(row, KNOWN, reading.row.known, "unit", styles.DATE)
        page.put(row, STATUS, f"={self._status()}", "calc_text")
        against, difference, finding = self._compared(of_one, rows)
        if against:
            page.put(row, AGAINST, f"={against}", "link" if "!" in against else "calc", form)
            page.put(row, DIFFERENCE, f"={difference}", "calc", form)
        stated = {typed["Kind"]: reading.kind, typed["Input"]: reading.input}
        rpo = page.book.case.rpo
        if rpo is not None and rpo.scope is not None:
            stated[str(page.book.areas["rpo.scope"])] = str(rpo.scope.value)
        changed = ",".join(f"{cell}<>{quoted(text)}" for cell, text in stated.items())
        again = f"{WARNING}: kind, input or scope has changed: build the workbook again"
        left = "the difference is the restatement" if reading.kind == RESTATED and against else ""
        one = f"{WARNING}: exactly one reading must have 1 under Chosen"
        status = self.cell(STATUS)
        page.put(
            row,
            FINDING,
            f'=IF(OR({changed}),"{again}",IF(OR({status}="{CONFLICT}",{status}="{TWICE}"),"{one}",'
            f'IF({status}="{LEFT}","{left}",{finding})))',
            "calc_note",
        )
        page.row += 1

    def _others(self, condition: str) -> str:
        """Give a formula that counts the readings of the same fact with a condition."""
        of, typed = self.columns, self.typed
        filed = f'({of["Kind"]}="{AS_FILED}")+({of["Kind"]}="{RESTATED}")'
        if self.reading.kind not in (AS_FILED, RESTATED):
            filed = f"{of['Kind']}={typed['Kind']}"
        return (
            f"SUMPRODUCT(({of['Fact']}={typed['Fact']})*({self.dates}={self.cell(AS_OF)})"
            f"*({filed})*{condition})"
        )

    def _apart(self, number: str) -> str:
        """Give, for every reading, whether it differs from a number by more than rounding."""
        values, most = str(self.columns["Value"]), self.book.areas["facts.rounding"].local
        # Squares, as not every program takes an array where a function expects a number.
        gap = f"({values}-{number})^2"
        return f"({gap}>({most}*{values})^2)*({gap}>({most}*{number})^2)"

    def _status(self) -> str:
        chosen = self._others(f"({self.columns['Chosen']}=1)")
        apart = self._others(self._apart(self.cell(VALUE)))
        return (
            f'IF({chosen}=0,IF({apart}=0,"{AGREED}","{CONFLICT}"),'
            f'IF({self.typed["Chosen"]}<>1,"{LEFT}",IF({chosen}=1,"{CHOSEN}","{TWICE}")))'
        )

    def _compared(self, of_one: list[Reading], rows: dict[str, _Row]) -> tuple[str, str, str]:
        """Return what the reading is compared with, the difference and the finding."""
        kind, case = self.reading.kind, self.book.case
        if kind == MARKET_VALUE:
            return self._quoted()
        path = evidence.about(case, of_one)
        value, against = self.cell(VALUE), self.cell(AGAINST)
        if not path and not any(other.chosen for other in of_one):
            return "", "", '""'
        if not path:
            chosen = self._others(f"({self.columns['Chosen']}=1)*{self.columns['Value']}")
            return chosen, f"{value}-{against}", '""'
        same, agrees = _same(self.book, value, against), f'"agrees with {path}"'
        difference = f"{value}-{against}"
        if kind == BACKLOG and evidence.counts_rpo(case):
            others = agreeing(self.book, evidence.saying_rpo(case, path)) or "0"
            backlog = f"{WARNING}: {path} is the same: probably backlog taken for RPO"
            finding = (
                f'IF({same},IF({others},"{path} is stated as RPO as well","{backlog}"),'
                f'"the difference is backlog outside {path}")'
            )
            return securities.typed(self.book, path), difference, finding
        finding = agrees
        if kind == AS_FILED:
            known = self.book.areas["facts.known"].local
            then = self._others(
                f'({self.columns["Kind"]}="{RESTATED}")*({known}>0)*({known}<=Valuation_date)'
                f"*{self._apart(against)}"
            )
            finding = f'IF({then}>0,"{WARNING}: had been restated by the valuation date",{agrees})'
        elif kind == RESTATED:
            late = f"{WARNING}: was restated after the valuation date"
            finding = f'IF({self.cell(KNOWN)}>Valuation_date,"{late}",{agrees})'
            filed = next((other for other in of_one if other.kind == AS_FILED), None)
            if filed:
                before = rows[filed.path].cell(VALUE)
                difference = f"{value}-{before}"
                finding = finding.replace(agrees, f'{agrees}&"; the difference is the restatement"')
        return (
            securities.typed(self.book, path),
            difference,
            f'IF({same},{finding},"{WARNING}: differs from {path}")',
        )

    def _quoted(self) -> tuple[str, str, str]:
        """Compare a market value with those of the share counts at the prices of its date."""
        case, book = self.book.case, self.book
        prices = list(evidence.prices_of(case, self.reading))
        if not prices:
            return "", "", '"no share price of this date is stated"'
        value, most = self.cell(VALUE), book.areas["facts.quoted"].local
        places = [list(case.price_points).index(path) for path in prices]
        basic = book.areas["Market value.basic"].part(0, places[0])
        price = book.areas[prices[0]]
        finding = (
            f'IF({value}<{book.areas["facts.rounding"].local}*{basic},"{WARNING}: probably in '
            f'billions","{WARNING}: near neither basic nor diluted shares: it implies "'
            f'&FIXED({value}/{price},1)&" million")'
        )
        named = {
            "basic": "the common stock", "treasury": "the diluted shares",
            "gross": "all options and warrants in full",
        }  # fmt: skip
        if "share_counts" in case.tables:
            counts = column_of(book, "share_counts", "Shares")
            near = "+".join(
                f"SUMPRODUCT((({value}-{book.areas[path]}*{counts})^2"
                f"<=({most}*{book.areas[path]}*{counts})^2)*1)"
                for path in prices
            )
            finding = f'IF({near}>0,"near a share count that is known by name",{finding})'
        for method in reversed(LADDER):
            for place in reversed(places):
                of = book.areas[f"Market value.{method}"].part(0, place)
                finding = f'IF(ABS({value}/{of}-1)<={most},"near {named[method]}",{finding})'
        return str(basic), f"{value}-{self.cell(AGAINST)}", finding
