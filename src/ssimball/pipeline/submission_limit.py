"""Jobs beyond the number that SLURM lets a user submit are refused before the first is submitted.

sbatch refuses a job beyond the limit, and each refusal would use up one of the job's attempts.
"""

import getpass
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from ssimball.errors import ConfigError

#: The quality of service that SLURM gives a job which names none.
_USUAL_QOS = "normal"
#: Seconds in which the database of the accounting answers.
_TIMEOUT = 20


def require_submissions(workflow: Any) -> None:
    """Refuse to start with more jobs at a time than SLURM accepts from this user.

    Args:
        workflow: Snakemake's workflow, once it runs.

    Raises:
        ConfigError: ``jobs`` is above ``MaxSubmitJobs``.
    """
    if workflow.executor_plugin.name != "slurm":
        return
    defaults = workflow.resource_settings.default_resources or {}
    given = {name: str(resource.raw).strip("'\"") for name, resource in defaults.items()}
    account, qos = given.get("slurm_account", ""), given.get("qos", "")
    limit = submission_limit(account, workflow.executor_settings.qos or qos)
    if limit is not None and workflow.nodes > limit:
        raise ConfigError(
            f"SLURM lets you have {limit} jobs that wait or run (MaxSubmitJobs), and refuses more; "
            f"give --jobs {limit}, or less beside other jobs of yours"
        )


def submission_limit(accounts: str, qos: str) -> int | None:
    """Return how many jobs of this user may wait or run; None where SLURM states no limit.

    Where several accounts may be meant, it is the highest of their limits. A limit of a quality of
    service takes the place of the account's, as in SLURM; that of a partition is not looked for.

    Args:
        accounts: names of accounts, separated by commas or blanks; any of the user's if empty.
        qos: quality of service; that of the account if empty.
    """
    limits = list(_limits(accounts.lower().replace(",", " ").split(), qos))
    return max((int(limit) for limit in limits), default=None) if all(limits) else None


def _limits(accounts: Sequence[str], qos: str) -> Iterator[str]:
    """Yield the limit of each account that jobs may be charged to; empty where there is none."""
    of_qos = dict(_table("qos", "format=Name,MaxSubmitJobsPerUser"))
    mine = ("associations", "where", f"user={getpass.getuser()}")
    for account, limit, default in _table(*mine, "format=Account,MaxSubmitJobs,DefaultQOS"):
        if not accounts or account in accounts:
            yield of_qos.get(qos or default or _USUAL_QOS) or limit


def _table(*entities: str) -> list[list[str]]:
    """Return what the accounting knows; nothing on a cluster without it."""
    command = ["sacctmgr", "--noheader", "--parsable2", "show", *entities]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.split("|") for line in done.stdout.splitlines()]
