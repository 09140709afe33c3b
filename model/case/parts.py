"""What a case consists of: figures with their sources, securities, balances, tables, totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from model.dilution.securities import Securities
from model.fields import Field

Quality = Literal[
    "filing", "filing-via-secondary", "company-call", "press", "analyst", "inferred", "assumption"
]
BASES = ("latest", "valuation date")
QUALITIES: tuple[Quality, ...] = get_args(Quality)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a figure, or a row of a table, comes from.

    Attributes
    ----------
    as_of : date
        The day that it belongs to.
    source : str
        Key of its source.
    quality : Quality
    note : str
        Why it is what it is.
    known : date or None
        The day on which it became public, where that is known.
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
        """The value of a figure that is one number."""
        assert isinstance(self.value, float)  # Its declaration has seen to it.
        return self.value

    @property
    def day(self) -> date:
        """The value of a figure that is a date."""
        assert isinstance(self.value, date)  # Its declaration has seen to it.
        return self.value


@dataclass(frozen=True, kw_only=True)
class Published(Figure):
    """A published figure, the line of the results that it is compared with, and its year."""

    line: str
    year: int | None = None


@dataclass(frozen=True)
class Source:
    """Where figures come from.

    Attributes
    ----------
    title, address : str
    form : str
        Of a filing: "S-1", "10-Q".
    filed : date or None
        The day on which it became public.
    page, tag, context : str
        Where in it: the page, and the XBRL tag with its context.
    company : str or None
        Ticker of the company that its figures are of: a case of another may not take any.
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
    """Who is valued, and as of when; `limits` are what its case leaves out.

    By the `basis` "valuation date" a figure that moves the value and became public later is
    refused; by "latest" it is a warning.
    """

    name: str
    ticker: str
    about: str
    valuation_date: Figure
    first_year_end: Figure
    limits: list[str] = field(default_factory=list)
    basis: str = "latest"


@dataclass(frozen=True)
class Security:
    """One row of the table of securities: what it is, and its figures by their column.

    A column of numbers is asked for as an attribute; one that is left out is None.
    """

    name: str
    type: str
    figures: dict[str, Figure]

    def __getattr__(self, name: str) -> Figure | None:
        if name not in Securities.declared:
            raise AttributeError(name)
        return self.figures.get(name)


@dataclass(frozen=True)
class Band:
    """One band of months and the share of the balance that becomes revenue in it."""

    from_month: int
    to_month: int | None = None
    share: Figure | None = None


@dataclass(frozen=True)
class Balance:
    """Remaining performance obligations at one date, as disclosed.

    `recognised` is the revenue since the balance before it.
    """

    date: Figure
    amount: Figure
    bands: dict[str, Band] = field(default_factory=dict)
    recognised: Figure | None = None


@dataclass(frozen=True)
class Rpo:
    """The balance that the forecast starts from, how it converts, and what came later.

    `conversion` holds the disclosed bands, split further where the forecast needs it.
    """

    opening: Balance
    conversion: dict[str, Band]
    shape: Figure
    final_month: Figure
    later: dict[str, Balance] = field(default_factory=dict)


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


@dataclass(frozen=True)
class Total:
    """A figure that others must add up to; a part may be preceded by a minus sign."""

    total: str
    parts: list[str]
    tolerance: float = 1e-6
