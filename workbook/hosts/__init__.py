"""The catalogue's hosts: one adapter for each program that calls its functions."""


class HostError(RuntimeError):
    """One sentence that says why a program on this machine cannot use the functions."""
