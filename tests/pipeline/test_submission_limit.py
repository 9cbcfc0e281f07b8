"""No more jobs at a time than SLURM accepts; tests/workflow/test_slurm.py asks SLURM itself."""

from types import SimpleNamespace

import pytest
from snakemake.resources import Resources

from ssimball.errors import ConfigError
from ssimball.pipeline.submission_limit import require_submissions

#: As sacctmgr of SLURM 22.05 prints them.
QOS = "normal|\nhigh|500\n"
ONE = "lab|50|\n"
TWO = ONE + "club|80|\n"
FREE = ONE + "club||\n"
OF_QOS = "lab|50|high\n"


@pytest.fixture
def accounting(tmp_path, monkeypatch):
    """Put a sacctmgr with these associations in the place of any real one."""

    def put(associations, code=0):
        program = tmp_path / "sacctmgr"
        program.write_text(
            f"#!/bin/sh\ncase $4 in qos) echo '{QOS}';; *) echo '{associations}';; esac | grep .\n"
            f"exit {code}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    return put


def workflow(jobs, *defaults, executor="slurm", qos=None):
    return SimpleNamespace(
        executor_settings=SimpleNamespace(qos=qos),
        executor_plugin=SimpleNamespace(name=executor),
        nodes=jobs,
        resource_settings=SimpleNamespace(
            default_resources=Resources.parse(list(defaults), allow_expressions=True)
        ),
    )


@pytest.mark.parametrize(
    ("associations", "defaults", "limit"),
    [
        (ONE, ["runtime=120 * attempt"], 50),
        (TWO, [], 80),
        (TWO, ["slurm_account=Lab"], 50),
        (TWO, ["slurm_account='lab, club'"], 80),
        (FREE, ["slurm_account=lab"], 50),
        (OF_QOS, [], 500),
        (ONE, ["qos=high"], 500),
    ],
)
def test_jobs_beyond_the_limit_are_refused(accounting, associations, defaults, limit):
    accounting(associations)
    require_submissions(workflow(limit, *defaults))
    with pytest.raises(ConfigError, match=rf"{limit} jobs .*give --jobs {limit}, or less"):
        require_submissions(workflow(limit + 1, *defaults))


def test_the_quality_of_service_of_the_executor_counts(accounting):
    accounting(ONE)
    require_submissions(workflow(500, qos="high"))


@pytest.mark.parametrize("associations", ["", "lab||\n", FREE])
def test_where_no_limit_is_stated_any_number_is_fine(accounting, associations):
    accounting(associations)
    require_submissions(workflow(10**6))


def test_without_accounting_or_slurm_any_number_is_fine(accounting, monkeypatch, tmp_path):
    accounting(ONE)
    require_submissions(workflow(10**6, executor="lsf"))
    accounting(ONE, code=1)
    require_submissions(workflow(10**6))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    require_submissions(workflow(10**6))
