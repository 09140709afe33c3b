"""Is a name safe in every spreadsheet, and a key that would give an unsafe one refused?

The oracle for references is Excel's documented grid, 16,384 columns (A to XFD) by 1,048,576 rows in
both styles of reference, and openpyxl's own letters for the columns.
"""

from __future__ import annotations

from importlib import resources

import pytest
from command import Command
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from model.case.declared import SCALARS
from model.case.tables import TABLES
from model.errors import InputError
from workbook.package.cells import column_letters, column_number
from workbook.package.names import check_name
from workbook.refusal import CALLABLE

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
        "_1",
        "Ä1",
        "Q.1",
        "価格",
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


@pytest.mark.parametrize("name", ["R2D2", "C3PO", "R1_total", "R1C1x", "R1C16385"])
def test_names_that_begin_as_rows_or_columns_are_refused(name: str) -> None:
    """Excel 16.112 offered to repair each of these: rust_xlsxwriter issue 189, which tried them."""
    with pytest.raises(InputError, match=f"cell reference, and '{name}' does"):
        check_name(name)


@pytest.mark.parametrize(
    "name", ["Z1S1", "Z", "s", "ZS", "L1C1", "l", "LC", "F1C1", "W1K1", "s001_something", "K2_x"]
)
def test_rows_and_columns_of_other_languages_are_refused(name: str) -> None:
    """A German Excel offered to repair a file with ``s001-something``: orbeon-forms issue 6391.

    Microsoft's article Q111393: the letters are those of the words for row and column in the
    language of the program.
    """
    with pytest.raises(InputError, match=f"cell reference, and '{name}' does"):
        check_name(name)


@pytest.mark.parametrize("name", ["XFE1", "YTD26", "ABCD1"])
def test_beyond_the_last_column_there_is_no_cell(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("1st", "a b", "a-b", "a!b", ".a", "a\\b", "a?", "$A$1", "a\n"),
        *("²x", "x²", "ª", "a①", "Ａ１"),
    ],
)
def test_illegal_characters_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="must be letters, digits, periods and underscores"):
        check_name(name)


@pytest.mark.parametrize("name", ["TRUE", "false"])
def test_truth_values_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="logical value"):
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


@pytest.mark.parametrize("name", CALLABLE)
def test_no_function_of_ours_is_a_name(name: str) -> None:
    for spelt in (name, name.lower(), name.capitalize()):
        with pytest.raises(InputError, match=f"name of a function, and '{spelt}' is one"):
            check_name(spelt)


@pytest.mark.parametrize(
    "name",
    [
        *("Forecast", "sum", "Rate", "Filter", "XLOOKUP", "LET", "norm.dist"),
        *("Aggregate", "GroupBy", "PercentOf", "RegexTest", "Copilot", "Translate", "FieldValue"),
        *("DBCS", "Call", "Register.ID", "EuroConvert", "UsDollar", "StockHistory"),
    ],
)
def test_no_function_of_excels_is_a_name(name: str) -> None:
    with pytest.raises(InputError, match="name of a function"):
        check_name(name)


@pytest.mark.parametrize("name", ["Print_Area", "print_titles", "Database", "_xlnm.x", "Auto_Open"])
def test_what_excel_keeps_for_itself_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"reserved by Excel, as '{name}' is"):
        check_name(name)


# Names that the keys of a case give --------------------------------------------------------------

KEYS = [*SCALARS, *TABLES]


def test_every_key_of_a_case_gives_a_name_of_its_own() -> None:
    assert len({key.casefold() for key in KEYS}) == len(KEYS)
    for key in KEYS:
        check_name(key.capitalize())


#: Keys that would give a bad name: of a function, of a cell, of another figure, or none.
REFUSED = (
    *("diluted_shares", "Operating_Costs", "forecast", "fy26", "RPO24", "r1c1", "r", "print_area"),
    *("two words", "1st", "Loan_rate", "securities", "valuation", "forecast_lines", "peers"),
    "n" * 300,
)


@pytest.mark.parametrize("key", REFUSED, ids=lambda key: key[:20])
def test_a_key_that_is_none_of_a_case_is_named_and_nothing_is_written(
    offtake: Command, key: str
) -> None:
    text = (resources.files("model") / "cases" / "cerebras.toml").read_text(encoding="utf-8")
    changed = text.replace("[tables]", f'"{key}" = 0.05\n\n[tables]')
    (offtake.folder / "case.toml").write_text(changed, encoding="utf-8")
    run = offtake("build", "case.toml")
    assert run.code == 2
    line = text[: text.index("[tables]")].count("\n") + 1
    assert run.sentence.startswith(f"case.toml:{line} scalars.{key} is an unknown key")
    assert [f.name for f in offtake.folder.iterdir()] == ["case.toml"]
