"""Makes the forecast of a case longer: each input by year is continued in the case's text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from model.case.case import Case, of_text
from model.case.document import Document, Steps
from model.case.tables import TABLES
from model.case.values import SECTIONS, TEXT_LENGTH
from model.dcf.commitments import ROUNDING
from model.dcf.segment import SLASH
from model.errors import InputError, cut, shown
from model.uncertainty.changes import AND, CONTRACTED, YEARLY_REVENUE, Changes, spelled

#: The most years that are added at once, and the most that a forecast may then have.
MOST, LONGEST = 20, 40
#: An amount of a year, which grows; rates, ratios, shares and prices stay.
AMOUNT = "USD m"
#: What is judged, as the years are that nobody has stated.
ASSUMED = "assumption"
#: Digits of an amount that has grown.
DIGITS = 10
#: Drivers that move to another one until the last year, and how many years they stay before.
MOVING = {
    "revenue_growth": ("terminal_growth", "growth_years"),
    "tax_rate": ("terminal_tax_rate", "tax_years"),
    "wacc": ("terminal_wacc", "wacc_years"),
}


@dataclass(frozen=True)
class Continued:
    """An input that was continued.

    Parameters
    ----------
    path : str
        The figure, or the row of a table.
    label : str
        What it is called.
    year : int
        The last year of the shorter forecast.
    last : float
        Its number in that year.
    added : dict
        The numbers of the years after it.
    growth : float, optional
        How much an amount grows a year; nothing for what stays.
    """

    path: str
    label: str
    year: int
    last: float
    added: dict[int, float]
    growth: float | None

    def __str__(self) -> str:
        if self.growth is None:
            return f"{self.label} {years_of(self.added)}: {shown(self.last)}, as in {self.year}"
        grown = ", ".join(f"{year}: {number:,.10g}" for year, number in self.added.items())
        return (
            f"{self.label} {grown}; {self.last:,.10g} in {self.year}, and terminal_growth of "
            f"{shown(self.growth)} a year"
        )


@dataclass(frozen=True)
class Longer:
    """A case with a longer forecast.

    Parameters
    ----------
    case : Case
    continued : list of Continued
        Every input by year.
    notes : list of str
        What else changes with the number of years, a sentence each.
    """

    case: Case
    continued: list[Continued]
    notes: list[str]

    @property
    def lines(self) -> list[str]:
        """What was continued, and what else to know of it, each in a line."""
        return [f"Continued: {each}." for each in self.continued] + self.notes


def longer(case: Case, years: int, name: str = "case") -> Longer:
    """Make the forecast of a case longer.

    An input by year goes on as in its last year: a rate, a ratio, a share and a price stay, and an
    amount grows by terminal_growth, as the terminal value takes it to. Its note says so, and its
    quality is assumption. Amounts due by year have none in the new years. The rest of the text
    stays byte for byte.

    Parameters
    ----------
    case : Case
    years : int
        How many years are added.
    name : str
        The name by which errors call the case.

    Raises
    ------
    InputError
        For a number of years that is out of bounds, and for a case without a driver by year.

    Examples
    --------
    >>> from model.case.case import load
    >>> made = longer(load("supermicro"), 1)
    >>> made.case.forecast_years[-1]
    2037
    >>> print(made.continued[3])
    tax_rate 2037: 0.25, as in 2036
    """
    most = min(MOST, LONGEST - case.years)
    if most < 1:
        raise InputError(
            "years",
            f"must not be added to a forecast of {case.years}: one may have {LONGEST} at most",
        )
    if not 1 <= years <= most:
        raise InputError(
            "years",
            f"must be from 1 to {most}, as the forecast has {case.years} years and may have "
            f"{LONGEST}, not {shown(years)}",
        )
    if not case.paths:
        raise InputError(
            "drivers",
            "must give a number for each year for one of them, such as revenue_growth, to be made "
            f"longer; without one, the forecast has {case.years} years",
        )
    continuing = _Continuing(case, years)
    text = continuing.text()
    return Longer(of_text(text, name), continuing.continued, [*continuing.notes()])


class _Continuing:
    """Continues the inputs of a case that are given by year."""

    def __init__(self, case: Case, years: int) -> None:
        self._case, self._last = case, case.forecast_years[-1]
        self._years = [self._last + 1 + i for i in range(years)]
        self._document = Document(case.text)
        self.continued: list[Continued] = []

    def text(self) -> str:
        """Return the text with numbers for the new years."""
        case = self._case
        for path, numbers in case.paths.items():
            if len(numbers) != case.years:
                continue  # One number in a list is that of all years.
            made = self._continue(path, self._label(path), numbers[-1], case.figures[path].unit)
            self._document.put((*_steps(path), "value"), [*numbers, *made.added.values()])
            self._say(made)
        for key, known in TABLES.items():
            # Of amounts due, what is not stated is not due.
            if key in case.tables and issubclass(known.columns, Changes):
                self._continue_rows(key, known.columns)
        return self._document.text

    def notes(self) -> Iterator[str]:
        """Yield what else changes with the number of years."""
        case, new = self._case, self._years[-1]
        places = {"": case.drivers} | {f"{s.name}/": s.figures for s in case.segments.values()}
        for prefix, figures in places.items():
            for name, (to, hold) in MOVING.items():
                if hold in figures and (to in case.drivers or to == "terminal_growth"):
                    yield f"{prefix}{name} reaches {to} in {new}, not {self._last}."
            if "target_margin" in figures and "margin_years" not in figures:
                yield f"{prefix}operating_margin reaches target_margin in {new}, not {self._last}."
        if "commitments" in case.tables:
            due = case.table("commitments")
            rest = due.balance - due.payments.sum(-1)
            for each, balance, left in zip(due.name, due.balance, rest, strict=True):
                if left > ROUNDING * balance:
                    yield (
                        f"{each}: {left:,.10g} falls due after {self._last}; state how much "
                        f"is due in {years_of(self._years)}."
                    )
        if "share_sales" in case.tables:
            yield f"The rest of a holding is sold in {new}, not {self._last}."

    def _continue_rows(self, key: str, kind: type[Changes]) -> None:
        """Continue the numbers by year of the rows of a table that have them."""
        table = self._case.tables[key]
        headers = {name: f.header for name, f in kind.declared.items()}
        for name, row in table.rows.items():
            cells = dict(zip(table.fields, row.values, strict=True))
            if isinstance(last := cells.get(str(self._last)), float):
                changed = str(cells[headers["input"]])
                label = f"{cells[headers[kind.group[0]]]}: {changed}"
                made = self._continue(f"tables.{key}.{name}", label, last, _unit(changed))
                for year, number in made.added.items():
                    steps = (*_steps(made.path), str(year))
                    self._document.put(steps, number, after=str(year - 1))
                self._say(made)

    def _continue(self, path: str, label: str, last: float, unit: str) -> Continued:
        """Return the numbers with which an input goes on."""
        grows = self._case.drivers.get("terminal_growth") if unit == AMOUNT else None
        rate = grows.number if grows else 0.0
        numbers = {year: _written(last * (1 + rate) ** (year - self._last)) for year in self._years}
        made = Continued(path, label, self._last, last, numbers, rate if rate and last else None)
        self.continued.append(made)
        return made

    def _say(self, made: Continued) -> None:
        """Put into the note of an input, and into its quality, that it was continued."""
        origin, steps = self._case.origins[made.path], _steps(made.path)
        said = f"{years_of(made.added)} continued from {self._last}"
        if made.growth is not None:
            said += " at terminal_growth"
        if origin.quality != ASSUMED:
            said += f"; the years before are {origin.quality}"
            self._document.put((*steps, "quality"), ASSUMED)
        note = f"{origin.note.removesuffix('.')}. {said}" if origin.note else said
        self._document.put((*steps, "note"), cut(note, TEXT_LENGTH))

    def _label(self, path: str) -> str:
        """Name a driver as a scenario does: with its segment."""
        section, *inside = path.split(".")
        if section == "segments":
            inside[0] = self._case.segments[inside[0]].name
        return SLASH.join(inside)


def years_of(years: Iterable[int]) -> str:
    """Name years that follow one another.

    Examples
    --------
    >>> years_of([2036]), years_of([2036, 2037]), years_of([2036, 2037, 2038])
    ('2036', '2036 and 2037', '2036 to 2038')
    """
    each = [*years]
    if len(each) == 1:
        return str(each[0])
    return f"{each[0]} {'and' if len(each) == 2 else 'to'} {each[-1]}"


def _written(number: float) -> float:
    """Round a number to the digits that are written."""
    return float(f"{number:.{DIGITS}g}")


def _unit(changed: str) -> str:
    """Return the unit of an input that a row of changes names."""
    name = spelled(changed.split(AND)[0]).rpartition(SLASH)[2]
    if name == CONTRACTED:
        return YEARLY_REVENUE.unit
    known = SECTIONS["segments"].get(name) or SECTIONS["drivers"].get(name)
    return known.unit if known else ""


def _steps(path: str) -> Steps:
    return tuple(path.split("."))
