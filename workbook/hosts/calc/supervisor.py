"""Starts the worker that answers Calc's cells, watches it, and starts another if it fails.

It runs in Calc's own Python, so it imports only the standard library. Calc's window stands still
while a cell waits, so no wait is longer than the limits below. A worker that cannot be replaced at
once is lost: cells fail without waiting, until a thread in the background has found one that
answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

#: What a cell shows when no worker answers: as in Excel, the function is missing.
UNAVAILABLE = "#NAME?"

#: Seconds in which a running worker must show that it lives, by an answer or a heartbeat.
SILENCE = 10.0
#: Seconds that a worker may take to start, and that a call may take.
LIMIT = 30.0
#: How many workers in a row a call is put to.
ATTEMPTS = 2
#: How many workers a call may end before it is put to no other.
FATAL = 2 * ATTEMPTS
#: Seconds before a lost worker is looked for again; each failure doubles them, up to the second.
PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: How many answers are kept for the time without a worker, and to calls of how many bytes.
KEPT, LARGEST_KEPT = 1_000, 50_000

#: What to do about a Python that does not answer.
MEND = "run `offtake install libreoffice` again and restart LibreOffice"


class LostError(Exception):
    """A worker failed: how, as the end of a sentence."""


class SlowError(LostError):
    """A worker lives, but does not answer in time."""


class Process:
    """A worker's process, and the threads that write to it and read from it, as either may block.

    Parameters
    ----------
    command : list of str
        What to start.

    Raises
    ------
    LostError
        If it cannot be started.
    """

    def __init__(self, command: list[str]) -> None:
        # LibreOffice sets these for its own Python; they would mislead another one.
        hidden = ("PYTHONHOME", "PYTHONPATH")
        try:
            self.popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={name: value for name, value in os.environ.items() if name not in hidden},
                creationflags=0x08000000 if sys.platform == "win32" else 0,  # No console window.
            )
        except OSError as problem:
            raise LostError(f"cannot be started ({problem.strerror})") from None
        self._silence = LIMIT
        self._said = b""
        self._asked: SimpleQueue[bytes | None] = SimpleQueue()
        self._heard: SimpleQueue[bytes] = SimpleQueue()
        Thread(target=self._converse, daemon=True).start()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def ask(self, request: bytes) -> dict[str, Any]:
        """Return the answer to a line.

        Raises
        ------
        LostError
            If there is none, or none in time.
        """
        self._asked.put(request)
        last = time.monotonic() + LIMIT
        line = b"\n"
        while line == b"\n":  # A heartbeat.
            left = last - time.monotonic()
            try:
                line = self._heard.get(timeout=max(min(self._silence, left), 0.0))
            except Empty:
                if self._silence <= left or self._silence == LIMIT:
                    raise LostError(f"was silent for {self._silence:.0f} s") from None
                raise SlowError(f"took longer than {LIMIT:.0f} s") from None
            if self._silence == LIMIT:
                # It has started.
                self._silence, last = SILENCE, time.monotonic() + LIMIT
        if not line:
            raise LostError(self._end())
        with suppress(ValueError):
            answer = json.loads(line)
            if isinstance(answer, dict) and ("value" in answer or "error" in answer):
                return answer
        raise LostError(f"wrote {line[:60]!r} instead of an answer")

    def close(self) -> None:
        """End the process, even one that is stopped."""
        self._asked.put(None)
        self.popen.kill()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(SILENCE)

    def _end(self) -> str:
        """Say how the process ended, with the last that it wrote to its error output."""
        self.popen.kill()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(SILENCE)
        self._listener.join(1.0)
        said = self._said.decode("utf-8", "replace").strip()[:200]
        return f"ended with code {self.popen.returncode}{f' ({said})' if said else ''}"

    def _converse(self) -> None:
        assert self.popen.stdin and self.popen.stdout
        with suppress(OSError, ValueError), self.popen.stdin as asked, self.popen.stdout as heard:
            for request in iter(self._asked.get, None):
                asked.write(request)
                asked.flush()
                line = b"\n"
                while line == b"\n":
                    line = heard.readline()
                    self._heard.put(line)
        self._heard.put(b"")

    def _listen(self) -> None:
        assert self.popen.stderr
        with suppress(OSError, ValueError), self.popen.stderr as lines:
            for line in lines:
                self._said = line.strip() or self._said


class Worker:
    """A process that answers calls over its own pipes, a line of JSON each way.

    The first call starts it. A call that ends it, or that it leaves without an answer, is put to
    another once.

    Parameters
    ----------
    command : list of str
        What to start: a Python, and its arguments.
    """

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: Process | None = None
        #: Why no worker answers; empty while one may.
        self.lost = ""
        #: Called in a thread of its own when a worker that was lost answers again.
        self.found: Callable[[], object] = lambda: None
        self._pause = PAUSE
        self._closed = Event()
        self._lock = Lock()
        self._ended: Counter[bytes] = Counter()
        self._kept: OrderedDict[bytes, dict[str, Any]] = OrderedDict()

    def call(self, function: str, arguments: Any) -> dict[str, Any]:
        """Return ``{"value": ...}`` or ``{"error": ..., "reason": ...}``.

        Without a worker, the answer is the one to the same call before, if it is still kept: a
        function has one result for the same arguments.
        """
        request = json.dumps([function, arguments]).encode("ascii") + b"\n"
        with self._lock:
            if not self.lost:
                try:
                    return self._keep(request, self._answer(request))
                except LostError as problem:
                    self._lose(str(problem))
            unavailable = {"error": UNAVAILABLE, "reason": self.lost}
            return self._kept.get(request, unavailable)

    def close(self) -> None:
        """End the process; the next call starts another."""
        self._closed.set()
        self._drop()

    def _answer(self, request: bytes) -> dict[str, Any]:
        """Put a call to a worker, and to another if that fails."""
        for attempt in range(ATTEMPTS):
            if self._ended[request] >= FATAL:
                break
            try:
                if self.process is None:
                    self.process = Process(self.command)
                answer = self.process.ask(request)
                del self._ended[request]
                self._pause = PAUSE
                return answer
            except SlowError:
                self._drop()
                self._ended[request] = FATAL
            except LostError:
                started = self.process is not None
                self._drop()
                self._ended[request] += started
                last = attempt + 1 == ATTEMPTS and self._ended[request] < FATAL
                if last or not started:
                    raise
            except BaseException:
                # Otherwise the next call would receive this call's answer.
                self._drop()
                raise
        return {
            "error": "#VALUE!",
            "reason": f"This call takes longer than {LIMIT:.0f} s, or ends the Python that answers "
            "it, so it is not repeated before LibreOffice is restarted.",
        }

    def _drop(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.close()

    def _keep(self, request: bytes, answer: dict[str, Any]) -> dict[str, Any]:
        if len(request) <= LARGEST_KEPT:
            self._kept[request] = answer
            self._kept.move_to_end(request)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return answer

    def _lose(self, how: str) -> None:
        self.lost = self._sentence(how)
        self._closed.clear()
        Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        """Look for a worker that answers, and say so once there is one."""
        while not self._closed.wait(self._pause):
            # Also for the next time, if what is found then answers no call.
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            process = None
            try:
                process = Process(self.command)
                process.ask(b'["", []]\n')
            except LostError as problem:
                self.lost = self._sentence(str(problem))
                if process is not None:
                    process.close()
                continue
            with self._lock:
                self.process, self.lost = process, ""
            self.found()
            return

    def _sentence(self, how: str) -> str:
        return f"Offtake's Python, {self.command[0]}, {how}: {MEND}."


def worker_command(python: str) -> list[str]:
    """Return a worker's command, which never imports from the current folder."""
    return [python, "-E", "-P", "-m", "workbook.hosts.calc.worker"]
