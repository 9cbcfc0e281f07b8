"""All that is looked for, and the looking."""

from collections.abc import Callable, Iterator, Mapping

from ssimball.cli.doctor import extras, machine, project
from ssimball.cli.doctor.interface import Finding, State

#: By name; those that ``make demo`` needs first.
NEEDED: Mapping[str, Callable[[], Finding]] = {
    "Python": project.python,
    "packages": project.packages,
    "project": project.project_folder,
    "disk": project.disk,
}
OTHERS: Mapping[str, Callable[[], Finding]] = {
    "machine": machine.cores,
    "GPU": machine.graphics,
    "weights": extras.weights,
    "MOSEK": extras.mosek,
    "SLURM": extras.slurm,
    "Chromium": extras.chromium,
}


def examine() -> Iterator[tuple[str, Finding]]:
    """Names, and what is found of each, one after the other: some of it takes seconds."""
    for name, look in {**NEEDED, **OTHERS}.items():
        try:
            yield name, look()
        except Exception as error:  # Whatever a package does that is broken or not installed.
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            state: State = "missing" if name in NEEDED else "not needed"
            yield name, Finding(state, f"cannot be looked at ({reason})", "make setup")
