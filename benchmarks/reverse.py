"""How long does it take to solve a shipped company's prices for each input?

    python benchmarks/reverse.py

One call of DCF_REVERSE for all prices of the case, and for one: the least of several, in
milliseconds of the processor's time; and how often the company is valued, for how many scenarios.
"""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np

from model.case.case import load
from model.case.file import names
from model.uncertainty import reverse
from model.valuation import value

HANDLES = (
    "growth", "margin", "cost of capital", "exit multiple", "net retention", "RPO conversion",
)  # fmt: skip
ROUNDS = 7


def main() -> None:
    valued: list[int] = []
    dcf_value = reverse.dcf_value

    def counted(*given: Any) -> Any:
        found = dcf_value(*given)
        valued.append(int(np.size(found.value_per_share)))
        return found

    reverse.dcf_value = counted
    for name in names():
        made = value(load(name))
        b, prices = made.business, [p.number for p in made.case.price_points.values()]
        for handle in HANDLES[: None if made.case.contracted else 4]:
            times = []
            for asked in (prices, prices[0]):
                least = np.inf
                for _ in range(ROUNDS):
                    valued.clear()
                    started = process_time()
                    reverse.dcf_reverse(
                        b.drivers, b.securities, b.contracted, asked, handle, b.plant
                    )
                    least = min(least, process_time() - started)
                times.append(f"{least * 1e3:6.1f} ({len(valued)} of {sum(valued)})")
            print(f"{name:11} {handle:16} {len(prices)} prices {times[0]:>18}  one {times[1]:>18}")


if __name__ == "__main__":
    main()
