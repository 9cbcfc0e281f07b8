"""Runs of the real workflow in a folder of the test's own."""

import copy
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock

from ssimball.pipeline.reruns import Job, jobs_in
from ssimball.storage.tables import stored_content

from .changes import PlannedJob, planned_jobs

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    code: int
    text: str


class Workflow:
    """Snakemake with overlays, in its own working directory."""

    def __init__(self, folder: Path, sources: Path = ROOT, profile: str = "default") -> None:
        self.folder, self.sources, self.profile = folder, sources, profile

    def run(self, overlay: dict, *arguments: str, below: Sequence[Path] = ()) -> Outcome:
        """Run with an overlay, and other overlays below it."""
        command = self._command(overlay, arguments, below)
        # Snakemake's logger imports the package before the Snakefile says where it lies.
        environment = {**os.environ, "PYTHONPATH": str(self.sources / "src")}
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=1800,
            env=environment,
        )
        return Outcome(done.returncode, done.stdout + done.stderr)

    def start(self, overlay: dict, *arguments: str) -> subprocess.Popen:
        """Start a run as a process group of its own, with its output in the file ``output``."""
        command = self._command(overlay, arguments)
        with (self.folder / "output").open("w", encoding="utf-8") as out:
            return subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self.folder, start_new_session=True
            )

    def _command(
        self, overlay: dict, arguments: Sequence[str], below: Sequence[Path] = ()
    ) -> list[str]:
        path = self.folder / f"overlay-{os.getpid()}.yaml"
        path.write_text(yaml.safe_dump(overlay), encoding="utf-8")
        profile = self.sources / "profiles" / self.profile
        return [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(self.sources / "Snakefile")),
            *("--profile", str(profile), "--directory", str(self.folder)),
            *(*arguments, "--configfile", *map(str, below), str(path)),
        ]

    def output(self) -> str:
        """Return the output so far of the run that was started last."""
        return (self.folder / "output").read_text("utf-8")

    def contents(self, run: str) -> dict[str, str]:
        """Return the content hash of every table of a run, by path."""
        folder = self.folder / "results" / run
        paths = sorted(folder.rglob("*.parquet"))
        return {str(path.relative_to(folder)): stored_content(path) for path in paths}

    def jobs(self, overlay: dict, *arguments: str) -> list[Job]:
        """Return the jobs that a dry run lists."""
        outcome = self.run(overlay, "--quiet", "progress", "--dry-run", *arguments)
        assert outcome.code == 0, outcome.text
        found = jobs_in(outcome.text)
        assert found or "Nothing to be done" in outcome.text
        return found

    def job_keys(self, overlay: dict, *arguments: str) -> set[tuple]:
        """Return those jobs as :attr:`PlannedJob.key`: rule and sorted wildcards."""
        jobs = self.jobs(overlay, *arguments)
        return {(job.rule, tuple(sorted(job.wildcards.items()))) for job in jobs} - {("all", ())}

    def planned(self, overlay: dict, *arguments: str) -> set[str]:
        """Return the names of the rules of those jobs."""
        return {job.rule for job in self.jobs(overlay, *arguments)} - {"all"}


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., Any]:
    """Return a function that waits until a condition is met, and returns its value."""

    def wait(condition: Callable[[], Any], seconds: float = 300, pause: float = 0.05) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(pause)
        raise AssertionError(f"the condition was not met within {seconds} s")

    return wait


@pytest.fixture(scope="session")
def workflow_in() -> type[Workflow]:
    """Return the class that makes the workflow of a folder."""
    return Workflow


@pytest.fixture
def workflow(tmp_path: Path) -> Workflow:
    return Workflow(tmp_path)


#: Four scenes in two shards, several kinds of attack.
SMALL = {
    "run": "small",
    "subset": {"images": 4},
    "attacks": ["fgsm", "pgd_l2", "ssim_ball", "ssim_ball_fw"],
    "attack_settings": {
        # Less than half a grey level, so rounding removes it.
        "fgsm": {"epsilon": "0.4/255"},
        "ssim_ball_fw": {"steps": 3, "bracket": True},
        "pgd_l2": {"steps": 3, "epsilon": 2.0, "target": "least_likely"},
    },
    "explanations": ["cam", "smoothgrad"],
    "explanation_settings": {"smoothgrad": {"samples": 4}},
    "comparison": {"mode": "fixed_budget"},
    "causal": {"curve_steps": 3},
    "region_noise": {"random_sets": 2},
    "randomised": {"layers": [1]},
    "sensitivity": {
        "enabled": True,
        "vary": {
            **dict.fromkeys(["epsilon", "tau", "model", "window", "boundary"]),
            "loss": ["cross_entropy"],
            "steps": [3],
        },
        "networks": {"same": {"padding": "same"}},
    },
    "figures": {"sheet_images": 2},
    "statistics": {"resamples": 99},
    "execution": {"shard_size": 2, "device": "cpu"},
}


@pytest.fixture
def small() -> dict:
    """A copy of SMALL to change."""
    return copy.deepcopy(SMALL)


@pytest.fixture(scope="session")
def small_plan(tmp_path_factory: pytest.TempPathFactory) -> list[PlannedJob]:
    """Return the jobs of SMALL, which every change is compared with."""
    return planned_jobs(SMALL, tmp_path_factory.mktemp("plan"))


@pytest.fixture
def begun(small_run: "Workflow", tmp_path: Path) -> Workflow:
    """Return a copy of the finished run that a test may change and continue."""
    shutil.copytree(small_run.folder, tmp_path, dirs_exist_ok=True)
    return Workflow(tmp_path)


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Workflow:
    """Return a finished run of SMALL, shared by all test processes.

    Tests read it and plan on it, but do not change its results.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "small"
    workflow = Workflow(folder)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "finished").exists():
            folder.mkdir(exist_ok=True)
            outcome = workflow.run(SMALL)
            assert outcome.code == 0, outcome.text
            (folder / "finished").touch()
    return workflow


@pytest.fixture(scope="session")
def forgery():
    """The module benchmarks/forgery.py, which changes files of a run in ways an audit notices."""
    spec = importlib.util.spec_from_file_location("forgery", ROOT / "benchmarks" / "forgery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path):
    """A clone with the packages of this environment."""
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    (folder / ".venv").symlink_to(sys.prefix)
    # Older than the packages: nothing is installed into the environment that tests run in.
    for name in ("envs/requirements.lock", "pyproject.toml"):
        os.utime(folder / name, (0, 0))
    return folder
