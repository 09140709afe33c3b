"""Does the sheet Market say what its inputs say by hand, also after something is typed?

Oracles: arithmetic on the published figures of the case, written out here; and the sentence and the
cell that the first line of every sheet must name when an input is wrong.
"""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from cases import shipped
from live import Live
from ranges import cells_of

from model.case import load
from model.case.case import parse
from model.errors import InputError
from workbook import template
from workbook.package.cells import Values
from workbook.status import CHECKS, STATUS

Rows = dict[str, list[float]]
#: The market of 2028 between two published sizes; value over revenue of a vendor.
SIZE, TIMES = 106_000 * (255 / 106) ** (3 / 5), 0.3 * 24


@pytest.fixture(scope="module")
def built() -> bytes:
    return template.build(load("cerebras"))


@pytest.fixture(scope="module")
def live(built: bytes) -> Live:
    return Live(built)


@pytest.fixture(scope="module")
def inputs(built: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(built))["Inputs"]


def rows(values: Values) -> Rows:
    """Return the numbers after each text of the sheet, the first of each text."""
    found: Rows = {}
    sheet = sorted(values["Market"].items())
    for (row, column), text in sheet:
        if isinstance(text, str):
            after = [v for (r, c), v in sheet if r == row and c > column and isinstance(v, float)]
            found.setdefault(text, after)
    return found


def cell(inputs: Any, table: str, row: str, column: str) -> tuple[str, tuple[int, int]]:
    """Find an input by its table, the text of its row, and its header below that table."""
    heads, *lines = inputs[cells_of(inputs.parent, table)[1]]
    across = next(head.column for head in heads if head.value == column)
    return "Inputs", (next(each[0].row for each in lines if str(each[0].value) == row), across)


def test_the_market_is_that_of_its_sources(live: Live) -> None:
    lines = rows(live.base)
    assert lines["Commodity"][:3] == pytest.approx([2, 41_290, 41_290 / 407_704], rel=1e-5)
    # Half in 2025, 55% in 2026: from the first year after 2025 on.
    assert lines["First year in which inference is larger"] == [2026]
    assert lines["Inference (the new kind)"][1] == pytest.approx(
        0.55 * 251_000 * (672 / 251) ** (1 / 4)
    )
    assert lines["The leader's data-centre share of sales"] == [75_200 / 81_600]


def test_one_challenger_and_the_leader(live: Live) -> None:
    lines = rows(live.base)
    assert lines["One challenger"][:6] == pytest.approx(
        [0.15, 0.2, *(SIZE * share * worth for worth in (1, TIMES) for share in (0.15, 0.2))]
    )
    assert lines["Together"][:2] == pytest.approx([0.3, 0.4])
    assert lines["All others"] == pytest.approx([0.6, 0.7, 0.6 * SIZE, 0.7 * SIZE])
    assert lines["Vendors of the first one's size among them"] == pytest.approx([2])


def test_substitution_takes_what_the_shares_say(live: Live) -> None:
    """72.2% of the market is bought in 2026 and 60% in 2030: of its revenue 0.6 / 0.722 is left."""
    lines = rows(live.base)
    free = lines["Revenue renewed, or not under contract"]
    pace = (0.4 / 0.6 / (0.278 / 0.722)) ** (1 / 4) - 1
    assert lines["As published"][:2] == pytest.approx([1, pace])
    sheet = sorted(live.base["Market"].items())
    (row,) = (r for (r, c), v in sheet if c == 4 and v == pytest.approx(pace))
    left = [v for (r, c), v in sheet if r == row and 5 <= c <= 12]
    assert left[4] == pytest.approx(free[4] * 0.6 / 0.722)
    assert left[0] == pytest.approx(free[0])


def test_the_volume_that_pays(live: Live) -> None:
    """320 of research, 90 of sales and 55 of administration in 2026."""
    lines = rows(live.base)
    assert lines["Research, sales, administration"] == [465, 465]
    assert lines["Systems a year that cover them"] == pytest.approx([465 / 0.55, 465 / 1.7])
    learned = lines["The same, with learning"]
    assert all(0.9 * flat < of < flat for of, flat in zip(
        learned, lines["Systems a year that cover them"], strict=True))  # fmt: skip


def test_a_megawatt_loses_its_value_before_its_margin(live: Live) -> None:
    """20 billion over 3,000 MW-years, 15.9 of capital over 5 years, 0.657 and 0.45 of cost."""
    lines = rows(live.base)
    price, fixed = 20_000 / 3000, 0.45 + 15.9 / 5
    idle = 0.657 * 0.8
    assert lines["Break-even utilisation: margin"] == pytest.approx(
        [(fixed + idle) / (price - 0.657 * 0.2)], rel=1e-4
    )
    assert lines["Break-even utilisation: value"] > lines["Break-even utilisation: margin"]
    steps = lines["Utilisation, down to its low; margin below"]
    assert steps == pytest.approx([1, 0.92, 0.84, 0.76, 0.68, 0.6])


def test_a_cost_of_a_token_that_is_typed_takes_the_place_of_the_model_s(
    live: Live, inputs: Any
) -> None:
    before = rows(live.base)
    after = rows(live.values({cell(inputs, "Token_path", "2028", "Cost"): 0.1}))
    own, taken = "Cost of a million tokens, from these", "Cost of a million tokens, or as typed"
    assert after[own] == before[own] == before[taken]
    assert after[taken][2] == 0.1
    assert after[taken][:2] == before[taken][:2]


#: A wrong input by its table, its row and its column; and what the sentence must say.
WRONG = {
    "shares above one": (
        ("Vendors", "Other challengers", "High", 0.9), "vendors High must sum to at most 1",
    ),
    "a low above its high": (
        ("Vendors", "One challenger", "Low", 0.3), "vendors Low must be at most High",
    ),
    "a negative size": (("Peers", "NVIDIA", "Revenue", -1.0), "Revenue must be"),
    "a margin above 1": (
        ("Layer_vendors", "CoreWeave", "Gross margin", 74.0), "Gross margin must be",
    ),
    "a year twice": (("Compute_market", "2029", "Year", 2025.0), "Year must be unique"),
    "a full share": (("Inference_share", "2029", "Share", 1.0), "Share must be"),
}  # fmt: skip


@pytest.mark.parametrize(("where", "sentence"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_input_is_named_with_its_sentence(
    live: Live, inputs: Any, where: tuple[str, str, str, float], sentence: str
) -> None:
    table, row, column, wrong = where
    at = cell(inputs, table, row, column)
    line = str(live.values({at: wrong})[CHECKS][STATUS])
    assert line.startswith("FAIL")
    assert sentence in line
    # Vendors stand on Market with the peers' figures; of shares that add up, no row is at fault.
    letter = inputs.cell(*at[1]).column_letter
    place = "Market!" if table == "Layer_vendors" else f"Inputs!{letter}"
    assert line.startswith(f"FAIL: {place}")


def test_a_market_of_more_years_than_the_sheet_has_is_refused() -> None:
    tree = shipped()
    tree["tables"]["compute_market"]["last"]["year"] = 2040
    with pytest.raises(InputError) as refused:
        template.build(parse(tree))
    sentence = "tables.compute_market must have at most 9 years for the sheet Market, not 16"
    assert sentence in str(refused.value)
