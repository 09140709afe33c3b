"""Do cells say the same of segments as Python does, in whatever order their rows and columns stand?

Oracle: the same company made in Python, whose arithmetic `tests/model/dcf` checks.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from model.dcf.by_segment import dcf_segment_value, dcf_segments
from model.dcf.drivers import Drivers
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError
from workbook.arguments import cells_of
from workbook.functions import CATALOGUE

Table = list[list[Any]]
SERIAL = {date(2026, 5, 13): 46155, date(2026, 3, 31): 46112, date(2026, 12, 31): 46387}
HOLDERS: Table = [["Security", "Type", "Count", "Strike"], ["Common", "common", 100.0, None]]
DRIVERS: Table = [
    ["Driver", "Segment", "Value", 2026, 2027, 2028],
    ["tax_rate", None, 0.2, None, None, None],
    ["wacc", None, None, 0.12, 0.11, 0.1],
    ["valuation_date", None, SERIAL[date(2026, 5, 13)], None, None, None],
    ["balance_date", None, SERIAL[date(2026, 3, 31)], None, None, None],
    ["first_year_end", None, SERIAL[date(2026, 12, 31)], None, None, None],
    ["Research", None, None, 9.0, 8.0, 7.0],
    ["operating_margin", "Cloud", None, 0.3, 0.35, 0.4],
    ["net_retention", "cloud", 1.1, None, None, None],
    ["sales_to_capital", "Cloud", 1.5, None, None, None],
    ["price", "Leasing", 6.0, None, None, None],
    ["Power cost", "Leasing", 0.9, None, None, None],
]
MONTHS = list(range(1, 19))
CONTRACTS: Table = [
    ["Segment", "Contract", "Collected", "Renewal rate", *MONTHS],
    ["Cloud", "A", 12.0, None, *[float(m) for m in MONTHS]],
    ["Cloud", "B", 0.0, 0.5, *[2.0] * 18],
]
PLANT: Table = [
    ["Vintage", "Segment", "MW", "In service", "Lead time", "Price per MW", "Life"],
    ["P", "Leasing", 4.0, 46387, 12, 8.0, 4],
]


def in_python() -> tuple[SegmentedDrivers, SignedContracts, Plant]:
    company = {"tax_rate": 0.2, "wacc": [0.12, 0.11, 0.1], "research": [9.0, 8.0, 7.0]}
    company |= {"valuation_date": date(2026, 5, 13), "balance_date": date(2026, 3, 31)}
    company |= {"first_year_end": date(2026, 12, 31)}
    cloud = {"operating_margin": [0.3, 0.35, 0.4], "net_retention": 1.1, "sales_to_capital": 1.5}
    leasing = {"price": 6.0, "power_cost": 0.9}
    drivers = SegmentedDrivers.by_segment(
        company, {"Cloud": cloud, "Leasing": leasing}, across=[2026, 2027, 2028]
    )
    signed = SignedContracts(
        ["A", "B"],
        ["Cloud"] * 2,
        collected=[12.0, 0.0],
        renewal_rate=[float("nan"), 0.5],
        amounts=[MONTHS, [2.0] * 18],
    )
    plant = Plant(["P"], [4.0], [date(2026, 12, 31)], [12.0], [8.0], [4.0], ["Leasing"])
    return drivers, signed, plant


def test_cells_are_what_python_says() -> None:
    expected = in_python()
    given = (DRIVERS, CONTRACTS, PLANT)
    assert CATALOGUE["DCF_SEGMENTS"].call(*given) == cells_of(dcf_segments(*expected))
    assert CATALOGUE["DCF_SEGMENT_VALUE"].call(*given) == cells_of(dcf_segment_value(*expected))
    holders = Securities(["Common"], ["common"], [100.0])
    value = CATALOGUE["DCF_VALUE"].call(DRIVERS, HOLDERS, CONTRACTS, PLANT)
    assert value == cells_of(dcf_value(expected[0], holders, *expected[1:]))
    labels = [row[0] for row in value[1:]]
    assert labels[:4] == ["Contract A", "Contract B", "Renewals of A", "Renewals of B"]
    interim = labels.index("Cash flow from the balance date to the valuation date")
    assert labels[interim + 1] == "Equity value"
    forecast = CATALOGUE["DCF_FORECAST"].call(DRIVERS, CONTRACTS, PLANT)
    assert forecast[0] == ["Year", 2026, 2027, 2028]


def test_rows_and_columns_stand_in_any_order() -> None:
    def turned(table: Table) -> Table:
        head, *rows = table
        return [line[::-1] for line in (head, *rows)]

    straight = CATALOGUE["DCF_SEGMENTS"].call(DRIVERS, CONTRACTS, PLANT)
    assert CATALOGUE["DCF_SEGMENTS"].call(*map(turned, (DRIVERS, CONTRACTS, PLANT))) == straight
    head, *rows = DRIVERS
    backwards = [head, *rows[::-1]]
    swapped = CATALOGUE["DCF_SEGMENT_VALUE"].call(backwards, CONTRACTS, PLANT)
    straight = CATALOGUE["DCF_SEGMENT_VALUE"].call(DRIVERS, CONTRACTS, PLANT)
    assert sorted(map(str, swapped)) == pytest.approx(sorted(map(str, straight)))


def test_a_table_without_segments_or_contract_names() -> None:
    drivers: Table = [
        ["Driver", 2026, 2027],
        ["tax_rate", 0.2, 0.2],
        ["wacc", 0.1, 0.1],
        ["base_revenue", 100.0, None],
        ["revenue_growth", 0.1, 0.1],
        ["operating_margin", 0.3, 0.3],
        ["sales_to_capital", 2.0, 2.0],
    ]
    by_year: Table = [["Contract", 2027, 2026], ["A", 40.0, 60.0]]
    found = CATALOGUE["DCF_FORECAST"].call(drivers, by_year)
    assert next(row for row in found if row[0] == "Contracted revenue")[1:] == [60.0, 40.0]
    # With dates among the drivers, contracts may be by month, and their names the segments'.
    dated = [r for r in drivers if r[0] not in ("base_revenue", "revenue_growth")]
    dated += [["valuation_date", 46022, None], ["first_year_end", 46387, None]]
    found = CATALOGUE["DCF_FORECAST"].call(
        dated, [["Segment", *range(1, 25)], ["Company", *[5.0] * 24]]
    )
    assert next(row for row in found if row[0] == "Contracted revenue")[1:] == [60.0, 60.0]


def test_a_bare_row_keeps_its_meaning() -> None:
    bare: Table = [["Driver", "Value"], *([n, v] for n, v in SIMPLE.items())]
    contracted = [100.0, 50.0]
    found = CATALOGUE["DCF_VALUE"].call(bare, HOLDERS, contracted)
    expected = dcf_value(
        Drivers.of(SIMPLE), Securities(["Common"], ["common"], [100.0]), contracted
    )
    assert found == cells_of(expected)
    assert not any(row[0].startswith("Contract ") for row in found)


SIMPLE = {"base_revenue": 400.0, "revenue_growth": 0.1, "operating_margin": 0.2, "wacc": 0.1}
SIMPLE |= {"tax_rate": 0.25, "sales_to_capital": 1.5, "years": 2, "renewal_rate": 0.5}


def changed(table: Table, row: int, column: int, cell: Any) -> Table:
    return [
        [cell if (i, j) == (row, column) else c for j, c in enumerate(line)]
        for i, line in enumerate(table)
    ]


@pytest.mark.parametrize(
    "row",
    [
        ["cash", None, 50.0, "Filing, page 5", None, None],
        ["cash", None, 50.0, "-", None, "see note 3"],
        ["Terminal", None, "roic", "Growth earns its cost", None, None],
        ["valuation_date", None, SERIAL[date(2026, 5, 13)], None, "The day before", None],
    ],
)
def test_words_next_to_a_single_driver_are_a_note(row: list[Any]) -> None:
    others = [r for r in DRIVERS if r[0] != row[0]]
    bare = [*row[:3], None, None, None]
    noted, plain = (
        CATALOGUE["DCF_VALUE"].call([*others, each], HOLDERS, CONTRACTS, PLANT)
        for each in (row, bare)
    )
    assert noted == plain


NOT_BOTH = "must have a Value or one value for each year, not both."
FILE = "C:\\Models\\Cash.xlsx"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["cash", None, 50.0, 1.0, None, None], f"drivers cash {NOT_BOTH}"),
        (["cash", None, 50.0, "Page 5", 2.0, None], f"drivers cash {NOT_BOTH}"),
        (
            ["cash", None, None, 1.0, 2.0, 3.0],
            "drivers cash must be a single value, not one for each year.",
        ),
        (
            ["cash", None, None, "Page 5", None, None],
            "drivers cash must be typed, or its row left out for 0, not left blank.",
        ),
        (
            ["Terminal", None, None, "As ever", None, None],
            "drivers terminal must be typed, or its row left out for 'growth', not left blank.",
        ),
        (
            ["cash", None, FILE, "Page 5", None, None],
            f"drivers cash must be a number, not {FILE!r}.",
        ),
        # Of a driver by year, the cells hold its numbers, and words there are no note.
        (
            ["power_cost", "Cloud", 1.0, "Page 5", None, None],
            f"drivers Cloud/power_cost {NOT_BOTH}",
        ),
        (
            ["power_cost", "Cloud", None, "Page 5", 1.0, 1.0],
            "drivers Cloud/power_cost must be a number, not 'Page 5'.",
        ),
    ],
)
def test_what_is_no_note_is_refused(row: list[Any], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        CATALOGUE["DCF_VALUE"].call([*DRIVERS, row], HOLDERS, CONTRACTS, PLANT)
    assert str(refused.value) == sentence


WRONG: dict[str, tuple[tuple[Table, Table, Table], str]] = {
    "a blank month": (
        (DRIVERS, changed(CONTRACTS, 1, 8, None), PLANT),
        "contracted_revenue 5 (row 2) must be a number, not an empty cell.",
    ),
    "a month twice": (
        (DRIVERS, changed(CONTRACTS, 0, 5, 1.0), PLANT),
        "contracted_revenue must have each header once, but 1 appears twice.",
    ),
    "a month missing": (
        (DRIVERS, [r[:4] + r[5:] for r in CONTRACTS], PLANT),
        "contracted_revenue must have every month, but 1 is missing.",
    ),
    "a driver of a segment twice": (
        ([*DRIVERS, DRIVERS[9]], CONTRACTS, PLANT),
        "drivers must hold each driver once, but sales_to_capital appears twice.",
    ),
    "a driver of a segment twice, in another case": (
        ([*DRIVERS, ["sales_to_capital", "CLOUD", 2.0, None, None, None]], CONTRACTS, PLANT),
        "drivers must hold each driver once, but sales_to_capital appears twice.",
    ),
    "an unknown driver": (
        ([*DRIVERS, ["Reserch", None, 1.0, None, None, None]], CONTRACTS, PLANT),
        "drivers must hold known drivers only, not 'reserch' in row 13 (did you mean 'research'?).",
    ),
    "a date that is none": (
        (changed(DRIVERS, 3, 2, "13 May"), CONTRACTS, PLANT),
        "drivers valuation_date must be a date, not '13 May'.",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    given, sentence = WRONG[what]
    with pytest.raises(InputError) as found:
        CATALOGUE["DCF_SEGMENTS"].call(*given)
    assert str(found.value) == sentence
