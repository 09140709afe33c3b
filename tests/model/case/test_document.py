"""Is the text of a case changed in the right place, and nowhere else?

Oracles: the text with the same change made by hand; tomllib, which reads both texts; and the lines
that have not changed.
"""

from __future__ import annotations

import tomllib
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.case.case import Case, load, parse
from model.case.document import Document, Steps, literal
from model.case.file import names, text_of
from model.case.starter import starter

TEXTS = {name: text_of(name) for name in names()} | {"starter": starter("acme", date(2026, 3, 31))}
#: A text with everything that TOML allows around values.
ODD = """\
# A comment = 1
[a]
x = { value = 1, known = 2025-01-01, note = "not ]}, here" } # c
  path = [ 0.10, # first
    0.20, ]  # last
text = \"\"\"
[b]
x = 2\"\"\"
bands.one = { from_month = 1, share = 0.3 }
y.value = 3
"a key" = 'single'

[ t . "r" . one ]
v = 1

[t.r.two]
v = 2
# The end"""


def changed(text: str, *puts: tuple[Steps, Any]) -> str:
    document = Document(text)
    for steps, value in puts:
        document.put(steps, value)
    return document.text


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_unchanged_text_is_the_same(name: str, end: str) -> None:
    text = TEXTS[name].replace("\n", end)
    assert Document(text).text == text
    assert Document(ODD).text == ODD


@pytest.mark.parametrize(
    ("steps", "value", "old", "new"),
    [
        (("a", "x", "value"), 2.5, "{ value = 1,", "{ value = 2.5,"),
        (("a", "x", "source"), "typed", 'here" } # c', 'here", source = "typed" } # c'),
        (("a", "path", "value"), [0.1, 0.5], "0.20, ]", "0.5, ]"),
        (("a", "path"), [0.1], "[ 0.10, # first\n    0.20, ]", "[0.1]"),
        (("a", "path", "note"), "n", "[ 0.10, # first\n    0.20, ]  # last",
         '{ value = [ 0.10, # first\n    0.20, ], note = "n" }  # last'),
        (("a", "bands", "one", "share", "value"), 0.4, "share = 0.3", "share = 0.4"),
        (("a", "bands", "one", "share", "note"), 'a "b"', "share = 0.3",
         r'share = { value = 0.3, note = "a \"b\"" }'),
        (("a", "bands", "two"), {"from_month": 2}, "share = 0.3 }\n",
         "share = 0.3 }\nbands.two = { from_month = 2 }\n"),
        (("a", "y", "value"), 4, "y.value = 3", "y.value = 4"),
        (("a", "y", "note"), "n", "y.value = 3\n", 'y.value = 3\ny.note = "n"\n'),
        (("a", "a key"), "double", "'single'", '"double"'),
        (("a", "text"), "x", '"""\n[b]\nx = 2"""', '"x"'),
        (("a", "new"), date(2026, 1, 2), "'single'\n", "'single'\nnew = 2026-01-02\n"),
        (("t", "r", "one", "w"), 2, "v = 1\n", "v = 1\nw = 2\n"),
        (("t", "r", "three"), {"v": 3}, "# The end", "# The end\n\n[t.r.three]\nv = 3\n"),
        (("new", "key"), 1, "# The end", "# The end\n\n[new]\nkey = 1\n"),
    ],
)  # fmt: skip
def test_a_value_is_put_where_it_belongs(steps: Steps, value: Any, old: str, new: str) -> None:
    assert ODD.count(old) == 1
    text = changed(ODD, (steps, value))
    assert text == ODD.replace(old, new)
    node: Any = tomllib.loads(text)
    for step in steps[:-1]:
        node = node[step]
    assert (node[steps[-1]] if isinstance(node, dict) else node) == value


@pytest.mark.parametrize(
    ("steps", "old", "new"),
    [
        (("a", "x", "known"), ", known = 2025-01-01", ""),
        (("a", "x", "value"), "value = 1, ", ""),
        (("a", "x"), 'x = { value = 1, known = 2025-01-01, note = "not ]}, here" } # c\n', ""),
        (("a", "path"), "  path = [ 0.10, # first\n    0.20, ]  # last\n", ""),
        (("a", "bands", "one"), "bands.one = { from_month = 1, share = 0.3 }\n", ""),
        (("a", "y"), "y.value = 3\n", ""),
        (("t", "r", "two"), "[t.r.two]\nv = 2\n", ""),
        (("t", "r"), '[ t . "r" . one ]\nv = 1\n\n[t.r.two]\nv = 2\n', "\n"),
        (("a", "x", "nothing"), "", ""),
        (("nothing", "here"), "", ""),
    ],
)
def test_a_key_is_removed_alone(steps: Steps, old: str, new: str) -> None:
    document = Document(ODD)
    document.remove(steps)
    assert document.text == (ODD.replace(old, new) if old else ODD)


def test_a_line_is_added_with_the_end_that_the_others_have() -> None:
    assert changed("[a]\r\nx = 1\r\n", (("a", "y"), 2)) == "[a]\r\nx = 1\r\ny = 2\r\n"
    assert changed("[a]\nx = 1", (("a", "y"), 2)) == "[a]\nx = 1\ny = 2\n"
    assert changed("[a]\n# x\n[b]\n", (("a", "y"), 2)) == "[a]\ny = 2\n# x\n[b]\n"


def test_several_keys_of_an_inline_table_come_and_go() -> None:
    document = Document("f = { value = 1, known = 2, note = 3 }\n")
    for key in ("note", "known"):
        document.remove(("f", key))
    for key in ("source", "quality"):
        document.put(("f", key), key)
    assert document.text == 'f = { value = 1, source = "source", quality = "quality" }\n'


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-05, 1e300, -0.19, 25.0, 2.0**53, -1e16])
def test_numbers_are_read_back_to_the_last_bit(value: float) -> None:
    assert tomllib.loads(f"x = {literal(value)}")["x"] == value


@pytest.mark.parametrize("text", ['a "quoted" \\ text', "Äé€ 𝒳", "it's", "#1 = {2}"])
def test_texts_are_read_back(text: str) -> None:
    assert tomllib.loads(f"x = {literal(text)}")["x"] == text


# Any change of a shipped case ---------------------------------------------------------------------

CASES: dict[str, Case] = {name: load(name) for name in ("cerebras", "snowflake")}


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, dict[str, float]]:
    """Draw numbers for some of a case's figures, whatever they are."""
    name = draw(st.sampled_from([*CASES]))
    figures = [p for p, f in CASES[name].figures.items() if isinstance(f.value, float)]
    numbers = st.floats(allow_nan=False, allow_infinity=False)
    return name, draw(st.dictionaries(st.sampled_from(figures), numbers, min_size=1, max_size=4))


@settings(max_examples=40)
@given(changes())
def test_any_figure_is_changed_and_no_other_line(drawn: tuple[str, dict[str, float]]) -> None:
    name, numbers = drawn
    before = TEXTS[name]
    after = changed(before, *(((*p.split("."), "value"), v) for p, v in numbers.items()))
    tree: Any = tomllib.loads(before)
    for path, value in numbers.items():
        *parents, leaf = path.split(".")
        node = tree
        for step in parents:
            node = node[step]
        node[leaf] = node[leaf] | {"value": value} if isinstance(node[leaf], dict) else value
    assert tomllib.loads(after) == tree
    pairs = zip(before.split("\n"), after.split("\n"), strict=True)
    assert sum(one != other for one, other in pairs) <= len(numbers)


@pytest.mark.parametrize("name", names())
def test_a_source_for_every_figure_is_read_back(name: str) -> None:
    """Each becomes a table with a note, and keeps everything else."""
    case = load(name)
    puts = [((*path.split("."), "note"), f"Note on {path}") for path in case.origins]
    tree = tomllib.loads(changed(case.text, *puts))
    after = parse(tree)
    assert {p: of.note for p, of in after.origins.items()} == {
        p: f"Note on {p}" for p in case.origins
    }
    again: Any = deepcopy(after)
    assert {p: f.value for p, f in again.figures.items()} == {
        p: f.value for p, f in case.figures.items()
    }
