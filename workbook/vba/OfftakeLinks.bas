Attribute VB_Name = "OfftakeLinks"
Option Explicit
Option Private Module

' A workbook keeps the path that the add-in had on the machine that saved it. Elsewhere its formulas
' read 'C:\somewhere\offtake.xlam'!DILUTED_SHARES(...) and cannot be calculated. So each workbook that
' is opened gets this add-in's path in the place of the old one.

Private Const AddInFile As String = "offtake.xlam"

Public Sub MendLinks(ByVal Book As Object, ByVal AddInPath As String)
    Dim Links As Variant, Link As Variant

    ' A link that cannot be changed, as on a protected sheet, must not disturb anything else.
    On Error Resume Next
    Links = Book.LinkSources(xlLinkTypeExcelLinks)
    If Not IsArray(Links) Then Exit Sub
    For Each Link In Links
        If IsAddInElsewhere(CStr(Link), AddInPath) Then
            Book.ChangeLink CStr(Link), AddInPath, xlLinkTypeExcelLinks
        End If
    Next
End Sub

Public Function IsAddInElsewhere(ByVal Link As String, ByVal AddInPath As String) As Boolean
    Dim FileName As String

    FileName = Mid$(Link, InStrRev(Replace(Link, "/", "\"), "\") + 1)
    IsAddInElsewhere = LCase$(FileName) = AddInFile And LCase$(Link) <> LCase$(AddInPath)
End Function
