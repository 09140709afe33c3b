"""Tables that a case may hold, each with its label and its declared columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from model.case.declared import money
from model.comparables.football_field import Ranges
from model.comparables.peers import Peers
from model.compute.market import Points
from model.compute.substitution import Shift
from model.compute.vendors import Vendors
from model.dcf.commitments import Commitments, Covenants, Facilities
from model.dcf.signed import Plant
from model.dilution.headlines import Counts, Headlines
from model.dilution.holders import Classes
from model.dilution.lockup import Releases
from model.errors import require
from model.fields import Field, column, row
from model.operations.leases import Leases
from model.operations.reported import BridgeLines
from model.rpo.contracts import Contracts
from model.rpo.customer_terms import WarrantTranches
from model.signals.shocks import Shocks
from model.tables import Table
from model.uncertainty.choices import ViewSteps
from model.uncertainty.scenarios import ScenarioChanges
from model.uncertainty.tornado import DriverRanges

BLANK = {"blank": np.nan}
#: An optional column.
OPTIONAL: dict[str, Any] = {"default": np.nan, "blank": np.nan}
PART = {"low": 0.0, "high": 1.0}
#: Growth a year, of what cannot fall below nothing.
GROWTH = {"above": -1.0, "high": 5.0}
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


class LayerVendors(Table):
    """Vendors by the layer of the market in which they sell."""

    vendor: Any = column("Vendor", "name", "The vendor.", key=True)
    layer: Any = column("Layer", "name", "The layer of the market.")
    revenue: Any = column(
        "Revenue",
        "USD m",
        "Of a year; if blank, that of the peer.",
        low=0,
        default=np.nan,
        **BLANK,
    )
    gross_margin: Any = column(
        "Gross margin", "fraction", "Gross profit over revenue; if blank, that of the peer.",
        **MARGIN, **BLANK,
    )  # fmt: skip


class SubstitutionPaces(Table):
    """Paces of substitution, as multiples of the published one."""

    pace: Any = column("Pace", "name", "Name of the pace.", key=True)
    multiple: Any = column("Multiple", "ratio", "Times the published pace.", low=0, high=100)


class TokenPath(Table):
    """What a system serves and a token brings, year by year, from the company's own offer on."""

    year: Any = column("Year", "year", "The year.", low=1900, high=9999, whole=True)
    speed_growth: Any = column(
        "Speed growth", "fraction", "Change from the year before in what a system serves.", **GROWTH
    )
    price_growth: Any = column(
        "Price growth", "fraction", "Change from the year before in the price of a token.", **GROWTH
    )
    cost: Any = column(
        "Cost", "USD", "Cost of a million tokens; if blank, the model's own.",
        low=0, **OPTIONAL,
    )  # fmt: skip

    def check(self) -> None:
        """Refuse years that do not follow one another."""
        after = "in order, each the one after that before"
        require(np.diff(self.year) == 1, self.places["year"], after, self.year[1:])


class Precedents(Table):
    """Values that others paid, or were said to be worth."""

    deal: Any = column("Deal", "name", "What was priced.", key=True)
    value: Any = column("Value", "USD m", "The value of all of it.", above=0)
    revenue: Any = column(
        "Revenue", "USD m", "Of the last year before it; blank if it was not found.",
        above=0, **OPTIONAL,
    )  # fmt: skip


#: The form of a text that is longer than a column; it may be the last of its table.
LONG = "long"
#: How a figure that was printed is to be read.
AT_LEAST, AT_MOST, WITHIN_RANGE = "at least", "at most", "within"


class Claims(Table):
    """What others say of the company and its market, with the figures to compare it with."""

    claim: Any = column("Claim", "name", "What is said.", key=True)
    unit: Any = column("Unit", "name", "Unit of the figure.")
    printed: Any = column("Printed", "number", "The figure as printed; blank if none is.", **BLANK)
    to: Any = column("To", "number", "High end of a range.", **OPTIONAL)
    bound: Any = column(
        "Bound",
        "name",
        "How it is meant: as it is, at least, at most, or within a range.",
        choices=("", AT_LEAST, AT_MOST, WITHIN_RANGE),
        default="",
        blank="",
    )
    rounded_to: Any = column(
        "Rounded to", "number", "Step to which it is rounded.", above=0, **OPTIONAL
    )
    figure: Any = column(
        "Figure",
        "name",
        "This model's: paths of inputs, + - * /, numbers; with 'to' a range, with 'against' a path "
        "of another source.",
        form=LONG,
    )


class Observations(Table):
    """What an investor observes."""

    observation: Any = column("Observation", "name", "What is observed.", key=True)
    value: Any = column("Value", "number", "As observed; blank if it is a result.", **BLANK)
    previous: Any = column("Previous", "number", "As observed the year before.", **OPTIONAL)
    threshold: Any = column(
        "Threshold", "number", "What it is compared with; for a range, the low end.", **OPTIONAL
    )
    upper: Any = column(
        "Upper", "number", "Upper end of the threshold, if it is a range.", **OPTIONAL
    )


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
        "1 for the reading that the case uses if readings differ.",
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
    those that are not the default. What is calculated of one that `grows` has a row, or a line, for
    each of its rows, whatever their number.
    """

    label: str
    columns: type[Table]
    always: tuple[str, ...] = ()
    by_year: Field | None = None
    grows: bool = False

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
        grows=True,
    ),
    "customer_contracts": Known("Contracts by customer", Contracts, grows=True),
    "plant": Known("Plant by vintage", Plant, grows=True),
    "named_customers": Known("Customers named in filings", NamedCustomers),
    "customer_warrant": Known(
        "The main customer's warrant by security (fair value in USD a share)", CustomerWarrant,
        grows=True,
    ),
    "loan_capacity": Known(
        "The main customer's loan, repaid in capacity", LoanCapacity, grows=True
    ),
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
        "Inference spending of a year, by another source", Points
    ),
    "compute_market": Known(
        "Spending on computing of a year, training and inference", Points
    ),
    "inference_share": Known("Inference's share of computing, by year", Shift),
    "layer_vendors": Known(
        "Vendors by layer of the market (a blank figure is that of the peer)", LayerVendors
    ),
    "vendors": Known(
        "Vendors' shares of inference in the target year, profit on revenue, value over profit",
        Vendors,
        grows=True,
    ),
    "own_chips": Known("Chips that buyers make themselves, as a share of all, by year", Shift),
    "substitution_paces": Known(
        "Paces at which they replace those that are bought, times the published one",
        SubstitutionPaces,
    ),
    "token_path": Known(
        "Tokens by year, from the company's own offer on: what a system serves, price and cost of "
        "a million (a blank Cost is the model's own)",
        TokenPath,
        ("cost",),
    ),
    "precedents": Known("Deals and rounds of others, and of the company before", Precedents,
                        ("revenue",), grows=True),
    "observations": Known(
        "Observations of an investor (a blank Value is the model's own result, or not observed)",
        Observations,
    ),
    "measures": Known(
        "Measures of growth and liquidity (a blank Value is the model's own result)", Measures
    ),
    "shocks": Known(
        "Shocks to this model's value (Times multiplies what the input is, Adds is added to it, a "
        "Value replaces it)",
        Shocks,
    ),
    "peers": Known(
        "Comparable companies: enterprise value, and figures of the last twelve months and ahead",
        Peers,
        grows=True,
    ),
    "value_ranges": Known("Ranges of value per share", Ranges, grows=True),
    "exit_multiples": Known("Multiples of revenue at an exit", ExitMultiples),
    "non_gaap_bridge": Known("GAAP to non-GAAP, last year", BridgeLines, grows=True),
    "non_gaap_bridge_before": Known("GAAP to non-GAAP, the year before", BridgeLines, grows=True),
    "leases_signed": Known("Leases not yet commenced", Leases, grows=True),
    "research_expense": Known(
        "Research and development expense, the latest year first", ResearchExpense
    ),
    "lock_up": Known("Releases from lock-up", Releases, grows=True),
    "share_classes": Known(
        "Classes of shares around the offer (votes a share; transfers between classes)",
        Classes,
        grows=True,
    ),
    "headlines": Known("Market values as quoted", Headlines, grows=True),
    "share_counts": Known("Share counts behind other figures", Counts, grows=True),
    "default_rates": Known("Default rates by rating, as probabilities of failure", DefaultRates),
    "commitments": Known(
        "What falls due: debt, leases not commenced, purchases", Commitments, ("rate",),
        money("", "Amount due in the year; the rest of the balance is due later.",
              low=0.0, default=0.0),
        grows=True,
    ),
    "facilities": Known("Credit facilities", Facilities, grows=True),
    "covenants": Known("What lenders require at each year end", Covenants, grows=True),
    "view_steps": Known(
        "Steps from this model to published views (a Value replaces one number and shifts a path; "
        "an Option replaces a choice, or is none)",
        ViewSteps,
        by_year=Field("ratio", "", "Number for the year, if a path is replaced.", **OPTIONAL),
    ),
    "scenarios": Known(
        "Scenarios: what each changes of Base (a Value replaces one number and shifts a path, or "
        "inputs joined by &; an Option replaces a choice, or is none)",
        ScenarioChanges,
        ("value", "label"),
        Field("ratio", "", "Number for the year, if a path is replaced.", **OPTIONAL),
    ),
    "grids": Known(
        "Grids of value per share (inputs joined by & are moved together, by the step)", Grids
    ),
    "ranges": Known(
        "Ranges of inputs, one at a time (an end replaces one number and shifts a path, or inputs "
        "joined by &)",
        DriverRanges,
        ("label",),
        grows=True,
    ),
    "share_sales": Known(
        "Share of a holding sold each year; the rest in the last",
        ShareSales,
    ),
    "quoted_claims": Known(
        "What is said about the company and its market, and this model's figures",
        Claims,
        ("to", "bound", "rounded_to"),
    ),
    "facts": Known("Facts, each as stated by one source or several", Facts, ("chosen", "input")),
}  # fmt: skip
