"""Does every damaged workbook end in a report or a sentence, and never in a false "all agree"?

Files are broken on purpose, by chance of a fixed seed. The oracle is what was broken: a cached
value that the damage has changed must not be passed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from command import Command
from small_package import parts
from working_copy import HIDDEN

from model.errors import InputError
from workbook.check.reader import read_case
from workbook.package import archive
from workbook.package.cells import number_text

Variant = tuple[str, dict[str, bytes]]
#: Parts that say nothing of values: one damage to each is enough.
LOOKS = ("xl/charts/", "xl/drawings/", "xl/theme/", "xl/worksheets/_rels/", "docProps/")


def damaged_parts(whole: dict[str, bytes], chance: random.Random) -> Iterator[Variant]:
    """Drop a part, empty it, cut it short or put another in its place."""
    for name, part in whole.items():
        rest = {other: part for other, part in whole.items() if other != name}
        other = chance.choice(sorted(rest))
        damages = [
            (f"without {name}", rest),
            (f"{name} empty", whole | {name: b""}),
            (f"{name} cut", whole | {name: part[: chance.randrange(len(part))]}),
            (f"{name} is {other}", whole | {name: whole[other]}),
        ]
        yield from [chance.choice(damages)] if name.startswith(LOOKS) else damages


def damaged_elements(whole: dict[str, bytes], chance: random.Random) -> Iterator[Variant]:
    """Remove one element or one attribute."""
    read = [name for name in whole if not name.startswith(LOOKS)]
    for name in chance.choices(read, k=40):
        root = archive.parsed(whole[name])
        pairs = [(parent, child) for parent in root.iter() for child in parent]
        if chance.random() < 0.5:
            parent, child = chance.choice(pairs)
            parent.remove(child)
            what = f"<{child.tag} {child.attrib}> of {parent.tag}"
        else:
            element = chance.choice([e for e in root.iter() if e.attrib])
            what = f"{chance.choice(list(element.attrib))} of {element.tag} {element.attrib}"
            del element.attrib[what.split()[0]]
        yield f"{name} without {what}", whole | {name: archive.written(root)}


def calculated(part: bytes) -> dict[tuple[str | None, str], tuple[str | None, ...]]:
    """Return the type and value of a sheet's calculated cells, by their address and formula."""
    cells = [(c, f) for c in archive.parsed(part).iter("c") if (f := c.findtext("f"))]
    return {(c.get("r"), f): (c.get("t"), c.findtext("v")) for c, f in cells}


def changed_values(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """List the cells that kept their formula, and whose value is another."""
    found = []
    for part in archive.sheet_parts(after).values():
        if after[part] != before[part]:
            held = calculated(before[part])
            values = calculated(after[part])
            found += [
                at or "?" for at, f in values if held.get((at, f)) not in (None, values[at, f])
            ]
    return found


@pytest.mark.parametrize("damage", [damaged_parts, damaged_elements])
def test_damage_ends_in_a_report_or_a_sentence(
    offtake: Command,
    built: bytes,
    damage: Callable[[dict[str, bytes], random.Random], Iterator[Variant]],
) -> None:
    whole = parts(built)
    ends = dict.fromkeys((0, 1, 2), 0)
    for what, variant in damage(whole, random.Random(8)):
        package = archive.zipped(variant)
        (offtake.folder / "book.xlsx").write_bytes(package)
        run = offtake("check", "book.xlsx")
        ends[run.code] += 1
        if run.code == 0:
            assert changed_values(whole, variant) == [], what
        if run.code == 2:
            assert run.err.count("\n") == 1, what
            with suppress(InputError):  # Otherwise the command has called it.
                read_case(package)
    assert ends[0] > 0 and ends[2] > 0, ends


def test_a_changed_value_is_never_passed(offtake: Command, built: bytes) -> None:
    whole = parts(built)
    chance = random.Random(9)
    names = [part for title, part in archive.sheet_parts(whole).items() if title not in HIDDEN]
    for _ in range(20):
        name = chance.choice(names)
        root = archive.parsed(whole[name])
        values = [c.find("v") for c in root.iter("c") if c.find("f") is not None]
        value = chance.choice([v for v in values if v is not None])
        try:
            value.text = number_text(float(value.text or "") * 1.001 + 1)
        except ValueError:
            value.text = f"not {value.text}"
        (offtake.folder / "book.xlsx").write_bytes(
            archive.zipped(whole | {name: archive.written(root)})
        )
        run = offtake("check", "book.xlsx")
        assert run.code == 1, (name, value.text)
        assert run.out.splitlines()[-1].endswith("1 differ or fail.")
