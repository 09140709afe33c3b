"""Does an unresponsive Python delay Excel only once, for ten seconds?

LibreOffice runs the VBA of the files, from a function's own to the breaker, on a stand-in for
Windows and xlwings whose Python behaves as each test says and whose clock is set forward
(breaker_stand_in.bas). The file is closed and opened again between calls, so that no variable of
VBA outlives them. Starts and seconds are counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from basic import listed

from workbook.hosts import excel_files, excel_project
from workbook.package import archive
from workbook.vba.project import Module, parsed, written

STAND_IN = Path(__file__).with_name("breaker_stand_in.bas").read_text(encoding="ascii")
SERVER = """\
Attribute VB_Name = "StandIn"
Option Explicit

Public Function CallUDF(ByVal UdfModule As String, ByVal UdfName As String, _
        Arguments As Variant, Book As Variant, Caller As Variant) As Variant
    If Arguments(0) = "bad" Then Err.Raise 1000, "Python", "price must be a number."
    If Kept("behaviour") = "dies in a call" And Val(Kept("served")) = 3 Then Die
    If Kept("behaviour") = "dies in its first call" Then Die
    Count "served"
    If Kept("behaviour") <> "dies after three calls" Then
    ElseIf Val(Kept("served")) = 3 Then
        Keep "alive", ""
    End If
    CallUDF = UdfModule & "." & UdfName & " " & Arguments(1)
End Function

Private Sub Die()
    Keep "alive", ""
    Err.Raise 462, "Windows", "The remote server machine does not exist"
End Sub
"""
TRIAL = """\
Attribute VB_Name = "Trial"
Option Explicit

Public Function Calls(ByVal Place As String, ByVal Behaviour As String, _
        ByVal Times As String) As String
    Dim Number As Long

    Folder = Place
    If Behaviour <> "" Then Keep "behaviour", Behaviour
    For Number = 1 To CLng(Times)
        Calls = Calls & Shown("good") & "|"
    Next
End Function

Public Function Refused(ByVal Place As String) As String
    Folder = Place
    Refused = Shown("bad")
End Function

Public Function Reconnect(ByVal Place As String, ByVal Behaviour As String) As String
    Folder = Place
    Keep "behaviour", Behaviour
    Reconnect = Reconnected()
End Function

Private Function Shown(ByVal First As String) As String
    Shown = dcf_terminal_multiple(First, 2)
End Function

Public Function Described(ByVal Place As String) As String
    Described = "taken: " & DescribeFunctions()
End Function
"""
PYTHON = "C:\\Users\\Zoë\\my python\\python.exe"
GOOD = "workbook.udfs.dcf_terminal_multiple 2"


def sentence(fault: str, python: str = PYTHON) -> str:
    named = f" ({python})" if python else ""
    return (
        f"Offtake: {fault}{named}; run `offtake install excel`, then press Reconnect in the "
        "ribbon tab Offtake."
    )


LATE = sentence("Python did not answer in 10 seconds")
BROKEN = sentence("Python cannot run the functions: No module named 'workbook'")


@dataclass
class Session:
    """An Excel: what is kept outside of its VBA, and a file that is opened for every call."""

    folder: Path
    file: bytes

    def does(self, *calls: Sequence[str]) -> list[str]:
        """Make calls and give what each shows."""
        book = self.folder / f"book {len(list(self.folder.iterdir()))}"
        book.mkdir()
        filled = [[*call[:1], str(self.kept), *call[1:]] for call in calls]
        self.answer = listed(self.file, book, *(["Trial", *call] for call in filled))
        returned: list[str] = self.answer["returned"]
        return returned

    @property
    def kept(self) -> Path:
        return self.folder / "kept"

    def name(self, what: str, text: str) -> None:
        self.kept.mkdir(exist_ok=True)
        (self.kept / what).write_text(f"{text}\n", encoding="utf-8")

    def count(self, what: str) -> int:
        file = self.kept / what
        return int(float(file.read_text())) if file.is_file() else 0

    @property
    def seconds(self) -> float:
        return self.count("clock") / 1000


@pytest.fixture
def session(tmp_path: Path) -> Session:
    addin = dict(archive.entries(excel_files.addin()))
    project = parsed(addin["xl/vbaProject.bin"])
    shipped = parsed(excel_files.shipped("quickstart_standalone.xlsm")["xl/vbaProject.bin"])
    modules = [m for m in shipped.modules if m.name in ("ThisWorkbook", "Sheet2")]
    own = {module.name: module for module in project.modules}
    modules += [own["OfftakePython"], own["OfftakeHelp"]]
    modules += [
        Module("xlwings_udfs", "standard", as_basic(own["xlwings_udfs"].source)),
        Module("OfftakeWindows", "standard", crlf(STAND_IN)),
        Module("StandIn", "class", crlf(SERVER)),
        Module("Trial", "standard", crlf(TRIAL)),
    ]
    tried = written(replace(project, modules=tuple(modules)))
    made = Session(tmp_path, archive.zipped(addin | {"xl/vbaProject.bin": tried}))
    made.name("python", PYTHON)
    return made


def as_basic(source: str) -> str:
    """Take out what Basic does not know: conditions of the compiler, and who the caller is.

    An argument of VBA may be called output; Basic knows the word only where a file is opened.
    """
    text = source.replace("\r\n", "\n").replace('#Const App = "Microsoft Excel"\n', "")
    text = re.sub(
        r"^    #If .*?\n(.*?)^    #Else\n.*?^    #End If\n", r"\1", text, flags=re.M | re.S
    )
    text = text.replace("If TypeOf Application.Caller Is Range Then ", "")
    text = text.replace("ActiveWorkbook, Application.Caller)", "Nothing, Nothing)")
    text = re.sub(r"\boutput\b", "output_", text)
    assert "#" not in text and "Application" not in text
    return crlf(text)


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def shown(returned: str) -> dict[str, int]:
    """Count what calls show."""
    return dict(Counter(returned.split("|")[:-1]))


def test_a_python_that_works_is_started_once(session: Session) -> None:
    first, refused, more, described, again = session.does(
        ["Calls", "works", "3"],
        ["Refused"],
        ["Calls", "", "280"],
        ["Described"],
        ["Reconnect", "works"],
    )
    assert shown(first) == {GOOD: 3}
    assert refused == "price must be a number."
    assert shown(more) == {GOOD: 280}
    # Once for the calls; and Reconnect starts it again, as after an update of Offtake.
    assert again == ""
    assert (session.count("trials"), session.count("servers")) == (2, 2)
    assert session.seconds == pytest.approx(2 * 0.5)
    # Basic has no help for functions to take: that disturbs nothing.
    assert described == "taken: False"


@pytest.mark.parametrize(
    ("behaviour", "message", "trials", "seconds"),
    [
        ("fails at once", BROKEN, 1, 0.0),
        ("hangs", LATE, 1, 10.0),
        ("answers late", LATE, 1, 10.0),
        ("cannot be started", sentence("Python could not be started: Permission denied"), 1, 0.0),
        ("cannot serve", sentence("Could not load xlwings64.dll"), 1, 0.5),
    ],
)
def test_a_python_that_cannot_answer_is_tried_once_and_mended_by_reconnect(
    session: Session, behaviour: str, message: str, trials: int, seconds: float
) -> None:
    first, more, still, again, after = session.does(
        ["Calls", behaviour, "1"],
        ["Calls", "", "280"],
        ["Reconnect", behaviour],
        ["Reconnect", "works"],
        ["Calls", "", "3"],
    )
    assert shown(first) == {message: 1}
    assert shown(more) == {message: 280}
    assert still == message
    assert again == ""
    assert shown(after) == {GOOD: 3}
    # Once for the calls, and once for each Reconnect.
    assert session.count("trials") == trials + 2
    assert session.seconds == pytest.approx(2 * seconds + 0.5)


@pytest.mark.parametrize("behaviour", ["dies after three calls", "dies in a call"])
def test_a_server_that_dies_is_started_once_more(session: Session, behaviour: str) -> None:
    first, more, again, after = session.does(
        ["Calls", behaviour, "4"],
        ["Calls", "", "280"],
        ["Reconnect", "works"],
        ["Calls", "", "4"],
    )
    assert shown(first) == {GOOD: 4}
    # The second server has two calls left.
    assert shown(more) == {GOOD: 2, sentence("Python stopped twice"): 278}
    assert (again, shown(after)) == ("", {GOOD: 4})
    assert (session.count("trials"), session.count("servers")) == (3, 3)
    assert session.seconds == pytest.approx(3 * 0.5)


def test_a_function_that_stops_every_server_is_named(session: Session) -> None:
    message = sentence("Python stopped while it calculated DCF_TERMINAL_MULTIPLE")
    first, more = session.does(["Calls", "dies in its first call", "1"], ["Calls", "", "280"])
    assert (shown(first), shown(more)) == ({message: 1}, {message: 280})
    assert (session.count("trials"), session.count("servers")) == (2, 2)


def test_another_python_is_tried_at_once(session: Session) -> None:
    session.does(["Calls", "fails at once", "2"])
    other = "C:\\other\\python.exe"
    session.name("python", other)
    assert shown(*session.does(["Calls", "hangs", "2"])) == {
        sentence("Python did not answer in 10 seconds", other): 2
    }
    # Named again, the first is known.
    session.name("python", PYTHON)
    assert shown(*session.does(["Calls", "works", "2"])) == {BROKEN: 2}
    assert session.count("trials") == 2


def test_without_a_python_nothing_is_started(session: Session) -> None:
    session.name("python", "")
    message = sentence("no Python is named", "")
    assert shown(*session.does(["Calls", "works", "280"])) == {message: 280}
    assert (session.count("trials"), session.count("servers")) == (0, 0)


def test_reconnect_takes_the_python_that_the_user_installed(session: Session) -> None:
    session.does(["Calls", "fails at once", "1"])
    session.name("user's python", "C:\\mine\\python.exe")
    assert session.does(["Reconnect", "fails at once"], ["Calls", "", "2"]) == ["", f"{GOOD}|" * 2]
    assert (session.kept / "python").read_text().strip() == "C:\\mine\\python.exe"


def test_a_macro_that_is_stopped_while_it_waits_does_not_wait_again(session: Session) -> None:
    _, more = session.does(["Calls", "is stopped", "1"], ["Calls", "", "280"])
    assert shown(more) == {sentence("Python was not waited for"): 280}
    assert session.count("trials") == 1


def test_ten_seconds_of_a_real_clock(session: Session) -> None:
    first, more = session.does(["Calls", "really hangs", "1"], ["Calls", "", "280"])
    assert (shown(first), shown(more)) == ({LATE: 1}, {LATE: 280})
    blocked, later = session.answer["seconds"]
    assert 10 <= blocked < 13
    assert later < 3


def test_the_stand_in_is_called_as_the_module_that_it_replaces() -> None:
    def heads(text: str) -> set[str]:
        return set(re.findall(r"^Public (?:Sub|Function) .*$", text, re.M))

    ours = excel_project.text("OfftakeWindows.bas").replace("\r\n", "\n")
    assert len(heads(ours)) > 8
    assert heads(ours) <= heads(STAND_IN)


def test_the_breaker_keeps_nothing_in_variables() -> None:
    text = excel_project.text("OfftakePython.bas")
    assert not re.search(r"^(Dim|Public|Private|Global) (?!Function|Sub|Const)", text, re.M)
    assert "Static" not in text
