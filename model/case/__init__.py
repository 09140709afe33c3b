"""A company's inputs."""

from model.case.case import DERIVED, Case, load, names, parse

__all__ = ["DERIVED", "Case", "load", "names", "parse"]
