"""What does the hidden process run, that tries Python before xlwings starts it?

LibreOffice runs our VBA of OfftakeWindows, with stand-ins for xlwings' VBA, for Windows' shell and
for its files. The oracle is the command that xlwings itself would start, taken apart by hand: the
trial has to be the same up to where xlwings would serve. Windows' `cmd` reads quotation marks pair
by pair, and takes off the first and the last.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from basic import listed

from workbook.hosts import excel_files
from workbook.package import archive
from workbook.vba.project import Module, parsed, written

XLWINGS = r'''Attribute VB_Name = "XlwingsStandIn"
Option Explicit

Public Const PROJECT_NAME As String = "xlwings"
Public PythonPath As String
Public Modules As String
Public Ran As String
Public There As String
Public Printed As String

Public Function GetConfig(ByVal Key As String, Optional Otherwise As Variant, _
        Optional Layer As Variant) As Variant
    GetConfig = ""
    If Key = "INTERPRETER_WIN" Then GetConfig = PythonPath
    If Key = "UDF MODULES" Then GetConfig = Modules
End Function

Public Function XLPyCommand()
    XLPyCommand = "cmd.exe  /K """"" & PythonPath & """ -B -c ""import sys, os;" _
        & "import xlwings.utils;xlwings.utils.prepare_sys_path(\""False;C:\\R^&D\\b.xlsm;;;;\"");" _
        & "import xlwings; xlwings.serve('$(CLSID)')"""""
End Function

Public Function WScript() As Object
    Set WScript = New ShellStandIn
End Function

Public Function XLPyDLLActivateAuto(Result As Variant, Config As String, Mode As Long) As Long
    Err.Raise 53
End Function

Public Function XLPy() As Object
End Function

Public Sub KillPy()
    Err.Raise 53
End Sub
'''
SHELL = """\
Attribute VB_Name = "ShellStandIn"
Option Explicit

Public Sub Run(ByVal Command As String, ByVal Window As Long, ByVal Waits As Boolean)
    Ran = Window & " " & Waits & " " & Command
End Sub
"""
FILES = """\
Attribute VB_Name = "FilesStandIn"
Option Explicit

Public Function GetSpecialFolder(ByVal Kind As Long) As String
    GetSpecialFolder = "C:\\Temp & Co"
End Function

Public Function BuildPath(ByVal Folder As String, ByVal File As String) As String
    BuildPath = Folder & "\\" & File
End Function

Public Function GetTempName() As String
    GetTempName = "rad1.tmp"
End Function

Public Function GetFileName(ByVal Path As String) As String
    GetFileName = Mid$(Path, InStrRev(Path, "\\") + 1)
End Function

Public Function FileExists(ByVal Path As String) As Boolean
    FileExists = InStr(There, "<" & Path & ">") > 0
End Function

Public Function OpenTextFile(ByVal Path As String) As Object
    Set OpenTextFile = New StreamStandIn
End Function

Public Sub DeleteFile(ByVal Path As String)
    There = Replace(There, "<" & Path & ">", "")
End Sub
"""
STREAM = """\
Attribute VB_Name = "StreamStandIn"
Option Explicit

Public Function AtEndOfStream() As Boolean
    AtEndOfStream = Printed = ""
End Function

Public Function ReadLine() As String
    ReadLine = Left$(Printed, InStr(Printed, "|") - 1)
    Printed = Mid$(Printed, Len(ReadLine) + 2)
End Function
"""
TRIAL = """\
Attribute VB_Name = "Trial"
Option Explicit

Public Function Command(ByVal Path As String, ByVal Imported As String) As String
    PythonPath = Path
    Modules = Imported
    If Not RunningServer() Is Nothing Then Exit Function
    StopServer
    On Error GoTo Failed
    Command = StartedTrial() & "|" & Ran
    Exit Function
Failed:
    Command = Err.Description
End Function

Public Function Ended(ByVal Path As String, ByVal Files As String, ByVal Lines As String) As String
    PythonPath = Path
    There = Files
    Printed = Lines
    Ended = TrialsEnd("C:\\r") & " " & There
End Function
"""
FILE = "C:\\Temp & Co\\offtake-rad1.tmp"


@pytest.fixture(scope="module")
def book() -> bytes:
    addin = dict(archive.entries(excel_files.addin()))
    project = parsed(addin["xl/vbaProject.bin"])
    shipped = parsed(excel_files.shipped("quickstart_standalone.xlsm")["xl/vbaProject.bin"])
    modules = [m for m in shipped.modules if m.name in ("ThisWorkbook", "Sheet2")]
    (ours,) = (m for m in project.modules if m.name == "OfftakeWindows")
    windows = 'CreateObject("Scripting.FileSystemObject")'
    assert ours.source.count(windows) == 1
    modules.append(replace(ours, source=ours.source.replace(windows, "New FilesStandIn")))
    for name, kind, source in (
        ("XlwingsStandIn", "standard", XLWINGS),
        ("ShellStandIn", "class", SHELL),
        ("FilesStandIn", "class", FILES),
        ("StreamStandIn", "class", STREAM),
        ("Trial", "standard", TRIAL),
    ):
        modules.append(Module(name, kind, source.replace("\n", "\r\n")))  # type: ignore[arg-type]
    tried = written(replace(project, modules=tuple(modules)))
    return archive.zipped(addin | {"xl/vbaProject.bin": tried})


PATHS = (
    "C:\\Python312\\python.exe",
    "C:\\Program Files\\R&D (x)\\it's 100%\\python.exe",
    "\\\\server\\a share\\python.exe",
    "C:\\Users\\Zoë\\python.exe",
)


def test_it_is_what_xlwings_would_start_but_for_serving(book: bytes, tmp_path: Path) -> None:
    answer = listed(
        book, tmp_path, *(["Trial", "Command", path, "a;workbook.udfs"] for path in PATHS)
    )
    for path, returned in zip(PATHS, answer["returned"], strict=True):
        message, _, command = returned.partition("|")
        assert message == FILE
        assert command == (
            '0 False cmd.exe  /C ""' + path + '" -B -c "import faulthandler;'
            "faulthandler.dump_traceback_later(60, exit=True);"
            'import sys, os;import xlwings.utils;xlwings.utils.prepare_sys_path(\\"False;'
            'C:\\\\R^&D\\\\b.xlsm;;;;\\");import xlwings; xlwings.serve; import a, workbook.udfs; '
            f'print(\'works\')" > "{FILE}" 2>&1 & ren "{FILE}" "offtake-rad1.tmp.over""'
        )
        # Redirections stand outside of quotation marks, and paths within.
        line = command.partition("/C ")[2][1:-1]
        outside = "".join(line.split('"')[::2])
        assert "R^&D" in outside
        assert [outside.count(sign) for sign in (" > ", " 2>&1 & ren ")] == [1, 1]
        assert path not in outside and "Temp & Co" not in outside


TRACEBACK = (
    "Traceback (most recent call last):|  File x|ModuleNotFoundError: No module named 'a'| |"
)
ENDS = {
    "it runs": (["C:\\p.exe", "<C:\\p.exe><C:\\r>", "works|"], " <C:\\p.exe><C:\\r>"),
    "it works": (["C:\\p.exe", "<C:\\p.exe><C:\\r.over>", "A warning|works|"], "works <C:\\p.exe>"),
    "it fails": (
        ["C:\\p.exe", "<C:\\p.exe><C:\\r.over>", TRACEBACK],
        "ModuleNotFoundError: No module named 'a' <C:\\p.exe>",
    ),
    "it says nothing": (["python", "<C:\\r.over>", ""], "it stopped "),
    "it is not there": (
        ["C:\\p.exe", "<C:\\r.over>", "is not recognized|"],
        "there is no such file ",
    ),
    "it says much": (["python", "<C:\\r.over>", "x" * 5000 + "|"], "x" * 200 + " "),
}


def test_how_it_ended_is_said_in_a_line(book: bytes, tmp_path: Path) -> None:
    answer = listed(book, tmp_path, *(["Trial", "Ended", *given] for given, _ in ENDS.values()))
    assert dict(zip(ENDS, answer["returned"], strict=True)) == {
        name: message for name, (_, message) in ENDS.items()
    }
