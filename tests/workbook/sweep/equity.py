"""Dilution in depth: ladders, options, earnings per share, offers and headlines."""

from __future__ import annotations

import math
from datetime import date

from sweep.core import changed, not_a_table, with_column, without

PRICE_POINTS = [["At", "Price"], ["Low", 115.0], ["Offer", 185.0], ["Close", 311.07]]
CONDITIONS = [
    ["Tranche", "Count", "Condition", "Threshold", "Full at"],
    ["Loan", 4.459337, "none", None, None],
    ["Value", 5.574171, "market value", 40_000.0, None],
    ["Capacity", 23.411518, "delivered", 0.0, 2_000.0],
    ["Later", 1.0, "date", date(2026, 11, 9), None],
]
OPTIONS = [
    ["Tranche", "Count", "Strike", "Years", "Type"],
    ["Employees", 28.4, 4.97, 4.0, None],
    ["Customer", 33.4, 1e-05, 9.6, "warrant"],
]
POTENTIAL = [
    ["Security", "Type", "Count", "Strike", "Income"],
    ["Options", "option", 28.4, 4.97, None],
    ["Notes", "convertible", 5.0, None, 3.0],
]
CLASSES = [
    ["Class", "Before", "Issued", "Votes", "Transferred"],
    ["A", 0.0, 30.0, 1.0, 10.8],
    ["B", 185.4, None, 20.0, -10.8],
]
HEADLINES = [
    ["Headline", "Value", "Price"],
    ["56 billion", 56_400.0, 185.0],
    ["40 billion", 40_000.0, None],
]
RELEASES = [
    ["Release", "Date", "Shares"],
    ["Staff", date(2026, 9, 2), 34.2],
    ["Everybody", date(2026, 11, 9), 14.1],
]
COUNTS = [["Count", "Shares"], ["First terms", 212.965381], ["Press, diluted", 305.0]]


def calls(securities):
    """CALLS, given the SECURITIES of test_bad_input.py."""
    terms = {
        "volatility": 0.6,
        "risk_free": 0.044,
        "dividend_yield": 0.01,
        "tax_rate": 0.25,
        "adjustment": "payoff",
    }
    return {
        "DILUTION_LADDER": {"prices": PRICE_POINTS, "securities": securities},
        "PRICE_LADDER": {
            "equity_values": [-500.0, 0.0, 4e4, 7e4],
            "securities": securities,
            "method": "treasury",
        },
        "WARRANT_VESTING": {
            # Those of date and delivered would make these arguments required.
            "tranches": CONDITIONS[:3],
            "price": 185.0,
            "shares": 215.2,
            "as_of": date(2026, 5, 13),
            "delivered": 750.0,
        },
        "OPTION_VALUE_DILUTED": {"price": 185.0, "options": OPTIONS, "shares": 215.2, **terms},
        "EQUITY_LESS_OPTIONS": {
            "equity_value": 4e4,
            "price": 185.0,
            "options": OPTIONS,
            "shares": 215.2,
            **terms,
        },
        "EQUITY_PER_SHARE_VIEWS": {
            "equity_value": 4e4,
            "securities": securities,
            "years": [None, None, 4.0, 9.6, 3.0],
            **terms,
        },
        "EPS_DILUTED": {
            "income": 87.9,
            "shares": 100.0,
            "price": 185.0,
            "securities": POTENTIAL,
            "discontinued": -1.0,
        },
        "IPO_PROCEEDS": {
            "price": 185.0,
            "primary": 30.0,
            "over_allotment": 4.5,
            "discount": 0.033,
            "expenses": 9.0,
            "rsu_withheld": 2.1,
        },
        "IPO_POST_MONEY": {
            "price": 185.0,
            "shares_before": 182.6,
            "primary": 30.0,
            "over_allotment": 4.5,
            "rsu_shares": 2.7,
            "secondary": 1.0,
        },
        "IPO_OWNERSHIP": {"classes": CLASSES},
        "IPO_BOOK_DILUTION": {
            "price": 185.0,
            "book_value": 1_354.0,
            "shares_before": 182.6,
            "shares_issued": 32.7,
            "cash_kept": 4_964.5,
        },
        "IPO_INVESTORS": {
            "price": 185.0,
            "primary": 30.0,
            "existing_shares": 185.2,
            "existing_paid": 2_930.0,
            "secondary": 1.0,
        },
        "IPO_FLOAT": {
            "offer_date": date(2026, 5, 13),
            "shares": 215.2,
            "offered": 30.0,
            "releases": RELEASES,
        },
        "HEADLINE_RECONCILIATION": {
            "headlines": HEADLINES,
            "price": 185.0,
            "securities": securities,
            "counts": COUNTS,
            "tolerance": 0.02,
        },
    }


def wrong():
    """WRONG for the family's kinds, given the helpers of test_bad_input.py."""
    return {
        "price_points": {
            **not_a_table(PRICE_POINTS, "Att"),
            "no prices": without(PRICE_POINTS, 1),
            "an unknown column": with_column(PRICE_POINTS, "Shares", 1.0, 2.0, 3.0),
            "an empty price": changed(PRICE_POINTS, 2, 1, None),
            "a price in text": changed(PRICE_POINTS, 2, 1, "185 USD"),
            "a price that is NaN": changed(PRICE_POINTS, 2, 1, math.nan),
            "a price that is a date": changed(PRICE_POINTS, 2, 1, date(2026, 5, 14)),
            "a name that is a number": changed(PRICE_POINTS, 2, 0, 5.0),
        },
        "vesting_tranches": {
            **not_a_table(CONDITIONS, "Trnche"),
            "no counts": without(CONDITIONS, 1),
            "no conditions": without(CONDITIONS, 2),
            "no thresholds": without(CONDITIONS, 3),
            "an unknown condition": changed(CONDITIONS, 2, 2, "market valu"),
            "a condition that is a number": changed(CONDITIONS, 2, 2, 1.0),
            "an empty condition": changed(CONDITIONS, 2, 2, None),
            "a negative count": changed(CONDITIONS, 2, 1, -1.0),
            "a count that is NaN": changed(CONDITIONS, 2, 1, math.nan),
            "an empty threshold": changed(CONDITIONS, 2, 3, None),
            "a negative threshold": changed(CONDITIONS, 2, 3, -1.0),
            "a threshold without a condition": changed(CONDITIONS, 1, 3, 5.0),
            "a threshold that is no date": changed(CONDITIONS, 4, 3, "9 November"),
            "a threshold that is half a day": changed(CONDITIONS, 4, 3, 46_000.5),
            "a date where an amount belongs": changed(CONDITIONS, 2, 3, date(2026, 5, 14)),
            "full before the threshold": changed(CONDITIONS, 3, 3, 2_500.0),
            "pro rata on a market value": changed(CONDITIONS, 2, 4, 50_000.0),
            "deliveries without their end": changed(CONDITIONS, 3, 4, None),
            "full in text": changed(CONDITIONS, 3, 4, "2 GW"),
        },
        "option_tranches": {
            **not_a_table(OPTIONS, "Trnche"),
            "no counts": without(OPTIONS, 1),
            "no strikes": without(OPTIONS, 2),
            "no years": without(OPTIONS, 3),
            "a negative count": changed(OPTIONS, 1, 1, -1.0),
            "an empty strike": changed(OPTIONS, 1, 2, None),
            "a negative strike": changed(OPTIONS, 1, 2, -4.97),
            "a strike in text": changed(OPTIONS, 1, 2, "at the money"),
            "negative years": changed(OPTIONS, 1, 3, -4.0),
            "years in days": changed(OPTIONS, 1, 3, 1_460.0),
            "years that are a date": changed(OPTIONS, 1, 3, date(2035, 12, 24)),
            "years that are NaN": changed(OPTIONS, 1, 3, math.nan),
            "an empty life": changed(OPTIONS, 1, 3, None),
            "an unknown type": changed(OPTIONS, 1, 4, "rsu"),
            "a type that is a number": changed(OPTIONS, 1, 4, 1.0),
        },
        "lives": {
            "a text": "four years",
            "a date": date(2035, 12, 24),
            "a truth value": True,
            "an empty life of an option": [None, None, 4.0, None, 3.0],
            "a life in text": [None, None, "4 years", 9.6, 3.0],
            "a life that is NaN": [None, None, math.nan, 9.6, 3.0],
            "an error": [None, None, "#N/A", 9.6, 3.0],
            "a square": [[4.0, 9.6], [3.0, 4.0]],
            "a life in days": 1_460.0,
            "a life of nobody": [["Security", "Years"], ["Optoins", 4.0]],
            "lives without a header": [["Options", 4.0], ["Customer warrant", 9.6]],
            "lives of some": [["Security", "Years"], ["Options", 4.0], ["Notes", 3.0]],
            "a life that is there twice": [["Security", "Years"], ["Options", 4.0], ["options", 5]],
        },
        "potential_shares": {
            **not_a_table(POTENTIAL, "Securty"),
            "no types": without(POTENTIAL, 1),
            "no counts": without(POTENTIAL, 2),
            "common stock": changed(POTENTIAL, 1, 1, "common"),
            "an empty count": changed(POTENTIAL, 1, 2, None),
            "a negative count": changed(POTENTIAL, 1, 2, -1.0),
            "a negative strike": changed(POTENTIAL, 1, 3, -4.97),
            "an option without a strike": changed(POTENTIAL, 1, 3, None),
            "options without strikes": without(POTENTIAL, 3),
            "notes without an income": changed(POTENTIAL, 2, 4, None),
            "a strike on notes": changed(POTENTIAL, 2, 3, 100.0),
            "income in text": changed(POTENTIAL, 2, 4, "3m"),
            "income that is infinite": changed(POTENTIAL, 2, 4, math.inf),
        },
        "share_classes": {
            **not_a_table(CLASSES, "Clas"),
            "no shares before": without(CLASSES, 1),
            "no shares issued": without(CLASSES, 2),
            "no votes": without(CLASSES, 3),
            "negative shares": changed(CLASSES, 2, 1, -1.0),
            "empty shares before": changed(CLASSES, 1, 1, None),
            "negative issues": changed(CLASSES, 1, 2, -30.0),
            "empty votes": changed(CLASSES, 1, 3, None),
            "negative votes": changed(CLASSES, 1, 3, -1.0),
            "no votes at all": changed(changed(CLASSES, 1, 3, 0.0), 2, 3, 0.0),
            "transfers that do not sum to zero": changed(CLASSES, 1, 4, 11.0),
            "more sold than held": changed(changed(CLASSES, 1, 4, 200.0), 2, 4, -200.0),
        },
        "lock_up_releases": {
            **not_a_table(RELEASES, "Relase"),
            "no dates": without(RELEASES, 1),
            "no shares": without(RELEASES, 2),
            "a date in text": changed(RELEASES, 1, 1, "2 September"),
            "an empty date": changed(RELEASES, 1, 1, None),
            "half a day": changed(RELEASES, 1, 1, 46_267.5),
            "a date before the offer": changed(RELEASES, 1, 1, date(2026, 5, 12)),
            "empty shares": changed(RELEASES, 1, 2, None),
            "negative shares": changed(RELEASES, 1, 2, -34.2),
            "shares in text": changed(RELEASES, 1, 2, "34m"),
            "shares that are NaN": changed(RELEASES, 1, 2, math.nan),
            "more than are locked": changed(RELEASES, 2, 2, 300.0),
        },
        "headlines": {
            **not_a_table(HEADLINES, "Headlin"),
            "no values": without(HEADLINES, 1),
            "an empty value": changed(HEADLINES, 1, 1, None),
            "a value in text": changed(HEADLINES, 1, 1, "56.4bn"),
            "a value of zero": changed(HEADLINES, 1, 1, 0.0),
            "a negative value": changed(HEADLINES, 1, 1, -56_400.0),
            "a value that is NaN": changed(HEADLINES, 1, 1, math.nan),
            "a price of zero": changed(HEADLINES, 1, 2, 0.0),
            "a negative price": changed(HEADLINES, 1, 2, -185.0),
            "a price that is NaN": changed(HEADLINES, 1, 2, math.nan),
            "a headline that is a number": changed(HEADLINES, 1, 0, 56.4),
        },
        "share_counts": {
            **not_a_table(COUNTS, "Cuont"),
            "no shares": without(COUNTS, 1),
            "a doubled count": changed(COUNTS, 2, 0, "First terms"),
            "empty shares": changed(COUNTS, 1, 1, None),
            "shares of zero": changed(COUNTS, 1, 1, 0.0),
            "negative shares": changed(COUNTS, 1, 1, -305.0),
            "shares in text": changed(COUNTS, 1, 1, "305m"),
        },
    }


PRICED = ("OPTION_VALUE_DILUTED", "EQUITY_LESS_OPTIONS")
VALUED = (*PRICED, "EQUITY_PER_SHARE_VIEWS")
ALONE = [
    ("DILUTION_LADDER", "prices", [["At", "Price"], ["Low", -1.0]], "prices Price"),
    ("WARRANT_VESTING", "price", -1.0, "price"),
    ("WARRANT_VESTING", "shares", 0.0, "shares"),
    ("WARRANT_VESTING", "delivered", -1.0, "delivered"),
    *((f, "price", -1.0, "price") for f in PRICED),
    *((f, "shares", 0.0, "shares") for f in PRICED),
    *((f, "volatility", -0.1, "volatility") for f in VALUED),
    *((f, "volatility", 60.0, "volatility") for f in VALUED),
    *((f, "risk_free", 4.4, "risk_free") for f in VALUED),
    *((f, "dividend_yield", -0.01, "dividend_yield") for f in VALUED),
    *((f, "tax_rate", 25.0, "tax_rate") for f in VALUED),
    ("EQUITY_LESS_OPTIONS", "equity_value", -1.0, "equity_value"),
    ("EQUITY_PER_SHARE_VIEWS", "equity_value", -1.0, "equity_value"),
    ("EQUITY_PER_SHARE_VIEWS", "years", [4.0, 9.6], "years"),
    ("EQUITY_PER_SHARE_VIEWS", "years", -4.0, "years"),
    ("EPS_DILUTED", "shares", 0.0, "shares"),
    ("EPS_DILUTED", "price", -1.0, "price"),
    ("IPO_PROCEEDS", "price", -1.0, "price"),
    ("IPO_PROCEEDS", "primary", -30.0, "primary"),
    ("IPO_PROCEEDS", "over_allotment", -4.5, "over_allotment"),
    ("IPO_PROCEEDS", "discount", 3.3, "discount"),
    ("IPO_PROCEEDS", "expenses", -9.0, "expenses"),
    ("IPO_PROCEEDS", "rsu_withheld", -2.1, "rsu_withheld"),
    ("IPO_POST_MONEY", "shares_before", 0.0, "shares_before"),
    ("IPO_POST_MONEY", "primary", -30.0, "primary"),
    ("IPO_POST_MONEY", "rsu_shares", -2.7, "rsu_shares"),
    ("IPO_POST_MONEY", "secondary", 200.0, "secondary"),
    ("IPO_BOOK_DILUTION", "price", 0.0, "price"),
    ("IPO_BOOK_DILUTION", "shares_before", 0.0, "shares_before"),
    ("IPO_BOOK_DILUTION", "shares_issued", -1.0, "shares_issued"),
    ("IPO_INVESTORS", "price", -1.0, "price"),
    ("IPO_INVESTORS", "primary", -30.0, "primary"),
    ("IPO_INVESTORS", "existing_shares", 0.0, "existing_shares"),
    ("IPO_INVESTORS", "existing_paid", -1.0, "existing_paid"),
    ("IPO_INVESTORS", "secondary", 200.0, "secondary"),
    ("IPO_FLOAT", "shares", 0.0, "shares"),
    ("IPO_FLOAT", "offered", -30.0, "offered"),
    ("IPO_FLOAT", "offered", 300.0, "offered"),
    ("IPO_FLOAT", "offer_date", "13 May 2026", "offer_date"),
    ("HEADLINE_RECONCILIATION", "price", 0.0, "price"),
    ("HEADLINE_RECONCILIATION", "tolerance", 2.0, "tolerance"),
    ("HEADLINE_RECONCILIATION", "tolerance", -0.1, "tolerance"),
]

#: For direct use as a dict of base calls.
SECURITIES = [
    ["Security", "Type", "Count", "Strike", "Included"],
    ["Common", "common", 200.0, None, 1.0],
    ["RSUs", "rsu", 10.0, None, 1.0],
    ["Options", "option", 28.4, 4.97, 1.0],
    ["Customer warrant", "warrant", 33.4, 0.01, 0.3],
    ["Notes", "convertible", 5.0, 200.0, 1.0],
]
CALLS = calls(SECURITIES)


WRONG = wrong()
