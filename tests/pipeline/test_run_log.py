"""The log of a run: one line per stage, an estimate that follows the work, failures in full."""

import logging
from pathlib import Path

import pytest
from snakemake.settings.types import OutputSettings
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

from ssimball.pipeline.run_log.announcement import Announcement, Work
from ssimball.pipeline.run_log.progress import Progress

ATTACKS = ["fgsm", "pgd_l2"]
BEGAN = 1_000_000.0


def works(folder=Path()):
    """Two attacks on two shards of ten images, and a figure of all."""
    jobs = [(attack, shard) for attack in ATTACKS for shard in ("00000", "00001")]
    found = [
        Work(
            number, "attack_shard", {"attack": attack, "shard": shard}, 10, folder / f"{number}.log"
        )
        for number, (attack, shard) in enumerate(jobs)
    ]
    return (*found, Work(4, "figures", {}, 20, folder / "4.log"))


def handler(**options):
    """The handler that Snakemake finds under the name in the profiles."""
    return (
        LoggerPluginRegistry().get_plugin("ssimball").log_handler(OutputSettings(**options), None)
    )


def send(to, seconds, message=None, level=logging.INFO, **fields):
    """Hand a record to the handler, logged so many seconds after the beginning."""
    record = logging.makeLogRecord({"msg": message, "levelno": level, **fields})
    record.created = BEGAN + seconds
    to.handle(record)


def run(to, folder):
    """Send the records of a run whose last attack fails."""
    send(to, 0, "Building DAG of jobs...")
    send(to, 0, "the title", ssimball=Announcement("the title", works(folder)))
    for number in range(4):
        send(to, 10 * number, event=LogEvent.JOB_INFO, jobid=number)
        send(to, 10 * number, "Select jobs to execute...")
        if number < 3:
            send(to, 10 * number + 10, event=LogEvent.JOB_FINISHED, job_id=number)
    (folder / "3.log").write_text("pgd_l2 00001: 1 of 10 [00:01]\nssimball: the reason\n")
    error = {"jobid": 3, "rule_name": "attack_shard", "rule_msg": None}
    send(
        to, 40, event=LogEvent.JOB_ERROR, log=[str(folder / "3.log")], level=logging.ERROR, **error
    )
    send(to, 41, "Exiting because a job execution failed. Look above for error messages")
    to.close()


def test_each_stage_has_a_line_and_a_failure_is_shown_in_full(tmp_path, capsys):
    run(handler(), tmp_path)
    title, fgsm, *rest = capsys.readouterr().err.splitlines()
    assert title == "the title"
    time, stage, amount = fgsm.split(maxsplit=1)[0], "attack fgsm", "20 of 20 images, 20 s; about "
    assert time == "0:20" and stage in fgsm and amount in fgsm
    assert [line.strip() for line in rest] == [
        "",
        "FAILED: attack pgd_l2 (rule attack_shard pgd_l2, shard 00001, 10 images)",
        f"{tmp_path / '3.log'}:",
        "ssimball: the reason",
        "",
        "3 jobs finished, 1 failed, 1 not run. Remove the cause, and give the same command again: "
        "it continues.",
    ]


def test_one_option_brings_back_the_lines_of_snakemake(tmp_path, capsys):
    to = handler(printshellcmds=True)
    send(to, 0, "Building DAG of jobs...")
    send(to, 0, event=LogEvent.PROGRESS, done=1, total=2)
    assert capsys.readouterr().err == "Building DAG of jobs...\n1 of 2 steps (50%) done\n"


@pytest.mark.parametrize("at_once", [1, 4])
def test_the_time_left_is_the_work_left_over_the_pace(at_once):
    """All jobs of the first attack took 100 s; the second has started and is estimated by it."""
    known = [
        Work(n, "attack_shard", {"attack": "fgsm", "shard": str(n)}, 10, None) for n in range(40)
    ]
    progress = Progress(Announcement("", tuple(known)), BEGAN)
    assert progress.seconds_left(BEGAN + 1) is None
    for start in range(0, 20, at_once):
        begins = BEGAN + 100 * start / at_once
        for number in range(start, start + at_once):
            progress.start(number, begins)
        for number in range(start, start + at_once):
            assert progress.finish(number, begins + 100, None) is not None
    now = BEGAN + 20 * 100 / at_once
    assert progress.seconds_left(now) == pytest.approx(20 * 100 / at_once)
    # A job that runs counts with what it still needs.
    progress.start(20, now)
    assert progress.seconds_left(now + 1) < progress.seconds_left(now) + 1
