"""Tables that a case may hold, each with its label and its declared columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from model.case.declared import money
from model.comparables.football_field import Ranges
from model.comparables.peers import Peers
from model.dcf.commitments import Commitments, Covenants, Facilities
from model.dcf.signed import Plant
from model.dilution.headlines import Counts, Headlines
from model.dilution.holders import Classes
from model.dilution.lockup import Releases
from model.fields import Field, column, row
from model.operations.leases import Leases
from model.operations.reported import BridgeLines
from model.rpo.contracts import Contracts
from model.rpo.customer_terms import WarrantTranches
from model.tables import Table
from model.uncertainty.choices import ViewSteps
from model.uncertainty.tornado import DriverRanges

BLANK = {"blank": np.nan}
#: An optional column.
OPTIONAL: dict[str, Any] = {"default": np.nan, "blank": np.nan}
PART = {"low": 0.0, "high": 1.0}
#: Beyond this a percentage lacks its percent sign, as in `model.fields`.
MARGIN = {"low": -100.0, "high": 1.0}


class NamedCustomers(Table):
    """Customers named in filings."""

    customer: Any = column("Customer", "name", "The customer.")
    period: Any = column("Period", "name", "The period of the filing.")
    share: Any = column("Share", "fraction", "Share of the period's revenue.", **PART)


class LoanCapacity(Table):
    """What repays a customer's loan in capacity."""

    month: Any = column("Month", "months", "Month from the balance date.", low=1, whole=True)
    repaid: Any = column("Repaid in capacity", "USD m", "What is repaid.", low=0)


class CustomerWarrant(Table):
    """A customer's warrant by tranche; its shares, and their condition, are the securities'."""

    security: Any = column("Tranche", "name", "Name of the security.", key=True)
    fair_value: Any = row(WarrantTranches.declared["fair_value"])
    vest_month: Any = row(WarrantTranches.declared["vest_month"])


class Infrastructure(Table):
    """A megawatt of capacity: assumptions, and a low and high value for those that vary."""

    assumption: Any = column("Assumption", "name", "What is assumed.", key=True)
    value: Any = column(
        "Value",
        "ratio",
        "The assumption; blank if it follows from plant, contracts and segments.",
        **BLANK,
    )
    low: Any = column("Low", "ratio", "Its low end.", **OPTIONAL)
    high: Any = column("High", "ratio", "Its high end.", **OPTIONAL)


class Offers(Table):
    """Prices and speeds, the company's own first."""

    provider: Any = column("Provider", "name", "Who offers.", key=True)
    price: Any = column("Price", "USD", "Price per million tokens.", above=0)
    speed: Any = column("Speed", "count", "Tokens a second.", above=0)


class BalanceEvents(Table):
    """Events after the balance sheet, which count from their dates on."""

    event: Any = column("Event", "name", "What happened.", key=True)
    day: Any = column("Date", "date", "The day on which it happened.")
    cash: Any = column("Cash", "USD m", "What it adds to cash.")
    borrowings: Any = column("Borrowings", "USD m", "What it adds to borrowings.", default=0.0)
    collected: Any = column(
        "Collected", "USD m", "What it adds to cash collected before delivery.", default=0.0
    )


class InferenceMarket(Table):
    """A market's size, dated in the middle of each year."""

    day: Any = column("Date", "date", "Middle of the year.")
    size: Any = column("Size", "USD m", "Spending of the year.", above=0)


class ShareScenarios(Table):
    """Shares of a market and what they are worth."""

    scenario: Any = column("Scenario", "name", "The scenario.", key=True)
    share: Any = column("Share", "fraction", "Share of the market.", **PART)
    margin: Any = column("Margin", "fraction", "Profit on revenue.", **MARGIN)
    multiple: Any = column("Multiple", "ratio", "Value over profit.", low=0)


class Observations(Table):
    """What an investor observes."""

    observation: Any = column("Observation", "name", "What is observed.", key=True)
    value: Any = column("Value", "ratio", "As observed; blank if it is a result.", **BLANK)
    previous: Any = column("Previous", "ratio", "As observed the year before.", **OPTIONAL)
    threshold: Any = column("Threshold", "ratio", "What it is held against.", **OPTIONAL)


class Measures(Table):
    """Measures of growth and liquidity."""

    measure: Any = column("Measure", "name", "What is measured.", key=True)
    value: Any = column("Value", "ratio", "As measured; blank if it is a result.", **BLANK)
    zero: Any = column("Zero", "ratio", "Value that scores nothing.", **OPTIONAL)
    full: Any = column("Full", "ratio", "Value that scores in full.", **OPTIONAL)
    weight: Any = column("Weight", "fraction", "Weight on its axis.", **OPTIONAL, **PART)


class Grids(Table):
    """Pairs of inputs over which the value per share is shown."""

    rows: Any = column("Rows", "name", "What varies down, in words.")
    row_input: Any = column(
        "Row input", "name", "Input of the rows: a driver, or several joined by &."
    )
    row_step: Any = column("Row step", "ratio", "Step from one row to the next.", above=0)
    by: Any = column("By", "name", "What varies across, in words.")
    by_input: Any = column("By input", "name", "Input of the columns.")
    by_step: Any = column("By step", "ratio", "Step from one column to the next.", above=0)


class ExitMultiples(Table):
    """Multiples of revenue at an exit."""

    multiple: Any = column("Exit multiple", "ratio", "Value over revenue.", above=0)


class ResearchExpense(Table):
    """Research and development expense, the latest year first."""

    year: Any = column("Year", "year", "The year.", low=1900, high=9999, whole=True)
    expense: Any = column("Expense", "USD m", "Expense of the year.", low=0)


class DefaultRates(Table):
    """Default rates by rating."""

    rating: Any = column("Rating", "name", "The rating.", key=True)
    rate: Any = column("Default rate", "fraction", "Probability of default.", **PART)


#: What a reading of a fact may be.
STATED, MARKET_VALUE, BACKLOG, AS_FILED, RESTATED = (
    "stated", "market value", "backlog", "as filed", "restated",
)  # fmt: skip


class Facts(Table):
    """Readings of facts, which may differ from source to source."""

    fact: Any = column("Fact", "name", "What is stated: the same in every reading of one fact.")
    kind: Any = column(
        "Kind",
        "name",
        "A figure as stated; a market value; the company's own backlog; or a figure as filed or "
        "restated.",
        choices=(STATED, MARKET_VALUE, BACKLOG, AS_FILED, RESTATED),
    )
    value: Any = column("Value", "number", "The reading.")
    unit: Any = column("Unit", "name", "Its unit, as that of the input.")
    chosen: Any = column(
        "Chosen",
        "number",
        "1 for the reading that the case takes where readings differ.",
        low=0,
        high=1,
        whole=True,
        **OPTIONAL,
    )
    input: Any = column(
        "Input",
        "name",
        "Path of the input that it is about, such as rpo.opening.amount.",
        default="",
        blank="",
    )


class ShareSales(Table):
    """Parts of a holding that an investor sells."""

    year: Any = column("Year", "year", "Forecast year.", low=1900, high=9999, whole=True)
    part: Any = column("Part", "fraction", "Part that is sold.", **PART)


#: Any forecast year, where keys are listed.
YEAR = "YYYY"


class Known(NamedTuple):
    """A table that a case may hold.

    Some columns are `always` there: with their default, or blank, if no row gives them. A table
    with numbers `by_year` has a column for each forecast year, headed by it, of which a row gives
    those that are not the default.
    """

    label: str
    columns: type[Table]
    always: tuple[str, ...] = ()
    by_year: Field | None = None

    def of_years(self, years: Sequence[object]) -> dict[str, Field]:
        """Declare the columns of numbers by year, if there are any."""
        if self.by_year is None:
            return {}
        return {f"{year}": replace(self.by_year, header=f"{year}") for year in years}


#: The tables of funding; a case may leave out any of them.
FUNDING = ("commitments", "facilities", "covenants")

TABLES: dict[str, Known] = {
    "balance_events": Known(
        "Events after the balance sheet, counted up to the valuation date", BalanceEvents,
        ("borrowings",),
    ),
    "customer_contracts": Known("Contracts by customer", Contracts),
    "plant": Known("Plant by vintage", Plant),
    "named_customers": Known("Customers named in filings", NamedCustomers),
    "customer_warrant": Known(
        "The main customer's warrant by security (fair value in USD a share)", CustomerWarrant
    ),
    "loan_capacity": Known("The main customer's loan, repaid in capacity", LoanCapacity),
    "infrastructure": Known(
        "A megawatt of capacity (money in USD millions per MW, power in USD per MWh; a blank Value "
        "follows from plant, contracts and segments)",
        Infrastructure,
        ("low", "high"),
    ),
    "offers": Known(
        "Price (USD per million tokens) and speed (tokens a second) of offers, the company's first",
        Offers,
    ),
    "inference_market": Known(
        "Inference spending of a year, dated in its middle", InferenceMarket
    ),
    "share_scenarios": Known(
        "Shares of the market, profit on revenue and value over profit", ShareScenarios
    ),
    "observations": Known(
        "Observations of an investor (a blank Value is the model's own result, or not observed)",
        Observations,
    ),
    "measures": Known(
        "Measures of growth and liquidity (a blank Value is the model's own result)", Measures
    ),
    "peers": Known(
        "Comparable companies: enterprise value, revenue and margin of the last twelve months",
        Peers,
    ),
    "value_ranges": Known("Ranges of value per share", Ranges),
    "exit_multiples": Known("Multiples of revenue at an exit", ExitMultiples),
    "non_gaap_bridge": Known("GAAP to non-GAAP, last year", BridgeLines),
    "non_gaap_bridge_before": Known("GAAP to non-GAAP, the year before", BridgeLines),
    "leases_signed": Known("Leases not yet commenced", Leases),
    "research_expense": Known(
        "Research and development expense, the latest year first", ResearchExpense
    ),
    "lock_up": Known("Releases from lock-up", Releases),
    "share_classes": Known(
        "Classes of shares around the offer (votes a share; transfers between classes)",
        Classes,
    ),
    "headlines": Known("Market values as quoted", Headlines),
    "share_counts": Known("Share counts behind other figures", Counts),
    "default_rates": Known("Default rates by rating, as probabilities of failure", DefaultRates),
    "commitments": Known(
        "What falls due: debt, leases not commenced, purchases", Commitments, ("rate",),
        money("", "What falls due in the year; the rest of the balance is due later.",
              low=0.0, default=0.0),
    ),
    "facilities": Known("Credit facilities", Facilities),
    "covenants": Known("What lenders require at each year end", Covenants),
    "view_steps": Known(
        "Steps from this model to published views (a Value replaces one number and shifts a path; "
        "an Option replaces a choice, or is none)",
        ViewSteps,
        by_year=Field("ratio", "", "Number of the year, of a path that is replaced.", **OPTIONAL),
    ),
    "grids": Known(
        "Grids of value per share (inputs joined by & are moved together, by the step)", Grids
    ),
    "ranges": Known(
        "Ranges of inputs, one at a time (an end replaces one number and shifts a path, or inputs "
        "joined by &)",
        DriverRanges,
        ("label",),
    ),
    "share_sales": Known(
        "Share of a holding sold each year; the rest in the last",
        ShareSales,
    ),
    "facts": Known("Facts, each as one source or several state it", Facts, ("chosen", "input")),
}  # fmt: skip
