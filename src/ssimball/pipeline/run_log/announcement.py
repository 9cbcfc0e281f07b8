"""What the log of a run knows before the first job: all jobs, and what earlier ones took."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssimball.pipeline.run_log.job_logs import all_usage
from ssimball.pipeline.usage import JobUsage, job_name

#: Stages by rule. A stage is what one line of the log reports; other rules are stages themselves.
_STAGES = {
    **dict.fromkeys(["configuration", "classes", "subset_shard"], "subset"),
    "clean_shard": "clean images",
    "explain_shard": "explanations",
    "explain_attack_shard": "explanations under attack",
    "ssim_shard": "SSIM maps",
    "references_shard": "overlap",
    "class_cams_shard": "CAMs of other classes",
    "randomised": "statistics",
    **dict.fromkeys(["causal_shard", "causal_references_shard"], "curves"),
    "region_noise_shard": "noise in regions",
    "region_test_shard": "region test",
    **dict.fromkeys(["causal_summary", "summary"], "statistics"),
    **dict.fromkeys(["region_noise_summary", "region_test_summary"], "statistics"),
    **dict.fromkeys(["sensitivity_overlap", "sensitivity"], "sensitivity"),
    **dict.fromkeys(["figures", "figure_evidence", "figure_causal"], "figures"),
    **dict.fromkeys(["figure_region_test"], "figures"),
    **dict.fromkeys(["figure_fooling", "figure_attacks"], "figures"),
}
_SWEEP = "other settings, networks"


@dataclass(frozen=True)
class Work:
    """A job that will run.

    Attributes:
        job_id: Snakemake's number of it.
        rule: Name of its rule.
        wildcards: Its wildcards.
        images: Number of images it works on; 0 where the rule does not say.
        log: Path of its log.
    """

    job_id: int
    rule: str
    wildcards: Mapping[str, str]
    images: int
    log: Path | None

    @property
    def kind(self) -> str:
        """Its rule, attack, explanation and network, see :func:`job_name`."""
        return job_name(self.rule, self.wildcards)

    @property
    def stage(self) -> str:
        """The stage it belongs to. Each attack of the run is a stage.

        Other settings of the sweep and other networks, randomised ones included, are another.
        """
        attack = self.wildcards.get("attack", "")
        # Names of the sweep's attacks contain "--", see :mod:`ssimball.config.sweep`.
        if self.wildcards.get("network") or "--" in attack:
            return _SWEEP
        return (
            f"attack {attack}" if self.rule == "attack_shard" else _STAGES.get(self.rule, self.rule)
        )


@dataclass(frozen=True)
class Announcement:
    """The run that begins.

    Attributes:
        title: First line of the log.
        works: The jobs that will run.
        earlier: What jobs of earlier starts of the run have used.
    """

    title: str
    works: tuple[Work, ...]
    earlier: tuple[JobUsage, ...] = ()


def announce(workflow: Any, folder: Path, images: int) -> None:
    """Log which jobs will run, for the handler of this package.

    Args:
        workflow: Snakemake's workflow, whose jobs are known.
        folder: Folder of the run.
        images: Number of images of the run.
    """
    # Imported here, since Snakemake imports this module to find its loggers.
    from snakemake.logging import logger

    works = tuple(
        _work(workflow.dag, job) for job in workflow.dag.needrun_jobs() if job.rule.script
    )
    total = len([job for job in workflow.dag.jobs if job.rule.script])
    ready = f", {total - len(works)} more are up to date" if total > len(works) else ""
    logs = folder / "logs"
    title = (
        f"Run {folder.name}: {images} images, {jobs(len(works))}{ready}. Results: {folder}; "
        f"logs of the jobs: {logs}"
    )
    plan = Announcement(title, works, tuple(all_usage(logs)))
    logger.info(title, extra={"ssimball": plan})


def jobs(number: int) -> str:
    """Return a number of jobs in words."""
    return "1 job" if number == 1 else f"{number} jobs"


def _work(dag: Any, job: Any) -> Work:
    images = job.resources.get("images", 0)
    return Work(
        job_id=dag.jobid(job),
        rule=job.rule.name,
        wildcards=dict(job.wildcards_dict),
        images=images if isinstance(images, int) else 0,
        log=Path(str(job.log[0])) if job.log else None,
    )
