"""DataTables, the table widget of the list, copied from the package itables for offline use."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from ssimball.errors import SsimballError
from ssimball.report.explorer.layout import DATATABLES

_PACKAGE = "itables"
_BUNDLE = "itables/html/dt_bundle"
_EXPORTS = re.compile(r"export ?\{([\w$, ]+)\};?")


def datatables_files() -> Iterator[tuple[str, str]]:
    """Yield name and content of the script, the style sheet and the licences."""
    package = metadata.distribution(_PACKAGE)
    script, style, licence = DATATABLES
    yield script, classic_script(_text(package, f"{_BUNDLE}.js"), _PACKAGE)
    yield style, _text(package, f"{_BUNDLE}.css")
    licences = package.read_text("licenses/LICENSE")
    if licences is None:
        raise SsimballError(f"the installed {_PACKAGE} {package.version} has no licence file")
    bundled = f"The licences of bundled libraries are at the end of {script}.\n"
    yield licence, f"{_PACKAGE} {package.version}\n\n{licences}\n{bundled}"


def classic_script(module: str, name: str) -> str:
    """Turn a JavaScript module into a script that defines a global object of its exports.

    Browsers load scripts from disk, but not modules.

    Args:
        module: source of the module.
        name: name of the global object.

    Raises:
        SsimballError: the module does not have exactly one list of exports.
    """
    exports = _EXPORTS.findall(module)
    if len(exports) != 1:
        raise SsimballError(f"{name}: its bundle of DataTables has no single list of exports")
    pairs = [re.split(r"\s+as\s+", part.strip()) for part in exports[0].split(",")]
    members = ",".join(f"{pair[-1]!r}:{pair[0]}" for pair in pairs)
    body = _EXPORTS.sub(lambda _: f"window.{name}={{{members}}};", module)
    return f'(()=>{{"use strict";\n{body}\n}})();\n'


def _text(package: metadata.Distribution, path: str) -> str:
    return Path(str(package.locate_file(path))).read_text(encoding="utf-8")
