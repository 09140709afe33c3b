"""Is a name safe in every spreadsheet?

The oracle for references is Excel's documented grid, 16,384 columns (A to XFD) by 1,048,576 rows in
both styles of reference, and openpyxl's own letters for the columns.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from model.errors import InputError
from workbook.cells import column_letters, column_number
from workbook.names import check_name

rows = st.integers(1, 1_048_576)
columns = st.integers(1, 16_384)
as_typed = st.sampled_from([str.upper, str.lower, str.title])


@pytest.mark.parametrize(
    "name",
    [
        "tax_rate",
        "WACC",
        "_hidden",
        "Securities",
        "RPO_24",
        "price.low",
        "Größe",
        "x",
        "RCs",
        "R1D1",
    ],
)
def test_safe_names_pass(name: str) -> None:
    check_name(name)


@given(rows, columns, as_typed)
def test_no_cell_of_the_grid_is_a_name(row: int, column: int, case: type[str]) -> None:
    for cell in (f"{get_column_letter(column)}{row}", f"R{row}C{column}", f"R{row}", f"C{column}"):
        with pytest.raises(InputError, match="must not read as a cell reference"):
            check_name(case(cell))


@pytest.mark.parametrize(
    "name", ["m1", "FY26", "RPO24", "XFD1048576", "R", "c", "rc", "R1C", "RC2"]
)
def test_names_that_read_as_cells_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"cell reference, and '{name}' does"):
        check_name(name)


@pytest.mark.parametrize("name", ["XFE1", "YTD26", "ABCD1"])
def test_beyond_the_last_column_there_is_no_cell(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["1st", "a b", "a-b", "a!b", ".a", "a\\b", "a?", "$A$1", "a\n"])
def test_illegal_characters_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="must be letters, digits, periods and underscores"):
        check_name(name)


@pytest.mark.parametrize("name", ["TRUE", "false"])
def test_truth_values_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="truth value"):
        check_name(name)


def test_length() -> None:
    check_name("n" * 255)
    for name in ("", "n" * 256):
        with pytest.raises(InputError, match=f"1 to 255 characters, not {len(name)}"):
            check_name(name)


def test_column_letters_are_openpyxls() -> None:
    for number in range(1, 16_385):
        assert column_letters(number) == get_column_letter(number)
        assert column_number(column_letters(number)) == number
