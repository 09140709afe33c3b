"""Does every figure from which a company's value follows move it, for each of the companies?

Oracle: the case with one figure a tenth higher or lower, a day a month later or earlier, or another
option chosen. The value per share changes, or the case is refused by the figure's name. The sheets
of the others are tested in the workbook (`tests/workbook/test_every_input.py`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from cases import Tree, stated

from model.case.case import Case, load, parse
from model.case.file import names
from model.dcf.drivers import DRIVERS
from model.dcf.segment import Segment
from model.errors import InputError
from model.plausibility import BY_SEGMENT, DECISIVE_TABLES, moves_value
from model.valuation import value
