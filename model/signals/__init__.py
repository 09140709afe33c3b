"""Signals: a checklist of what to watch, and the score of a company."""
