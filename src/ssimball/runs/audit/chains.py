"""Tables and what they say of their origin: content, inputs, settings."""

import json
from typing import Any

from ssimball.config.dataset import DatasetConfig
from ssimball.config.study import StudyConfig
from ssimball.errors import ImpossibleError, SsimballError
from ssimball.pipeline.plan import Plan
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import CONFIG, Run
from ssimball.storage.contracts.images import CLASSES, SUBSET

#: Of a stage, what is known only where the data set and the weights are.
_OUTSIDE = ("dataset", "last")
_WEIGHTS = ("weights", "sha256")


def _tables(run: Run) -> list[str]:
    return [one.path for one in run.tables]


def _content(run: Run, artifact: str, tally: Tally) -> None:
    origin = run.origin(artifact)
    tally.equal("", "contract", artifact_of(artifact).contract.name, origin["contract"])
    # Contract, checksums of pages, content hash.
    table = run.table(artifact)
    tally.true("", "readable rows", table.num_rows >= 0, "some", table.num_rows)


def _chain(run: Run, artifact: str, tally: Tally) -> None:
    origin, first = run.origin(artifact), artifact_of(artifact).contract in (SUBSET, CLASSES)
    inputs, files = origin["inputs"], origin["input_files"]
    tally.true("", "inputs", bool(inputs) != first, "none" if first else "some", sorted(inputs))
    tally.equal("", "inputs of the session", sorted(inputs), sorted(files))
    known = {one.path for one in run.tables}
    for path, content in inputs.items():
        if path not in known:
            tally.fail("", f"input {path}", "a table of the run", "none")
            continue
        tally.equal("", f"content of {path}", content, run.origin(path)["content_sha256"])
        tally.equal("", f"sha256 of {path}", files.get(path), run.sha256(path))


def _first_shard(run: Run, artifact: str) -> str:
    one = artifact_of(artifact)
    return one.beside(one.contract, shard=run.shards[0]) if one.shard else artifact


def _settings(run: Run, artifact: str, tally: Tally) -> None:
    origin, first = run.origin(artifact), run.origin(_first_shard(run, artifact))
    one, stage = artifact_of(artifact), origin["stage"]
    chosen = one.contract == SUBSET  # each shard of it has settings of its own
    for key in ("code", "packages") if chosen else ("stage", "code", "packages"):
        tally.equal("", f"{key}, as in the first shard", first[key], origin[key])
    names = [one.shard] if chosen else [name for name in (one.attack, one.explanation) if name]
    plan, here = _plan(run)
    expected = json.loads(plan.at(one.place).stage(stage["stage"], *names))
    tally.equal("", "settings", sorted(expected), sorted(stage))
    for key in expected.keys() & stage.keys():
        if key == "model" and not here:
            tally.equal("", key, _without_weights(expected[key]), _without_weights(stage[key]))
        elif here or key not in _OUTSIDE:
            tally.equal("", key, expected[key], stage[key])
    if not here:
        tally.cannot("", "data set and weights", "they are not where config.yaml says")


def _without_weights(model: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in model.items() if key not in _WEIGHTS}


def _plan(run: Run) -> tuple[Plan, bool]:
    """The plan of the configuration, and whether it knows what lies outside of the run."""
    if "plan" not in run.kept:
        run.kept["plan"] = _made_plan(run)
    found: tuple[Plan, bool] = run.kept["plan"]
    return found


def _made_plan(run: Run) -> tuple[Plan, bool]:
    # The scripts matter for the code's fingerprint alone.
    nowhere = run.folder
    try:
        return Plan(run.study, nowhere), True
    except (SsimballError, OSError):
        pass
    try:
        return Plan(_anywhere(run.study), nowhere), False
    except SsimballError as error:
        raise ImpossibleError(str(error)) from None


def _anywhere(study: StudyConfig) -> StudyConfig:
    """The same with a data set and weights that are here."""
    shipped = {"weights": "demo", "sha256": None}
    networks = {name: {**raw, **shipped} for name, raw in study.sensitivity.networks.items()}
    sections = {
        "dataset": DatasetConfig(),
        "model": study.model.model_copy(update=shipped),
        "sensitivity": study.sensitivity.model_copy(update={"networks": networks}),
    }
    return study.model_copy(update=sections)


def _configuration(run: Run, artifact: str, tally: Tally) -> None:
    tally.true("", "is valid", bool(run.study), "yes", "no")


CHECKS = (
    Check("configuration", "it is valid", lambda run: [CONFIG], _configuration),
    Check("content", "it follows its contract and its content hash", _tables, _content),
    Check("chain", "the hashes of its inputs are those files'", _tables, _chain),
    Check("settings", "it was made as config.yaml says, and as its shards", _tables, _settings),
)
