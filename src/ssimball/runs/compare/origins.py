"""The comparison of what two tables record of their origin."""

from collections.abc import Iterator, Mapping

from ssimball.config.changes import changed_settings
from ssimball.config.messages import listed
from ssimball.runs.compare.findings import MISSING, Finding
from ssimball.runs.origin import Origin

#: Excess of what may differ between machines; the values decide the verdict there.
_TOLERATED = 0.0
#: Characters of a fingerprint or content hash that a finding shows.
SHOWN_DIGITS = 12


def compare_origins(first: Origin, second: Origin) -> Iterator[Finding]:
    """Yield the differences between the origins of two tables.

    Other settings are a difference by themselves: the tables were meant to differ. Code, packages,
    device and inputs are only named, to explain other findings.
    """
    if first.version != second.version:
        yield Finding("settings", "version of the formats", _texts(first.version, second.version))
    for setting in changed_settings(first.stage, second.stage):
        yield Finding("settings", setting.key, (setting.before, setting.after))
    if first.code != second.code:
        yield Finding("code", "", _texts(first.code, second.code), excess=_TOLERATED)
    if first.device != second.device:
        yield Finding("device", "", _texts(first.device, second.device), excess=_TOLERATED)
    yield from _packages(first.packages, second.packages)
    yield from _inputs(first.inputs, second.inputs)


def _texts(first: object, second: object) -> tuple[str, str]:
    return str(first)[:SHOWN_DIGITS], str(second)[:SHOWN_DIGITS]


def _packages(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted({**first, **second}):
        sides = first.get(name, MISSING), second.get(name, MISSING)
        if sides[0] != sides[1]:
            yield Finding("packages", name, sides, excess=_TOLERATED)


def _inputs(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Finding]:
    """Yield one finding for all inputs, since each input is compared as a table of its own."""
    known = sorted({**first, **second})
    names = [name for name in known if first.get(name) != second.get(name)]
    if names:
        yield Finding(
            "inputs", listed(names), cells=len(names), compared=len(known), excess=_TOLERATED
        )
