Attribute VB_Name = "OfftakePython"
Option Explicit
Option Private Module

' Calls Python for a cell, and stops calling one that does not answer (a circuit breaker).
'
' A Python that cannot start blocks Excel for two minutes, and again for every further call. So a
' hidden process tries Python first, for ten seconds at most. If that fails, every call returns the
' first one's sentence at once, until Reconnect is pressed or another Python is named. A server that
' has stopped is restarted once in the same way, and after that only by Reconnect.
'
' OfftakeWindows keeps the outcome outside VBA, which loses its variables when a macro is stopped. So
' no variable here outlives a call.

Private Const Failure As Long = 1000
Private Const Patience As Long = 10000
Private Const Pause As Long = 100

Private Const StartedOnce As String = "started"
Private Const StartedTwice As String = "started twice"

' The functions call this instead of xlwings' own CallUDF.
Public Function CallUDF(ByVal UdfModule As String, ByVal UdfName As String, Arguments As Variant, Optional Book As Variant, Optional Caller As Variant) As Variant
    Dim Attempt As Long, Answer As Variant

    For Attempt = 1 To 2
        If HasAnswered(UdfModule, UdfName, Arguments, Book, Caller, Answer) Then
            CallUDF = Answer
            Exit Function
        End If
    Next
    Fail "Python stopped while it calculated " & UCase$(UdfName)
End Function

' Forget the outcome and start again; returns the sentence if that fails.
Public Function Reconnected() As String
    StopServer
    Remember Configuration(), ""
    Reconnected = FaultAtStart()
    If Reconnected = "" Then Exit Function
    ' The workbook may name a Python of another machine, and the user's settings another one.
    If Not TookUsersPython() Then Exit Function
    Remember Configuration(), ""
    Reconnected = FaultAtStart()
End Function

Private Function FaultAtStart() As String
    Dim Server As Object

    On Error Resume Next
    Set Server = StartedServer()
    If Err.Number <> 0 Then FaultAtStart = Err.Description
End Function

' False if the server is gone; an error that it raises is passed on unchanged.
Private Function HasAnswered(ByVal UdfModule As String, ByVal UdfName As String, Arguments As Variant, Book As Variant, Caller As Variant, Answer As Variant) As Boolean
    Dim Server As Object, Number As Long, Message As String

    Set Server = RunningServer()
    If Server Is Nothing Then Set Server = StartedServer()
    On Error Resume Next
    Answer = Server.CallUDF((UdfModule), (UdfName), (Arguments), Book, Caller)
    Number = Err.Number
    Message = Err.Description
    On Error GoTo 0
    HasAnswered = Number = 0
    If HasAnswered Then Exit Function
    If Not RunningServer() Is Nothing Then Err.Raise Number, "Offtake", Message
End Function

Private Function StartedServer() As Object
    Dim Known As String, Fault As String

    Known = Remembered(Configuration())
    If Known <> "" And Known <> StartedOnce And Known <> StartedTwice Then Err.Raise Failure, "Offtake", Known
    If Known = StartedTwice Then Fail "Python stopped twice"
    ' If anything stops the macro from here on, nothing is tried again.
    Remember Configuration(), Sentence("Python was not waited for")
    Fault = Trial()
    If Fault = "" Then
        On Error Resume Next
        Set StartedServer = NewServer()
        If Err.Number <> 0 Then Fault = Err.Description
        On Error GoTo 0
    End If
    If Fault <> "" Then Fail Fault
    Remember Configuration(), IIf(Known = "", StartedOnce, StartedTwice)
End Function

' Have a hidden process start Python and import the functions; returns what is wrong, or nothing.
Private Function Trial() As String
    Dim Report As String, Waited As Long

    Trial = "no Python is named"
    If NamedPython() = "" Then Exit Function
    On Error GoTo Failed
    Report = StartedTrial()
    For Waited = 0 To Patience - Pause Step Pause
        Trial = TrialsEnd(Report)
        If Trial = "works" Then Trial = "": Exit Function
        If Trial <> "" Then Trial = "Python cannot run the functions: " & Trial: Exit Function
        SleepFor Pause
    Next
    Trial = "Python did not answer in " & Patience \ 1000 & " seconds"
    Exit Function
Failed:
    Trial = "Python could not be started: " & Err.Description
End Function

Private Sub Fail(ByVal Fault As String)
    Remember Configuration(), Sentence(Fault)
    Err.Raise Failure, "Offtake", Sentence(Fault)
End Sub

Private Function Sentence(ByVal Fault As String) As String
    Dim Named As String

    Named = NamedPython()
    If Named <> "" Then Fault = Fault & " (" & Named & ")"
    Sentence = "Offtake: " & Fault & "; run `offtake install excel`, then press Reconnect in the ribbon tab Offtake."
End Function
