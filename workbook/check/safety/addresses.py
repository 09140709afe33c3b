r"""Paths and addresses in a file: which ones lead to another machine, or to a shared folder.

Windows reads ``\\server\share``, ``//server/share``, ``\\server@SSL\share`` (WebDAV) and
``\\?\UNC\server\share`` as paths on another machine, and ``\\.\`` as a device ("File path formats
on Windows systems", Microsoft Learn), and leaves out dots and spaces at the end of a name. To open
one is to send the user's name and a proof of the password to that machine. ``C:python.exe``,
without a backslash, is relative too.
"""

from __future__ import annotations

import ntpath
import re
from urllib.parse import unquote

#: Variables of Windows that name a folder of the system's or of this user's own.
_OWN = {
    *("localappdata", "userprofile", "programfiles", "programfiles(x86)", "programw6432"),
    *("systemroot", "windir"),
}
#: Variables that name a drive alone.
_DRIVES = {"systemdrive", "homedrive"}
_VARIABLE = re.compile(r"%([\w()]+)%|\$\{?(\w+)\}?")
#: Folders into which others can write, or into which a browser or an archive does.
_TEMPORARY = {
    *("$recycle.bin", "downloads", "inetcache", "programdata", "public", "shared", "shm", "temp"),
    *("temporary internet files", "tmp"),
}
#: Folders of Linux and macOS in which other machines, drives and devices are.
_MOUNTED = {"afs", "dev", "media", "mnt", "net", "proc", "volumes"}
#: A name as DOS had it, of a folder that has another one: ``DOWNLO~1``.
_SHORT = re.compile(r"[^\\]{1,6}~\d+(?:\.[^\\]{1,3})?")
#: What a command may have, but not a path: signs that no name has, and what follows a program's
#: name or a space.
_NO_PATH = re.compile(r'["<>|*?\x00-\x1f]|\.exe\b.| \\', re.IGNORECASE)
#: What a name may have, but a command line acts on.
_COMMAND = re.compile(r"[&;^%$`]")
#: The path of a Python, on Windows and elsewhere.
_PYTHON = re.compile(
    r"(?!/).*[\\/]pythonw?[\w.-]*\.exe|/(?:.*/)?pythonw?(?:[\w.-]*\.exe|[\d.]*)", re.IGNORECASE
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
#: What precedes the path of a file on this machine in an address: before a drive, or a root.
_LOCAL = re.compile(r"///(?=[A-Z]:/)|//(?=/[^/])", re.IGNORECASE)
#: Addresses that a browser or a mail program opens.
_WEB = ("http://", "https://", "mailto:")


def path_fault(path: str) -> str:
    r"""Say why a path is not a safe place of a program or a module.

    Returns
    -------
    str
        The rest of a sentence, or nothing for an absolute path on this machine.

    Examples
    --------
    >>> path_fault(r"\\server\share\python.exe")
    'is on another machine'
    >>> path_fault("python.exe"), path_fault(r"C:\Users\Ann\Downloads\python.exe")
    ('is relative', 'is in the folder Downloads, which others may write to')
    >>> path_fault(r"C:\Python312\python.exe"), path_fault("/usr/bin/python3")
    ('', '')
    """
    plain = path.strip().strip("'\"").replace("/", "\\")
    if plain.startswith("\\\\?\\") and not plain.lower().startswith("\\\\?\\unc\\"):
        plain = plain[4:]
    if plain.startswith("\\\\.\\"):
        return "is a device"
    if plain.startswith("\\\\") or plain.startswith("\\??\\"):
        return "is on another machine"
    if _SCHEME.match(plain):
        return "is an address"
    posix = path.strip().startswith("/")
    plain, unknown = _expanded(plain)
    if unknown:
        return f"depends on the variable {unknown}"
    if not posix and not re.match(r"[A-Za-z]:\\", plain):
        return "is relative"
    names = [name.rstrip(". ") for name in ntpath.normpath(plain).split("\\")]
    for name in names:
        if name.lower() in _TEMPORARY:
            return f"is in the folder {name}, which others may write to"
        if _SHORT.fullmatch(name):
            return f"has the short name {name}, which hides the folder's own"
    if _NO_PATH.search(plain) or ":" in plain[2:]:
        return "is not a file path"
    if posix and names[1].lower() in _MOUNTED:
        return f"is in /{names[1]}, which is not on this machine's own disk"
    return ""


def python_fault(path: str) -> str:
    r"""Say why a path that is put into a command line is not that of a Python on this machine.

    Examples
    --------
    >>> python_fault(r"C:\Windows\System32\cmd.exe"), python_fault(r"C:\x & calc\python.exe")
    ('is not a Python', 'is not a file path')
    >>> python_fault(r"C:\Program Files\Python 3.12\python.exe"), python_fault("/usr/bin/python3")
    ('', '')
    """
    if fault := path_fault(path):
        return fault
    plain, _ = _expanded(path.strip().strip("'\""))
    if _COMMAND.search(plain):
        return "is not a file path"
    return "" if _PYTHON.fullmatch(plain) else "is not a Python"


def link_fault(target: str) -> str:
    r"""Say why a linked file is not on this machine, or is where others may write.

    Parameters
    ----------
    target : str
        An address or a path, as a relationship or a formula has it. What is relative is next to
        the workbook, and is no fault.

    Examples
    --------
    >>> link_fault("file:////server/x.xlam"), link_fault(r"C:\Users\Public\x.xlam")
    ('is on another machine', 'is in the folder Public, which others may write to')
    >>> link_fault("x.xlam"), link_fault("../Public/x.xlam")
    ('', 'is in the folder Public, which others may write to')
    """
    # Excel reads backslashes as slashes, also at the beginning.
    file = file_of(target).replace("\\", "/")
    if "#" in file:
        return "is not a file path"
    return path_fault(file if file.startswith("/") or ":" in file else f"/here/{file}")


def _expanded(path: str) -> tuple[str, str]:
    """Put a folder in place of variables of the system's; return any other variable."""
    unknown = ""

    def put(found: re.Match[str]) -> str:
        nonlocal unknown
        name = (found[1] or found[2]).lower()
        if name in _DRIVES:
            return "C:"
        if name not in _OWN:
            unknown = unknown or found[0]
        return "C:\\own"

    return _VARIABLE.sub(put, path), unknown


def is_web(address: str) -> bool:
    """Tell whether an address is one that only a browser or a mail program opens."""
    return address.strip().lower().startswith(_WEB)


def same_address(shown: str, target: str) -> bool:
    """Tell whether a link leads where its text says, however a program has written the address."""
    return unquote(shown).rstrip("/").casefold() == unquote(target).rstrip("/").casefold()


def file_of(target: str) -> str:
    r"""Return the path of a linked file, as a relationship has it.

    Only three slashes before a drive or a name are those of a file on this machine; whatever else
    follows ``file:`` is taken for a server.

    Examples
    --------
    >>> file_of("file:///C:\\Users\\Ann%20Lee\\offtake.xlam"), file_of("file:///home/x.xlsx")
    ('C:/Users/Ann Lee/offtake.xlam', '/home/x.xlsx')
    >>> file_of("file://server/x.xlsx"), file_of("file:///\\\\server\\x.xlsx")
    ('//server/x.xlsx', '//server/x.xlsx')
    """
    path = unquote(target.strip())
    if not path.lower().startswith("file:"):
        return path
    path = path[5:].replace("\\", "/")
    if local := _LOCAL.match(path):
        return path[local.end() :]
    return f"//{path.lstrip('/')}"
