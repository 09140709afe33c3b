"""Signals: a checklist of what to watch, the score of a company, and its cash runway."""

from model.signals import checklist, runway, scoring

__all__ = ["checklist", "runway", "scoring"]
