"""Whether a run was made with the choices of a confirmation file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

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
    intended = effective(study)
    differing = [
        ".".join(path)
        for path in _leaves(stated)
        if path[0] not in _FREE and _at(intended, path) != _at(actual, path)
    ]
    if differing:
        raise ArtifactError(
            f"{run.folder}: made with other choices than {file}: {', '.join(differing)}; a "
            "confirmation changes none of them"
        )
    if not study.claims:
        raise ConfigError(f"{file}: claims: there are none; list at least one")
    return tuple(study.claims)


def _leaves(stated: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each key whose value is not a mapping."""
    for key, value in stated.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key)


def _at(settings: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        settings = settings.get(key) if isinstance(settings, Mapping) else None
    return settings
