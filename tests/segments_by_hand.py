"""A company with segments once more in plain Python: day by day, and year after year.

Written from the rules, without arrays and without anything of the model. Contracts, renewals and
plant are spread over days; every day lies in a fiscal year, and before or after the valuation date.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

DAY = timedelta(days=1)
Spec = dict[str, Any]


def snapped(day: date) -> date:
    """A date within 7 days of a month's end counts as that end."""
    for distance in range(8):
        for near in (day - distance * DAY, day + distance * DAY):
            if (near + DAY).day == 1:
                return near
    return day


def later(day: date, months: int) -> date:
    """The day some months after a counted one: a month's end stays one."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    length = (following - first).days
    at_end = (day + DAY).day == 1
    return first + (length - 1 if at_end else min(day.day, length) - 1) * DAY


class Years:
    """Fiscal years, and the valuation date in the first."""

    def __init__(self, company: Spec) -> None:
        self.count: int = company["years"]
        end, self.at = company["first_year_end"], snapped(company["valuation_date"])
        self.ends = [later(snapped(end), 12 * y) for y in range(-1, self.count + 1)]
        before = date(end.year - 1, end.month, min(end.day, 28 if end.month == 2 else end.day))
        self.stub = min((end - company["valuation_date"]).days / (end - before).days, 1.0)

    def spread(
        self, start: date, months: list[float], counts: Callable[[date], bool] = lambda day: True
    ) -> dict[str, Any]:
        """Spread amounts of months from a counted date evenly over their days, and sum them up.

        Of each month, over the days that count.
        """
        found: dict[str, Any] = {"whole": [0.0] * self.count, "valued": [0.0] * self.count}
        found |= {"before": 0.0, "next": 0.0, "beyond": 0.0}
        edges = [later(start, m) for m in range(len(months) + 1)]
        for m, amount in enumerate(months):
            if not amount:
                continue
            every = [edges[m] + n * DAY for n in range(1, (edges[m + 1] - edges[m]).days + 1)]
            days = [day for day in every if counts(day)]
            for day in days:
                part = amount / len(days)
                year = bisect_left(self.ends, day) - 1
                if 0 <= year < self.count:
                    found["whole"][year] += part
                    found["valued"][year] += part if day > self.at else 0.0
                if day <= self.at:
                    found["before"] += part
                if year == self.count:
                    found["next"] += part
                if year >= self.count:
                    found["beyond"] += part
        return found


def added(one: list[float], other: list[float], times: float = 1.0) -> list[float]:
    return [x + times * y for x, y in zip(one, other, strict=True)]


def product(one: list[float], other: list[float]) -> list[float]:
    return [x * y for x, y in zip(one, other, strict=True)]


def path(spec: Spec, name: str, years: int, otherwise: float = 0.0) -> list[float]:
    value = spec.get(name, otherwise)
    return list(value) if isinstance(value, list) else [value] * years


def shifted(months: list[float], delay: float) -> list[float]:
    """Months later by a delay, of which a part of a month moves a part of each."""
    whole, part = math.floor(delay), delay - math.floor(delay)
    one, two = ([0.0] * n + months for n in (whole, whole + 1))
    return [(1 - part) * one[m] + part * two[m] for m in range(len(months))]


def contract_months(
    c: Spec, s: Spec, months: int, year_of: Callable[[int], int], passed: list[float], late: float
) -> tuple[dict[str, list[float]], list[float], list[float], int, bool]:
    """Expected months of a contract and of its renewals, when these run, and its last month.

    What is late is so from the valuation date on: of each month, `passed` is before it.
    """
    amounts = list(c["amounts"]) + [0.0] * (months - len(c["amounts"]))
    due = [m for m in range(months) if amounts[m] > 0]
    first, last = due[0], due[-1]
    life = last - first + 1
    n = min(life, 12)
    base = sum(amounts[last - n + 1 : last + 1]) / n
    rate = c.get("renewal_rate", s.get("renewal_rate", 0.0))
    price = c.get("renewal_price", s.get("renewal_price", 1.0))
    term = c.get("renewal_term", s.get("renewal_term", life))
    retention = c.get("net_retention", s.get("net_retention"))
    if "renewal_rate" in c:
        retention = c.get("net_retention")
    again, kept, delay = [0.0] * months, base, c.get("delay", 0.0)
    for m in range(last + 1, months):
        elapsed = m - last
        if retention is None:
            again[m] = base * (rate * price) ** math.ceil(elapsed / term)
        else:
            if elapsed % 12 == 1:
                begins = m + math.floor(delay + late)
                kept *= retention[year_of(begins)] if isinstance(retention, list) else retention
            again[m] = kept
    runs = shifted([float(m > 0) for m in again], delay + late)
    signed, again = shifted(amounts, delay), shifted(again, delay + late)
    after = [signed[m] * (1 - passed[m]) for m in range(months)]
    due = {
        "on time": signed,
        "before": [signed[m] * passed[m] for m in range(months)],
        "after": shifted(after, late),
    }
    for m in range(months):
        survives = math.exp(-c.get("intensity", 0.0) * (m + 0.5) / 12)
        likely = c.get("probability", 1.0)
        for part in due.values():
            part[m] *= likely * (survives + (1 - survives) * c.get("recovery", 0.0))
        again[m] *= likely * survives
    renews = retention is not None or "renewal_rate" in c or "renewal_rate" in s
    return due, again, runs, math.ceil(last + 1 + delay + late), renews


def in_place(revenue: list[float], base: float, share: float) -> tuple[list[float], list[float]]:
    """Revenue whose capital is bought, and whose is freed, year after year."""
    bought, freed, level, before = [], [], base, base
    for r in revenue:
        fall = share * max(before - r, 0.0)
        level -= fall
        bought.append(max(r - level, 0.0))
        freed.append(fall)
        level, before = max(level, r), r
    return bought, freed


class Line:
    """One line: whole years, the valued part of the first, and the terminal year."""

    def __init__(self, name: str, kind: str, segment: str | None, years: int) -> None:
        self.name, self.kind, self.segment = name, kind, segment
        zero = [0.0] * years
        self.whole: dict[str, list[float]] = {}
        self.first: dict[str, float] = {}
        self.last: dict[str, float] = {}
        for what in (
            *("revenue", "mw", "worn", "plant", "capital", "freed", "wc", "collected"),
            *("cost", "extra"),
        ):
            self.whole[what], self.first[what], self.last[what] = list(zero), 0.0, 0.0
        self.base = 0.0


def by_hand(
    company: Spec, segments: dict[str, Spec], contracts: list[Spec], plant: list[Spec]
) -> Spec:
    n = company["years"]
    years = Years(company)
    stub, g = years.stub, company.get("terminal_growth", 0.0)
    lines: list[Line] = []
    pairs: dict[str, tuple[Line, Line]] = {}
    made: dict[str, Any] = {}
    horizon = 12 * (n + 3)

    for c in contracts:
        s = segments[c["segment"]]
        late = company.get("contracted_delay_months", 0.0)
        longest = max(horizon, len(c["amounts"]) + math.ceil(c.get("delay", 0.0) + late))
        start = snapped(company["balance_date"])
        edges = [later(start, m) for m in range(longest + 1)]
        passed = [
            min(max((years.at - a).days / (b - a).days, 0.0), 1.0) for a, b in pairwise(edges)
        ]

        def year_of(month: int, since: Any = start) -> int:
            found = years.spread(since, [0.0] * month + [1.0])
            late = n - 1 if found["beyond"] else 0
            return next((y for y in range(n) if found["whole"][y] > 0), late)

        due, again, runs, end, renews = contract_months(c, s, longest, year_of, passed, late)
        two, running = (years.spread(start, months) for months in (again, runs))
        stays = years.spread(start, due["before"], lambda day: day <= years.at)
        comes = years.spread(start, due["after"], lambda day: day > years.at)
        one = {
            key: added(stays[key], comes[key]) if key in ("whole", "valued") else stays[key] + more
            for key, more in comes.items()
        }
        a = Line(f"Contract {c['name']}", "signed", c["segment"], n)
        b = Line(f"Renewals of {c['name']}", "renewals", c["segment"], n)
        a.whole["revenue"], a.first["revenue"] = one["whole"], one["valued"][0]
        a.whole["revenue"][0] += c.get("recognised", 0.0)
        b.whole["revenue"], b.first["revenue"] = two["whole"], two["valued"][0]
        b.last["revenue"] = 12 * two["next"] / running["next"] if running["next"] else 0.0
        a.base = b.base = c.get("base_revenue", 0.0)
        pairs[c["name"]] = (a, b)
        last_day = later(start, end)
        made[c["name"]] = {"before": one["before"], "end": last_day, "again": renews}
        made[c["name"]]["beyond"] = one["beyond"]
        on_time = years.spread(start, due["on time"])
        made[c["name"]]["slipped"] = one["beyond"] - on_time["beyond"]
        # Collected cash stands for the earliest revenue of the contract, then of its renewals.
        left = max(c.get("collected", 0.0) - one["before"], 0.0)
        for y in range(n):
            for part, spread in ((a, one), (b, two)):
                taken = min(left, spread["valued"][y])
                left -= taken
                part.whole["collected"][y] = taken
                if y == 0:
                    part.first["collected"] = taken
    lines += [p[0] for p in pairs.values()]
    lines += [p[1] for name, p in pairs.items() if made[name]["again"]]
    further: dict[str, Line] = {}
    for name, s in segments.items():
        if any(k in s for k in ("revenue_growth", "uncontracted_revenue", "price")):
            line = further[name] = Line(name, "further", name, n)
            line.base = s.get("base_revenue", 0.0)
            if "price" not in s:
                level = line.base
                for y in range(n):
                    if "revenue_growth" in s:
                        level *= 1 + path(s, "revenue_growth", n)[y]
                    else:
                        level = path(s, "uncontracted_revenue", n)[y]
                    line.whole["revenue"][y] = level
                line.first["revenue"] = stub * line.whole["revenue"][0]
                line.last["revenue"] = line.whole["revenue"][-1] * (1 + g)
            lines.append(line)
    for name, s in segments.items():
        own = [v for v in plant if v["segment"] == name and not v.get("contract")]
        if "capital_expenditure" in s or (own and name not in further):
            of = "Plant and working capital" if "working_capital_change" in s else "Plant"
            line = Line(f"{of} of {name}", "plant", name, n)
            lines.append(line)
            for what, key in (
                ("plant", "capital_expenditure"),
                ("worn", "depreciation"),
                ("wc", "working_capital_change"),
            ):
                line.whole[what] = path(s, key, n)
                line.first[what] = stub * line.whole[what][0]
            line.last["worn"] = line.whole["worn"][-1] * (1 + g)
            further.setdefault(name, line)

    # Megawatts, month by month from service, and their cost before it.
    for v in plant:
        life, lead = round(12 * v["life"]), v["lead"]
        cost = v["megawatts"] * v["capex"]
        service = snapped(v["in_service"])
        if v.get("contract"):
            early, late = pairs[v["contract"]]
            end = made[v["contract"]]["end"] if made[v["contract"]]["again"] else date.max
        else:
            early = late = further[v["segment"]]
            end = date.max
        for m in range(life):
            line = early if later(service, m + 1) <= end else late
            one = years.spread(later(service, m), [1.0])
            for what, each in (("mw", v["megawatts"] / 12), ("worn", cost / life)):
                line.whole[what] = added(line.whole[what], one["whole"], each)
                line.first[what] += each * one["valued"][0]
                if line.kind == "renewals":
                    line.last[what] += each * one["next"]
        for m in range(lead):
            line = early if later(service, m + 1 - lead) <= end else late
            one = years.spread(later(service, m - lead), [cost / lead])
            line.whole["plant"] = added(line.whole["plant"], one["whole"])
            line.first["plant"] += one["valued"][0]
            line.last["plant"] += one["next"]
    for line in lines:
        if line.kind in ("further", "plant"):
            s = segments[line.segment or ""]
            if "price" in s and line.kind == "further":
                each_mw = product(path(s, "utilisation", n, 1.0), path(s, "price", n))
                line.whole["revenue"] = product(each_mw, line.whole["mw"])
                line.first["revenue"] = each_mw[0] * line.first["mw"]
                line.last["revenue"] = line.whole["revenue"][-1] * (1 + g)
            line.last["mw"] = line.whole["mw"][-1] * (1 + g)
            line.last["worn"] = line.whole["worn"][-1] * (1 + g)

    # Capital and working capital follow revenue.
    for line in lines:
        s = segments[line.segment or ""]
        ratio = path(s, "working_capital", n)
        own_base = 0.0 if line.kind == "renewals" else line.base
        held = ratio[0] * own_base
        for y in range(n):
            now = ratio[y] * line.whole["revenue"][y]
            line.whole["wc"][y] += now - held
            held = now
        line.first["wc"] = stub * line.whole["wc"][0]
        if "sales_to_capital" not in s or line.kind == "plant":
            continue
        efficiency, share = path(s, "sales_to_capital", n), s.get("freed_capital", 0.0)
        revenue, less = line.whole["revenue"], ([0.0] * n, [0.0] * n)
        if line.kind == "renewals":
            signed = next(a for a, b in pairs.values() if b is line)
            less = in_place(signed.whole["revenue"], line.base, share)
            revenue = added(revenue, signed.whole["revenue"])
        bought, freed = in_place(revenue, line.base, share)
        for y in range(n):
            line.whole["capital"][y] = (bought[y] - less[0][y]) / efficiency[y]
            line.whole["freed"][y] = (freed[y] - less[1][y]) / efficiency[y]
        for what in ("capital", "freed"):
            line.first[what] = stub * line.whole[what][0]

    costs = {
        "research": "Research",
        "sales": "Sales and marketing",
        "administration": "Administration",
        "stock_compensation": "Stock compensation",
        "other_costs": "Other costs",
    }
    for name, label in costs.items():
        if name in company:
            line = Line(label, "company", None, n)
            line.whole["cost"] = path(company, name, n)
            line.first["cost"], line.last["cost"] = (
                stub * line.whole["cost"][0],
                line.whole["cost"][-1] * (1 + g),
            )
            lines.append(line)
    if "capital_expenditure" in company:
        line = Line("Shared plant", "company", None, n)
        for what, key in (("plant", "capital_expenditure"), ("worn", "depreciation")):
            line.whole[what] = path(company, key, n)
            line.first[what] = stub * line.whole[what][0]
        line.whole["cost"], line.first["cost"] = list(line.whole["worn"]), line.first["worn"]
        line.last["cost"] = line.whole["worn"][-1] * (1 + g)
        line.last["worn"] = line.last["cost"]
        lines.append(line)

    def income(line: Line, of: dict[str, float], y: int) -> tuple[float, float]:
        """Operating income, and contra-revenue that is given in shares."""
        if line.segment is None:
            return -of["cost"], 0.0
        s = segments[line.segment]
        contra = path(s, "contra_revenue", n)[y] * of["revenue"]
        given = contra if s.get("contra_basis") == "shares" else 0.0
        if "operating_margin" in s:
            return of["revenue"] * path(s, "operating_margin", n)[y] - contra, given
        unit = sum(path(s, k, n)[y] for k in ("power_cost", "hosting_cost", "other_cost"))
        return of["revenue"] - unit * of["mw"] - of["worn"] - contra, given

    rates, wacc = path(company, "tax_rate", n), path(company, "wacc", n)
    worth: dict[str, float] = {}
    result: Spec = {"lines": {}, "tax_line": []}
    totals = [0.0] * n
    first_income = 0.0
    taxes = [0.0] * n

    def factors(rate: list[float]) -> tuple[list[float], float]:
        found, ahead = [], 1.0
        for y in range(n):
            length = stub if y == 0 else 1.0
            half = (1 + rate[y]) ** (length / 2)
            found.append(
                1 / (ahead * half)
                if company.get("timing", "mid") == "mid"
                else 1 / (ahead * half * half)
            )
            ahead *= half * half
        return found, 1 / ahead

    for line in lines:
        own = path(segments[line.segment], "wacc", n, -1.0) if line.segment else wacc
        own = wacc if own[0] == -1.0 else own
        factor, _ = factors(own)
        flows = []
        for y in range(n):
            each = {k: v[y] for k, v in line.whole.items()}
            earned, _ = income(line, each, y)
            totals[y] += earned
            if y == 0:
                each = line.first
                first_income += income(line, each, 0)[0]
            earned, given = income(line, each, y)
            tax = rates[y] * earned
            taxes[y] += tax
            flows.append(
                earned
                - tax
                + each["worn"]
                - each["plant"]
                - each["capital"]
                + each["freed"]
                - each["wc"]
                - each["collected"]
                + given
            )
        result["lines"][line.name] = flows
        worth[line.name] = sum(product(flows, factor))

    losses, due = company.get("loss_carryforward", 0.0), []
    for y in range(n):
        most = company.get("loss_limit", 1.0) * max(totals[y], 0.0)
        used = min(losses, most, company.get("loss_cap", math.inf))
        losses += max(-totals[y], 0.0) - used
        due.append(rates[y] * (max(totals[y], 0.0) - used))
    if totals[0] > 0:
        due[0] *= min(max(first_income / totals[0], 0.0), 1.0)
    result["tax_line"] = added(taxes, due, -1.0)
    company_factors, company_end = factors(wacc)
    worth["tax"] = sum(product(result["tax_line"], company_factors))

    # The perpetuity.
    kind, rate_after = company.get("terminal", "growth"), wacc[-1]
    half = 0.5 if company.get("timing", "mid") == "mid" and kind != "multiple" else 0.0
    final: dict[str, tuple[float, float]] = {}
    for line in lines:
        if line.kind != "signed":
            final[line.name] = income(line, line.last, n - 1)
    company_final = sum(earned for earned, _ in final.values())
    terminal = dict.fromkeys(final, 0.0)
    for line in lines:
        if line.name not in final:
            continue
        s = segments[line.segment] if line.segment else {}
        own = path(s, "wacc", n, -1.0)
        own = wacc if own[0] == -1.0 else own
        end, r = factors(own)[1], own[-1]
        earned, given = final[line.name]
        nopat = earned * (1 - rates[-1])
        if kind == "multiple":
            each = (
                line.last if line.kind == "renewals" else {k: v[-1] for k, v in line.whole.items()}
            )
            revenue = each["revenue"] * (1 - (path(s, "contra_revenue", n)[-1] if s else 0.0))
            metric = (
                revenue
                if company.get("terminal_metric") == "revenue"
                else income(line, each, n - 1)[0]
            )
            terminal[line.name] = metric * company["terminal_multiple"] * end
            continue
        if kind == "roic":
            flow = nopat * (
                1 - g / company.get("terminal_roic", rate_after) if company_final > 0 else 1.0
            )
        else:
            grown = line.last["revenue"] * g / (1 + g)
            taken = grown * path(s, "working_capital", n)[-1] if s else 0.0
            if "sales_to_capital" in s and line.kind != "plant":
                kept = s.get("freed_capital", 0.0) if g < 0 else 1.0
                taken += grown / path(s, "sales_to_capital", n)[-1] * kept
            net = line.whole["plant"][-1] - line.whole["worn"][-1]
            if line.kind == "plant":
                net += path(s, "working_capital_change", n)[-1]
            net *= 1 + g
            if line.kind == "renewals":
                # Its terminal year is the next one, plant included.
                net = line.last["plant"] - line.last["worn"]
            flow = nopat - taken - net
        terminal[line.name] = (flow + given) / (r - g) * end * (1 + r) ** half
    if kind != "multiple" and company_final <= 0:
        lost = rates[-1] * company_final
        worth["tax"] += lost / (rate_after - g) * company_end * (1 + rate_after) ** half
    going = sum(worth.values()) + sum(terminal.values())
    p = company.get("failure_probability", 0.0)
    proceeds = company.get("failure_proceeds", 0.0) * max(going, 0.0)
    days = (company["valuation_date"] - company["balance_date"]).days
    left = (company["first_year_end"] - company["valuation_date"]).days
    first_flow = sum(f[0] for f in result["lines"].values()) + result["tax_line"][0]
    return result | {
        "worth": worth,
        "terminal": terminal,
        "going_concern": going,
        "enterprise": going * (1 - p) + p * proceeds,
        "interim": first_flow * days / left,
        "losses": losses,
        "beyond": sum(m["beyond"] for m in made.values()),
        "slipped": sum(m["slipped"] for m in made.values()),
        "revenue": {line.name: list(line.whole["revenue"]) for line in lines},
        "kinds": {line.name: line.kind for line in lines},
        "segments": {line.name: line.segment for line in lines},
    }
