Attribute VB_Name = "OfftakeHelp"
Option Explicit
Option Private Module

' The help of the function wizard. The code after Describe is generated from the catalogue.

Private Taken As Long

' False if Excel accepted none of it; the functions still work.
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
