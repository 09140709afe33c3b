"""What a case consists of: figures with their sources, securities, balances, tables, totals."""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from model.dcf.forecast import Forecast
from model.dcf.value import DcfValue
from model.dilution.shares import PRICED, TYPES
from model.errors import nearest, shown

Quality = Literal[
    "filing", "filing-via-secondary", "company-call", "press", "analyst", "inferred", "assumption"
]

#: Texts that a spreadsheet reads as errors, and the characters that a cell can hold.
ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
TEXT_LENGTH = 32_767
#: Before it, Excel's days are one off: it takes 1900 for a leap year.
FIRST_DAY = date(1900, 3, 1)
#: What a figure's own field `date` would hide inside its class.
CalendarDate = date
#: Units in which a published value may stand; every other figure has one unit only.
UNITS = (
    *("USD m", "USD", "m shares", "fraction", "months", "years", "ratio", "name", "date"),
    *("MW", "kW", "count"),
)


class Part(BaseModel):
    """What a case consists of: known keys alone, and what a cell can hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _fit_for_a_cell(cls, value: Any) -> Any:
        """Refuse what no cell can hold, or what a cell would take for something else."""
        _check_cell(value)
        return value


def _check_cell(value: Any) -> None:
    """Look at a value, at all of a list, or at the keys of a table."""
    if isinstance(value, str):
        if value.startswith("=") or not value.isprintable():
            raise ValueError(f"must be printable text that is no formula, not {shown(value)}")
        if value.upper() in ERRORS:
            raise ValueError(f"must be text that is no error, not {shown(value)}")
        # Spreadsheets count in units of 16 bits.
        if (length := len(value.encode("utf-16-le", "replace")) // 2) > TEXT_LENGTH:
            raise ValueError(f"must have {TEXT_LENGTH} characters at most, not {length}")
    elif isinstance(value, datetime | time):
        raise ValueError(f"must be a date without a time, not {value}")
    elif isinstance(value, date) and value < FIRST_DAY:
        raise ValueError(f"must be a date from {FIRST_DAY} on, not {value}")
    elif isinstance(value, bool) or (
        isinstance(value, int | float) and not abs(value) <= sys.float_info.max
    ):
        raise ValueError(f"must be finite numbers, text or a date, not {shown(value)}")
    elif isinstance(value, dict | list):
        # What stands under a key is looked at under its own name.
        for inside in value:
            _check_cell(inside)


class Figure(Part):
    """A value with its unit, the date it belongs to, its source and its quality."""

    value: float | list[float] | date | str
    unit: str
    date: date
    source: str
    quality: Quality
    note: str = ""

    @field_validator("value", mode="before")
    @classmethod
    def _stated(cls, value: Any) -> Any:
        """Refuse a value that is not there."""
        if None in (value if isinstance(value, list) else [value]):
            raise ValueError("is empty")
        return value

    @property
    def number(self) -> float:
        """The value of a figure that is one number."""
        assert isinstance(self.value, float)  # The unit's validator has seen to it.
        return self.value

    @property
    def day(self) -> CalendarDate:
        """The value of a figure that is a date."""
        assert isinstance(self.value, date)  # The unit's validator has seen to it.
        return self.value


def _unit(*units: str) -> AfterValidator:
    kinds: dict[str, tuple[type, str]] = {"date": (date, "a date"), "name": (str, "text")}

    def check(figure: Figure) -> Figure:
        if figure.unit not in units:
            listed = " or ".join(repr(u) for u in units)
            raise ValueError(f"must have the unit {listed}, not {figure.unit!r}")
        kind, told = kinds.get(figure.unit, (float, "a number"))
        if not isinstance(figure.value, kind):
            raise ValueError(f"must be {told}, not {shown(figure.value)}")
        return figure

    return AfterValidator(check)


Money = Annotated[Figure, _unit("USD m")]
Price = Annotated[Figure, _unit("USD")]
Shares = Annotated[Figure, _unit("m shares")]
Fraction = Annotated[Figure, _unit("fraction")]
Ratio = Annotated[Figure, _unit("ratio")]
Months = Annotated[Figure, _unit("months")]
Day = Annotated[Figure, _unit("date")]
Name = Annotated[Figure, _unit("name")]
AnyUnit = Annotated[Figure, _unit(*UNITS)]


class Source(Part):
    """Where figures come from."""

    title: str
    address: str = ""


class Company(Part):
    """Who is valued, and as of when."""

    # The footer of a printed page holds 255 characters, and a title one line.
    name: str = Field(min_length=1, max_length=100)
    ticker: str
    about: str
    valuation_date: Day
    first_year_end: Day


class Labelled(Part):
    """A figure that is told beside the results: a price, an estimate, somebody's value."""

    label: str
    figure: AnyUnit


class Published(Labelled):
    """A published figure, and the line of the results that it stands beside."""

    beside: str
    #: The forecast year, where the line has one value a year.
    year: int | None = None

    @model_validator(mode="after")
    def _known(self) -> Published:
        lines = list((Forecast if self.year else DcfValue).declared)
        if self.beside not in lines:
            raise ValueError(f"stands beside no line: {self.beside!r}{nearest(self.beside, lines)}")
        return self


class Security(Part):
    """One row of the table of securities."""

    name: str
    type: str
    count: Shares
    strike: Price | None = None
    included: Fraction | None = None
    #: Part of RSUs that is withheld for tax, and the market value from which a tranche counts.
    withheld: Fraction | None = None
    vests_at: Money | None = None

    @model_validator(mode="after")
    def _known(self) -> Security:
        if self.type not in TYPES:
            hint = nearest(self.type, TYPES)
            raise ValueError(f"must have a type among {', '.join(TYPES)}, not {self.type!r}{hint}")
        if self.type in PRICED and self.strike is None:
            raise ValueError(f"must have a strike as type {self.type!r} (0 if it has none)")
        return self


class Band(Part):
    """One band of months and the share of the balance that becomes revenue in it."""

    from_month: int = Field(ge=1)
    to_month: int | None = None
    share: Fraction | None = None


class Balance(Part):
    """Remaining performance obligations at one date, as disclosed."""

    date: Day
    amount: Money
    bands: dict[str, Band] = {}
    #: Revenue recognised since the balance before it.
    recognised: Money | None = None


class Rpo(Part):
    """The balance that the forecast starts from, how it converts, and what came later."""

    opening: Balance
    #: The disclosed bands, split further where the forecast needs it.
    conversion: dict[str, Band]
    shape: Name
    final_month: Months
    later: dict[str, Balance] = {}


class CostOfCapital(Part):
    """What the cost of capital before the fade is built from."""

    risk_free: Fraction
    beta: Ratio
    equity_risk_premium: Fraction
    size_premium: Fraction
    country_premium: Fraction
    cost_of_debt: Fraction
    tax_rate: Fraction


class Row(Part):
    """One row of a table, with where it comes from; an empty text is an empty cell."""

    cells: list[float | date | str]
    date: date
    source: str
    quality: Quality
    note: str = ""


class Table(Part):
    """A table of inputs that a sheet hands to functions: columns with units, rows by key."""

    label: str
    columns: dict[str, str]
    rows: dict[str, Row]

    @model_validator(mode="after")
    def _typed(self) -> Table:
        kinds: dict[str, tuple[type, str]] = {"date": (date, "a date"), "name": (str, "text")}
        for header, unit in self.columns.items():
            if unit not in UNITS:
                raise ValueError(f"column {header!r} must have one of {UNITS}, not {unit!r}")
        for key, row in self.rows.items():
            if len(row.cells) != len(self.columns):
                raise ValueError(
                    f"row {key!r} must have {len(self.columns)} cells, not {len(row.cells)}"
                )
            for (header, unit), cell in zip(self.columns.items(), row.cells, strict=True):
                kind, told = kinds.get(unit, (float, "a number"))
                if cell != "" and not isinstance(cell, kind):
                    raise ValueError(
                        f"row {key!r} must have {told} under {header!r}, not {shown(cell)}"
                    )
        return self


class Total(Part):
    """A figure that others must add up to; a part may be preceded by a minus sign."""

    total: str
    parts: list[str]
    tolerance: float = 1e-6
