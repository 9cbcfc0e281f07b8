"""Which failed jobs Snakemake may try again."""

from types import SimpleNamespace

import pytest
import snakemake.jobs
from snakemake.jobs import Job

from ssimball.pipeline.retries import retry_lost_jobs_only, was_refused

REFUSAL = "clean 00000: 1 of 3 [00:01]\nssimball: model.weights: cannot read w.pth\n"


@pytest.fixture
def allowed(monkeypatch, tmp_path):
    """``allowed(text)``: how often a job with this log may be repeated, of three times."""
    monkeypatch.setattr(Job, "restart_times", Job.restart_times)
    retry_lost_jobs_only()

    def times(text):
        log = tmp_path / "job.log"
        log.unlink(missing_ok=True)
        if text is not None:
            log.write_text(text, encoding="utf-8")
        job = SimpleNamespace(log=[str(log)], rule=SimpleNamespace(restart_times=3))
        return snakemake.jobs.Job.restart_times.fget(job)

    return times


def test_a_refused_job_is_not_tried_again_and_a_lost_one_is(allowed):
    assert allowed(REFUSAL) == 0
    lost = [
        "",
        None,
        "clean 00000: 1 of 3 [00:01]\n",
        "this machine: SSIMBALL_SCRATCH: no folder\n",
    ]
    assert [allowed(text) for text in lost] == [3] * len(lost)


def test_a_refusal_of_an_earlier_start_does_not_count(tmp_path):
    log = tmp_path / "job.log"
    log.write_text(REFUSAL, encoding="utf-8")
    written = log.stat().st_mtime
    assert was_refused(log, written) and not was_refused(log, written + 1)
