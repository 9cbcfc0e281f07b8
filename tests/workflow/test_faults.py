"""A run continues after kills, full disks and clock changes, and ends with the same content."""

import base64
import contextlib
import os
import shutil
import signal
import subprocess
import time

import numpy as np
import psutil
import pytest

from ssimball.runs.layout import artifact_of
from ssimball.storage.tables import read_table

#: Two shards through most stages, in jobs of a few seconds.
OVERLAY = {
    "run": "faults",
    "subset": {"images": 4},
    "attacks": ["fgsm", "ssim_ball"],
    "explanations": ["cam"],
    "causal": {"enabled": False},
    "figures": {"sheet_images": 2},
    "statistics": {"resamples": 99},
    "execution": {"shard_size": 2, "device": "cpu"},
}
#: benchmarks/faults.py asks for more.
KILLS = int(os.environ.get("SSIMBALL_KILLS", "5"))
#: Jobs at once.
CORES = 2

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def undisturbed(workflow_in, tmp_path_factory):
    """Return an undisturbed run."""
    workflow = workflow_in(tmp_path_factory.mktemp("undisturbed"))
    outcome = workflow.run(OVERLAY)
    assert outcome.code == 0, outcome.text
    return workflow


def whole_tables(workflow):
    """Return the time of writing of every table so far, and check that each is complete."""
    folder, times = workflow.folder / "results" / "faults", {}
    for path in folder.rglob("*.parquet"):
        if not path.name.startswith("."):
            read_table(path, artifact_of(str(path.relative_to(folder))).contract)
            times[path] = path.stat().st_mtime_ns
    return times


def unrecorded(workflow):
    """Return the files of jobs whose end Snakemake did not record."""
    marks = (workflow.folder / ".snakemake" / "incomplete").glob("*")
    return {workflow.folder / base64.b64decode(mark.name).decode() for mark in marks}


def kill(running):
    """Kill the whole process group at once, as a machine that goes down does."""
    members = psutil.Process(running.pid).children(recursive=True)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    _, alive = psutil.wait_procs(members, timeout=10)
    assert not alive, "a job lives on outside of the group"


@contextlib.contextmanager
def ended(running):
    """Make sure that no process of the run is left, even if the test fails."""
    try:
        yield
    finally:
        if running.poll() is None:
            kill(running)


def test_a_run_that_is_killed_repeatedly_loses_nothing(workflow_in, undisturbed, tmp_path):
    rng, kills, runs = np.random.default_rng(0), 0, 0
    while kills < KILLS:
        workflow = workflow_in(tmp_path / str(runs))
        workflow.folder.mkdir()
        runs += 1
        finished = False
        while not finished:
            before, ending = whole_tables(workflow), unrecorded(workflow)
            if kills >= KILLS:
                assert workflow.run(OVERLAY, "--cores", str(CORES)).code == 0
                finished = True
            else:
                running = workflow.start(OVERLAY, "--cores", str(CORES))
                with ended(running), contextlib.suppress(subprocess.TimeoutExpired):
                    # Snakemake itself takes about 4 s to start, a job as long.
                    finished = running.wait(rng.uniform(0.5, 20)) == 0
                    assert finished, workflow.output()
                if not finished:
                    kills += 1
                    assert workflow.run(OVERLAY, "--unlock").code == 0
            after = whole_tables(workflow)
            again = {path for path, written in before.items() if after.get(path) != written}
            # Complete tables stay, except those whose end Snakemake had not recorded.
            assert again <= ending
        assert workflow.contents("faults") == undisturbed.contents("faults")
        assert not list(workflow.folder.rglob(".*.tmp"))
        shutil.rmtree(workflow.folder)


@pytest.fixture
def small_disk(workflow):
    """Yield a workflow with its results on a separate file system, whose size the test chooses."""
    results = workflow.folder / "results"
    results.mkdir()

    def mount(options):
        subprocess.run(["mount", "-o", options, *rest, str(results)], check=True)

    rest = ["-t", "tmpfs", "tmpfs"]
    try:
        mount("size=64k")
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("needs to mount a file system: run the tests as root")
    rest = []
    yield workflow, mount
    subprocess.run(["umount", "--lazy", str(results)], check=True)


def test_a_full_or_read_only_disk_is_reported_and_nothing_is_lost(small_disk, undisturbed):
    workflow, mount = small_disk
    folder = undisturbed.folder / "results" / "faults"
    room = sum(p.stat().st_size for part in ("subset", "clean") for p in (folder / part).iterdir())
    mount(f"remount,size={room // 1024 + 64}k")
    full = workflow.run(OVERLAY, "attack")
    assert full.code != 0
    assert "ssimball: the disk is full; make room, and run again." in full.text
    assert "Traceback" not in full.text
    kept = whole_tables(workflow)
    assert len([path for path in kept if path.parent.name == "clean"]) == 2
    mount("remount,size=64m,ro")
    unwritable = workflow.run(OVERLAY, "attack")
    assert unwritable.code != 0
    assert "Read-only file system" in unwritable.text or "is read-only" in unwritable.text
    mount("remount,rw")
    outcome = workflow.run(OVERLAY, "attack")
    assert outcome.code == 0, outcome.text
    after = whole_tables(workflow)
    assert {path: after[path] for path in kept} == kept
    contents = workflow.contents("faults")
    expected = undisturbed.contents("faults")
    assert len(contents) == 8
    assert contents == {path: expected[path] for path in contents}


def test_a_killed_job_affects_no_other(workflow, undisturbed, wait_for):
    running = workflow.start(OVERLAY, "attack", "--cores", str(CORES))

    def worker():
        for process in psutil.Process(running.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it has just ended
                if ".attack_shard.py" in " ".join(process.cmdline()):
                    return process
        return None

    with ended(running):
        wait_for(worker).kill()
        assert running.wait(600) != 0
    assert (
        "A job was killed. If nobody killed it, it needed more memory than there is"
        in workflow.output()
    )
    kept = whole_tables(workflow)
    assert len([path for path in kept if "attacks" in path.parts]) == 3
    outcome = workflow.run(OVERLAY, "attack")
    assert outcome.code == 0, outcome.text
    assert "4 images, 1 job, 7 more are up to date" in outcome.text
    after = whole_tables(workflow)
    assert {path: after[path] for path in kept} == kept
    expected = undisturbed.contents("faults")
    assert {expected[path] == found for path, found in workflow.contents("faults").items()} == {
        True
    }


def test_a_second_run_on_the_same_results_is_refused(workflow, wait_for):
    running = workflow.start(OVERLAY, "ssim")
    with ended(running):
        wait_for(lambda: list((workflow.folder / ".snakemake" / "locks").glob("*.lock")))
        # The first run waits, so that it cannot end before the second looks for its lock.
        running.send_signal(signal.SIGSTOP)
        second = workflow.run(OVERLAY, "ssim")
        running.send_signal(signal.SIGCONT)
        assert second.code != 0
        assert "Directory cannot be locked" in second.text
        assert "--unlock" in second.text
        assert running.wait(600) == 0, workflow.output()
    assert len(whole_tables(workflow)) == 18


def test_setting_the_clock_back_reruns_nothing(workflow, undisturbed):
    shutil.copytree(undisturbed.folder, workflow.folder, dirs_exist_ok=True)
    tomorrow = time.time() + 86_400
    for path in (workflow.folder / "results" / "faults" / "clean").iterdir():
        os.utime(path, (tomorrow, tomorrow))
    assert workflow.planned(OVERLAY) == set()
    # Files written now look older than their inputs.
    changed = {**OVERLAY, "attack_settings": {"fgsm": {"epsilon": "2/255"}}}
    outcome = workflow.run(changed, "attack")
    assert outcome.code == 0, outcome.text
    assert workflow.planned(changed, "attack") == set()
