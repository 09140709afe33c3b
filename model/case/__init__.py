"""A company's inputs."""

from model.case.case import DERIVED, OLDEST_BALANCE, Case, load, names, parse

__all__ = ["DERIVED", "OLDEST_BALANCE", "Case", "load", "names", "parse"]
