"""The parts of a case: figures with their sources, securities, balances, tables, totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from model.dilution.securities import Securities
from model.fields import Field
from model.uncertainty.scenarios import BASE

Quality = Literal[
    "filing", "filing-via-secondary", "company-call", "press", "analyst", "inferred", "assumption"
]
BASES = ("valuation date", "latest")
QUALITIES: tuple[Quality, ...] = get_args(Quality)
#: Key and title of the source of what was typed into the workbook.
TYPED, TYPED_TITLE = "typed", "Typed in the workbook"
#: Rows left blank below a table of a workbook if a case states no number, and the most.
BLANK_ROWS, MOST_BLANK_ROWS = 2, 50
#: Who publishes a figure: the company what was, and what it expects; several analysts, or one.
KINDS = ("actual", "guidance", "consensus", "analyst")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a figure, or a row of a table, comes from.

    Attributes
    ----------
    as_of : date
        The date to which it refers.
    source : str
        Key of its source.
    quality : Quality
    note : str
        Explanation of the figure.
    known : date or None
        The date on which it became public, if known.
    """

    as_of: date
    source: str
    quality: str
    note: str = ""
    known: date | None = None


@dataclass(frozen=True, kw_only=True)
class Figure(Origin):
    """A value with its unit and its origin."""

    value: float | list[float] | date | str
    unit: str
    label: str = ""

    @property
    def number(self) -> float:
        """The value of a figure that is a single number."""
        assert isinstance(self.value, float)  # Its declaration guarantees it.
        return self.value

    @property
    def day(self) -> date:
        """The value of a figure that is a date."""
        assert isinstance(self.value, date)  # Its declaration guarantees it.
        return self.value


@dataclass(frozen=True, kw_only=True)
class Published(Figure):
    """A published figure, the result line to which it is compared, its year and its quarter.

    The `kind` says who published it. What is "actual" and was public on the valuation date is what
    the company reported of a quarter.
    """

    line: str
    year: int | None = None
    quarter: int | None = None
    kind: str = ""


@dataclass(frozen=True)
class Source:
    """Where figures come from.

    Attributes
    ----------
    title, address : str
    form : str
        For a filing: "S-1", "10-Q".
    filed : date or None
        The date on which it became public.
    page, tag, context : str
        Location in the source: the page, and the XBRL tag with its context.
    company : str or None
        Ticker of the company its figures describe; another company's case may not use them.
    """

    title: str
    address: str = ""
    form: str = ""
    filed: date | None = None
    page: str = ""
    tag: str = ""
    context: str = ""
    company: str | None = None


@dataclass(frozen=True)
class Company:
    """The company and the valuation date; `limits` list what its case leaves out.

    A figure that affects the value and became public after the valuation date is refused; with the
    `basis` "latest" it is a warning. The `scenario` is the one that the case is valued in. A
    workbook has `blank_rows` below each table that grows.
    """

    name: str
    ticker: str
    about: str
    valuation_date: Figure
    first_year_end: Figure
    limits: list[str] = field(default_factory=list)
    basis: str = BASES[0]
    scenario: str = BASE
    blank_rows: int = BLANK_ROWS


#: What a case states of a security.
SECURITY = Securities.declared


@dataclass(frozen=True)
class Security:
    """One row of the table of securities: what it is, and its figures by their column.

    A column of numbers is read as an attribute; one that is left out is None.
    """

    name: str
    type: str
    figures: dict[str, Figure]

    def __getattr__(self, name: str) -> Figure | None:
        if name not in SECURITY:
            raise AttributeError(name)
        return self.figures.get(name)


@dataclass(frozen=True)
class SegmentDrivers:
    """A segment's name and its drivers."""

    name: str
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Band:
    """One band of months and the share of the balance that becomes revenue in it.

    A filing that says "within 24 months" states the cumulative share, of the bands before too.
    """

    from_month: int
    to_month: int | None = None
    share: Figure | None = None
    cumulative_share: Figure | None = None

    @property
    def stated(self) -> Figure | None:
        """The share, in either way; none for what the other bands leave."""
        return self.share or self.cumulative_share


@dataclass(frozen=True)
class Balance:
    """Remaining performance obligations at one date, as disclosed.

    `recognised` is the revenue since the balance before it, and `outside` the part of it that
    never was in the balance; `run_rate` is the monthly revenue before the earliest balance.
    """

    date: Figure
    amount: Figure
    bands: dict[str, Band] = field(default_factory=dict)
    recognised: Figure | None = None
    outside: Figure | None = None
    run_rate: Figure | None = None

    @property
    def from_balance(self) -> float:
        """Revenue since the balance before it, without what is stated to be outside."""
        assert self.recognised is not None  # Those who ask have looked.
        return self.recognised.number - (self.outside.number if self.outside else 0.0)


@dataclass(frozen=True)
class Rpo:
    """The balance from which the forecast starts, how it converts, and earlier and later balances.

    `conversion` holds the disclosed bands, split further if the forecast needs it. A company with
    segments that lists no contracts says which `segment` the balance is of.
    """

    opening: Balance
    conversion: dict[str, Band]
    shape: Figure
    final_month: Figure
    later: dict[str, Balance] = field(default_factory=dict)
    earlier: dict[str, Balance] = field(default_factory=dict)
    run_rate: Figure | None = None
    scope: Figure | None = None
    run_rate_scope: Figure | None = None
    segment: Figure | None = None
    recognised_in_year: Figure | None = None
    collected: Figure | None = None

    @property
    def until_opening(self) -> dict[str, Balance]:
        """The earlier balances, and the opening one, by their places in the section."""
        earlier = {f"earlier.{key}": balance for key, balance in self.earlier.items()}
        return {**earlier, "opening": self.opening}

    @property
    def balances(self) -> dict[str, Balance]:
        """Every balance by its place in the section, from the earliest on."""
        later = {f"later.{key}": balance for key, balance in self.later.items()}
        return {**self.until_opening, **later}


@dataclass(frozen=True, kw_only=True)
class Row(Origin):
    """One row of a table; an empty text is a blank."""

    values: list[float | date | str]


@dataclass(frozen=True)
class Table:
    """A table of inputs that functions take: columns as declared, rows by key."""

    label: str
    fields: Mapping[str, Field]
    rows: dict[str, Row]

    @property
    def columns(self) -> dict[str, str]:
        """The unit of each column, by its header."""
        return {header: declared.unit for header, declared in self.fields.items()}

    def column(self, header: str) -> dict[str, float | date | str]:
        """Return what a column holds, by the keys of the rows."""
        place = list(self.fields).index(header)
        return {key: row.values[place] for key, row in self.rows.items()}


@dataclass(frozen=True)
class Total:
    """A figure that others must add up to; a part may be preceded by a minus sign."""

    total: str
    parts: list[str]
    tolerance: float = 1e-6
