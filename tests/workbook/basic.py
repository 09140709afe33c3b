"""LibreOffice's Basic: how it reads a VBA project, and what its macros do.

Run as a program, this file is what drives LibreOffice, inside a Python that has UNO.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


@cache
def profile_folder() -> TemporaryDirectory[str]:
    """Return the folder of the profile that LibreOffice makes when it starts for the first time."""
    return TemporaryDirectory()


def listed(file: bytes, folder: Path, *calls: Sequence[str]) -> dict[str, Any]:
    """Open a file of Excel's in LibreOffice.

    Parameters
    ----------
    file : bytes
    folder : pathlib.Path
        An empty one.
    *calls : sequence of str
        Functions to call: a module, a name, and arguments. For each the file is opened separately,
        so that no variable has a value from before.

    Returns
    -------
    dict
        ``modules``: the name and source of each module, as LibreOffice's Basic has it;
        ``returned``: what each function gives; and ``seconds`` that it took.
    """
    from calc import profile
    from calc_comparison import need

    from workbook.hosts import libreoffice

    need(profile.missing())
    (folder / "book.xlsm").write_bytes(file)
    python = str(profile.uno_python())
    done = subprocess.run(
        [
            *(python, __file__, str(libreoffice.program("soffice"))),
            *(profile_folder().name, str(folder), json.dumps(calls)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=profile.office_environment(python, folder),
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main(soffice: str, profile: str, folder: str, calls: str) -> None:
    import uno  # type: ignore[import-not-found, unused-ignore]

    pipe = f"basic-{os.getpid()}"
    office = subprocess.Popen(
        [
            soffice,
            *("--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault"),
            f"-env:UserInstallation={Path(profile).as_uri()}",
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    last = time.monotonic() + 60
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except uno.getClass("com.sun.star.connection.NoConnectException"):
            if office.poll() is not None or time.monotonic() > last:
                raise
            time.sleep(0.05)
    desktop = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.Desktop", context
    )
    try:
        given = []
        settings = {
            "Hidden": True,
            "FilterName": "Calc MS Excel 2007 VBA XML",
            "MacroExecutionMode": 4,  # Always, without a warning.
        }
        for name, value in settings.items():
            one = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
            one.Name, one.Value = name, value
            given.append(one)
        url = (Path(folder) / "book.xlsm").as_uri()
        answer: dict[str, Any] = {"returned": [], "seconds": []}
        for call in json.loads(calls) or [[]]:
            document = desktop.loadComponentFromURL(url, "_blank", 0, tuple(given))
            libraries = document.BasicLibraries
            modules = {}
            for library in libraries.ElementNames:
                libraries.loadLibrary(library)
                held = libraries.getByName(library)
                modules |= {name: held.getByName(name) for name in held.ElementNames}
            answer["modules"] = modules
            if call:
                module, name, *arguments = call
                script = document.getScriptProvider().getScript(
                    f"vnd.sun.star.script:{libraries.ProjectName}.{module}.{name}"
                    "?language=Basic&location=document"
                )
                start = time.monotonic()
                answer["returned"].append(script.invoke(tuple(arguments), (), ())[0])
                answer["seconds"].append(time.monotonic() - start)
            document.close(True)
        print(json.dumps(answer))
    finally:
        desktop.terminate()
        office.wait(30)


if __name__ == "__main__":
    main(*sys.argv[1:])
