"""Claims of others, compared with this model: figures calculated from inputs, and verdicts.

A figure is written as a sum, difference, product or quotient of paths of inputs, results by name,
and numbers: "prices.close / offer.price - 1".
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from model.case import facts
from model.case.tables import WITHIN_RANGE, Claims
from model.errors import InputError, nearest, refuse, shown

if TYPE_CHECKING:
    from model.case.case import Case

#: Results that a figure may name: revenue of the year before the forecast, and those of Market.
BASE_REVENUE = "company.base_revenue"
MARKET = ("market.layers", "market.crossing", "market.one_vendor_low", "market.one_vendor_high")
RESULTS = (BASE_REVENUE, *MARKET)
#: What stands between the two ends of a range, and before an input of another source.
BETWEEN, AGAINST = " to ", " against "
#: A path of an input, or a result, in a figure.
PATH = re.compile(r"(?<![a-z0-9_])[a-z_][a-z0-9_]*+(?:\.[a-z0-9_]++)++")
#: What is left once paths are short names; a spreadsheet reads it as Python does.
_WRITTEN = re.compile(r"(?:x\d++|\d++(?:\.\d++)?+|[-+*/() ])++")
_SIGNS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def paths(figure: str) -> list[str]:
    """Return the paths that a figure names.

    Examples
    --------
    >>> paths("prices.close / offer.price - 1")
    ['prices.close', 'offer.price']
    """
    return PATH.findall(figure)


def parts(figure: str) -> tuple[list[str], str]:
    """Return a figure, or the two ends of a range, and the path of another source's figure.

    Examples
    --------
    >>> parts("offer.price / 2 to offer.price")
    (['offer.price / 2', 'offer.price'], '')
    >>> parts("scalars.system_cost_low against scalars.system_cost")
    (['scalars.system_cost_low'], 'scalars.system_cost')
    """
    ours, _, against = figure.partition(AGAINST)
    return [end.strip() for end in ours.split(BETWEEN, 1)], against.strip()


def worked_out(figure: str) -> bool:
    """Tell whether a figure is a result, or calculated from inputs, and not one of them."""
    (first, *_), _ = parts(figure)
    return first in RESULTS or PATH.fullmatch(first) is None


def value(figure: str, known: Mapping[str, float]) -> float:
    """Work a figure out from the numbers of its paths.

    Raises
    ------
    ValueError
        For anything but paths, numbers, + - * / and brackets.

    Examples
    --------
    >>> value("(prices.low + prices.high) / 2", {"prices.low": 115, "prices.high": 125})
    120.0
    """
    names = {path: f"x{i}" for i, path in enumerate(dict.fromkeys(paths(figure)))}
    text = PATH.sub(lambda found: names[found.group()], figure)
    if not _WRITTEN.fullmatch(text):
        raise ValueError(figure)
    try:
        return _worked_out(ast.parse(text.strip(), mode="eval").body,
                           {name: known[path] for path, name in names.items()})  # fmt: skip
    except (SyntaxError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(figure) from error


def _worked_out(node: ast.expr, known: Mapping[str, float]) -> float:
    match node:
        case ast.BinOp(left, op, right):
            return _SIGNS[type(op)](_worked_out(left, known), _worked_out(right, known))
        case ast.UnaryOp(ast.USub(), inner):
            return -_worked_out(inner, known)
        case ast.Name(name):
            return known[name]
        case ast.Constant(int() | float() as number) if not isinstance(number, bool):
            return float(number)
    raise KeyError(ast.dump(node))


def check(case: Case) -> None:
    """Refuse figures that cannot be worked out, unknown paths, and ranges in disorder."""
    if "quoted_claims" not in case.tables:
        return
    claims: Claims = case.table("quoted_claims")
    known = {path: number for path, (number, _) in facts.inputs(case).items()}
    known[BASE_REVENUE] = case.base_revenue
    keys = list(case.tables["quoted_claims"].rows)
    refuse(error for i, key in enumerate(keys) for error in _faults(claims, i, key, known))


def _faults(claims: Claims, i: int, key: str, known: Mapping[str, float]) -> Iterator[InputError]:
    """Yield what is wrong with one row."""
    place = f"tables.quoted_claims.{key}"
    low, high = claims.printed[i], claims.to[i]
    if high < low or (low != low and high == high):
        problem = f"must be at least Printed, {shown(low)}, not {shown(high)}"
        yield InputError(f"{place}.to", problem)
    stated, against = parts(claims.figure[i])
    if (high == high or claims.bound[i] == WITHIN_RANGE) and len(stated) < 2:
        problem = f"must have two ends for a range, such as 'a{BETWEEN}b'"
        yield InputError(f"{place}.figure", f"{problem}, not {shown(claims.figure[i])}")
    for text in stated:
        unknown = [path for path in paths(text) if path not in (*known, *RESULTS)]
        if unknown:
            hint = nearest(unknown[0], (*known, *RESULTS), 0.8)
            problem = f"does not name a number of the case: {shown(unknown[0])}{hint}"
            yield InputError(f"{place}.figure", problem)
            continue
        try:
            value(text, {path: known.get(path, 1.0) for path in paths(text)})
        except ZeroDivisionError:
            yield InputError(f"{place}.figure", f"divides by 0: {shown(text)}")
        except ValueError:
            expected = "must be paths and numbers with + - * / and brackets"
            yield InputError(f"{place}.figure", f"{expected}, not {shown(text)}")
    if against and against not in known:
        hint = nearest(against, known, 0.8)
        problem = f"does not name a number of the case: {shown(against)}{hint}"
        yield InputError(f"{place}.figure", problem)
