"""Charts in the workbook's style: few colours, thin gaps, light grid."""

from __future__ import annotations

from typing import Any, Literal

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.legend import Legend, LegendEntry
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RichTextProperties,
)

from workbook.template import printing, styles
from workbook.template.area import Area
from workbook.template.layout import Page

#: Height of a column chart, in centimetres.
HEIGHT = 8.5
#: The fewest rows that a chart needs next to a table.
ROWS = 17


def height_of(rows: int) -> float:
    """Return the height, in centimetres, of a chart next to some rows of one line."""
    return rows * printing.ROW * 2.54 / 72


def bars(
    page: Page,
    title: str,
    series: list[tuple[Area, Area]],
    categories: Area,
    column: int,
    columns: int,
    *,
    across: str,
    grouping: Literal["clustered", "stacked"] = "clustered",
    unit: str = "USD m",
    row: int | None = None,
    height: float = HEIGHT,
    form: str = "#,##0",
    down: bool = False,
    total: Area | None = None,
    values: bool = False,
) -> None:
    """Add a column chart of rows, or of columns, each given as its name's cell and its numbers.

    It covers some columns of the sheet, at the page's current row or at one left for it. Stacked
    columns may show a total above them, and others their values.
    """
    chart: Any = BarChart()
    chart.type, chart.grouping, chart.style = "col", grouping, 2
    chart.overlap = 100 if grouping == "stacked" else -5
    chart.gapWidth = 45
    _title(chart, title)
    for i, (name, numbers) in enumerate(series):
        chart.add_data(_reference(page, numbers), titles_from_data=False, from_rows=not down)
        made = chart.series[i]
        made.tx = SeriesLabel(strRef=StrRef(str(name)))
        made.graphicalProperties = GraphicalProperties(
            solidFill=styles.SERIES[i % len(styles.SERIES)]
        )
        made.graphicalProperties.line = LineProperties(noFill=True)
        # By default, a viewer may show negative columns hollow.
        made.invertIfNegative = False
        if values:
            made.dLbls = _labels(form, "outEnd")
    chart.set_categories(_reference(page, categories))
    _axes(chart, across, unit)
    chart.y_axis.number_format = form
    if len(series) > 1:
        chart.legend.position = "b"
    else:
        chart.legend = None
    if total is not None:
        _totals(page, chart, total, form)
    page.chart(chart, column, columns, height, row)


def listed(
    page: Page,
    title: str,
    names: Area,
    values: Area,
    columns: int,
    unit: str = "USD m",
    across: str = "Line",
    next_to: int | None = None,
    form: str = "#,##0",
    top: int | None = None,
    points: float = 0.0,
) -> None:
    """Add a bar for each row of a list, the first at the top: below it, or in a column.

    In a column it is as high as the list with its header, or as stated in points, or begins at
    another row and has a chart's usual height.
    """
    chart: Any = BarChart()
    chart.type, chart.style, chart.gapWidth = "bar", 2, 45
    _title(chart, title)
    chart.add_data(_reference(page, values), titles_from_data=False)
    (series,) = chart.series
    series.graphicalProperties = GraphicalProperties(solidFill=styles.SERIES[0])
    series.graphicalProperties.line = LineProperties(noFill=True)
    series.invertIfNegative = False
    series.dLbls = _labels(form, "outEnd")
    _downwards(chart, names, across, unit, page)
    chart.y_axis.number_format = form
    if next_to is None:
        page.chart(chart, names.column, columns, 0.6 * names.rows + 3.6)
    elif top is not None:
        page.chart(chart, next_to, columns, HEIGHT, top)
    else:
        points = points or (names.rows + 1) * printing.ROW
        page.chart(chart, next_to, columns, points * 2.54 / 72, names.row - 1)


def high(rows: int, *, labels: bool = False) -> float:
    """Give the height of a chart with bars for each row, in centimetres; labels take more."""
    return (0.75 if labels else 0.6) * rows + 3.6


def both_ends(
    page: Page,
    title: str,
    names: Area,
    ends: list[tuple[Area, Area]],
    columns: int,
    unit: str,
    *,
    row: int | None = None,
    form: str = "",
    across: str = "Input",
) -> None:
    """Add bars from zero to both ends of each row, the first at the top.

    Each end is given as its name's cell and a column of numbers. Bars with labels, whose form is
    given, are side by side, as both may lie on one side of zero. The chart is at the page's current
    row or at one left for it.
    """
    chart: Any = BarChart()
    chart.type, chart.grouping, chart.style = "bar", "clustered", 2
    chart.overlap, chart.gapWidth = 0 if form else 100, 45
    _title(chart, title)
    for i, (name, numbers) in enumerate(ends):
        chart.add_data(_reference(page, numbers), titles_from_data=False)
        series = chart.series[i]
        series.tx = SeriesLabel(strRef=StrRef(str(name)))
        colour = styles.SERIES[i % len(styles.SERIES)]
        series.graphicalProperties = GraphicalProperties(solidFill=colour)
        series.graphicalProperties.line = LineProperties(noFill=True)
        series.invertIfNegative = False
        if form:
            series.dLbls = _labels(form, "outEnd")
    _downwards(chart, names, across, unit, page)
    chart.legend = Legend()
    chart.legend.position = "b"
    page.chart(chart, names.column, columns, high(names.rows, labels=bool(form)), row)


def _downwards(chart: Any, names: Area, across: str, unit: str, page: Page) -> None:
    """Name the bars of a list from top to bottom, with the scale below all of them."""
    chart.set_categories(_reference(page, names))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.crosses = "max"
    _axes(chart, across, unit)
    chart.legend = None


def ranges(
    page: Page,
    title: str,
    methods: Area,
    ends: tuple[Area, Area],
    line: tuple[Area, Area],
    below: tuple[Area, Area],
    place: tuple[int, int],
    columns: int,
    height: float,
) -> None:
    """Add a bar from low to high for each method, with its values at both ends, and a level.

    It begins at a row and a column, in rows left for it. A row of each area is a method's: both
    ends, the level with and without the width of its line, and both ends no further than the level.
    """
    low, high = ends
    chart: Any = BarChart()
    chart.type, chart.grouping, chart.style = "bar", "clustered", 2
    chart.overlap, chart.gapWidth = 100, 30
    _title(chart, title)
    # All bars begin at zero, and each is drawn over those before it: white hides what is below a
    # low end; the line is drawn over the range, and what is below the level over the line.
    ground, range_, level = styles.GROUND, styles.SERIES[1], styles.LEVEL
    drawn = ((high, range_, "outEnd"), (low, ground, "inEnd"), (line[0], level, ""),
             (line[1], ground, ""), (below[1], range_, ""), (below[0], ground, ""))  # fmt: skip
    for numbers, fill, labelled in drawn:
        chart.add_data(_reference(page, numbers), titles_from_data=False)
        series = chart.series[-1]
        series.graphicalProperties = GraphicalProperties(solidFill=fill)
        series.graphicalProperties.line = LineProperties(noFill=True)
        series.invertIfNegative = False
        if labelled:
            series.dLbls = _labels("#,##0", labelled)
    _downwards(chart, methods, "Method", "USD", page)
    chart.y_axis.majorGridlines = None
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    row, column = place
    page.chart(chart, column, columns, height, row)


def _labels(form: str, place: str) -> DataLabelList:
    """Show the value of each bar, or point, but 0, and nothing else."""
    signed = form if ";" in form else f"{form};-{form};"
    made = DataLabelList(dLblPos=place, numFmt=signed, showVal=True)
    made.showLegendKey = made.showCatName = made.showSerName = made.showPercent = False
    made.showBubbleSize = False
    made.txPr = RichText(
        bodyPr=RichTextProperties(),
        p=[Paragraph(pPr=ParagraphProperties(defRPr=_letters(800)), endParaRPr=_letters(800))],
    )
    return made


def _totals(page: Page, chart: Any, total: Area, form: str) -> None:
    """Write the total of each column above it: the labels of a line that is not seen."""
    line: Any = LineChart()
    line.add_data(_reference(page, total), titles_from_data=False, from_rows=True)
    (series,) = line.series
    series.tx = SeriesLabel(strRef=StrRef(str(total.part(0, -1))))
    series.cat = chart.series[0].cat
    series.graphicalProperties = GraphicalProperties()
    series.graphicalProperties.line = LineProperties(noFill=True)
    series.marker.symbol, series.smooth = "none", False
    series.dLbls = _labels(form, "t")
    if chart.legend is not None:
        chart.legend.legendEntry = [LegendEntry(idx=len(chart.series), delete=True)]
    # The two share their axes.
    chart += line


def _title(chart: Any, title: str) -> None:
    chart.title = title
    chart.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=_letters(1200, bold=True))
    for run in chart.title.tx.rich.p[0].r:
        run.rPr = _letters(1200, bold=True)
    chart.title.overlay = False


def _axes(chart: Any, across: str, unit: str) -> None:
    """Name both axes, give them their letters, and draw a light grid for the values."""
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.tickLblPos = "low"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(
        ln=LineProperties(solidFill=styles.RULE[2:])
    )
    chart.y_axis.number_format = "#,##0"
    for axis, title in ((chart.x_axis, across), (chart.y_axis, unit)):
        axis.title = title
        axis.title.overlay = False
        axis.title.tx.rich.p[0].r[0].rPr = _letters(900)
        axis.txPr = RichText(
            bodyPr=RichTextProperties(),
            p=[Paragraph(pPr=ParagraphProperties(defRPr=_letters(900)), endParaRPr=_letters(900))],
        )


def _letters(size: int, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(
        sz=size, b=bold, solidFill=styles.BLACK[2:], latin=Font(typeface=styles.FONT)
    )


def _reference(page: Page, area: Area) -> Reference:
    return Reference(
        page.book.workbook[area.sheet],
        min_col=area.column,
        max_col=area.column + area.columns - 1,
        min_row=area.row,
        max_row=area.row + area.rows - 1,
    )
