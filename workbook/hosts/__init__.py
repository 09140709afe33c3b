"""The hosts of the catalogue: one adapter for each program that calls its functions."""


class HostError(RuntimeError):
    """Why a program on this machine cannot be served, in one sentence."""
