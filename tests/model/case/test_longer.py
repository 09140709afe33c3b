"""Is a forecast made longer by what its case says of the last year, and by nothing else?

Oracles: the text with the numbers written by hand; tomllib, which reads both texts; the lines that
have not changed; and a company in its steady state, whose value no further year can change.
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest
from cases import stated as spelled_out
from funded_company import funded

from model.case.case import Case, load, of_text, parse
from model.case.document import Document
from model.case.file import names
from model.case.longer import LONGEST, MOST, longer
from model.case.starter import starter
from model.case.stated import stated
from model.dcf.drivers import Drivers
from model.errors import InputError
from model.valuation import value

TEXT = starter("acme", date(2026, 5, 13))
ACME = of_text(TEXT)
#: What a company in its steady state grows by.
GROWTH = 0.03


def edited(text: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def steady(**drivers: str) -> Case:
    """Return a company without contracts, dilution or fades that is as it will be for ever."""
    lines = {
        "base_revenue": "400",
        "operating_margin": "0.2",
        "tax_rate": "0.25",
        "sales_to_capital": "1.5",
        "terminal": '"growth"',
        "terminal_growth": f"{GROWTH}",
    } | drivers
    before = TEXT[: TEXT.index("[rpo]")]
    capital = TEXT[TEXT.index("[cost_of_capital]") : TEXT.index("[drivers]")]
    head = '[drivers]\ncompany = "ACME"\nsource = "placeholder"\n'
    return of_text(before + capital + head + "".join(f"{k} = {v}\n" for k, v in lines.items()))


def grown(first: float) -> str:
    return str([first * (1 + GROWTH) ** year for year in range(1, 11)])


# By hand -----------------------------------------------------------------------------------------


def test_the_value_is_that_of_a_text_lengthened_by_hand() -> None:
    by_hand = edited(
        TEXT,
        ("760, 830, 890]", "760, 830, 890, 916.7, 944.201]"),
        ("0.20, 0.20, 0.20]", "0.20, 0.20, 0.20, 0.20, 0.20]"),
    )
    made = longer(ACME, 2)
    assert stated(made.case) == stated(of_text(by_hand))
    assert value(made.case).value_per_share == value(of_text(by_hand)).value_per_share
    assert made.case.forecast_years == list(range(2026, 2038))


def test_two_lines_change_and_the_rest_stays() -> None:
    text = edited(TEXT, ("0.20, 0.20, 0.20]", "0.20,\n  0.20, # near the last\n  0.20, # last\n]"))
    before, after = text.splitlines(), longer(of_text(text), 1).case.text.splitlines()
    changed = {one: other for one, other in zip(before, after, strict=True) if one != other}
    assert changed == {
        "uncontracted_revenue = [200, 260, 330, 410, 500, 590, 680, 760, 830, 890]": (
            "uncontracted_revenue = { value = [200, 260, 330, 410, 500, 590, 680, 760, 830, 890, "
            '916.7], note = "2036 continued from 2035 at terminal_growth" }'
        ),
        "operating_margin = [0.05, 0.08, 0.11, 0.14, 0.16, 0.18, 0.19, 0.20,": (
            "operating_margin = { value = [0.05, 0.08, 0.11, 0.14, 0.16, 0.18, 0.19, 0.20,"
        ),
        "  0.20, # last": "  0.20, 0.2, # last",
        "]": '], note = "2036 continued from 2035" }',
    }


def test_what_was_continued_is_said() -> None:
    assert longer(ACME, 2).lines == [
        "Continued: uncontracted_revenue 2036: 916.7, 2037: 944.201; 890 in 2035, and "
        "terminal_growth of 0.03 a year.",
        "Continued: operating_margin 2036 and 2037: 0.2, as in 2035.",
        "wacc reaches terminal_wacc in 2037, not 2035.",
    ]


@pytest.mark.parametrize("name", names())
def test_every_input_by_year_of_a_shipped_case_is_continued(name: str) -> None:
    """What has a number for the last year has one for each year after it, and no other changes."""
    case = load(name)
    made = longer(case, 2)
    last, years = case.forecast_years[-1], case.years
    before, after = (tomllib.loads(each.text) for each in (case, made.case))
    found: list[str] = []

    def compare(path: str, one: Any, other: Any) -> None:
        if isinstance(one, list) and len(one) == years and path.split(".")[0] != "company":
            assert other[:years] == one
            assert len(other) == years + 2
            found.append(path)
        elif isinstance(one, dict) and str(last) in one and "commitment" not in one:
            assert {*other} - {*one, "quality"} == {str(last + 1), str(last + 2)}
            found.append(path)
        elif isinstance(one, dict) and isinstance(other, dict):
            assert {*one} <= {*other}
            assert {*other} - {*one} <= {"note", "quality"}
            for key in one:
                compare(f"{path}.{key}".strip("."), one[key], other[key])
        elif isinstance(other, dict):
            compare(path, one, other["value"])
        elif not path.endswith((".note", ".quality")):
            assert one == other, path

    compare("", before, after)
    assert len(found) == len(made.continued) >= 8
    paths = {path.removesuffix(".value") for path in found}
    assert paths == {each.path for each in made.continued}


def test_rates_stay_and_amounts_grow_in_rows_of_scenarios_and_steps_too() -> None:
    case = load("cerebras")
    rows = {each.path: each for each in longer(case, 2).continued}
    bull = rows["tables.scenarios.bull_systems"]
    assert bull.label == "Bull: Systems/uncontracted_revenue"
    assert bull.added == {2036: 2496, 2037: 2595.84}
    assert rows["segments.cloud.operating_margin"].added == {2036: 0.55, 2037: 0.55}
    margin = rows["tables.view_steps.margin"]
    assert (margin.label, margin.added) == (
        "finzora_value: Cloud/operating_margin", {2036: 0.25, 2037: 0.25},
    )  # fmt: skip


def test_a_new_year_stands_next_to_the_last_one() -> None:
    text = longer(load("nebius"), 1).case.text
    assert "2035 = 0.92, 2036 = 0.92, label =" in text
    document = Document("[t]\na = { x = 1, y = 2 }\n")
    document.put(("t", "a", "z"), 3, after="x")
    document.put(("t", "a", "w"), 4, after="none")
    assert document.text == "[t]\na = { x = 1, z = 3, y = 2, w = 4 }\n"


# What the note and the quality say ---------------------------------------------------------------


def test_a_figure_says_that_it_was_continued() -> None:
    """What others have published of the years before does not speak for the new ones."""
    case, after = load("cerebras"), longer(load("cerebras"), 2).case
    before, row = (each.tables["view_steps"].rows["margin"] for each in (case, after))
    assert (before.quality, row.quality) == ("analyst", "assumption")
    assert row.note == (
        f"{before.note}. 2036 and 2037 continued from 2035; the years before are analyst"
    )
    research = after.drivers["research"]
    assert research.note.endswith(
        "in the end. 2036 and 2037 continued from 2035 at terminal_growth"
    )
    assert research.source == case.drivers["research"].source


def test_a_year_at_a_time_is_two_years_at_once() -> None:
    once, twice = longer(ACME, 2), longer(longer(ACME, 1).case, 1)
    assert stated(once.case) == stated(twice.case)
    assert twice.case.drivers["operating_margin"].note == (
        "2036 continued from 2035. 2037 continued from 2036"
    )


# Nothing changes in a steady state ---------------------------------------------------------------


@pytest.mark.parametrize(
    "drivers",
    [
        {"revenue_growth": str([GROWTH] * 10)},
        {"uncontracted_revenue": grown(400)},
        {
            "revenue_growth": str([GROWTH] * 10),
            "sales_to_capital": "",
            "capital_expenditure": grown(30),
            "depreciation": grown(20),
            "working_capital_change": grown(4),
        },
    ],
    ids=["growth", "revenue", "capital expenditure"],
)
@pytest.mark.parametrize("years", [1, 7])
def test_a_further_year_of_a_steady_state_is_worth_what_the_terminal_value_was(
    drivers: dict[str, str], years: int
) -> None:
    """The cash flow of each year is the one before, grown; so is the perpetuity after it.

    With amounts that stayed as they are, the value would fall: growth would stop for some years.
    """
    with_all = {k: v for k, v in drivers.items() if v}
    case = steady(**with_all) if "sales_to_capital" not in drivers else _without_ratio(with_all)
    made = longer(case, years)
    # The numbers are written with ten digits.
    assert value(made.case).value_per_share == pytest.approx(value(case).value_per_share, rel=1e-9)


def _without_ratio(drivers: dict[str, str]) -> Case:
    text = steady(revenue_growth=drivers["revenue_growth"]).text
    lines = "".join(f"{k} = {v}\n" for k, v in drivers.items() if k != "revenue_growth")
    return of_text(edited(text, ("sales_to_capital = 1.5\n", lines)))


def test_without_terminal_growth_an_amount_stays() -> None:
    text = edited(
        steady(uncontracted_revenue=grown(400)).text, (f"terminal_growth = {GROWTH}\n", "")
    )
    (made,) = longer(of_text(text), 1).continued
    assert made.added == {2036: float(f"{400 * 1.03**10:.10g}")}
    assert f"{made}".endswith(", as in 2035")


# What else changes -------------------------------------------------------------------------------


def test_a_fade_ends_with_the_last_year_and_is_said_to() -> None:
    case = steady(
        revenue_growth=str([0.1, 0.2] + [0.3] * 8),
        growth_years="3", target_margin="0.4", terminal_tax_rate="0.3", tax_years="12",
    )  # fmt: skip
    with pytest.raises(InputError, match="tax_years"):
        value(case)
    case = of_text(edited(case.text, ("tax_years = 12", "tax_years = 10")))
    made = longer(case, 2)
    assert made.notes == [
        "revenue_growth reaches terminal_growth in 2037, not 2035.",
        "tax_rate reaches terminal_tax_rate in 2037, not 2035.",
        "operating_margin reaches target_margin in 2037, not 2035.",
    ]
    values = {name: figure.value for name, figure in made.case.drivers.items()}
    drivers = Drivers.of(values | {"wacc": 0.1}, across=made.case.forecast_years)
    assert drivers.tax_rates()[-3:] == pytest.approx([0.25, 0.275, 0.3])
    assert drivers.margins()[-2:] == pytest.approx([0.2 + 0.2 * 11 / 12, 0.4])


def test_amounts_due_are_not_continued() -> None:
    """The rest of a balance is due later, as the table of commitments declares."""
    case = of_text(parse(funded()).text)
    made = longer(case, 2)
    assert [each.path for each in made.continued] == ["drivers.uncontracted_revenue"]
    assert made.notes == ["Loan: 300 falls due after 2028; state how much is due in 2029 and 2030."]
    due = made.case.table("commitments")
    assert due.payments.tolist() == [[0, 200, 100, 0, 0]]
    assert '"2029"' not in made.case.text
    assert "2029 =" not in made.case.text


def test_the_holding_is_sold_in_the_new_last_year() -> None:
    assert "The rest of a holding is sold in 2037, not 2035." in longer(load("nebius"), 2).notes


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [0, -1, MOST + 1])
def test_a_number_of_years_out_of_bounds_is_refused(years: int) -> None:
    said = f"years must be from 1 to 20, as the forecast has 10 years and may have 40, not {years}."
    with pytest.raises(InputError) as refused:
        longer(ACME, years)
    assert str(refused.value) == said


def test_a_forecast_has_a_longest() -> None:
    long = longer(longer(ACME, 20).case, 5).case
    assert long.years == 35
    with pytest.raises(InputError, match=r"from 1 to 5, as the forecast has 35 years"):
        longer(long, 6)
    with pytest.raises(InputError, match=r"added to a forecast of 40: one may have 40 at most"):
        longer(longer(long, 5).case, 1)
    assert LONGEST == 40


def test_a_case_without_a_driver_by_year_is_refused() -> None:
    """Its forecast has ten years whatever it states."""
    case = steady(revenue_growth="0.03")
    with pytest.raises(InputError) as refused:
        longer(case, 1)
    assert str(refused.value) == (
        "drivers must give a number for each year for one of them, such as revenue_growth, to be "
        "made longer; without one, the forecast has 10 years."
    )


def test_a_case_without_a_file_is_made_longer_too() -> None:
    case = parse(spelled_out(ACME))
    assert stated(longer(case, 1).case) == stated(longer(ACME, 1).case)
