"""Signals: the investor's checklist, growth against liquidity, shocks."""

from model.signals import checklist, conditions, runway, scoring, shocks

__all__ = ["checklist", "conditions", "runway", "scoring", "shocks"]
