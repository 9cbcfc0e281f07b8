"""All checks of ``ssimball doctor``."""

from collections.abc import Iterator

from ssimball.cli.doctor import extras, machine, project
from ssimball.cli.doctor.interface import Check, Finding, State
from ssimball.errors import first_line

CHECKS = (
    Check("Python", project.python, is_needed=True),
    Check("packages", project.packages, is_needed=True),
    Check("project", project.project_folder, is_needed=True),
    Check("disk", project.disk, is_needed=True),
    Check("machine", machine.cores),
    Check("GPU", machine.gpu),
    Check("weights", extras.weights),
    Check("MOSEK", extras.mosek),
    Check("SLURM", extras.slurm),
    Check("Chromium", extras.chromium),
)


def examine() -> Iterator[tuple[Check, Finding]]:
    """Yield each check with its finding as soon as it is known; some take seconds."""
    for check in CHECKS:
        try:
            yield check, check.examine()
        except Exception as error:  # a package that is broken or missing may raise anything
            reason = first_line(error)
            state = State.MISSING if check.is_needed else State.NOT_NEEDED
            yield check, Finding(state, f"cannot be checked ({reason})", "make setup")
