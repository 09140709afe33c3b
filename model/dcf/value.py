"""Value: from a forecast to the terminal value, the equity bridge and the value per share."""

from __future__ import annotations

import numpy as np

from model.arrays import ratio, total
from model.dcf import failure
from model.dcf.by_segment import SegmentValue, value_of
from model.dcf.drivers import Drivers
from model.dcf.forecast import ContractedRevenue, Forecast, aligned, forecast
from model.dcf.segment_value import Worth, of_company
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dcf.terminal import half_year
from model.dilution import shares
from model.dilution.securities import Securities
from model.dilution.solution import claimed
from model.errors import Floats, require
from model.fields import Field, Names, line
from model.functions import function
from model.tables import Statement


class DcfValue(Statement):
    """From the forecast to the value per share, each line of shape (...)."""

    rows_of = "contracted_revenue"

    pv_forecast: Floats = line("Present value of the forecast")
    terminal_nopat: Floats = line("Terminal year: operating income after tax")
    terminal_reinvestment: Floats = line("Terminal year: reinvestment")
    terminal_cash_flow: Floats = line("Terminal year: free cash flow")
    terminal_wacc: Floats = line("Terminal cost of capital", "fraction")
    terminal_value: Floats = line("Terminal value")
    terminal_factor: Floats = line("Terminal discount factor", "ratio", form="factor")
    pv_terminal: Floats = line("Present value of the terminal value")
    going_concern_value: Floats = line("Value of operations as a going concern")
    failure_proceeds: Floats = line("Proceeds of operations in failure")
    failure_adjustment: Floats = line("Adjustment for the probability of failure")
    enterprise_value: Floats = line("Enterprise value", total=True)
    cash: Floats = line("Cash and investments")
    offer_proceeds: Floats = line("Net proceeds of the offer")
    other_assets: Floats = line("Other assets")
    debt: Floats = line("Debt")
    leases: Floats = line("Lease liabilities")
    other_claims: Floats = line("Other claims")
    equity_value: Floats = line("Equity value", total=True)
    converted_debt: Floats = line("Debt converted to shares")
    rsu_tax: Floats = line("Tax on RSUs settled net")
    repaid: Floats = line("Repaid to preferred and puttable shares")
    diluted_shares: Floats = line("Diluted shares", "m shares")
    value_per_share: Floats = line("Value per share", "USD", total=True)
    terminal_share: Floats = line("Terminal value in going-concern value", "fraction")
    slipped_revenue: Floats = line("Contracted revenue that slips past the forecast")
    #: The forecast that is valued.
    forecast: Forecast


class SegmentedValue(DcfValue):
    """The same for a company with segments, after what each of its lines is worth."""

    by_line: Floats = line("{}", each="names")
    interim_cash_flow: Floats = line("Cash flow from the balance date to the valuation date")
    losses_left: Floats = line("Tax losses left, of no value")
    beyond_forecast: Floats = line("Contracted revenue after the forecast, not valued")
    #: The lines of the company, in the order of `segments`, which has more about them.
    names: Names
    segments: SegmentValue

    @property
    def runs(self) -> tuple[tuple[int, ...], ...]:
        """The contracts that have a line: signed, and renewed."""
        return self.segments.runs


def _in_reading_order(declared: dict[str, Field]) -> dict[str, Field]:
    """Put the lines of value first, the cash flow to date before the equity, what slips last."""
    first, interim, slipped = (
        declared.pop(name) for name in ("by_line", "interim_cash_flow", "slipped_revenue")
    )
    ordered = {"by_line": first}
    for name, f in declared.items():
        if name == "equity_value":
            ordered["interim_cash_flow"] = interim
        ordered[name] = f
    return ordered | {"slipped_revenue": slipped}


SegmentedValue.declared = _in_reading_order(dict(SegmentedValue.declared))


@function
def dcf_value(
    drivers: Drivers,
    securities: Securities,
    contracted_revenue: ContractedRevenue | SignedContracts | None = None,
    plant: Plant | None = None,
) -> DcfValue:
    """Value per share by discounted cash flow: forecast, terminal value, bridge and dilution.

    Parameters
    ----------
    securities
        The company's securities, including the shares that the offer adds if its proceeds are in
        the bridge.
    contracted_revenue
        Revenue from signed contracts, one amount for each whole forecast year; or a table with a
        row for each contract, by month or fiscal year, as in DCF_SEGMENTS.
    plant
        Megawatts by vintage, of a company with segments.

    Raises
    ------
    InputError
        As for DCF_FORECAST; for a multiple of a negative metric; if terminal growth is not below
        the terminal cost of capital, or is above terminal_roic.

    Notes
    -----
    With cash flows in mid-period, a perpetuity's own flows also fall in mid-period, so its value is
    discounted at N - 0.5, the half year at the terminal rate; an exit multiple is a price at the
    end of year N and is discounted at N.

    The terminal year is the forecast carried on for one year at terminal growth, at the terminal
    tax rate and without loss carry-forwards; a perpetual loss pays no tax, gets none back, and by
    terminal ``"roic"`` takes no capital to grow. Its reinvestment is growth over ROIC for terminal
    ``"roic"``. Otherwise it is growth of revenue over the final sales-to-capital, or, where
    capital expenditure is given, the final year's reinvestment carried on: the final year must
    then be one that can continue in perpetuity.

    Failure scales the value of the operations, before the bridge:
    ``(1 - p) * going concern + p * proceeds``, where the proceeds are a share of the going-concern
    value or of book capital. Debt is deducted in full from that expected value. If proceeds would
    not cover the debt, shareholders cannot lose more than everything; DCF_FAILURE_VALUE on the
    equity, with proceeds of 0, is the alternative.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 12 and 16; *Damodaran on Valuation*,
    2nd ed., chapter 17, for failure. The example is Kenneth Cole: J. Berk and P. DeMarzo,
    *Corporate Finance*, example 9.7, 24.85 a share.

    Examples
    --------
    >>> cole = Drivers(base_revenue=518, revenue_growth=0.09, growth_years=1, operating_margin=0.09,
    ...                tax_rate=0.37, sales_to_capital=1 / 0.18, wacc=0.11, terminal_growth=0.04,
    ...                years=6, timing="end", cash=100, debt=3)
    >>> round(float(dcf_value(cole, Securities(["Common"], ["common"], [21])).value_per_share), 2)
    24.85
    """
    segmented = isinstance(drivers, SegmentedDrivers) or plant is not None
    if segmented or isinstance(contracted_revenue, SignedContracts):
        return _by_segment(*of_company(drivers, contracted_revenue, plant), securities)
    d, contracted = aligned(drivers, contracted_revenue)
    lines = forecast(d, contracted)
    rate = d.final_wacc
    nopat, reinvestment = _terminal_year(d, lines)
    terminal = _terminal_value(d, lines, nopat - reinvestment)
    factor = lines.end_factor[..., -1]
    if d.terminal != "multiple":
        factor = factor * half_year(rate, d.timing)
    pv_forecast = total(lines.present_value)
    pv_terminal = terminal * factor
    going_concern = pv_forecast + pv_terminal
    proceeds = failure.failure_proceeds(
        d.failure_proceeds, d.failure_basis, going_concern, d.book_capital
    )
    enterprise = failure.expected(going_concern, d.failure_probability, proceeds)
    return DcfValue(
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
        terminal_share=ratio(pv_terminal, going_concern),
        slipped_revenue=lines.slipped,
        forecast=lines,
        **_to_share(d, enterprise, securities),
    )


def _by_segment(d: SegmentedDrivers, found: Worth, securities: Securities) -> SegmentedValue:
    """Value a company with segments, line by line, and then as any company."""
    made, terminal, f = value_of(d, found), found.terminal, Forecast(**found.totals)
    pv_terminal = terminal.present_value.sum(-1) + terminal.tax_present_value
    going_concern, enterprise = made.going_concern.sum(-1), made.value.sum(-1)
    nopat = terminal.nopat.sum(-1) + terminal.tax_cash_flow
    cash_flow = terminal.cash_flow.sum(-1) + terminal.tax_cash_flow
    interim = d.interim_cash_flow
    if interim is None:
        interim = f.cash_flow[..., 0] * d.days_before_over_after + 0.0
    return SegmentedValue(
        pv_forecast=f.present_value.sum(-1),
        terminal_nopat=nopat,
        terminal_reinvestment=nopat - cash_flow,
        terminal_cash_flow=cash_flow,
        terminal_wacc=d.final_wacc,
        terminal_value=terminal.value.sum(-1) + terminal.tax_value,
        terminal_factor=terminal.factor,
        pv_terminal=pv_terminal,
        going_concern_value=going_concern,
        failure_proceeds=failure.failure_proceeds(
            d.failure_proceeds, d.failure_basis, going_concern, d.book_capital
        ),
        failure_adjustment=enterprise - going_concern,
        enterprise_value=enterprise,
        terminal_share=ratio(pv_terminal, going_concern),
        forecast=f,
        interim_cash_flow=interim,
        losses_left=f.loss_closing[..., -1],
        beyond_forecast=found.lines.beyond,
        slipped_revenue=found.lines.slipped,
        by_line=made.value,
        names=made.name,
        segments=made,
        **_to_share(d, enterprise, securities, interim),
    )


def _to_share(
    d: Drivers, enterprise: Floats, securities: Securities, interim: Floats | None = None
) -> dict[str, Floats]:
    """Lead from enterprise value over the bridge to the value per share."""
    equity = (
        enterprise
        + (d.cash + d.offer_proceeds + d.other_assets)
        - (d.debt + d.leases + d.other_claims)
    )
    if interim is not None:
        equity = equity + interim
    price = shares.price_at(equity, securities, d.method)
    held, _ = claimed(equity, price, securities, d.method)
    return {
        "cash": d.cash,
        "offer_proceeds": d.offer_proceeds,
        "other_assets": d.other_assets,
        "debt": d.debt,
        "leases": d.leases,
        "other_claims": d.other_claims,
        "equity_value": equity,
        "converted_debt": total(held.converted_debt),
        "rsu_tax": total(held.tax_paid),
        "repaid": total(held.repaid),
        "diluted_shares": total(held.net),
        "value_per_share": price,
    }


def _terminal_year(d: Drivers, lines: Forecast) -> tuple[Floats, Floats]:
    """Return profit after tax, and reinvestment, of the year after the forecast."""
    growth, final_revenue = d.terminal_growth, lines.revenue[..., -1]
    income = final_revenue * (1 + growth) * lines.operating_margin[..., -1]
    nopat = income - d.final_tax_rate * np.maximum(income, 0.0)
    if d.terminal == "roic":
        returns = d.final_wacc if d.terminal_roic is None else d.terminal_roic
        condition = "at most terminal_roic, or it would take more than the entire profit"
        require(growth <= returns, "terminal_growth", condition, growth, "number")
        return nopat, np.maximum(nopat, 0.0) * (growth / returns)
    if d.sales_to_capital is None:
        return nopat, lines.reinvestment[..., -1] * (1 + growth)
    return nopat, final_revenue * growth / d.sales_to_capital[..., -1]


def _terminal_value(d: Drivers, lines: Forecast, next_cash_flow: Floats) -> Floats:
    if d.terminal == "multiple":
        assert d.terminal_multiple is not None  # Drivers guarantee it.
        metrics = {"revenue": lines.revenue, "ebit": lines.operating_income}
        metric = metrics[d.terminal_metric][..., -1]
        condition = f"applied to {d.terminal_metric} of at least 0 in the final year"
        require(metric >= 0, "terminal_multiple", condition, metric)
        return np.asarray(metric * d.terminal_multiple)
    rate, growth = d.final_wacc, d.terminal_growth
    condition = "below the terminal cost of capital"
    require(growth < rate, "terminal_growth", condition, growth, "number")
    return np.asarray(next_cash_flow / (rate - growth))
