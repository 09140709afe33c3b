"""A company of one contract that plant serves, small enough to be worked by hand.

1,000 for 10 MW over four years is 25 for a MW-year. 6 MW at 10 and 4 MW at 15 cost 12 a MW; 5 and
10 years are 7. Hosting of 1 and other cost of 0.5 are 1.5; power of 0.876 for a MW-year at a PUE of
1.25 is 80 USD a MWh. Of 1 and 4 million warrants at 20, the first vests with a loan and the second
with 40 MW, of which 10 are contracted: 40, or 4% of the contract.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

from working_copy import RESULT_COLUMN, Copy

from model.case.starter import starter
from workbook.package.cells import Value, Values

TABLES = """
[customer_contracts]
one = { customer = "A", contract = "Halls", segment = "Halls", value = 1000, start = 7, term = 48 }
two = { customer = "B", contract = "Support", segment = "Other", value = 500, start = 1, term = 60 }

[plant.first]
vintage = "First"
mw = 6
in_service = 2026-10-01
lead_time = 6
price_per_mw = 10
life = 5
segment = "Halls"
contract = "Halls"

[plant.second]
vintage = "Second"
mw = 4
in_service = 2027-01-01
lead_time = 6
price_per_mw = 15
life = 10
segment = "Halls"
contract = "Halls"

[infrastructure]
price = { assumption = "Price", low = 20, high = 30 }
capex = { assumption = "Capex", low = 11, high = 14 }
pue = { assumption = "PUE", value = 1.25 }
rate = { assumption = "Rate", value = 0.1 }

[customer_warrant]
loan = { tranche = "On the loan", fair_value = 20, vest_month = 0 }
capacity = { tranche = "On capacity", fair_value = 20 }
"""
SEGMENTS = """
[halls]
name = "Halls"
power_cost = 0.876
hosting_cost = 1
other_cost = 0.5
contra_revenue = 0.04
contra_basis = "shares"

[other]
name = "Other"
base_revenue = 100
uncontracted_revenue = [100, 110, 120, 130, 140, 150, 160, 170, 180, 190]
operating_margin = 0.3
sales_to_capital = 2
"""
SECURITIES = """
loan = { name = "On the loan", type = "warrant", count = 1, strike = 0.01 }

[capacity]
name = "On capacity"
type = "warrant"
count = 4
strike = 0.01
vests_at = 40
condition = "delivered pro rata"
"""


def made() -> dict[str, Any]:
    """Return the small company as a tree."""
    tree = tomllib.loads(starter("small", date(2026, 5, 13)))
    own = {"company": "SMALL", "source": "placeholder"}
    tree["tables"] = own | tomllib.loads(TABLES)
    tree["segments"] = own | tomllib.loads(SEGMENTS)
    tree["securities"] |= tomllib.loads(SECURITIES)
    tree["scalars"] = own | {"warrant_customer": "A"}
    tree["rpo"]["opening"] |= {"amount": 1500}
    for name in ("base_revenue", "uncontracted_revenue", "renewal_rate", "operating_margin",
                 "sales_to_capital"):  # fmt: skip
        del tree["drivers"][name]
    tree["drivers"]["research"] = [10.0] * 10
    return tree


def failing(small: Copy, values: Values) -> set[str]:
    page = small.book["Checks and warnings"]
    return {
        str(page.cell(row, 3).value)
        for (row, column), held in values["Checks and warnings"].items()
        if column == RESULT_COLUMN and held == "FAIL"
    }


def cell(small: Copy, table: str, row: int, column: str) -> tuple[str, tuple[int, int]]:
    """Find a cell of a table on Inputs, by its row from 1 and its header."""
    sheet, top, left = small.named(table)
    for right in range(20):
        if small.book[sheet].cell(top, left + right).value == column:
            return sheet, (top + row, left + right)
    raise KeyError(column)


def rows(small: Copy, values: Values, sheet: str) -> Mapping[str, list[Value]]:
    """Return the numbers of each row by its label, the first row of each label.

    A table next to others has its own labels, and the numbers after them.
    """
    found: dict[str, list[Value]] = {}
    by_row: dict[int, list[tuple[int, Value]]] = {}
    for (row, column), value in sorted(values[sheet].items()):
        by_row.setdefault(row, []).append((column, value))
    for row in range(1, small.book[sheet].max_row + 1):
        label = values[sheet].get((row, 4), small.book[sheet].cell(row, 4).value)
        held = [v for c, v in by_row.get(row, ()) if c > 4]
        if isinstance(label, str) and held:
            found.setdefault(label, held)
    for of_row in by_row.values():
        for column, text in of_row:
            after = [v for c, v in of_row if c > column and not isinstance(v, str)]
            if isinstance(text, str) and column > 4 and after:
                found.setdefault(text, after)
    return found


def assumptions(small: Copy, values: Values) -> dict[str, Value]:
    sheet, top, left = small.named("Megawatt_assumptions")
    return {
        str(values[sheet].get((top + i, left), small.book[sheet].cell(top + i, left).value)): (
            values[sheet].get((top + i, left + 1))
        )
        for i in range(1, 9)
        if values[sheet].get((top + i, left + 1)) is not None
    }
