"""Corporate finance for companies whose revenue is under contract.

Pure functions over arrays: every function broadcasts over a leading scenario axis, and the
last axis is the one in the name (periods, bands or securities). Money is in USD millions,
share counts are in millions, rates are fractions, months count from the balance date.
"""
