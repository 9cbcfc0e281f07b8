"""The end of the log of a run: the answer, and where everything is."""

from pathlib import Path

from ssimball.storage.provenance import file_sha256

#: What a run may have written, in the order in which it is listed.
_PLACES = {
    "Explorer": "report/index.html",
    "All attacks": "answer.md",
    "Figures": "figures",
    "Curves": "causal.txt",
    "Sensitivity": "sensitivity.txt",
}


def closing_lines(folder: Path, started: float) -> list[str]:
    """Return the answer of a run, and the paths of what else there is to read.

    Args:
        folder: Folder of the run.
        started: When this start of the run began; only files written after it are listed.
    """
    answer, checksums = folder / "answer.txt", folder / "checksums.sha256"
    lines = (
        ["", *answer.read_text(encoding="utf-8").splitlines(), ""] if _new(answer, started) else []
    )
    if not _new(checksums, started):
        return lines
    for name, path in _PLACES.items():
        if _new(folder / path, started):
            lines.append(f"{name + ':':<12} {folder / path}")
    # The sha256 of the list identifies all files of the run.
    return [
        *lines,
        f"{'All files:':<12} {checksums}",
        f"{'Its sha256:':<12} {file_sha256(checksums)}",
    ]


def _new(path: Path, started: float) -> bool:
    return path.exists() and path.stat().st_mtime >= started
