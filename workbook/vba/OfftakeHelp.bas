Attribute VB_Name = "OfftakeHelp"
Option Explicit
Option Private Module

' The help of the function wizard. What follows after Describe is made of the catalogue.

Private Taken As Long

' False where Excel took none of it; the functions work all the same.
Public Function DescribeFunctions() As Boolean
    Dim WasSaved As Boolean

    On Error Resume Next
    Taken = 0
    WasSaved = ThisWorkbook.Saved
    DescribeAll
    ThisWorkbook.Saved = WasSaved
    DescribeFunctions = Taken > 0
End Function

Private Sub Describe(ByVal UdfName As String, ByVal Summary As String, ByVal Arguments As Variant)
    On Error Resume Next
    Application.MacroOptions _
        Macro:="'" & Replace(ThisWorkbook.Name, "'", "''") & "'!" & UdfName, _
        Description:=Summary, Category:="Offtake", ArgumentDescriptions:=Arguments
    If Err.Number = 0 Then Taken = Taken + 1
End Sub
