"""Is a file saved wholly or not at all on Windows too, where the system has other rules?

A Python for Windows saves files under Wine. Oracle: what Windows documents, that a name which is
taken and a file which another program has open are refused.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import wine

pytestmark = pytest.mark.skipif(
    wine.folder() is None, reason="needs a folder that .ci/wine filled, by OFFTAKE_WINE"
)

SCRIPT = Path(__file__).with_name("wine_saving.py")
OPEN = "or another program has it open."
#: The file or the sentence, and what is in the folder then.
EXPECTED = f"""\
new: 1 ['acme.xlsx']
exists: acme.xlsx already exists; use --force to replace it. ['acme.xlsx']
replaced: 2 ['acme.xlsx', 'acme.xlsx.bak']
appeared: new.xlsx already exists; use --force to replace it. ['acme.xlsx', 'acme.xlsx.bak', \
'new.xlsx']
swept: 4 ['.offtake-1111111111111111.tmp', 'acme.xlsx', 'acme.xlsx.bak', 'new.xlsx']
open: acme.xlsx cannot be written: Permission denied, {OPEN} ['.offtake-1111111111111111.tmp', \
'acme.xlsx', 'acme.xlsx.bak', 'new.xlsx']
opened later: acme.xlsx cannot be written: Access denied, {OPEN} ['acme.xlsx', 'acme.xlsx.bak', \
'new.xlsx']
read-only: acme.xlsx cannot be written: it is read-only. ['acme.xlsx', 'acme.xlsx.bak', 'new.xlsx']
again: 6 ['acme.xlsx', 'acme.xlsx.bak', 'new.xlsx']
"""


def test_files_are_saved_and_refused_on_windows(tmp_path: Path) -> None:
    place = wine.folder()
    assert place is not None
    python = place / "python" / "python.exe"
    given = (SCRIPT, wine.REPOSITORY, tmp_path)
    done = subprocess.run(
        [wine.WINE, python, *map(wine.windows, given)],
        env=wine.environment(place),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == (EXPECTED, 0), done.stderr
    assert (tmp_path / "acme.xlsx.bak").read_bytes() == b"1"
    assert (tmp_path / "new.xlsx").read_bytes() == b"mine"
