"""Calc without a window, for the tests that compare with it."""
