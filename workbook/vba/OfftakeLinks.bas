Attribute VB_Name = "OfftakeLinks"
Option Explicit
Option Private Module

' A workbook stores the add-in's path on the machine that saved it. On other machines its formulas read
' 'C:\somewhere\offtake.xlam'!DILUTED_SHARES(...) and cannot be calculated. So the old path is replaced
' with this add-in's in each workbook that is opened.

Private Const AddInFile As String = "offtake.xlam"

Public Sub MendLinks(ByVal Book As Object, ByVal AddInPath As String)
    Dim Links As Variant, Link As Variant

    ' A link that cannot be changed, such as on a protected sheet, must not affect anything else.
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
