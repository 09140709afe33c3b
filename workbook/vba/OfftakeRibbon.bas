Attribute VB_Name = "OfftakeRibbon"
Option Explicit

' Press it when Python has been fixed.
Public Sub OfftakeReconnect()
    Dim Message As String

    Message = Reconnected()
    If Message = "" Then
        Application.CalculateFull
    Else
        MsgBox Message, vbExclamation, "Offtake"
    End If
End Sub

Public Sub OfftakeReconnectPressed(ByVal Control As Object)
    OfftakeReconnect
End Sub
