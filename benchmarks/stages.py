"""The cost of every stage of a run on photographs, also relative to a pass of the network.

``make benchmark`` writes benchmarks/stages.md and benchmarks/stages.parquet. ``stages.py --keep
FOLDER --seconds N`` measures for N seconds and continues where the last call ended.

The workflow's own scripts run one after the other, each in a process forked from this one, as
:mod:`ssimball.pipeline.fork_server` runs them. Every script runs for few and for many photographs.
The difference is the cost of an image; the rest is what a job costs beside its images.
"""

import argparse
import contextlib
import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import HERE, Rows, as_in_a_job, weights_given, write_page
from layers import LAYERS, NETWORK, START
from script_runs import Job, in_child, one_pass, plan, run_job, write_manifest

from ssimball.config.study import StudyConfig
from ssimball.pipeline.fork_server.server import import_modules_of
from ssimball.storage.contracts.columns import network_name

#: Photographs of the two runs.
FEW, MANY = 2, 8
#: Jobs that take less are measured several times.
SHORT_SECONDS, REPEATS = 2.0, 3
#: Seconds after which a pass of the network is measured again.
PASS_SECONDS = 15.0
MAIN, BY_LAYER, BY_STAGE, PER_JOB = (
    "Milliseconds per image",
    "Layers of the whole run",
    "Layers of each stage, in milliseconds per image",
    "Milliseconds per job, beside its images",
)
REMARKS = {
    MAIN: """A stage that runs once for all images is measured like the others: what an image adds.
`over_pass` is relative to a forward and backward pass for one image, measured within
{seconds:.0f} s ({one_pass:.1f} ms in the median). The attacks with `--` in their names are
{levels} levels of the sensitivity sweep.""",
    BY_LAYER: """All stages and attacks of the table above but the levels of the sweep. `share` is
that of a run with {size} images per job, starts included. One network with random weights counts,
of the three of the default run.""",
    BY_STAGE: "The mean over attacks.",
    PER_JOB: """The mean over attacks. `start` is the time to fork, to import what the script alone
needs, to load the network and compiled code, and to end the process.""",
}


@dataclass(frozen=True)
class Measured:
    """What one job took for few and for many photographs, the median of repeats.

    Attributes:
        stage: name of the stage, with the explanation, and the network where it is another one.
        attack: name of the attack; empty where the stage has none.
        one_pass: seconds of a forward and backward pass of the network, measured shortly before.
        few, many: seconds by layer, for :data:`FEW` and :data:`MANY` photographs.
    """

    stage: str
    attack: str
    one_pass: float
    few: dict[str, float]
    many: dict[str, float]

    @property
    def in_sweep(self) -> bool:
        """Whether the job is one of the levels of the sensitivity sweep."""
        return self.attack not in ("", *StudyConfig().attacks)

    def per_image(self, layer: str) -> float:
        """Return the milliseconds of a layer that an image adds."""
        return 1e3 * (self.many[layer] - self.few[layer]) / (MANY - FEW)

    def per_job(self, layer: str) -> float:
        """Return the milliseconds of a layer that do not depend on the number of images."""
        return 1e3 * self.few[layer] - FEW * self.per_image(layer)


def by_identity(jobs: Iterable[Job]) -> dict[tuple[Any, ...], Job]:
    """Return jobs by rule and wildcards, which the runs of few and of many images share."""
    return {(job[1].rule, *sorted(job[1].wildcards.items())): job for job in jobs}


def names_of(job: Job) -> tuple[str, str]:
    """Return the stage of a job, with its explanation and network, and its attack."""
    wildcards = dict(job[1].wildcards.items())
    stage = f"{job[1].rule.removesuffix('_shard')} {wildcards.get('explanation', '')}".strip()
    network = network_name(wildcards.get("network", ""))
    return f"{stage}, {network}" if network else stage, wildcards.get("attack", "")


def measure(job_of_few: Job, job_of_many: Job, seconds_of_pass: float, folder: Path) -> Measured:
    """Run a script for few and for many images by turns, long ones only once."""
    found: dict[int, list[dict[str, float]]] = {FEW: [], MANY: []}
    for _ in range(REPEATS):
        for images, job in ((FEW, job_of_few), (MANY, job_of_many)):
            found[images].append(run_job(job, folder))
        if sum(found[MANY][0].values()) > SHORT_SECONDS:
            break
    few, many = (
        {layer: float(np.median([times.get(layer, 0.0) for times in runs])) for layer in LAYERS}
        for runs in found.values()
    )
    return Measured(*names_of(job_of_many), seconds_of_pass, few, many)


def measured_jobs(folder: Path, known: list[Measured]) -> Iterator[Measured]:
    """Measure all jobs but those that were measured before."""
    done = {(job.stage, job.attack) for job in known}
    passes, last = 0.0, -PASS_SECONDS
    few, many = (by_identity(plan(folder, images, MANY)) for images in (FEW, MANY))
    for identity, job in many.items():
        if names_of(job) in done:
            continue
        import_modules_of(job[0])
        if time.perf_counter() - last > PASS_SECONDS:
            passes, last = in_child(lambda: one_pass(folder), folder / "log"), time.perf_counter()
        yield measure(few[identity], job, passes, folder)


def main_table(jobs: list[Measured]) -> Rows:
    """Return the cost of an image by stage and attack; stage clean in its two parts."""
    rows: Rows = []
    for job in jobs:
        parts = {job.stage: LAYERS}
        if job.stage == "clean":
            others = tuple(layer for layer in LAYERS if layer != NETWORK)
            parts = {"clean: decode, preprocess, store": others, "clean: network": (NETWORK,)}
        for stage, layers in parts.items():
            ms = sum(map(job.per_image, layers))
            over = ms / 1e3 / job.one_pass
            rows.append({"stage": stage, "attack": job.attack, "ms": ms, "over_pass": over})
    # All attacks of a stage beside each other.
    order = list(dict.fromkeys(row["stage"] for row in rows))
    return sorted(rows, key=lambda row: order.index(row["stage"]))


def layer_table(jobs: list[Measured], shard_size: int) -> Rows:
    """Return the cost of each layer over all jobs of a shard."""
    configured = [job for job in jobs if not job.in_sweep]
    per_image = {layer: sum(job.per_image(layer) for job in configured) for layer in LAYERS}
    per_job = {layer: sum(job.per_job(layer) for job in configured) for layer in LAYERS}
    passes = float(np.median([job.one_pass for job in configured])) * 1e3
    whole = {layer: shard_size * per_image[layer] + per_job[layer] for layer in LAYERS}
    return [
        {
            "layer": layer,
            "ms per image": per_image[layer],
            "over a pass": per_image[layer] / passes,
            "ms per job, all jobs": per_job[layer],
            "share": whole[layer] / sum(whole.values()),
        }
        for layer in LAYERS
    ]


def stage_tables(jobs: list[Measured]) -> tuple[Rows, Rows]:
    """Return layers by stage per image, and what a job costs beside its images."""
    per_image: Rows = []
    per_job: Rows = []
    for stage in dict.fromkeys(job.stage for job in jobs):
        of_stage = [job for job in jobs if job.stage == stage and not job.in_sweep]
        means = {n: np.mean([job.per_image(n) for job in of_stage]) for n in LAYERS}
        per_image.append({"stage": stage, **means})
        ms = {n: float(np.mean([job.per_job(n) for job in of_stage])) for n in LAYERS}
        per_job.append({"stage": stage, "ms": sum(ms.values()), "start": ms[START]})
    return per_image, per_job


def report(jobs: list[Measured]) -> None:
    """Write the page and the tables."""
    size = StudyConfig().execution.shard_size
    per_image, per_job = stage_tables(jobs)
    tables = {MAIN: main_table(jobs), BY_LAYER: layer_table(jobs, size)}
    tables |= {BY_STAGE: per_image, PER_JOB: per_job}
    values = {
        "seconds": PASS_SECONDS,
        "one_pass": 1e3 * float(np.median([job.one_pass for job in jobs])),
        "levels": sum(job.in_sweep and job.stage == "attack" for job in jobs),
        "size": size,
    }
    kind = "trained on ImageNet" if weights_given() else "with initial weights"
    title = f"Stages of a run on photographs, MobileNetV2 {kind}, {MANY} photographs 224 x 224"
    remarks = {name: remark.format(**values) + "\n" for name, remark in REMARKS.items()}
    write_page("stages", title, tables, remarks)
    pd.DataFrame(tables[MAIN]).to_parquet(HERE / "stages.parquet")
    pd.DataFrame(tables[BY_LAYER]).to_parquet(HERE / "stages_layers.parquet")


def main() -> None:
    """Measure, for a limited time if asked to, and write the page when all is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    given = parser.parse_args()
    as_in_a_job()
    end = time.perf_counter() + given.seconds
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.keep or Path(temporary)).resolve()
        folder.mkdir(exist_ok=True)
        record = folder / "measured.jsonl"
        if not record.exists():
            in_child(lambda: write_manifest(folder, MANY), folder / "log")
            record.touch()
        jobs = [Measured(**json.loads(line)) for line in record.read_text().splitlines()]
        with contextlib.chdir(folder), record.open("a") as stream:
            for job in measured_jobs(folder, list(jobs)):
                jobs.append(job)
                stream.write(json.dumps(asdict(job)) + "\n")
                stream.flush()
                if time.perf_counter() > end:
                    print(f"{len(jobs)} jobs measured; call again to continue")
                    return
    report(jobs)


if __name__ == "__main__":
    main()
