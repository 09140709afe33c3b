"""Discounted cash flow: drivers and contracted revenue to a value per share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from model.arrays import lagged
from model.dcf import discounting, failure
from model.dcf.drivers import Drivers, converge, fade
from model.dcf.taxes import loss_corkscrew
from model.dilution import shares as dilution
from model.dilution.shares import Securities
from model.errors import Floats, InputError, floats, require


def _line(label: str, unit: str = "USD m") -> Any:
    return field(metadata={"label": label, "unit": unit})


class Line(NamedTuple):
    """One line of a result: its name, its unit and its values."""

    name: str
    label: str
    unit: str
    values: Floats


class Lines:
    """A result whose fields are lines, in the order in which one reads them."""

    def lines(self) -> Iterator[Line]:
        """Yield the lines from first to last."""
        for f in fields(self):  # type: ignore[arg-type]
            yield Line(f.name, f.metadata["label"], f.metadata["unit"], getattr(self, f.name))


@dataclass(frozen=True)
class Forecast(Lines):
    """Every line of a forecast, each of shape (..., years).

    Growth is given as 0 where there was no revenue to grow from.
    """

    contracted_revenue: Floats = _line("Contracted revenue")
    renewed_revenue: Floats = _line("Renewed revenue")
    uncontracted_revenue: Floats = _line("Uncontracted revenue")
    revenue: Floats = _line("Revenue")
    revenue_growth: Floats = _line("Revenue growth", "fraction")
    operating_margin: Floats = _line("Operating margin", "fraction")
    operating_income: Floats = _line("Operating income")
    loss_opening: Floats = _line("Tax losses, opening")
    loss_added: Floats = _line("Tax losses, added")
    loss_used: Floats = _line("Tax losses, used")
    loss_closing: Floats = _line("Tax losses, closing")
    tax_rate: Floats = _line("Tax rate", "fraction")
    tax: Floats = _line("Tax")
    nopat: Floats = _line("Operating income after tax")
    reinvested_by_sales: Floats = _line("Reinvestment by sales-to-capital")
    capital_expenditure: Floats = _line("Capital expenditure")
    depreciation: Floats = _line("Depreciation")
    working_capital_change: Floats = _line("Change of working capital")
    reinvestment: Floats = _line("Reinvestment")
    free_cash_flow: Floats = _line("Free cash flow")
    period_length: Floats = _line("Part of the year valued", "years")
    cash_flow: Floats = _line("Cash flow valued")
    wacc: Floats = _line("Cost of capital", "fraction")
    time: Floats = _line("Time of the cash flow", "years")
    discount_factor: Floats = _line("Discount factor", "ratio")
    present_value: Floats = _line("Present value")


@dataclass(frozen=True)
class DcfValue(Lines):
    """From the forecast to the value per share, each line of shape (...)."""

    pv_forecast: Floats = _line("Present value of the forecast")
    terminal_nopat: Floats = _line("Terminal year: operating income after tax")
    terminal_reinvestment: Floats = _line("Terminal year: reinvestment")
    terminal_cash_flow: Floats = _line("Terminal year: free cash flow")
    terminal_wacc: Floats = _line("Terminal cost of capital", "fraction")
    terminal_value: Floats = _line("Terminal value")
    terminal_factor: Floats = _line("Terminal discount factor", "ratio")
    pv_terminal: Floats = _line("Present value of the terminal value")
    going_concern_value: Floats = _line("Value of operations as a going concern")
    failure_proceeds: Floats = _line("Proceeds of operations in failure")
    failure_adjustment: Floats = _line("Adjustment for the probability of failure")
    enterprise_value: Floats = _line("Enterprise value")
    cash: Floats = _line("Cash and investments")
    offer_proceeds: Floats = _line("Net proceeds of the offer")
    other_assets: Floats = _line("Other assets")
    debt: Floats = _line("Debt")
    leases: Floats = _line("Lease liabilities")
    other_claims: Floats = _line("Other claims")
    equity_value: Floats = _line("Equity value")
    converted_debt: Floats = _line("Debt converted to shares")
    rsu_tax: Floats = _line("Tax on RSUs settled net")
    diluted_shares: Floats = _line("Diluted shares", "m")
    value_per_share: Floats = _line("Value per share", "USD")
    terminal_share: Floats = _line("Terminal value in going-concern value", "fraction")


def forecast(drivers: Drivers, contracted_revenue: npt.ArrayLike | None = None) -> Forecast:
    """Forecast from drivers and contracted revenue to discounted free cash flow.

    Parameters
    ----------
    drivers : Drivers
        Growth that is constant and then fades, margins that converge, and so on.
    contracted_revenue : array_like, shape (..., years), optional
        USD millions recognised from signed contracts in each whole forecast year.

    Returns
    -------
    Forecast
        Whole years, except the cash flow that is valued: of the first year only the stub counts.

    Raises
    ------
    InputError
        For negative contracted revenue, or that of another number of years.

    Notes
    -----
    Reinvestment is the change of revenue over sales-to-capital, or capital expenditure less
    depreciation plus the change of working capital where these are given; one way or the other,
    because the ratio stands for all of it. Losses add to the carry-forward and pay no tax; later
    income is offset up to the yearly limit.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 11 and 23, for growth that fades,
    margins that converge, sales-to-capital and loss carry-forwards.
    """
    d = drivers
    contracted = _contracted(contracted_revenue, d.years)
    highest = np.maximum.accumulate(contracted, axis=-1)
    renewed = d.renewal_rate * (highest - contracted)
    uncontracted = _uncontracted(d)
    revenue = contracted + renewed + uncontracted
    previous = lagged(d.base_revenue, revenue)
    growth = np.divide(
        revenue - previous, previous, out=np.zeros_like(revenue + previous), where=previous > 0
    )
    margin = _margin(d)
    income = revenue * margin
    losses = loss_corkscrew(income, d.loss_carryforward, d.loss_limit)
    tax_rate = fade(d.tax_rate, _terminal_tax_rate(d), d.tax_years)
    tax = tax_rate * (np.maximum(income, 0.0) - losses.used)
    nopat = income - tax
    reinvested = _reinvestment(d, revenue - previous)
    free_cash_flow = nopat - reinvested["reinvestment"]
    lengths = discounting.period_lengths(d.years, d.stub)
    cash_flow = free_cash_flow * lengths
    wacc = fade(d.wacc, _terminal_wacc(d), d.wacc_years)
    factor = discounting.discount_factors(wacc, d.timing, d.stub)
    return Forecast(
        contracted_revenue=contracted,
        renewed_revenue=renewed,
        uncontracted_revenue=uncontracted,
        revenue=revenue,
        revenue_growth=growth,
        operating_margin=margin,
        operating_income=income,
        loss_opening=losses.opening,
        loss_added=losses.added,
        loss_used=losses.used,
        loss_closing=losses.closing,
        tax_rate=tax_rate,
        tax=tax,
        nopat=nopat,
        free_cash_flow=free_cash_flow,
        period_length=lengths,
        cash_flow=cash_flow,
        wacc=wacc,
        time=discounting.times(d.years, d.timing, d.stub),
        discount_factor=factor,
        present_value=cash_flow * factor,
        **reinvested,
    )


def value(
    drivers: Drivers,
    securities: Securities,
    contracted_revenue: npt.ArrayLike | None = None,
) -> tuple[Forecast, DcfValue]:
    """Value a company: forecast, terminal value, equity bridge and value per share.

    Parameters
    ----------
    drivers : Drivers
        With the terminal convention and the items of the equity bridge.
    securities : Securities
        Including the shares that the offer adds, where its proceeds are in the bridge.
    contracted_revenue : array_like, shape (..., years), optional
        USD millions in each whole forecast year.

    Returns
    -------
    forecast : Forecast
    result : DcfValue

    Raises
    ------
    InputError
        For what `forecast` refuses, or a multiple of a negative metric; ``#NUM!`` where terminal
        growth is not below the terminal cost of capital, or is above the terminal ROIC.

    Notes
    -----
    With cash flows in mid-period a perpetuity's own flows fall in mid-period too, so its value
    is discounted at N - 0.5, the half year at the terminal rate; an exit multiple is a price at
    the end of year N and is discounted at N.

    The terminal year is the forecast carried on for one year at terminal growth, at the terminal
    tax rate and without loss carry-forwards; a loss for ever pays no tax, gets none back, and by
    terminal ``"roic"`` takes no capital to grow. Its reinvestment is growth over ROIC for terminal
    ``"roic"``. Otherwise it is growth of revenue over the final sales-to-capital, or, where
    capital expenditure is given, the final year's reinvestment carried on: the final year must
    then be one that can go on for ever.

    Failure scales the value of the operations, before the bridge: ``(1 - p) * going concern + p
    * proceeds``, where the proceeds are a share of the going-concern value or of book capital.
    Debt is deducted in full from that expected value. Where proceeds would not cover the debt,
    shareholders lose no more than everything, and `failure.failure_value` on the equity, with
    proceeds of 0, is the other route.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., chapter 17, for failure.
    """
    d = drivers
    lines = forecast(d, contracted_revenue)
    rate = _terminal_wacc(d)
    growth = d.terminal_growth
    final_revenue = lines.revenue[..., -1]
    final_income = lines.operating_income[..., -1]
    income = final_revenue * (1 + growth) * lines.operating_margin[..., -1]
    nopat = income - _terminal_tax_rate(d) * np.maximum(income, 0.0)
    if d.terminal == "roic":
        returns = rate if d.terminal_roic is None else d.terminal_roic
        reinvestment = np.maximum(nopat, 0.0) * _reinvestment_rate(growth, returns)
    else:
        if d.sales_to_capital is None:
            reinvestment = lines.reinvestment[..., -1] * (1 + growth)
        else:
            reinvestment = final_revenue * growth / d.sales_to_capital[..., -1]
    if d.terminal == "multiple":
        assert d.terminal_multiple is not None  # Drivers.of has seen to it.
        metric = final_revenue if d.terminal_metric == "revenue" else final_income
        terminal = _multiple_of(metric, d.terminal_multiple, d.terminal_metric)
    else:
        terminal = _perpetuity(nopat - reinvestment, rate, growth)
    factor = discounting.end_factors(lines.wacc, d.stub)[..., -1]
    if d.terminal != "multiple" and d.timing == "mid":
        factor = factor * (1 + rate) ** 0.5
    pv_forecast = lines.present_value.sum(-1)
    pv_terminal = terminal * factor
    going_concern = pv_forecast + pv_terminal
    proceeds = failure.failure_proceeds(
        d.failure_proceeds, d.failure_basis, going_concern, d.book_capital
    )
    enterprise = failure.failure_value(going_concern, d.failure_probability, proceeds)
    equity = (
        enterprise
        + (d.cash + d.offer_proceeds + d.other_assets)
        - (d.debt + d.leases + d.other_claims)
    )
    price = dilution.price_per_share(equity, securities, d.method)
    bridge = dilution.dilution_bridge(np.maximum(price, 0.0), securities, d.method)
    return lines, DcfValue(
        pv_forecast=pv_forecast,
        terminal_nopat=nopat,
        terminal_reinvestment=reinvestment,
        terminal_cash_flow=nopat - reinvestment,
        terminal_wacc=rate,
        terminal_value=terminal,
        terminal_factor=factor,
        pv_terminal=pv_terminal,
        going_concern_value=going_concern,
        failure_proceeds=proceeds,
        failure_adjustment=enterprise - going_concern,
        enterprise_value=enterprise,
        cash=d.cash,
        offer_proceeds=d.offer_proceeds,
        other_assets=d.other_assets,
        debt=d.debt,
        leases=d.leases,
        other_claims=d.other_claims,
        equity_value=equity,
        converted_debt=bridge.converted_debt.sum(-1),
        rsu_tax=bridge.tax_paid.sum(-1),
        # A negative value is spread over the basic shares alone.
        diluted_shares=np.where(price < 0, securities.basic.sum(-1), bridge.net.sum(-1)),
        value_per_share=price,
        terminal_share=np.divide(
            pv_terminal, going_concern, out=np.zeros(going_concern.shape), where=going_concern != 0
        ),
    )


def _contracted(contracted_revenue: npt.ArrayLike | None, years: int) -> Floats:
    if contracted_revenue is None:
        return np.zeros(years)
    contracted = np.atleast_1d(floats("contracted_revenue", contracted_revenue))
    require(contracted >= 0, "contracted_revenue", "at least 0", contracted)
    if contracted.shape[-1] != years:
        raise InputError(
            "contracted_revenue",
            f"must hold one amount for each of the {years} forecast years, "
            f"not {contracted.shape[-1]}",
        )
    return contracted


def _uncontracted(d: Drivers) -> Floats:
    if d.uncontracted_revenue is not None:
        return d.uncontracted_revenue
    assert d.revenue_growth is not None  # Drivers.of has seen to it.
    growth = fade(d.revenue_growth, d.terminal_growth, d.growth_years)
    base = d.base_revenue if d.uncontracted_base is None else d.uncontracted_base
    return np.asarray(base[..., None] * np.cumprod(1 + growth, axis=-1))


def _margin(d: Drivers) -> Floats:
    if d.target_margin is None:
        return d.operating_margin
    base = d.operating_margin[..., :1]
    return converge(base, d.target_margin, d.margin_years or d.years, d.years)


def _terminal_wacc(d: Drivers) -> Floats:
    return d.wacc[..., -1] if d.terminal_wacc is None else d.terminal_wacc


def _terminal_tax_rate(d: Drivers) -> Floats:
    return d.tax_rate[..., -1] if d.terminal_tax_rate is None else d.terminal_tax_rate


def _perpetuity(next_cash_flow: Floats, rate: Floats, growth: Floats) -> Floats:
    """Refuse growth by the name of its driver, and leave the value to `discounting`."""
    require(growth < rate, "terminal_growth", "below the terminal cost of capital", growth, "#NUM!")
    return discounting.terminal_growth(next_cash_flow, rate, growth)


def _reinvestment_rate(growth: Floats, returns: Floats) -> Floats:
    told = "at most terminal_roic, or it would take more than the whole profit"
    require(growth <= returns, "terminal_growth", told, growth, "#NUM!")
    return np.asarray(growth / returns)


def _multiple_of(metric: Floats, multiple: Floats, name: str) -> Floats:
    told = f"applied to {name} of at least 0 in the final year"
    require(metric >= 0, "terminal_multiple", told, metric)
    return discounting.terminal_multiple(metric, multiple)


def _reinvestment(d: Drivers, added_revenue: Floats) -> dict[str, Floats]:
    """Reinvestment and the lines that it is made of."""
    nothing = np.zeros(d.years)
    if d.sales_to_capital is not None:
        total = added_revenue / d.sales_to_capital
        by_sales, spent, written_off, tied_up = total, nothing, nothing, nothing
    else:
        assert d.capital_expenditure is not None  # Drivers.of has seen to it,
        assert d.depreciation is not None  # and to this.
        spent, written_off = d.capital_expenditure, d.depreciation
        tied_up = nothing if d.working_capital_change is None else d.working_capital_change
        total = spent - written_off + tied_up
        by_sales = nothing
    return {
        "reinvested_by_sales": by_sales,
        "capital_expenditure": spent,
        "depreciation": written_off,
        "working_capital_change": tied_up,
        "reinvestment": total,
    }
