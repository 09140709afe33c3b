Attribute VB_Name = "OfftakeRibbon"
Option Explicit

' Press it when Python has been mended.
Public Sub OfftakeReconnect()
    Dim Told As String

    Told = Reconnected()
    If Told = "" Then
        Application.CalculateFull
    Else
        MsgBox Told, vbExclamation, "Offtake"
    End If
End Sub

Public Sub OfftakeReconnectPressed(ByVal Control As Object)
    OfftakeReconnect
End Sub
