"""DataTables, the table of the list, as the package itables brings it for use without a network."""

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
    """Name and content of its script, style sheet and licences."""
    package = metadata.distribution(_PACKAGE)
    script, style, licence = DATATABLES
    yield script, classic_script(_text(package, f"{_BUNDLE}.js"), _PACKAGE)
    yield style, _text(package, f"{_BUNDLE}.css")
    licences = package.read_text("licenses/LICENSE")
    if licences is None:
        raise SsimballError(f"{_PACKAGE} {package.version} comes without its licence")
    bundled = f"Those of the parts of {script} stand at its end.\n"
    yield licence, f"{_PACKAGE} {package.version}\n\n{licences}\n{bundled}"


def classic_script(module: str, name: str) -> str:
    """A JavaScript module as a script that defines one global object of its exports.

    Browsers refuse to load modules from disk; scripts they load.

    Raises:
        SsimballError: it does not end as bundles do.
    """
    found = _EXPORTS.findall(module)
    if len(found) != 1:
        raise SsimballError(f"{name}: its bundle of DataTables has no single list of exports")
    pairs = [re.split(r"\s+as\s+", part.strip()) for part in found[0].split(",")]
    members = ",".join(f"{pair[-1]!r}:{pair[0]}" for pair in pairs)
    body = _EXPORTS.sub(lambda _: f"window.{name}={{{members}}};", module)
    return f'(()=>{{"use strict";\n{body}\n}})();\n'


def _text(package: metadata.Distribution, path: str) -> str:
    return Path(str(package.locate_file(path))).read_text(encoding="utf-8")
