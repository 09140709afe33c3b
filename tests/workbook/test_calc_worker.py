"""Does the worker behind the add-in answer every call, for any input?"""

from __future__ import annotations

import json
import math
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from calc_comparison import SECURITIES

from workbook.functions import CATALOGUE
from workbook.hosts.calc import component, supervisor, worker


@pytest.fixture
def client() -> Iterator[supervisor.Worker]:
    started = supervisor.Worker(supervisor.worker_command(sys.executable))
    yield started
    started.close()


def stand_in(program: str) -> supervisor.Worker:
    """Make a client of a worker that behaves otherwise."""
    return supervisor.Worker([sys.executable, "-c", program])


def test_the_worker_gives_what_the_catalogue_gives(client: supervisor.Worker) -> None:
    found = client.call("DILUTION_BRIDGE", (100.0, tuple(map(tuple, SECURITIES)), None))
    assert found == {"value": CATALOGUE["DILUTION_BRIDGE"].call(100.0, SECURITIES)}
    found = client.call("DCF_WACC", (39_817.28, 982.9, 0.1317, 0.06, 0.21))
    assert found == {"value": CATALOGUE["DCF_WACC"].call(39_817.28, 982.9, 0.1317, 0.06, 0.21)}


def test_a_range_of_a_single_cell_is_that_cell(client: supervisor.Worker) -> None:
    # B1:B1 in Calc; in Excel it is the same as B1. The oracle is 3 / (0.09 - 0.03).
    assert client.call("DCF_TERMINAL_GROWTH", [[[3.0]], 0.09, [[0.03]]])["value"] == pytest.approx(
        50
    )
    # A blank one is no number.
    found = client.call("DCF_TERMINAL_GROWTH", [[[""]], 0.09, 0.03])
    assert found["reason"].startswith("next_cash_flow must be given")


@pytest.mark.parametrize(
    ("function", "arguments", "error", "reason"),
    [
        ("DCF_TERMINAL_GROWTH", [100, 0.05, 0.06], "#NUM!", "growth must be below the discount"),
        ("DCF_TERMINAL_GROWTH", [100, 0.05, ""], "#VALUE!", "growth must be a number, not an"),
        ("DCF_TERMINAL_GROWTH", [math.nan, 0.05, 0.04], "#VALUE!", "next_cash_flow must be fin"),
        ("DCF_TERMINAL_GROWTH", [[["\ud800", None]], "é", []], "#VALUE!", "next_cash_flow must"),
        ("DCF_TERMINAL_GROWTH", [1] * 9, "#VALUE!", "TypeError: "),
        ("__import__('os').getcwd()", [], "#NAME?", "there is no function "),
    ],
)
def test_the_worker_refuses_with_a_reason(
    client: supervisor.Worker, function: str, arguments: Any, error: str, reason: str
) -> None:
    found = client.call(function, arguments)
    assert found["error"] == error
    assert found["reason"].startswith(reason)
    assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}


@pytest.mark.parametrize(
    "line",
    [
        b"\n", b"nonsense\n", b"{}\n", b"[]\n", b"[1,2,3]\n", b'"text"\n', b"null\n", b"\xff\xfe\n",
        b'["DCF_WACC"]\n', b'["DCF_WACC", 5]\n', b'["DCF_WACC", {"a": 1}]\n',
        b'[["DCF_WACC"], []]\n',
        b"[" * 100_000 + b"\n", b'["DCF_TERMINAL_MULTIPLE", [1e999, 1]]\n',
    ],
)  # fmt: skip
def test_whatever_comes_in_a_line_goes_out(line: bytes) -> None:
    answered = worker.answer(line)
    assert "\n" not in answered
    assert json.loads(answered)["error"] == "#VALUE!"


@pytest.mark.parametrize(
    "asked",
    [[], [1], ["Deal", 1, 1, 5, {}], ["Deal", 1, 1, "A1", {}, [["Deal", 1]]], {"sheet": "Deal"}],
)
def test_what_cannot_be_asked_is_an_error(asked: Any) -> None:
    answered = json.loads(worker.answer(json.dumps([component.WHY, asked]).encode()))
    assert answered["error"] == "#VALUE!"


def test_the_worker_says_which_cells_it_needs_and_why_a_call_fails() -> None:
    formula = "2*DCF_PRESENT_VALUE(Inputs!C1:C2,rate,,B1)"
    asked = ["Deal", 1, 1, formula, {"Rate": "Inputs!$B$2"}]
    needed = json.loads(worker.answer(json.dumps([component.WHY, asked]).encode()))
    assert sorted(needed["value"]) == [
        ["Deal", 1, 2, 1, 2],
        ["Inputs", 1, 3, 2, 3],
        ["Inputs", 2, 2, 2, 2],
    ]
    held = [["Deal", 1, 2, [[0.5]]], ["Inputs", 2, 2, [[0.09]]], ["Inputs", 1, 3, [[0.03], ["x"]]]]
    said = json.loads(worker.answer(json.dumps([component.WHY, [*asked, held, True]]).encode()))
    assert said == {"value": "DCF_PRESENT_VALUE: cash_flows (place 2) must be a number, not 'x'; "
                             "see Inputs!C2."}  # fmt: skip


def test_garbage_does_not_stop_the_worker() -> None:
    done = subprocess.run(
        supervisor.worker_command(sys.executable),
        input=b'garbage\n\x00\n["DCF_TERMINAL_MULTIPLE", [2, 3]]\n["DCF_TERMINAL_MULTIPLE", [2',
        capture_output=True,
        check=True,  # It ends when its input does.
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["value" in line for line in lines] == [False, False, True, False]


def test_a_worker_that_was_killed_is_started_again(client: supervisor.Worker) -> None:
    for _ in range(3):
        assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}
        assert client.process is not None
        client.process.popen.kill()
        client.process.popen.wait()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for less than a user does."""
    for name, seconds in (("SILENCE", 1.0), ("PAUSE", 0.2), ("LONGEST_PAUSE", 0.4)):
        monkeypatch.setattr(supervisor, name, seconds)


#: Programs that behave as a worker does, but only until something happens.
ANSWERS = "import sys, time\nfor line in sys.stdin:\n    print('{\"value\": 5.0}', flush=True)\n"
BEATS = (
    "import sys, time\nfor line in sys.stdin:\n    while True: print(flush=True); time.sleep(0.1)"
)


def test_a_worker_that_dies_of_a_call_is_not_waited_for_in_every_cell(
    quick: None, tmp_path: Path
) -> None:
    log, works = tmp_path / "started", tmp_path / "works"
    dies = stand_in(
        f"from pathlib import Path\nopen({str(log)!r}, 'a').write('x')\n"
        f"if not Path({str(works)!r}).exists(): raise SystemExit('no reason')\n{ANSWERS}"
    )
    found: list[str] = []
    dies.found = lambda: found.append(dies.lost)
    for _ in range(50):
        answer = dies.call("ANY", [])
        assert answer["error"] == "#NAME?"
        assert "ended with code 1 (no reason): run `offtake install" in answer["reason"]
    assert log.read_text() == "xx"  # Twice, and then not again for a while.
    works.touch()
    assert soon(lambda: found)
    assert found == [""]
    assert dies.call("ANY", []) == {"value": 5.0}
    dies.close()


def soon(holds: Callable[[], object]) -> bool:
    last = time.monotonic() + 30.0
    while not holds() and time.monotonic() < last:
        time.sleep(0.05)
    return bool(holds())


def test_without_a_worker_the_same_call_has_the_same_answer(
    client: supervisor.Worker, quick: None
) -> None:
    known = client.call("DCF_TERMINAL_GROWTH", [100, 0.05, 0.06])
    assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}
    client.command = ["/no/such/python"]
    assert client.process is not None
    client.process.popen.kill()
    assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}
    assert client.call("DCF_TERMINAL_GROWTH", [100, 0.05, 0.06]) == known
    assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 4.0]) == {
        "error": "#NAME?",
        "reason": "Offtake's Python, /no/such/python, cannot be started (No such file or "
        "directory): run `offtake install libreoffice` again and restart LibreOffice.",
    }


def test_only_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "KEPT", 3)
    answers = stand_in(ANSWERS)
    for number in range(9):
        answers.call("ANY", [number])
    answers.call("ANY", ["x" * supervisor.LARGEST_KEPT])
    assert [*answers._kept] == [b'["ANY", [%d]]\n' % number for number in (6, 7, 8)]
    answers.close()


@pytest.mark.skipif(os.name != "posix", reason="uses signals")
@pytest.mark.parametrize("size", [1, 20_000])
def test_a_worker_that_is_stopped_does_not_stop_the_caller(
    client: supervisor.Worker, quick: None, size: int
) -> None:
    assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}
    assert client.process is not None
    first = client.process.popen
    os.kill(first.pid, signal.SIGSTOP)
    began = time.monotonic()
    # The longer one is more than a pipe holds, so it cannot even be written.
    flows = [[1.1] * size]
    assert client.call("DCF_PRESENT_VALUE", [flows, 0.0])["value"] == pytest.approx(1.1 * size)
    assert 1.0 <= time.monotonic() - began < 30.0
    assert first.returncode == -signal.SIGKILL


def test_a_call_that_takes_too_long_is_made_once(
    quick: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "LIMIT", 4.0)
    log = tmp_path / "started"
    beats = stand_in(f"open({str(log)!r}, 'a').write('x')\n{BEATS}")
    began = time.monotonic()
    for _ in range(5):
        answer = beats.call("ANY", [1])
        assert answer["error"] == "#VALUE!"
        assert answer["reason"].startswith("This call takes longer than 4 s, or ends")
    assert 4.0 <= time.monotonic() - began < 30.0
    assert log.read_text() == "x"
    # It does not count against others.
    assert not beats.lost
    beats.close()


def test_a_call_that_ends_every_worker_is_given_up(quick: None, tmp_path: Path) -> None:
    log = tmp_path / "started"
    fatal = stand_in(
        f"import sys\nopen({str(log)!r}, 'a').write('x')\nfor line in sys.stdin:\n"
        "    if '666' in line: sys.exit(1)\n    print('{\"value\": 5.0}', flush=True)"
    )
    found: list[bool] = []
    fatal.found = lambda: found.append(True)
    assert fatal.call("ANY", [666])["error"] == "#NAME?"
    assert soon(lambda: found)
    # As when Calc calculates all cells again.
    assert fatal.call("ANY", [666])["reason"].startswith("This call takes longer")
    assert fatal.call("ANY", [1]) == {"value": 5.0}
    started = log.read_text()
    assert fatal.call("ANY", [666])["error"] == "#VALUE!"
    assert log.read_text() == started
    fatal.close()


def test_a_worker_that_answers_no_call_is_looked_for_less_and_less(tmp_path: Path) -> None:
    # It answers only what it is asked when it is looked for, so Calc calculates in vain.
    log = tmp_path / "started"
    vain = stand_in(
        f"import sys\nopen({str(log)!r}, 'a').write('x')\nfor line in sys.stdin:\n"
        "    if 'ANY' in line: sys.exit(1)\n    print('{\"value\": 5.0}', flush=True)"
    )
    vain._pause = 0.1
    numbers = iter(range(1_000))
    vain.found = lambda: vain.call("ANY", [next(numbers)])
    began = time.monotonic()
    vain.found()
    assert soon(lambda: vain._pause >= 1.6)
    # 0.1 + 0.2 + 0.4 + 0.8 seconds.
    assert time.monotonic() - began >= 1.5
    vain.close()
    assert len(log.read_text()) < 20


def test_a_long_calculation_is_no_silence() -> None:
    # The worker itself, with a function that takes longer than two heartbeats.
    long = stand_in(
        "from workbook.hosts.calc import worker\n"
        "import dataclasses, time\n"
        "worker.BEAT = 0.1\n"
        "old = worker.CALLABLE['DCF_WACC']\n"
        "worker.CALLABLE['DCF_WACC'] = dataclasses.replace(\n"
        "    old, call=lambda *given: time.sleep(1.5) or 5)\n"
        "worker.main()"
    )
    assert long.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}
    assert long.process is not None
    long.process._silence = 0.5
    assert long.call("DCF_WACC", []) == {"value": 5.0}
    long.close()


@pytest.mark.parametrize("said", ["nonsense", "[]", "{}", "5", "\\xff", '{"valu'])
def test_what_is_no_answer_is_not_taken_for_one(said: str) -> None:
    talks = stand_in(f"import sys\nfor line in sys.stdin: print({said!r}, flush=True)")
    answer = talks.call("ANY", [])
    assert answer["error"] == "#NAME?"
    assert "instead of an answer" in answer["reason"]
    assert talks.process is None
    talks.close()


def test_what_a_function_prints_is_no_answer() -> None:
    prints = stand_in(
        "from workbook.hosts.calc import worker\n"
        "import dataclasses, os\n"
        "def call(*given):\n"
        "    print('a line'); os.write(1, b'another\\n'); return 5\n"
        "old = worker.CALLABLE['DCF_WACC']\n"
        "worker.CALLABLE['DCF_WACC'] = dataclasses.replace(old, call=call)\n"
        "worker.main()"
    )
    assert prints.call("DCF_WACC", []) == {"value": 5.0}
    prints.close()


def test_cells_that_calc_does_not_know_become_cells_that_it_does() -> None:
    given = [5, True, None, "text", 2.5, date(2026, 5, 1), datetime(2026, 5, 1, 12)]
    answered = [worker._cell(value) for value in given]
    assert answered == [5.0, 1.0, "", "text", 2.5, 46143.0, 46143.5]
    assert all(type(value) in (float, str) for value in answered)


def test_a_large_table_passes(client: supervisor.Worker) -> None:
    # More than a pipe holds, both ways.
    table = [SECURITIES[0], *([f"Holder {i}", "common", 1.0, ""] for i in range(20_000))]
    found = client.call("DILUTION_BRIDGE", [100.0, table])
    assert found["value"][-1][5] == 20_000.0


def test_the_time_of_a_call_is_recorded(
    client: supervisor.Worker, record_property: Callable[[str, object], None]
) -> None:
    client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0])
    start = time.perf_counter()
    for i in range(1_000):
        assert client.call("DCF_TERMINAL_MULTIPLE", [float(i), 3.0]) == {"value": 3.0 * i}
    record_property("microseconds_per_call", (time.perf_counter() - start) * 1e3)


@pytest.mark.parametrize(("text", "code"), component.ERROR_CODES.items())
def test_errors_carry_calcs_number(text: str, code: int) -> None:
    number = component.error(text)
    assert math.isnan(number)
    assert struct.unpack("<Q", struct.pack("<d", number))[0] & 0xFFFFFFFF == code
    assert component.result({"error": text}, "table")[0][0] is not None


def test_the_workers_environment_is_not_that_of_the_office(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "workbook").mkdir()
    (tmp_path / "workbook" / "__init__.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", "/no/such/folder")
    monkeypatch.chdir(tmp_path)
    client = supervisor.Worker(supervisor.worker_command(sys.executable))
    assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}
    client.close()
