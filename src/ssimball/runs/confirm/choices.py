"""Whether a run was made with the choices of a confirmation file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ssimball.config.claims import Claim
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
    stated = _read(file)
    intended = effective(load_study(stated))
    actual = effective(run.study)
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
    claims = load_study(stated).claims
    if not claims:
        raise ConfigError(f"{file}: claims: there are none; list at least one")
    return tuple(claims)


def _read(file: Path) -> dict[str, Any]:
    try:
        stated = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{file}: not YAML ({reason}); name a confirmation file") from None
    if not isinstance(stated, dict):
        raise ConfigError(f"{file}: expected a configuration; name a confirmation file")
    return stated


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
