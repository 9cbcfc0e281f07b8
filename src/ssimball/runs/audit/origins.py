"""Checks of tables and their recorded origins: content, inputs, settings."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ssimball.config.dataset import DatasetConfig
from ssimball.config.study import StudyConfig
from ssimball.errors import ImpossibleError, SsimballError
from ssimball.pipeline.plan import Plan
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import FILES, Check
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.local_files import OWN
from ssimball.runs.opening import CONFIG
from ssimball.runs.run import Run
from ssimball.storage.contracts.figures import FIGURE_SHEET
from ssimball.storage.contracts.images import CLASSES, SUBSET
from ssimball.storage.tables import check_table

#: Settings of a stage that are known only where the data set and the weights are.
_OUTSIDE = ("dataset", "last")
_WEIGHTS = ("weights", "sha256")


@dataclass(frozen=True)
class _Planned:
    """The plan of a run's configuration.

    Attributes:
        plan: the plan.
        complete: whether the data set and the weights are on this machine and may be opened, so
            that the plan knows their identity; otherwise others stand in for them.
    """

    plan: Plan
    complete: bool


def _tables(run: Run) -> list[str]:
    return [table.path for table in run.tables]


def _content(run: Run, path: str, tally: Tally) -> None:
    origin = run.origin(path)
    tally.equal("", "contract", artifact_of(path).contract.name, origin.contract)
    # Reading all columns checks the contract, the checksums of pages and the content hash.
    rows = check_table(run.folder / path, artifact_of(path).contract)
    tally.holds("", "readable rows", rows >= 0, "some", rows)


def _chain(run: Run, path: str, tally: Tally) -> None:
    origin, files = run.origin(path), run.input_files(path)
    without_inputs = artifact_of(path).contract in (SUBSET, CLASSES)
    expected = "none" if without_inputs else "some"
    tally.holds(
        "", "inputs", bool(origin.inputs) != without_inputs, expected, sorted(origin.inputs)
    )
    tally.equal("", "inputs of the session", sorted(origin.inputs), sorted(files))
    known = {table.path for table in run.tables}
    for name, content in origin.inputs.items():
        if name not in known:
            tally.fail("", f"input {name}", "a table of the run", "none")
            continue
        tally.equal("", f"content of {name}", content, run.origin(name).content_sha256)
        tally.equal("", f"sha256 of {name}", files.get(name), run.sha256(name))


def _settings(run: Run, path: str, tally: Tally) -> None:
    artifact, origin = artifact_of(path), run.origin(path)
    # Each shard of the subset has settings of its own.
    own_settings = artifact.contract == SUBSET
    first = run.origin(_first_shard(run, artifact))
    for name in ("code", "packages") if own_settings else ("stage", "code", "packages"):
        expected, found = getattr(first, name), getattr(origin, name)
        tally.equal("", f"{name}, as in the first shard", expected, found)
    names = [artifact.shard] if own_settings else [artifact.attack, artifact.explanation]
    if artifact.contract == FIGURE_SHEET:
        names = []  # one stage draws the sheets of all attacks
    planned, stage = run.once(_planned), origin.stage
    plan = planned.plan.at(artifact.network_prefix)
    planned_stage = plan.stages.build(stage["stage"], *filter(None, names)).content()
    tally.equal("", "settings", sorted(planned_stage), sorted(stage))
    for key in planned_stage.keys() & stage.keys():
        if key == "model" and not planned.complete:
            tally.equal("", key, _without_weights(planned_stage[key]), _without_weights(stage[key]))
        elif planned.complete or key not in _OUTSIDE:
            tally.equal("", key, planned_stage[key], stage[key])
    if not planned.complete:
        reason = f"data set or weights are not where {CONFIG} names them"
        if not run.local.may_open_all(run.study):
            reason = f"data set and weights are not read from where {CONFIG} names them; give {OWN}"
        tally.impossible("", "data set and weights", reason)


def _first_shard(run: Run, artifact: Artifact) -> str:
    """Return the path of the same table for the first shard."""
    if not artifact.shard:
        return artifact.path
    return artifact.sibling(artifact.contract, shard=run.shards[0])


def _without_weights(model: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in model.items() if key not in _WEIGHTS}


def _planned(run: Run) -> _Planned:
    # The folder of scripts matters for the fingerprint of the code alone, which is not asked for.
    scripts = run.folder
    if run.local.may_open_all(run.study):
        with suppress(SsimballError, OSError):
            return _Planned(Plan(run.study, scripts), complete=True)
    try:
        return _Planned(Plan(_with_shipped_parts(run.study), scripts), complete=False)
    except SsimballError as error:
        raise ImpossibleError(str(error)) from None


def _with_shipped_parts(study: StudyConfig) -> StudyConfig:
    """Return the study with the shipped data set and weights in place of its own."""
    shipped = {"weights": "demo", "sha256": None}
    networks = {name: {**raw, **shipped} for name, raw in study.sensitivity.networks.items()}
    sections = {
        "dataset": DatasetConfig(),
        "model": study.model.model_copy(update=shipped),
        "sensitivity": study.sensitivity.model_copy(update={"networks": networks}),
    }
    return study.model_copy(update=sections)


def _configuration(run: Run, path: str, tally: Tally) -> None:
    tally.holds("", "is valid", bool(run.study), "yes", "no")


CHECKS = (
    Check("configuration", "the configuration is valid", lambda run: [CONFIG], _configuration),
    Check("content", "the table follows its contract and its content hash", _tables, _content),
    Check(
        "chain",
        "the recorded hashes of its inputs are those of the files",
        _tables,
        _chain,
        family=FILES,
        by_shard=False,
    ),
    Check(
        "settings",
        f"it was made with the settings of {CONFIG}, as its shards",
        _tables,
        _settings,
        by_shard=False,
    ),
)
