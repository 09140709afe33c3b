"""What others say, on the sheet Sources: as printed, by this model, and whether the two agree.

The figures of this model are formulas on Inputs and Market, so that a verdict follows what is typed
there. The paths that they are made of are those of the build.
"""

from __future__ import annotations

from openpyxl.utils import get_column_letter

from model.case.claims import BASE_REVENUE, MARKET, PATH, parts, worked_out
from model.case.facts import ROUNDING
from model.case.tables import AT_LEAST, AT_MOST, WITHIN_RANGE, Claims
from model.errors import InputError
from workbook.template import printing, styles
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import Book, Page
from workbook.template.rows import column_of
from workbook.template.sheets import securities
from workbook.template.sheets.dcf.lines import base_revenue

#: Columns, of which the first seven are those of the other lists on the sheet.
UNIT, AS_OF, CLAIM, PRINTED, TO, SOURCE, FINDING, OURS, OURS_TO, AGAINST, BOUND = range(1, 12)
HEADING = "What the articles say, and what this model says"
HEADS = {
    UNIT: "Unit", AS_OF: "As of", CLAIM: "Claim", PRINTED: "As printed", TO: "to",
    SOURCE: "Source", FINDING: "Verdict", OURS: "Model", OURS_TO: "to",
    AGAINST: "Another source", BOUND: "Meant as",
}  # fmt: skip
#: How a verdict begins.
CONFLICT, AGREES, ROUNDS, COMPUTED = "IN CONFLICT", "agrees", "rounds", "not printed"
#: What follows where this model's figure is an input, and was not worked out.
INPUT = ", as an input"


def write(page: Page, book: Book) -> None:
    """Write a row for each claim, if the case has any."""
    if "quoted_claims" not in book.case.tables:
        return
    page.section(HEADING, BOUND)
    most = page.row
    page.put(most, UNIT, "fraction", "unit")
    page.put(most, CLAIM, "Sources differ by rounding up to", "label")
    book.areas["claims.rounding"] = page.put(most, PRINTED, ROUNDING, "fixed", styles.PERCENT)
    page.row += 1
    for column, text in HEADS.items():
        number = column in (PRINTED, TO, OURS, OURS_TO, AGAINST)
        words = column in (SOURCE, FINDING, BOUND)
        style = "head" if number else "note_head" if words else "head_left"
        page.put(page.row, column, text, style)
    page.row += 1
    top, claims = page.row, book.case.table("quoted_claims")
    for i, key in enumerate(book.case.tables["quoted_claims"].rows):
        _row(page, book, claims, i, key)
    verdicts = Area(page.title, top, FINDING, page.row - top)
    book.areas["claims.verdicts"] = verdicts
    first = Area(page.title, top, FINDING).local.replace("$", "")
    page.fill_where(
        verdicts.local.replace("$", ""),
        f'LEFT(${first},{len(CONFLICT)})="{CONFLICT}"',
        styles.NOTE_FILL,
    )


def _row(page: Page, book: Book, claims: Claims, i: int, key: str) -> None:
    """Write one claim."""
    case, row = book.case, page.row
    origin = case.tables["quoted_claims"].rows[key]
    typed = {
        name: str(column_of(book, "quoted_claims", field.header).part(i, 0))
        for name, field in claims.declared.items()
    }
    form = styles.form_of(claims.unit[i], claims.printed[i])
    if claims.unit[i] == "USD m":
        # A price of less than a million needs decimals, billions none.
        form = styles.WHOLE_MONEY if not claims.printed[i] < 1000 else styles.PRICE
    page.put(row, UNIT, f"={typed['unit']}", "link_text")
    page.put(row, AS_OF, origin.as_of, "unit", styles.DATE)
    page.put(row, CLAIM, f"={typed['claim']}", "link_text")
    for column, name in ((PRINTED, "printed"), (TO, "to")):
        if getattr(claims, name)[i] == getattr(claims, name)[i]:
            page.put(row, column, f"={typed[name]}", "link", form)
    page.put(row, BOUND, f'={typed["bound"]}&""', "link_indented")
    stated, against = parts(claims.figure[i])
    for column, text in zip((OURS, OURS_TO), stated, strict=False):
        own = "link" if PATH.fullmatch(text) and text != BASE_REVENUE else "calc"
        page.put(row, column, f"={_formula(book, key, text)}", own, form)
    if against:
        page.put(row, AGAINST, f"={securities.typed(book, against)}", "link", form)
    said = f"{case.sources[origin.source].title} ({origin.quality}). {origin.note}".strip()
    page.put(row, SOURCE, said, "note")
    width = page.sheet.column_dimensions[get_column_letter(SOURCE)].width
    font = page.sheet.cell(row, SOURCE).font
    page.heights[row] = max(2 * printing.ROW, printing.height(said, width, font, 1))
    page.put(row, FINDING, f"={_verdict(book, claims, i, row, typed)}", "calc_note")
    page.row += 1


def _formula(book: Book, key: str, text: str) -> str:
    """Put the cells of the paths into a figure."""

    def cell(path: str) -> str:
        if path == BASE_REVENUE:
            return base_revenue(book)
        if path in MARKET and path not in book.areas:
            place = f"tables.quoted_claims.{key}.figure"
            raise InputError(place, f"names {path}, which needs the tables of the sheet Market")
        return securities.typed(book, path)

    return PATH.sub(lambda found: cell(found.group()), text)


def _verdict(book: Book, claims: Claims, i: int, row: int, typed: dict[str, str]) -> str:
    """Return the formula of a verdict."""

    def at(column: int) -> str:
        return f"${get_column_letter(column)}{row}"

    printed, ours, other = at(PRINTED), at(OURS), at(AGAINST)
    stated, path = parts(claims.figure[i])
    ranged = len(stated) > 1
    high, ours_high = (at(TO) if claims.to[i] == claims.to[i] else printed), at(OURS_TO)
    bound = typed["bound"]
    # Half a step, with what floating point leaves.
    half = f"(N({typed['rounded_to']})/2+ABS({printed})/10^9)"

    def near(a: str, b: str, most: str) -> str:
        return f"(ABS({a}-{b})<={most})"

    def both(low: str, top: str) -> str:
        return f"AND({low},{top})" if ranged else low

    exact = both(near(ours, printed, half), near(ours_high, high, half))
    least, most = f"{ours}>={printed}-{half}", f"{ours_high if ranged else ours}<={high}+{half}"
    holds = (
        f'IF({bound}="{AT_LEAST}",{least},IF({bound}="{AT_MOST}",{most},'
        f'IF({bound}="{WITHIN_RANGE}",AND({least},{most}),{exact})))'
    )
    to_the_digit = both(
        near(ours, printed, f"ABS({printed})/10^9"), near(ours_high, high, f"ABS({high})/10^9")
    )
    own = "" if worked_out(claims.figure[i]) else INPUT
    agreed = f'IF(OR({bound}<>"",{to_the_digit}),"{AGREES}{own}","{ROUNDS}{own}")'
    found = f'IF({holds},{agreed},"{CONFLICT} with this model")'
    if path:
        rounding = str(book.areas["claims.rounding"].local)
        named = quoted(f"{CONFLICT} with another source: {_label(book, path)}")
        close = near(printed, other, f"MAX({half},{rounding}*ABS({printed}))")
        found = f"IF({close},{found},{named})"
    asked = f"{typed['figure']}<>{quoted(claims.figure[i])}"
    found = f'IF({typed["printed"]}="","{COMPUTED}",{found})'
    return f'IF({asked},"{CONFLICT}: a path has changed: build the workbook again",{found})'


def _label(book: Book, path: str) -> str:
    """Name an input by its label and its source."""
    figure = book.case.figures.get(path)
    if figure is None:
        return path
    # A driver has no label of its own.
    label = figure.label if figure.label != path.rpartition(".")[2] else path
    return f"{label} ({book.case.sources[figure.source].title})"
