"""Does every figure from which a company's value follows move it, for each of the companies?

Oracle: the case with one figure a tenth higher or lower, a day a month later or earlier, or another
option chosen. The value per share changes, or the case is refused by the figure's name. The sheets
of the others are tested in the workbook (`tests/workbook/test_every_input.py`).
"""

from __future__ import annotations
