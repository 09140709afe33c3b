"""LibreOffice's Basic: what it reads of a VBA project, and what its macros do.

Run as a program, this file is what drives LibreOffice, inside a Python that has UNO.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def listed(file: bytes, folder: Path, *macro: str) -> dict[str, Any]:
    """Open a file of Excel's in LibreOffice.

    Returns
    -------
    dict
        ``modules``: the name and source of each module, as LibreOffice's Basic has it; and
        ``returned``: what a function gives for texts, if its module, its name and texts are given.
    """
    from calc_comparison import need

    from workbook.hosts import libreoffice
    from workbook.hosts.calc import profile

    need(profile.missing())
    (folder / "book.xlsm").write_bytes(file)
    python = str(profile.uno_python())
    done = subprocess.run(
        [python, __file__, str(libreoffice.program("soffice")), str(folder), *macro],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=profile.office_environment(python, folder),
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main(soffice: str, folder: str, *macro: str) -> None:
    import uno  # type: ignore[import-not-found, unused-ignore]

    pipe = f"basic-{os.getpid()}"
    office = subprocess.Popen(
        [
            soffice,
            *("--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault"),
            f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}",
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
        document = desktop.loadComponentFromURL(url, "_blank", 0, tuple(given))
        libraries = document.BasicLibraries
        modules = {}
        for library in libraries.ElementNames:
            libraries.loadLibrary(library)
            held = libraries.getByName(library)
            modules |= {name: held.getByName(name) for name in held.ElementNames}
        answer: dict[str, Any] = {"modules": modules}
        if macro:
            library = libraries.VBACompatibilityMode and libraries.ProjectName
            script = document.getScriptProvider().getScript(
                f"vnd.sun.star.script:{library}.{macro[0]}.{macro[1]}?language=Basic&location=document"
            )
            answer["returned"] = script.invoke(macro[2:], (), ())[0]
        document.close(True)
        print(json.dumps(answer))
    finally:
        desktop.terminate()
        office.wait(30)


if __name__ == "__main__":
    main(*sys.argv[1:])
