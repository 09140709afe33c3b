"""What would Excel import, and what would a cell then show?

There is no Excel here. The oracle is xlwings itself, whose Windows half runs under stand-ins for
Windows. The signatures and the cells below were fixed by hand before the functions were written.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from xlwings_on_windows import MISSING, InCells, Text, answered
from xlwings_on_windows import imported as imported_now

from workbook.hosts import excel
from workbook.refusal import CALLABLE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in for Windows")

#: Required arguments, then the optional ones in brackets.
SIGNATURES = """
    DILUTED_SHARES(price, securities, [method])
    DILUTED_MARKET_CAP(price, securities, [method])
    PRICE_PER_SHARE(equity_value, securities, [method])
    DILUTION_BRIDGE(price, securities, [method], [rows])
    RPO_BANDS(balance, bands, [rows])
    RPO_SCHEDULE(balance, bands, [months_per_period], [shape], [final_month], [run_rate])
    RPO_ROLLFORWARD(opening, bookings, recognised, [cancelled])
    RPO_IMPLIED_BOOKINGS(balances, recognised)
    DCF_COST_OF_EQUITY(risk_free, beta, equity_risk_premium, [size_premium], [country_premium])
    DCF_WACC(equity_value, debt_value, cost_of_equity, cost_of_debt, tax_rate, [preferred_value], \
[cost_of_preferred])
    DCF_DISCOUNT_FACTORS(rates, [periods], [timing], [stub])
    DCF_PRESENT_VALUE(cash_flows, rates, [timing], [stub])
    DCF_TERMINAL_GROWTH(next_cash_flow, rate, growth)
    DCF_TERMINAL_ROIC(next_nopat, rate, growth, roic)
    DCF_TERMINAL_MULTIPLE(metric, multiple)
    DCF_FORECAST(drivers, [contracted_revenue], [plant])
    DCF_VALUE(drivers, securities, [contracted_revenue], [plant], [rows])
"""

#: Words that VBA will not take as a name.
VBA_KEYWORDS = """
    addressof and any as boolean byref byte byval call case cdbl cint clng const currency date
    decimal declare dim do double each else elseif empty end enum erase error event exit false
    for friend function get global gosub goto if imp implements in input integer is let lib like
    line lock long loop lset me mod new next not nothing null object on open option optional or
    paramarray preserve print private property public put raiseevent redim rem resume return
    rset seek select set single static step stop string sub then time to true type typeof until
    variant wend while width with withevents write xor
"""


N_A, SPILL, NEWER = -2146826246, -2146826243, -2146826288 + 77
HOLDERS = (
    ("Security", "Type", "Count", "Strike"),
    ("Common", "common", 100.0, None),
    ("Options", "option", 10.0, 50.0),
)
BANDS = (("From month", "To month", "Share"), (1.0, 24.0, 0.15), (25.0, 48.0, 0.43))


def holders(**changes: Any) -> InCells:
    return InCells(tuple(tuple(changes.get(str(cell), cell) for cell in row) for row in HOLDERS))


#: Name of the case -> function, arguments as COM hands them over, and what the cell shows.
CALLS: dict[str, tuple[str, list[Any], Any]] = {
    "numbers in cells": ("dcf_terminal_multiple", [InCells(120.0), InCells(11.5)], 1380.0),
    "numbers typed into the formula": ("dcf_terminal_multiple", [120.0, 11.5], 1380.0),
    "a table": ("diluted_shares", [InCells(100.0), holders(), MISSING], 105.0),
    "an optional argument given": ("diluted_shares", [InCells(100.0), holders(), "gross"], 110.0),
    "an optional argument in an empty cell": (
        "diluted_shares",
        [InCells(100.0), holders(), InCells(None)],
        105.0,
    ),
    "a column": (
        "dcf_present_value",
        [InCells(((110.0,), (121.0,))), InCells(0.10), "end", MISSING],
        200.0,
    ),
    "a row": ("dcf_present_value", [InCells(((110.0, 121.0),)), 0.10, "end", MISSING], 200.0),
    "one cell where a row may stand": (
        "dcf_present_value",
        [InCells(110.0), 0.10, "end", MISSING],
        100.0,
    ),
    "an array from another formula": (
        "dcf_present_value",
        [((110.0, 121.0),), 0.10, "end", MISSING],
        200.0,
    ),
    "a table as the result": (
        "rpo_bands",
        [24_600.0, InCells(BANDS)],
        [
            ["Band", "From month", "To month", "Share", "Amount"],
            ["Months 1 to 24", 1, 24, 0.15, 3_690.0],
            ["Months 25 to 48", 25, 48, 0.43, 10_578.0],
            ["Unstated remainder", 49, "", 0.42, 10_332.0],
        ],
    ),
    "currency cells are read in full": (
        "dcf_terminal_multiple",
        [InCells(Decimal("1.2346"), 1.23456789), InCells(2.0)],
        2.46913578,
    ),
    "currency cells in a table": (
        "diluted_shares",
        [
            100.0,
            InCells(
                (HOLDERS[0], HOLDERS[1], ("Options", "option", 10.0, Decimal("50.0000"))),
                (HOLDERS[0], HOLDERS[1], ("Options", "option", 10.0, 50.00004)),
            ),
            MISSING,
        ],
        110.0 - 500.0004 / 100,
    ),
    "an error cell": (
        "dcf_terminal_multiple",
        [InCells(N_A), 2.0],
        "metric must be a number, not the error #N/A.",
    ),
    "an error that xlwings does not know": (
        "dcf_present_value",
        [InCells(((100.0, SPILL),)), 0.10, MISSING, MISSING],
        "cash_flows (place 2) must be a number, not the error #SPILL!.",
    ),
    "an error that is still to be invented": (
        "dcf_cost_of_equity",
        [0.04, InCells(NEWER), 0.05, MISSING, MISSING],
        "beta must be a number, not the error #VALUE!.",
    ),
    "an error in a table": (
        "diluted_shares",
        [100.0, holders(Options=N_A), MISSING],
        "securities (row 3) must be free of errors, but holds the error #N/A.",
    ),
    "an error typed into the formula": (
        "dcf_terminal_multiple",
        [N_A, 2.0],
        "metric must be a number, not the error #N/A.",
    ),
    "an empty cell": (
        "dcf_terminal_multiple",
        [InCells(None), 2.0],
        "metric must be given: revenue, EBITDA or operating income of the final year.",
    ),
    "a formula's empty text": (
        "dcf_terminal_multiple",
        [120.0, InCells("")],
        "multiple must be given: exit multiple.",
    ),
    "text": (
        "dcf_terminal_multiple",
        [InCells("12x"), 2.0],
        "metric must be a number, not '12x'.",
    ),
    "a truth value": (
        "dcf_terminal_multiple",
        [InCells(True), 2.0],
        "metric must be a number, not True.",
    ),
    "a date": (
        "dcf_terminal_multiple",
        [InCells(datetime(2026, 5, 14)), 2.0],
        "metric must be a number, not the date 2026-05-14.",
    ),
    "a range where a number belongs": (
        "dcf_terminal_multiple",
        [InCells(((1.0, 2.0),)), 2.0],
        "metric must be a number, not a range.",
    ),
    "a header without rows": (
        "diluted_shares",
        [100.0, InCells((HOLDERS[0],)), MISSING],
        "securities must have at least one row below its header row.",
    ),
}


@pytest.fixture(scope="module")
def imported() -> dict[str, Any]:
    return imported_now()


@pytest.fixture(scope="module")
def cells() -> dict[str, Any]:
    found = answered([(name, arguments) for name, arguments, _ in CALLS.values()])
    return dict(zip(CALLS, found, strict=True))


def signatures(vba: str) -> dict[str, str]:
    """Read the VBA's function heads in the notation of SIGNATURES."""
    return {
        name.upper(): re.sub(r"Optional (\w+)", r"[\1]", arguments)
        for name, arguments in re.findall(r"^Function (\w+)\((.*)\)$", vba, re.M)
    }


def test_the_signatures_are_the_ones_that_were_agreed(imported: dict[str, Any]) -> None:
    agreed = dict(re.findall(r"(\w+)\((.*)\)", SIGNATURES))
    found = signatures(imported["vba"])
    assert {name: found[name] for name in agreed} == agreed


def test_excel_gets_every_function_of_the_catalogue(imported: dict[str, Any]) -> None:
    assert signatures(imported["vba"]) == {
        f.name: ", ".join(p.name if p.required else f"[{p.name}]" for p in f.parameters)
        for f in CALLABLE.values()
    }


def test_every_function_calls_its_own_python_function(imported: dict[str, Any]) -> None:
    calls = re.findall(
        r'^\s+(\w+) = XLPy.CallUDF\("workbook.udfs", "(\w+)", Array\((.*)\), ThisWorkbook, '
        r"Application.Caller\)$",
        imported["vba"],
        re.M,
    )
    assert {name for name, _, _ in calls} == {name.lower() for name in CALLABLE}
    for name, called, arguments in calls:
        assert name == called
        assert arguments.split(", ") == [p.name for p in CALLABLE[name.upper()].parameters]


def test_the_names_are_names_in_vba(imported: dict[str, Any]) -> None:
    for name, arguments in signatures(imported["vba"]).items():
        names = re.findall(r"\w+", arguments)
        for word in (name.lower(), *names):
            assert re.fullmatch(r"[a-z][a-z0-9_]{0,254}", word)
            assert word not in VBA_KEYWORDS.split()
        # VBA takes an argument named as its function for a second declaration.
        assert name.lower() not in names
        assert len(set(names)) == len(names)


def test_the_wizard_shows_the_help(imported: dict[str, Any]) -> None:
    assert len(imported["help"]) == len(CALLABLE)
    for macro, options in imported["help"].items():
        declared = CALLABLE[macro.removeprefix("'Model.xlsm'!").upper()]
        assert options["Category"] == "Offtake"
        assert options["Description"] == declared.summary
        assert 0 < len(options["Description"]) <= 255
        described = options["ArgumentDescriptions"]
        assert len(described) == len(declared.parameters)
        for p, text in zip(declared.parameters, described, strict=True):
            assert text.startswith(p.help)
            assert 0 < len(text) <= 255
            assert text.startswith(f"{p.help} [{', '.join(p.choices) or p.unit}")
            assert text.endswith("]")


def test_no_type_hint_becomes_a_converter(imported: dict[str, Any]) -> None:
    assert len(imported["converted"]) == len(CALLABLE)
    for options in imported["converted"].values():
        assert all(o == {"convert": "Cells", "err_to_str": True} for o in options)


@pytest.mark.parametrize("case", CALLS)
def test_what_the_cell_shows(case: str, cells: dict[str, Any]) -> None:
    shown, expected = cells[case], CALLS[case][2]
    if isinstance(expected, float):
        assert shown == pytest.approx(expected, rel=1e-14)
    elif isinstance(expected, list):
        assert shown[0] == expected[0]
        for row, wanted in zip(shown[1:], expected[1:], strict=True):
            assert row[:3] == wanted[:3]
            assert row[3:] == pytest.approx(wanted[3:], rel=1e-14)
    else:
        assert shown == Text(expected)


def test_a_failed_call_leaves_its_sentence_and_nothing_else(imported: dict[str, Any]) -> None:
    """The text of the error is what the VBA makes the function's result."""
    functions = re.findall(r"^Function (\w+)\(.*?^End Function$", imported["vba"], re.M | re.S)
    bodies = re.findall(r"^Function .*?^End Function$", imported["vba"], re.M | re.S)
    assert len(functions) == len(CALLABLE)
    for name, body in zip(functions, bodies, strict=True):
        assert "If TypeOf Application.Caller Is Range Then On Error GoTo failed" in body
        label = body.partition("failed:")[2].split("\n")
        assert [line.strip() for line in label if line.strip()] == [
            f"{name} = Err.Description",
            "End Function",
        ]


def test_a_defect_of_ours_is_one_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class COMException(Exception):  # noqa: N818
        def __init__(self, description: str, scode: int) -> None:
            super().__init__(description)

    def broken(*cells: Any) -> float:
        return cells[0] / 0.0

    monkeypatch.setattr(excel, "_com_exception", lambda: COMException)
    made = excel.udf(replace(CALLABLE["DCF_TERMINAL_MULTIPLE"], call=broken))
    with pytest.raises(COMException, match=r"^ZeroDivisionError: float division by zero$"):
        made(120.0, 11.5)


def test_off_windows_the_functions_are_plain() -> None:
    from workbook import udfs

    for name, declared in CALLABLE.items():
        assert vars(udfs)[name.lower()].__name__ == name.lower()
        assert vars(udfs)[name.lower()].__doc__ == declared.summary
    assert vars(udfs)["dcf_terminal_multiple"](120, multiple=11.5) == 1380.0
    with pytest.raises(ValueError, match=r"^metric must be at least 0, not -1\.$"):
        vars(udfs)["dcf_terminal_multiple"](-1, 11.5)
