Attribute VB_Name = "OfftakeWindows"
Option Explicit

' In the place of OfftakeWindows: a Python that behaves as it is to, and a clock that is set forward.
' What has to outlive Basic's variables is kept in files of a folder.

Public Folder As String

Public Function RunningServer() As Object
    If Kept("alive") = "yes" Then Set RunningServer = New StandIn
End Function

Public Function NewServer() As Object
    Count "servers"
    If Kept("behaviour") = "cannot serve" Then Err.Raise 1, "xlwings", "Could not load xlwings64.dll"
    Keep "alive", "yes"
    Keep "served", "0"
    Set NewServer = RunningServer()
End Function

Public Sub StopServer()
    Keep "alive", ""
End Sub

Public Function NamedPython() As String
    NamedPython = Kept("python")
End Function

Public Function Configuration() As String
    Configuration = NamedPython() & ";workbook.udfs;"
End Function

Public Function TookUsersPython() As Boolean
    TookUsersPython = Kept("user's python") <> ""
    If TookUsersPython Then Keep "python", Kept("user's python")
    If TookUsersPython Then Keep "behaviour", "works"
End Function

Public Function Remembered(ByVal Key As String) As String
    Remembered = Kept("memory of " & Replace(Key, "/", "_"))
End Function

Public Sub Remember(ByVal Key As String, ByVal Text As String)
    Keep "memory of " & Replace(Key, "/", "_"), Text
End Sub

Public Sub SleepFor(ByVal Milliseconds As Long)
    If Kept("behaviour") = "really hangs" Then Wait Milliseconds
    If Kept("behaviour") = "is stopped" Then End
    Keep "clock", CStr(Val(Kept("clock")) + Milliseconds)
End Sub

Public Function StartedTrial() As String
    Count "trials"
    If Kept("behaviour") = "cannot be started" Then Err.Raise 70, "Windows", "Permission denied"
    If Kept("behaviour") = "really hangs" Then Shell "/bin/sleep", 0, "12", False
    Keep "started at", Kept("clock")
    StartedTrial = "trial " & Kept("trials")
End Function

Public Function TrialsEnd(ByVal Report As String) As String
    Dim Elapsed As Double

    Elapsed = Val(Kept("clock")) - Val(Kept("started at"))
    Select Case Kept("behaviour")
        Case "fails at once": TrialsEnd = "No module named 'workbook'"
        Case "hangs", "really hangs", "is stopped"
        Case "answers late": If Elapsed >= 15000 Then TrialsEnd = "works"
        Case Else: If Elapsed >= 500 Then TrialsEnd = "works"
    End Select
End Function

Public Sub Count(ByVal Thing As String)
    Keep Thing, CStr(Val(Kept(Thing)) + 1)
End Sub

Public Sub Keep(ByVal Thing As String, ByVal Text As String)
    Dim Number As Integer

    Number = FreeFile
    Open Folder & "/" & Thing For Output As #Number
    Print #Number, Text
    Close #Number
End Sub

Public Function Kept(ByVal Thing As String) As String
    Dim Number As Integer, Text As String

    If Dir(Folder & "/" & Thing) = "" Then Exit Function
    Number = FreeFile
    Open Folder & "/" & Thing For Input As #Number
    Line Input #Number, Text
    Close #Number
    Kept = Text
End Function
