"""The hosts of the catalogue: one adapter for each program that calls its functions."""
