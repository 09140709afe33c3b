"""The parts that a file may have, and the kinds of relationships by which a program finds them.

From ECMA-376 part 1 (clauses 11, 12, 14 and 15), the parts of [MS-XLSX], and files that Excel,
Calc, Google Sheets and openpyxl write. A kind is the end of a relationship's type, which the two
forms of the standard have in common. What is not listed here is a finding: nobody can say what a
program will do with a part that it does not know today.
"""

from __future__ import annotations

import re

#: Kinds that lead to nothing but contents, as any workbook may have them.
HARMLESS = frozenset({
    *("worksheet", "chartsheet", "styles", "sharedStrings", "theme", "themeOverride", "calcChain"),
    *("sheetMetadata", "drawing", "vmlDrawing", "chart", "chartEx", "chartStyle", "image"),
    *("chartColorStyle", "chartUserShapes", "comments", "threadedComment", "person", "table"),
    *("tableSingleCells", "printerSettings", "core-properties", "extended-properties"),
    *("custom-properties", "thumbnail", "pivotTable", "pivotCacheRecords", "pivotCacheDefinition"),
    *("slicer", "slicerCache", "timeline", "timelineCache", "ctrlProp", "customProperty"),
    *("customXml", "customXmlProps", "diagramColors", "diagramData", "diagramLayout"),
    *("diagramQuickStyle", "diagramDrawing", "xmlMaps", "namedSheetView", "FeaturePropertyBag"),
    *("richValueRel", "rdRichValue", "rdRichValueStructure", "rdRichValueTypes", "rdArray"),
    *("rdSupportingPropertyBag", "rdSupportingPropertyBagStructure", "richStyles", "hdphoto"),
    *("webextensiontaskpanes", "classificationlabels", "revisionHeaders", "revisionLog"),
    *("usernames", "wsSortMap", "metadata", "media", "audio", "video", "font", "legacyDiagramText"),
    *("documenttask", "workbookmetadata"),
})  # fmt: skip

#: Kinds that lead to something that Offtake never writes, and what to say of it.
HARMFUL = {
    "xlMacrosheet": "is a sheet of Excel 4 macros, which is code",
    "xlIntlMacrosheet": "is a sheet of Excel 4 macros, which is code",
    "dialogsheet": "is a dialog sheet of Excel 5, whose controls run macros",
    "attachedToolbars": "is a toolbar, whose buttons run macros",
    "userCustomization": "changes the quick access toolbar, whose buttons may run macros",
    "wordVbaData": "belongs to macros of Word",
    "vbaProjectSignature": "is a signature of macros; Offtake signs none",
    "vbaProjectSignatureAgile": "is a signature of macros; Offtake signs none",
    "vbaProjectSignatureV3": "is a signature of macros; Offtake signs none",
    "origin": "is a digital signature; Offtake signs no file",
    "signature": "is a digital signature; Offtake signs no file",
    "certificate": "is a digital signature; Offtake signs no file",
    "queryTable": "is a query, which fetches data",
    "volatileDependencies": "lists values that another program or a server sends (RTD or a cube)",
    "powerPivotData": "is a data model, which may fetch data",
    "model": "is a data model, which may fetch data",
    "oleObject": "is an embedded object, which opens in another program",
    "package": "is an embedded file, which opens in another program",
    "control": "is an ActiveX control, which is a program",
    "activeXControlBinary": "is an ActiveX control, which is a program",
    "rdRichValueWebImage": "lists pictures that Excel fetches from the web",
    "python": "is Python code, which Excel sends to Microsoft",
    "attachedTemplate": "is a template, whose macros come with it",
    "externalReference": "refers to another file",
}  # fmt: skip

#: The same by a word in the type of contents, which may say something else than the relationship.
HARMFUL_TYPES = {
    "macrosheet": HARMFUL["xlMacrosheet"],
    "dialogsheet": HARMFUL["dialogsheet"],
    "activex": HARMFUL["control"],
    "attachedtoolbars": HARMFUL["attachedToolbars"],
}

#: Kinds of which the contents say whether they are Offtake's or harmless.
READ = frozenset({
    *("officeDocument", "vbaProject", "extensibility", "webextension", "externalLink"),
    *("connections", "customXml", "hyperlink"),
})  # fmt: skip

#: Kinds of which no element has a formula or an address: values, texts, pictures; and those that
#: are judged in another way.
APART = frozenset({
    *("calcChain", "comments", "connections", "core-properties", "custom-properties", "customXml"),
    *("customXmlProps", "extensibility", "externalLink", "hdphoto", "image", "media"),
    *("person", "pivotCacheRecords", "sharedStrings", "theme", "themeOverride", "threadedComment"),
    *("thumbnail", "vbaProject", "webextension"),
})  # fmt: skip

#: How Excel calls the file of an external link, by where it is.
LINKED_FILE = frozenset({
    *("externalLinkPath", "externalLinkLongPath", "xlPathMissing", "xlLibrary", "xlStartup"),
    *("xlAlternateStartup", "xlExternalLinkPath"),
})  # fmt: skip

_PICTURE = r"(?:png|jpe?g|jfif|gif|bmp|tiff?|emf|wmf|svg|wdp)"
_NAMES = "|".join((
    r"\[content_types\]\.xml",
    r"(?:.*/)?_rels/[^/]*\.rels",
    rf"docprops/(?:app|core|custom)\.xml|docprops/thumbnail\.{_PICTURE}|docmetadata/labelinfo\.xml",
    r"package/services/metadata/core-properties/[0-9a-f]+\.psmdcp",
    r"customxml/item(?:props)?\d+\.xml|customui/customui(?:14)?\.xml",
    r"xl/(?:workbook|styles|sharedstrings|calcchain|metadata|xmlmaps|connections)\.xml",
    r"xl/vbaproject\.bin|xl/theme/theme(?:override)?\d+\.xml",
    r"xl/(?:work|chart)sheets/sheet\d+\.xml|xl/worksheets/wssortmap\d+\.xml",
    r"xl/drawings/(?:vml)?drawing\d+\.(?:xml|vml)|xl/drawings/(?:comments|legacy)drawing\d+\.vml",
    r"xl/charts/(?:chart|chartex|style|colors)\d+\.xml",
    r"xl/(?:comments/)?comments?\d+\.xml|xl/threadedcomments/threadedcomment\d+\.xml",
    r"xl/persons/person\d*\.xml|xl/tables/(?:table|tablesinglecells)\d+\.xml",
    r"xl/printersettings/printersettings\d+\.bin|xl/customproperty\d+\.bin",
    rf"(?:xl/)?media/[^/]+\.{_PICTURE}|xl/diagrams/(?:colors|data|drawing|layout|quickstyle)\d+\.xml",
    r"xl/externallinks/externallink\d+\.xml|xl/webextensions/(?:webextension|taskpanes)\d*\.xml",
    r"xl/pivottables/pivottable\d+\.xml|xl/pivotcache/pivotcache(?:definition|records)\d+\.xml",
    r"xl/(?:slicers|slicercaches|timelines|timelinecaches)/\w+\d+\.xml",
    r"xl/ctrlprops/ctrlprop\d+\.xml|xl/namedsheetviews/namedsheetview\d+\.xml",
    r"xl/richdata/\w+\.xml|xl/featurepropertybag/featurepropertybag\.xml",
    r"xl/revisions/\w+\.xml|xl/ink/ink\d+\.xml|xl/documenttasks/documenttask\d+\.xml|xl/metadata",
))  # fmt: skip
_KNOWN = re.compile(_NAMES)


def is_known(part: str) -> bool:
    """Tell whether a part has a name that a program gives to contents.

    Examples
    --------
    >>> is_known("xl/worksheets/sheet1.xml"), is_known("xl/worksheets/payload.exe")
    (True, False)
    """
    return _KNOWN.fullmatch(part.casefold()) is not None
