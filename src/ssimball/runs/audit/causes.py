"""Which changed file each failure follows from, so that one change is one group of findings.

A file counts as changed where its bytes, its own content hash, or the tables made from it say so.
A failure belongs to the changed file that it names, or else to its own file if that was changed, or
else to the nearest changed file that its own was made from. Where somebody has made all hashes
again, no file counts as changed: then a failure belongs to the first failing file of those that its
own was made from. This is an order for the reader. It hides nothing: every failure is counted.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ssimball.runs.audit.findings import FAILED, Finding
from ssimball.runs.audit.links import Links
from ssimball.runs.opening import CONFIG
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS

_CHAIN = re.compile(r"(?:content|sha256) of (.+)")
#: Checks that compare other files with what the configuration asks for.
_CONFIGURED = ("settings", "complete", "configuration")


def with_causes(findings: Sequence[Finding], run: Run) -> list[Finding]:
    """Return the findings with the cause of each failure.

    Args:
        findings: of all checks.
        run: the run that they are about.
    """
    failed = [finding for finding in findings if finding.verdict == FAILED]
    causes = _Causes(failed, run)
    known = {finding: causes.of(finding) for finding in failed}
    return [replace(one, cause=known[one]) if one in known else one for one in findings]


class _Causes:
    """The changed files of a run, and the cause of each failure."""

    def __init__(self, failed: Sequence[Finding], run: Run) -> None:
        self._links, self._folder = Links(run), f"{run.folder}/"
        self._wrongly_listed: set[str] = set()
        self._changed = self._with_evidence(failed)
        left = [finding for finding in failed if self._known(finding) is None]
        self._suspects = self._suspected(left)

    def of(self, finding: Finding) -> str:
        """Return the path of the file that a failure follows from."""
        found = self._known(finding) or self._suspect(finding)
        return CONFIG if self._only_configured(found) else found

    def _with_evidence(self, failed: Sequence[Finding]) -> set[str]:
        """Return the files of which bytes or hashes say that they were changed."""
        by_bytes = {finding.artifact for finding in failed if finding.check == "checksums"}
        changed = by_bytes | {one.artifact for one in failed if one.check == "content"}
        changed |= {one.artifact for one in failed if not self._links.exists(one.artifact)}
        for path in by_bytes:
            if self._is_intact(path, failed, changed):
                self._wrongly_listed.add(path)
        changed -= self._wrongly_listed
        for finding in failed:
            found = _CHAIN.fullmatch(finding.what) if finding.check == "chain" else None
            if found is not None and finding.artifact not in changed:
                name = found[1]
                if not self._links.is_recorded_as_it_is(name, changed):
                    changed.add(name)
        return changed

    def _is_intact(self, path: str, failed: Sequence[Finding], changed: set[str]) -> bool:
        """Return whether the list of checksums is wrong about a file, and other tables are not."""
        if not self._links.exists(path) or not self._links.is_recorded_as_it_is(path, changed):
            return False
        return not any(one.artifact == path and one.check == "content" for one in failed)

    def _known(self, finding: Finding) -> str | None:
        """Return the changed file that a failure follows from; None if there is none."""
        artifact = finding.artifact
        unlisted = finding.check == "complete" and finding.what == f"listed in {CHECKSUMS}"
        if finding.check == "checksums" and artifact in self._wrongly_listed:
            return CHECKSUMS
        if unlisted and self._links.exists(artifact):
            return CHECKSUMS
        named = self._named(finding, self._changed)
        if named is not None:
            return named
        if artifact in self._changed:
            return artifact
        if finding.check in _CONFIGURED and CONFIG in self._changed:
            return CONFIG
        nearest = (name for name in self._links.ancestors(artifact) if name in self._changed)
        return next(nearest, CONFIG if CONFIG in self._changed else None)

    def _named(self, finding: Finding, files: Iterable[str]) -> str | None:
        """Return another file that the words of a failure name."""
        words = f"{finding.what} {finding.reason}".replace(self._folder, "")
        if "." not in words:
            return None
        for path in files:
            whole = rf"(?<![\w./-]){re.escape(path)}(?![\w/-])"
            if path != finding.artifact and path in words and re.search(whole, words):
                return path
        return None

    def _suspected(self, left: Sequence[Finding]) -> list[str]:
        """Return the files with failures that no changed file explains, in the workflow's order."""
        other_settings = {one.artifact for one in left if one.check == "settings"}
        self._other_configuration = len(other_settings) > 1
        found = {
            one.artifact
            for one in left
            if not (one.check in _CONFIGURED and self._other_configuration)
        }
        order = {path: number for number, path in enumerate(self._links.tables)}
        return sorted(found, key=lambda path: (order.get(path, len(order)), path))

    def _suspect(self, finding: Finding) -> str:
        if finding.check in _CONFIGURED and self._other_configuration:
            return CONFIG
        named = self._named(finding, self._suspects)
        artifact = named or finding.artifact
        made_from = {artifact, *self._links.ancestors(artifact)}
        return next((path for path in self._suspects if path in made_from), artifact)

    def _only_configured(self, path: str) -> bool:
        """Return whether nothing but a changed configuration says that the run had a file."""
        if self._links.exists(path) or path in self._links.listed:
            return False
        changed = CONFIG in self._changed or self._other_configuration
        return changed and not self._links.is_recorded(path)
