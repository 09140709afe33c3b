"""Does every number of the further sheets move when the figures and tables behind it move?

The oracle is the workbook before a change. A figure is changed on its own, a table by the column,
in the cells of the workbook, which is then calculated again, without a spreadsheet program.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from live import Live
from working_copy import (
    HIDDEN,
    RESULTS,
    TIMELINE,
    WHOLE,
    Cell,
    Copy,
    Movement,
    day_of,
    moved_share,
    movement,
)

from workbook.hosts.headless import evaluate
from workbook.package.cells import Values, address, place
from workbook.template.labels import NOTHING_SHOWN

#: Sheets calculated only from figures and tables beyond the core.
OTHERS = {"Dashboard", "Inputs", "Checks and warnings", "Sources", "Changes", *HIDDEN, *RESULTS}
#: Numbers that a step of a figure or a column rightly leaves unchanged, by their labels.
STEADY = {
    "Companies": "How many peers there are",
    "Layers": "How many there are",
    "Degrees of freedom": "Follows from how many there are",
    "EV/Revenue": "How many peers have the multiple",
    "Forward EV/Revenue": "How many peers have the multiple",
    "EV/Revenue to growth": "How many peers have the multiple",
    "Months 1 to 24": "Months of a disclosed band",
    "Months 25 to 48": "Months of a disclosed band",
    "After month 48": "Months of a disclosed band",
    "End of the year": "A day of the calendar",
    "Quarter ending": "A day of the calendar",
    "Fiscal year": "A year of the calendar",
    "Quarter of the year": "A quarter of the calendar",
    "The next eight, from that of the valuation date": "Counts quarters of the calendar",
    "Solutions": "How many there are",
    "Highest at": "The end of a range",
    "1 year before": "The part not yet written off after one year of a life of two",
    **{
        f"OpenAI warrant: {name} tranche": "Of a share for next to nothing, delta is 1"
        for name in ("loan", "market value", "capacity")
    },
}
#: The same by what stands above them.
STEADY_COLUMNS = {
    "contracted_share / margin_change": "All of what is contracted",
    "Vendors": "How many there are in a layer",
    "Precedence": "The order in which the signals speak",
    "For it": "How many conditions speak for a signal",
    "Against it": "How many conditions speak against it",
    "Not known": "How many conditions are not observed",
    "Score": "Of what has reached its limit, 100",
    "Weight": "All of a score's weights together",
}

#: Lines in which a one is no result: no segment says that part of its capacity is not paid for.
WHOLES = ("Discount factor", "Part of the year", "Utilisation")
#: A formula that only shows another cell.
LINK = re.compile(r"=('?\w+'?!)?\$?[A-Z]+\$?\d+")

#: The number that is written into each of some cells of Inputs.
Numbers = Mapping[str, float]


def written(package: bytes, numbers: Numbers) -> bytes:
    """Write numbers over numbers in the part of Inputs; to save by openpyxl takes far longer."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet2.xml":
                text = part.decode()
                for cell, number in numbers.items():
                    text, found = re.subn(
                        rf'(<c r="{cell}"[^>]*><v>)[^<]*', rf"\g<1>{number!r}", text
                    )
                    assert found == 1, cell
                part = text.encode()
            new.writestr(name, part)
    return file.getvalue()


def serial(day: date) -> int:
    """Return the number by which a cell holds a date."""
    return (day - date(1899, 12, 30)).days


def step(value: float | date, unit: str, by: int = 1) -> float:
    """Return a slightly different number that is still legal.

    Of a date a year, of months a quarter, of years and counts one, of others `by` per cent less.
    """
    if isinstance(value, date):
        return serial(value) + 366
    if unit == "months":
        return value + 3
    if unit in ("years", "year", "count"):
        return value + 1
    return value * (1 - by / 100) if value else by / 100


#: What is written into columns of zeros that must sum to zero, into debt of which no less can be
#: owed than falls due, and into chances that must sum to one.
BALANCED = {
    "share_classes: Transferred": [0.01, -0.01],
    "commitments: Balance": [1015.0],
    "scenarios: Weight": [0.25, 0.45, 0.3],
}


def steps(whole: Copy) -> Iterator[tuple[str, Numbers]]:
    """Yield a step for every figure beyond the core, and for every column of a table but texts."""
    for key, item in WHOLE.scalars.items():
        value = item.value
        if isinstance(value, float):
            yield key, {whole.at(f"scalars.{key}")[1]: step(value, item.unit)}
    for key, table in WHOLE.tables.items():
        _, top, left = whole.named(key.capitalize())
        for right, (header, unit) in enumerate(table.columns.items()):
            held = [row.values[right] for row in table.rows.values()]
            numbers = {
                address(top + down, left + right): step(cell, unit, by=down)
                for down, cell in enumerate(held, 1)
                # A zero may mean that something is absent, unless all are zeros.
                if isinstance(cell, float | date) and (cell or not any(held))
            }
            name = f"{key}: {header}"
            if name in BALANCED:
                numbers = dict(zip(numbers, BALANCED[name], strict=True))
            if key == "commitments" and not any(held):
                continue  # All that is owed falls due in other years.
            if numbers:
                yield name, numbers


def heading(whole: Copy, cell: Cell) -> str:
    """Return the nearest text above a cell."""
    row, column = place(cell[1])
    values, page = whole.base[cell[0]], whole.book[cell[0]]
    above = (values.get((r, column), page.cell(r, column).value) for r in range(row - 1, 0, -1))
    return next((text for text in above if isinstance(text, str)), "")


def core(whole: Copy) -> Iterator[Numbers]:
    """Yield steps of the core: of its amounts, of its paths and rates, and of its dates."""
    yield {
        # By little, so that it stays a company.
        whole.at(path)[1]: step(figure.number, figure.unit, by=1 + by % 7)
        for by, (path, figure) in enumerate(WHOLE.figures.items())
        if isinstance(figure.value, float) and figure.unit in ("USD m", "USD", "m shares")
    }
    yield {
        whole.driver(path.removeprefix("drivers."), year)[1]: step(value, figure.unit, by=year)
        for path, figure in WHOLE.figures.items()
        if path.startswith("drivers.") and isinstance(figure.value, list)
        for year, value in enumerate(figure.value, 1)
    }
    yield {
        whole.driver(path.removeprefix("drivers."))[1]: step(figure.value, figure.unit)
        for path, figure in WHOLE.figures.items()
        if path.startswith("drivers.") and isinstance(figure.value, float)
        and figure.unit in ("fraction", "years")
    } | {
        whole.at(path)[1]: step(figure.number, figure.unit)
        for path, figure in WHOLE.figures.items() if path.startswith("cost_of_capital.")
    }  # fmt: skip
    yield {
        whole.driver(f"{segment.name}/{name}", year)[1]: step(value, figure.unit, by=1 + year)
        for segment in WHOLE.segments.values()
        for name, figure in segment.figures.items()
        for year, value in (
            enumerate(figure.value, 1) if isinstance(figure.value, list) else [(0, figure.value)]
        )
        if isinstance(value, float)
    }
    yield {
        cell: number
        for path in ("rpo.opening.bands.next_48.share", "rpo.conversion.next_48.share")
        for (_, cell), number in moved_share(whole, path).items()
    }
    yield {
        cell: number
        for path in ("rpo.opening.bands.next_24.share", "rpo.conversion.year_2.share")
        for (_, cell), number in moved_share(whole, path).items()
    }
    # A day later or earlier, as the serial number that a cell holds.
    for path, days in (("company.valuation_date", 1), ("company.first_year_end", -1)):
        yield {whole.at(path)[1]: serial(day_of(path)) + days}


def after(live: Live, numbers: Numbers) -> Values:
    return live.values({("Inputs", place(cell)): float(n) for cell, n in numbers.items()})


@pytest.fixture(scope="module")
def movements(live: Live, whole: Copy) -> dict[str, Movement]:
    return {name: movement(whole.base, after(live, numbers)) for name, numbers in steps(whole)}


def test_the_file_with_the_same_numbers_shows_the_same(
    finished: bytes, live: Live, whole: Copy
) -> None:
    assert live.base == whole.base
    for numbers in (*(numbers for _, numbers in [*steps(whole)][::24]), *core(whole)):
        assert after(live, numbers) == evaluate(written(finished, numbers))


def test_a_step_of_a_figure_or_a_column_gives_no_error(movements: dict[str, Movement]) -> None:
    assert len(movements) > 100
    assert {name: m.errors for name, m in movements.items() if m.errors} == {}


def test_every_figure_and_column_moves_something(movements: dict[str, Movement]) -> None:
    still = [
        name
        for name, m in movements.items()
        # What is said of the company is held against this model on Sources alone.
        if not {s for s, _ in m.moved}
        - ({"Inputs"} if name.startswith("quoted_claims: ") else {"Inputs", "Sources"})
    ]
    # A step to which a figure is rounded decides its verdict only where it is far too fine.
    assert still == ["quoted_claims: Rounded to"]


def test_every_number_of_the_further_sheets_moves(
    live: Live, whole: Copy, movements: dict[str, Movement]
) -> None:
    of_core = [movement(whole.base, after(live, numbers)) for numbers in core(whole)]
    moved = set().union(*(m.moved for m in (*movements.values(), *of_core)))
    still = {
        (sheet, address(*at))
        for sheet, of_sheet in whole.base.items()
        for at, value in of_sheet.items()
        if sheet not in OTHERS and isinstance(value, float) and value != 0
    } - moved
    unexplained = set()
    for sheet, cell in still:
        title = whole.label(sheet, place(cell)[0])
        if not (
            LINK.fullmatch(str(whole[sheet, cell].value))
            or title in (*TIMELINE, *STEADY)
            or heading(whole, (sheet, cell)) in STEADY_COLUMNS
            # What is not shown is the place of a row.
            or whole[sheet, cell].number_format == NOTHING_SHOWN
            # A full share is always 100%, and a single customer's index always 10,000.
            or (whole.base[sheet][place(cell)] == 1 and "%" in whole[sheet, cell].number_format)
            or (
                whole.base[sheet][place(cell)] == 10_000
                and (title.startswith("HHI") or heading(whole, (sheet, cell)) == "HHI")
            )
            # Today's factor is 1, and a year is complete.
            or (whole.base[sheet][place(cell)] == 1 and title.startswith(WHOLES))
        ):
            unexplained.add((sheet, cell, title))
    assert unexplained == set()
