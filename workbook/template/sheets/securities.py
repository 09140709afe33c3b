"""The securities by native formulas: what counts at a price, its shares and its claims.

A second route to the functions of dilution. The columns are those of the table on Inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.case.declared import NAME_LENGTH
from model.case.parts import SECURITY
from model.dilution.securities import PRO_RATA
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import Book


def column(book: Book, name: str) -> Area:
    """Return a column of the table of securities, by its name in the model."""
    table = book.areas["Securities"]
    return table.part(1, list(SECURITY).index(name), table.rows - 1)


def typed(book: Book, path: str) -> str:
    """Give a figure as a formula; one of a table by what its row is called, wherever it is.

    If no row is called that, it was changed, and the figure is where it was.
    """
    found = book.areas[path]
    if (row := _row(book, path)) is None:
        return str(found)
    same, column = row
    return f"IF(SUMPRODUCT({same})=0,{found},SUMPRODUCT({same}*{column}))"


def is_blank(book: Book, path: str) -> str:
    """Give a formula for whether a figure has been cleared."""
    found = book.areas[path]
    if (row := _row(book, path)) is None:
        return f'{found}=""'
    same, column = row
    return f'IF(SUMPRODUCT({same})=0,{found}="",SUMPRODUCT({same}*({column}<>""))=0)'


def _row(book: Book, path: str) -> tuple[str, Area] | None:
    """Find the row of a figure of a table, as a formula of ones and zeros, and its column."""
    section, *steps = path.split(".")
    if section == "securities":
        table, named = book.areas["Securities"], {0: book.case.securities[steps[0]].name}
    elif section == "tables":
        table, named = book.areas[f"tables.{steps[0]}"], _called(book, *steps[:2])
    else:
        return None
    if not named:
        return None
    same = "*".join(
        f"({table.part(1, at, table.rows - 1)}={quoted(name)})" for at, name in named.items()
    )
    column = book.areas[path].column - table.column
    return f"{same}*1", table.part(1, column, table.rows - 1)


def _called(book: Book, key: str, row: str) -> dict[int, str]:
    """Find the first text of a table's row that no other row has, or all if only together.

    Several rows have a customer, or a period. Nothing is found if other rows have all of them. A
    formula takes texts of the length of a name.
    """
    rows = book.case.tables[key].rows
    own = {
        place: text
        for place, text in enumerate(rows[row].values)
        if isinstance(text, str) and 0 < len(text) <= NAME_LENGTH
    }

    def alone(named: dict[int, str]) -> bool:
        return sum(all(r.values[i] == t for i, t in named.items()) for r in rows.values()) == 1

    each = ({at: text} for at, text in own.items())
    return next((named for named in (*each, own) if named and alone(named)), {})


def common(book: Book) -> str:
    """Return a formula for the common stock outstanding."""
    return f'SUMPRODUCT(({column(book, "kind")}="common")*{_held(book)})'


def outstanding(book: Book) -> str:
    """Return a formula for the shares outstanding, those that holders may put included."""
    kind = column(book, "kind")
    return f'SUMPRODUCT((({kind}="common")+({kind}="puttable"))*{_held(book)})'


def _held(book: Book) -> str:
    # An empty Included means 1.
    count, included = (column(book, name) for name in ("count", "included"))
    return f'{count}*(({included}="")+{included})'


@dataclass(frozen=True)
class Natively:
    """Formulas at a share price, with the diluted shares that belong to it.

    A diluted market value is the price times these shares, which hold a tranche where they reach
    its hurdle with it, and fall short of it where they do not.
    """

    book: Book
    price: str
    shares: str

    @property
    def taking_part(self) -> str:
        """What the conditions leave of each count, as a column."""
        condition, hurdle, measured = (
            column(self.book, name) for name in ("condition", "vests_at", "measured")
        )
        reached = {
            "none": "1",
            "": "1",
            "price": f"({hurdle}<={self.price})",
            "market value": f"({hurdle}<={self.price}*{common(self.book)})",
            "diluted market value": f"({hurdle}<={self.price}*{self.shares})",
            "date": f"({measured}>={hurdle})",
            "delivered": f"({measured}>={hurdle})",
            PRO_RATA: f"(({measured}>={hurdle})+({measured}<{hurdle})*{measured}"
            f"/({hurdle}+({hurdle}=0)))",
        }
        met = "+".join(f'({condition}="{name}")*{each}' for name, each in reached.items())
        return f"({_held(self.book)}*({met}))"

    def of(self, formula: str) -> str:
        """Sum a formula over the securities, with its parts by name.

        {n} is what takes part, {own} and {kept} are 1 for what is paid for or exchanged for
        nothing and for what is repaid if no shares are taken, {debt} for convertible debt.
        """
        kind = column(self.book, "kind")
        parts = {
            "n": self.taking_part,
            "p": self.price,
            "K": column(self.book, "strike"),
            "R": column(self.book, "repayment"),
            "C": column(self.book, "cap"),
            "w": column(self.book, "withheld"),
            "debt": f'({kind}="convertible")',
            "kept": f'(({kind}="preferred")+({kind}="puttable"))',
            "own": f'({kind}<>"convertible")*({kind}<>"preferred")*({kind}<>"puttable")',
        }
        return f"SUMPRODUCT({formula.format(**parts)})"

    @property
    def treasury(self) -> str:
        """Diluted shares by the treasury stock method."""
        return self.of(
            "{n}*({own}*(1-{w})*({K}<{p})*(1-{K}/{p})+({debt}+{kept})*({R}<={p})"
            f"-{CALL}/{{p}})"
        )

    @property
    def gross(self) -> str:
        """Gross shares."""
        return self.of("{n}*({own}*(1-{w})+({debt}+{kept})*({R}<={p}))")

    @property
    def claims(self) -> str:
        """What all securities claim of the equity value."""
        return self.of(
            "{n}*({own}*({K}<{p})*({p}-{K})+{debt}*({R}<={p})*({p}-{R})"
            f"-{CALL}+{{kept}}*(({{R}}<={{p}})*{{p}}+({{R}}>{{p}})*{{R}}))"
        )

    @property
    def beyond_shares(self) -> str:
        """What the claims hold beyond the value of the shares: tax and repayments, less debt."""
        return (
            f"{self.of('{n}*{w}')}*{self.price}"
            f"+{self.of('{n}*{R}*({kept}*({R}>{p})-{debt}*({R}<={p}))')}"
        )

    @property
    def at_edge(self) -> str:
        """Whether a condition is met exactly at the price, so that it may count in part."""
        condition, hurdle = (column(self.book, name) for name in ("condition", "vests_at"))
        worth = (
            f'(({condition}="price")*{self.price}'
            f'+({condition}="market value")*{self.price}*{common(self.book)}'
            f'+({condition}="diluted market value")*{self.price}*{self.shares})'
        )
        near = f"({hurdle}>={worth}*(1-1E-9))*({hurdle}<={worth}*(1+1E-9))"
        return f"SUMPRODUCT(({hurdle}>0)*{near})>0"


#: What a capped call on convertible debt brings for each share.
CALL = "{debt}*({C}>{K})*({K}<{p})*(({C}<{p})*{C}+({C}>={p})*{p}-{K})"
