"""What tables say of their origin: settings key by key, code, packages, device, inputs."""

from collections.abc import Iterator, Mapping
from typing import Any

from ssimball.config.changes import changed_settings
from ssimball.config.messages import listed
from ssimball.runs.compare.findings import Finding

#: What may differ between machines: values decide there.
_TOLERATED = 0.0
_MISSING = "not there"


def origins(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings about the metadata of two tables, see ``Provenance``.

    Other settings are a difference by themselves: the tables were meant to be others. Code,
    packages, device and inputs are named to explain what else is found.
    """
    if first.get("version") != second.get("version"):
        one, other = (str(origin.get("version")) for origin in (first, second))
        yield Finding("settings", "version of the formats", (one, other))
    for setting in changed_settings(first.get("stage", {}), second.get("stage", {})):
        yield Finding("settings", setting.key, (setting.before, setting.after))
    for name in ("code", "device"):
        if first.get(name) != second.get(name):
            one, other = (str(origin.get(name))[:12] for origin in (first, second))
            yield Finding(name, "", (one, other), excess=_TOLERATED)
    yield from _packages(first.get("packages", {}), second.get("packages", {}))
    yield from _inputs(first.get("inputs", {}), second.get("inputs", {}))


def _packages(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted({**first, **second}):
        one, other = (versions.get(name, _MISSING) for versions in (first, second))
        if one != other:
            yield Finding("packages", name, (one, other), excess=_TOLERATED)


def _inputs(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Finding]:
    """One for all: each input is compared where it is a table of its own."""
    names = [name for name in sorted({**first, **second}) if first.get(name) != second.get(name)]
    if names:
        total = len({**first, **second})
        yield Finding("inputs", listed(names), cells=len(names), compared=total, excess=_TOLERATED)
