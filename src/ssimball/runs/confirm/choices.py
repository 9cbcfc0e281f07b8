"""Whether a run was made with the choices of a confirmation file."""

from pathlib import Path

from ssimball.config.changes import changed_settings
from ssimball.config.claims import Claim
from ssimball.config.files import merged, read_settings
from ssimball.config.study import effective, load_study
from ssimball.errors import ArtifactError, ConfigError
from ssimball.runs.run import Run

#: Keys that decide no result.
_FREE = ("run", "claims")


def claims_of(file: Path, run: Run) -> tuple[Claim, ...]:
    """Return the claims of a confirmation file, after a check that the run follows the file.

    Args:
        file: a configuration with claims. Whatever it states has to be so in the run; what it
            leaves out, such as where the photographs lie, may be anything.
        run: the run.

    Raises:
        ConfigError: the file cannot be read, is not valid or holds no claims.
        ArtifactError: the run was made with other settings.
    """
    stated, actual = read_settings(file), effective(run.study)
    study = load_study(merged(actual, stated))
    changes = changed_settings(actual, effective(study))
    differing = [c.key for c in changes if c.key.partition(".")[0] not in _FREE]
    if differing:
        raise ArtifactError(
            f"{run.folder}: made with other choices than {file}: {', '.join(differing)}; a "
            "confirmation changes none of them"
        )
    if not study.claims:
        raise ConfigError(f"{file}: claims: there are none; list at least one")
    return tuple(study.claims)
