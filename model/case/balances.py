"""Reads the remaining performance obligations of a case: balances and their bands."""

from __future__ import annotations

from typing import Any

from model.case import declared
from model.case.parts import Balance, Band, Rpo
from model.case.read import ORIGIN, Reader, Stated, Tree


class Balances(Reader):
    """Reads the section of a case's balances."""

    def rpo(self) -> Rpo | None:
        """Read the remaining performance obligations."""
        if "rpo" not in self.tree:
            return None
        needed = ("opening", "conversion", *declared.RPO)
        known = ("earlier", "later", *declared.RPO_FURTHER)
        node, stated = self.section("rpo", self.tree["rpo"], required=needed, known=known)
        if not all(key in node for key in needed):
            return None
        shape, final = (
            self.figure(f"rpo.{key}", node[key], field, stated)
            for key, field in declared.RPO.items()
        )
        further = {
            key: self.figure(f"rpo.{key}", node[key], field, stated)
            for key, field in declared.RPO_FURTHER.items()
            if key in node
        }
        if "run_rate" not in node and shape.value == "anchored":
            self.fault("rpo.run_rate", "must be given with the shape 'anchored'")
        if node["conversion"] == {}:
            self.fault("rpo.conversion", "must have a band")
        return Rpo(
            self._balance("rpo.opening", node["opening"], stated),
            self._bands("rpo.conversion", node["conversion"], stated),
            shape,
            final,
            self._others("later", node, stated),
            self._others("earlier", node, stated),
            **further,
        )

    def _others(self, name: str, node: Tree, stated: Stated) -> dict[str, Balance]:
        given, inside = self.section(f"rpo.{name}", node.get(name, {}), stated)
        return {key: self._balance(f"rpo.{name}.{key}", b, inside) for key, b in given.items()}

    def _balance(self, path: str, node: Any, stated: Stated) -> Balance:
        given, inside = self.section(
            path,
            node,
            stated,
            required=("date", "amount"),
            known=("bands", *declared.BALANCE),
        )
        figures: dict[str, Any] = dict.fromkeys(("date", "amount"))
        figures |= {
            key: self.figure(f"{path}.{key}", given[key], field, inside)
            for key, field in declared.BALANCE.items()
            if key in given
        }
        return Balance(
            bands=self._bands(f"{path}.bands", given.get("bands", {}), inside), **figures
        )

    def _bands(self, path: str, node: Any, stated: Stated) -> dict[str, Band]:
        given, inside = self.section(path, node, stated)
        found = {key: self._band(f"{path}.{key}", band, inside) for key, band in given.items()}
        ways = {name: [k for k, band in found.items() if getattr(band, name)]
                for name in declared.SHARES}  # fmt: skip
        if all(ways.values()):
            one, other = ways["share"][0], ways["cumulative_share"][0]
            self.fault(
                path,
                f"must state either the share of each band, as {one!r}, or the cumulative_share, "
                f"as {other!r}",
            )
        return found

    def _band(self, path: str, node: Any, stated: Stated) -> Band:
        given = self.mapping(path, node)
        # What is within 24 months begins with the first.
        needed = () if "cumulative_share" in given else ("from_month",)
        self.keys(path, given, needed, ("from_month", "to_month", *declared.SHARES, *ORIGIN))
        months = {
            key: self.value(f"{path}.{key}", given[key], declared.MONTH)
            for key in ("from_month", "to_month")
            if given.get(key) is not None
        }
        return Band(
            int(months.get("from_month") or 1),
            int(months["to_month"]) if months.get("to_month") else None,
            **{
                name: self.figure(
                    f"{path}.{name}", given[name], field, self.stated(path, given, stated)
                )
                for name, field in declared.SHARES.items()
                if given.get(name) is not None
            },
        )
