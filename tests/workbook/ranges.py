"""Where a range of the workbook is: by its defined name, or as Sources lists it."""

from __future__ import annotations

from typing import Any

from workbook.check.held import area_of, linked
from workbook.package.cells import Place


def listed(book: Any) -> dict[str, Any]:
    """Return the cells of Sources that count the rows of the ranges without a name."""
    return {
        str(figure.value): count
        for figure, count in book["Sources"].iter_rows(min_col=3, max_col=4)
        if str(count.value).startswith("=ROWS(")
    }


def reference(book: Any, name: str) -> str:
    """Return the cells of a range as a formula refers to them."""
    if name in book.defined_names:
        return str(book.defined_names[name].attr_text)
    return str(listed(book)[name].value).removeprefix("=ROWS(").removesuffix(")")


def areas(book: Any) -> dict[str, str]:
    """Return every range, with a defined name or listed on Sources, as a formula refers to it."""
    counted = {
        name: str(cell.value).removeprefix("=ROWS(").removesuffix(")")
        for name, cell in listed(book).items()
    }
    return counted | {name: str(named.attr_text) for name, named in book.defined_names.items()}


def typed_at(book: Any) -> dict[str, Place]:
    """Return where each figure is typed on Inputs, by its path, as Sources links to it."""
    links = book["Sources"].iter_rows(min_row=5, min_col=3, max_col=4, values_only=True)
    found = {str(path): area_of(linked(link)) for path, link in links}
    return {
        path: area[1]
        for path, area in found.items()
        if area and area[0] == "Inputs" and "." in path and not path.startswith("tables.")
    }


def unspaced(label: Any) -> str:
    """Spell the name of a driver as the model does: Inputs has it with spaces."""
    return str(label).casefold().replace(" ", "_")


def cells_of(book: Any, name: str) -> tuple[str, str]:
    """Return the sheet of a range, and its cells there."""
    sheet, _, area = reference(book, name).rpartition("!")
    return sheet.strip("'"), area.replace("$", "")
