"""Benchmarks are timed in one process; where they cannot be, a sentence says why."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run one at a time: the tests' default, side by side, would measure each other."""
    if not config.pluginmanager.hasplugin("benchmark"):
        raise pytest.UsageError('pytest-benchmark is not installed: pip install -e ".[dev]"')
    config.option.numprocesses = 0
