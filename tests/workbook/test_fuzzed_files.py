"""Does each of 2,000 damaged, forged or edited files end in a report or in one sentence?

The files are changed at random, from a fixed seed. The oracle is the contract of the commands: what
cannot be read is refused by an `InputError` of one line, and nothing else is ever raised.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from fuzzed import KINDS, ended, fuzzed

FILES = 2_000


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=[kind.__name__ for kind in KINDS])
def test_every_file_ends_in_a_report_or_a_sentence(tmp_path: Path, kind: int) -> None:
    file, ends, failed = tmp_path / "book.xlsx", Counter[bool](), []
    for number in range(kind, FILES, len(KINDS)):
        _, content = fuzzed(number)
        file.write_bytes(content)
        try:
            sentence = ended(file)
        except BaseException as error:
            failed.append(f"{number}: {type(error).__name__}: {error}"[:300])
            continue
        if "\n" in sentence or (sentence and not sentence.endswith(".")):
            failed.append(f"{number}: {sentence!r}")
        ends[bool(sentence)] += 1
    assert failed == []
    # Every kind has files of both ends, or the changes would be too small or too large.
    assert len(ends) == 2, ends
