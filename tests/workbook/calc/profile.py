"""Where Calc runs without a window: its Python, its environment, and a profile with the add-in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from workbook.hosts import libreoffice
from workbook.hosts.calc import component
from workbook.refusal import CALLABLE


def missing() -> str | None:
    """Give one sentence on why no session can start here; None if one can."""
    here = libreoffice.version()
    if here is None:
        return "No LibreOffice was found."
    if libreoffice.is_too_old(here):
        return f"LibreOffice is {'.'.join(map(str, here))}, older than {libreoffice.OLDEST}."
    if uno_python() is None:
        return "No Python with LibreOffice's module uno was found."
    return None


@lru_cache
def uno_python() -> str | None:
    """Find a Python that has UNO: LibreOffice's own, or the system's."""
    soffice = libreoffice.program("soffice")
    bundled = [soffice.resolve().with_name("python")] if soffice else []
    for python in [*map(str, bundled), "/usr/bin/python3", shutil.which("python3")]:
        if python is None:
            continue
        with suppress(OSError):
            tried = subprocess.run(
                [python, "-c", "import uno"], capture_output=True, env=plain(), check=False
            )
            if tried.returncode == 0:
                return python
    return None


def plain() -> dict[str, str]:
    """Give an environment in which another Python finds its own modules."""
    hidden = ("PYTHONHOME", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def office_environment(python: str, folder: Path) -> dict[str, str]:
    """Give the environment of LibreOffice.

    Its own Python takes the home of the first ``python3`` in PATH. In a virtual environment that
    is a home without UNO, no add-in loads, and whatever asks for one ends with "bad_alloc"; so
    the Python that has UNO comes first. Temporary files go where the profile is, and with it.
    """
    given = plain()
    path = os.pathsep.join([str(Path(python).parent), given.get("PATH", os.defpath)])
    return given | {"PATH": path, "TMPDIR": str(folder)}


def make(folder: Path, python: str | None, limits: Mapping[str, str]) -> list[str]:
    """Make a profile that has the add-in, by hand, and give the options that name both.

    The package manager would take another second, and the rights to use it.
    """
    with zipfile.ZipFile(BytesIO(libreoffice.addin(python))) as archive:
        archive.extractall(folder / "addin")
    supervisor = folder / "addin" / "pythonpath" / f"{component.SUPERVISOR}.py"
    text = supervisor.read_text("utf-8")
    for name, value in limits.items():
        text, replaced = re.subn(rf"(?m)^{name} = .*", f"{name} = {value}", text)
        assert replaced == 1
    supervisor.write_text(text, "utf-8")
    user = folder / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_bytes(_registry())
    registration = folder / "unorc"
    registration.write_text(
        "[Bootstrap]\n"
        f"UNO_TYPES={(folder / 'addin' / 'offtake.idl').as_uri()}\n"
        f"UNO_SERVICES={(folder / 'addin' / 'offtake.components').as_uri()}\n",
        "utf-8",
    )
    return [
        f"-env:UserInstallation={user.parent.as_uri()}",
        f"-env:PKG_UserUnoFile={registration.as_uri()}",
    ]


def _registry() -> bytes:
    """Give the profile's configuration: what the extension says, as changes to the defaults."""
    root = Element("oor:items", {"xmlns:oor": "http://openoffice.org/2001/registry"})
    (info,) = libreoffice.configuration(CALLABLE)
    item = SubElement(root, "item", {"oor:path": "/org.openoffice.Office.CalcAddIns/AddInInfo"})
    item.extend(info)
    return bytes(tostring(root, "UTF-8", xml_declaration=True))
