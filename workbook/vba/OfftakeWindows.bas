Attribute VB_Name = "OfftakeWindows"
Option Explicit
Option Private Module

' What the breaker needs from Windows and xlwings. No decisions are made here.

Private Const Interpreter As String = "INTERPRETER_WIN"

' The Python code at the start and end of xlwings' command.
Private Const Start As String = "-c ""import "
Private Const Serve As String = "xlwings.serve('$(CLSID)')"

' What a trial prints if it succeeds, and the end of its file's name when it is over.
Private Const Works As String = "works"
Private Const Over As String = ".over"

Private Declare PtrSafe Sub Sleep Lib "kernel32" (ByVal Milliseconds As Long)

' The server that answers, or nothing: with 0, xlwings' library does not start one.
Public Function RunningServer() As Object
    Dim Found As Variant, Result As Long

    ' An error: Windows has not loaded the library yet.
    On Error Resume Next
    Result = -1
    Result = XLPyDLLActivateAuto(Found, XLPyCommand(), 0)
    If Result = 0 Then Set RunningServer = Found
End Function

Public Function NewServer() As Object
    Set NewServer = XLPy()
End Function

Public Sub StopServer()
    On Error Resume Next
    KillPy
End Sub

' Which Python answers, as xlwings finds it: a path, a program, or Conda's name of it.
Public Function NamedPython() As String
    NamedPython = GetConfig(Interpreter)
    If NamedPython = "" Then NamedPython = GetConfig("INTERPRETER")
    If NamedPython = "" Then NamedPython = GetConfig("CONDA ENV")
End Function

Public Function Configuration() As String
    Configuration = NamedPython() & ";" & GetConfig("UDF MODULES") & ";" & GetConfig("PYTHONPATH")
End Function

' Copy the Python of the user's settings to the workbook's; false if it is the same.
Public Function TookUsersPython() As Boolean
    Dim Users As String, Setting As Range

    On Error GoTo Failed
    Users = GetConfig(Interpreter, "", "user")
    If Users = "" Or LCase$(Users) = LCase$(NamedPython()) Then Exit Function
    For Each Setting In ThisWorkbook.Worksheets(PROJECT_NAME & ".conf").UsedRange.Columns(1).Cells
        If UCase$(Setting.Value) = Interpreter Then
            Setting.Offset(0, 1).Value = Users
            TookUsersPython = True
        End If
    Next
    ' For an add-in, Excel does not ask whether to save changes.
    If TookUsersPython And ThisWorkbook.IsAddin Then ThisWorkbook.Save
Failed:
End Function

' The environment of the process, which all its workbooks and add-ins share until it ends.
Public Function Remembered(ByVal Key As String) As String
    Remembered = WScript.Environment("PROCESS").Item(Variable(Key))
End Function

Public Sub Remember(ByVal Key As String, ByVal Text As String)
    WScript.Environment("PROCESS").Item(Variable(Key)) = Text
End Sub

Private Function Variable(ByVal Key As String) As String
    Variable = "OFFTAKE_PYTHON " & Replace(Key, "=", "_")
End Function

Public Sub SleepFor(ByVal Milliseconds As Long)
    Sleep Milliseconds
End Sub

' Have a hidden process run xlwings' command, but import the functions where xlwings would serve.
' Returns the file that will contain the report.
Public Function StartedTrial() As String
    Const Quote As String = """"
    Dim Narrow() As Byte, Command As String, Report As String

    ' xlwings' library expects text in Windows' code page.
    Narrow = StrConv(NamedPython(), vbFromUnicode)
    If StrConv(Narrow, vbUnicode) <> NamedPython() Then
        Err.Raise 5, "Offtake", "its path has letters that Windows cannot pass on"
    End If
    Command = Replace(XLPyCommand(), " /K ", " /C ", 1, 1)
    ' A process that hangs ends itself after a minute.
    Command = Replace(Command, Start, Start & "faulthandler;faulthandler.dump_traceback_later(60, exit=True);import ", 1, 1)
    Command = Replace(Command, Serve, "xlwings.serve; import " & Replace(GetConfig("UDF MODULES"), ";", ", ") & "; print('" & Works & "')")
    Report = Files().BuildPath(Files().GetSpecialFolder(2), "offtake-" & Files().GetTempName())
    ' The last quotation mark closes the whole command.
    WScript.Run Left$(Command, Len(Command) - 1) & " > " & Quote & Report & Quote & " 2>&1 & ren " _
        & Quote & Report & Quote & " " & Quote & Files().GetFileName(Report) & Over & Quote & Quote, 0, False
    StartedTrial = Report
End Function

' Nothing while it runs, "works", or what is wrong, usually the last line that it printed.
Public Function TrialsEnd(ByVal Report As String) As String
    Dim Stream As Object, Printed As String

    If Not Files().FileExists(Report & Over) Then Exit Function
    TrialsEnd = "it stopped"
    Set Stream = Files().OpenTextFile(Report & Over)
    Do Until Stream.AtEndOfStream Or TrialsEnd = Works
        Printed = Trim$(Stream.ReadLine())
        If Printed <> "" Then TrialsEnd = Left$(Printed, 200)
    Loop
    ' This closes the file.
    Set Stream = Nothing
    Files().DeleteFile Report & Over
    If TrialsEnd = Works Or InStr(NamedPython(), "\") = 0 Then Exit Function
    If Not Files().FileExists(NamedPython()) Then TrialsEnd = "there is no such file"
End Function

Private Function Files() As Object
    Set Files = CreateObject("Scripting.FileSystemObject")
End Function
