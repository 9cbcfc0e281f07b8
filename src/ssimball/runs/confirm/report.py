"""Claim by claim, what a run confirms."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ssimball.config.stages.statistics import SummaryStage
from ssimball.runs.confirm.choices import claims_of
from ssimball.runs.endpoints import Endpoint, values_of
from ssimball.runs.run import Run
from ssimball.statistics.claims import Outcome, TestedClaim, run_tests
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.overlap import PRIMARY


def confirm(run: Run, file: Path) -> list[TestedClaim]:
    """Test the claims of a confirmation file on a run.

    Args:
        run: the run, made with the file.
        file: the confirmation file.

    Raises:
        ConfigError: the file cannot be used.
        ArtifactError: the run was made with other settings, or lacks a table.
    """
    claims = claims_of(file, run)
    inference = inference_of_run(run.files(CLEAN), run.stage(PRIMARY.path, SummaryStage))
    endpoints = {claim.name: Endpoint(claim.endpoint, claim.of, claim.minus) for claim in claims}
    values = {name: values_of(run, endpoint) for name, endpoint in endpoints.items()}
    return run_tests(claims, values, inference)


def text(tested: Sequence[TestedClaim], sha256: str, file: Path) -> str:
    """Return the outcome of each claim, and a count, as text of 80 columns.

    Args:
        tested: the claims with their outcomes.
        sha256: of the confirmation file.
        file: that file.
    """
    width = max(len(t.claim.name) for t in tested)
    counts = Counter(t.outcome for t in tested)
    total = ", ".join(
        f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome]
    )
    return "\n".join(
        [
            f"{len(tested)} claims of {file} (sha256 {sha256[:12]}): {total}",
            *(line for t in tested for line in _lines(t, width)),
            "mean [95 % interval]; one-sided sign-flip tests, p after Holm's correction",
        ]
    )


def _lines(t: TestedClaim, width: int) -> list[str]:
    numbers = "no image has a value"
    if t.mean.value is not None:
        numbers = f"{t.mean.value:+.2f}{_interval(t)}, n = {t.n}, p = {t.p_holm:.2g}"
    needs = ""
    if t.outcome is Outcome.TOO_FEW:
        count = "over a million" if t.images_needed is None else f"about {t.images_needed:,}"
        needs = f"; it takes {count}"
    return [
        f"{t.claim.name:<{width}}  {t.outcome.value}{needs}",
        f"{'':<{width}}  {t.claim.says}",
        f"{'':<{width}}  {numbers}",
    ]


def _interval(t: TestedClaim) -> str:
    if t.mean.low is None or t.mean.high is None:
        return ""
    return f" [{t.mean.low:+.2f}, {t.mean.high:+.2f}]"


def rows(tested: Sequence[TestedClaim]) -> list[dict[str, Any]]:
    """Return the outcomes as plain JSON types."""
    return [
        {
            **t.claim.model_dump(mode="json"),
            "outcome": t.outcome.value,
            "n": t.n,
            "units": t.units,
            "mean": t.mean.value,
            "low": t.mean.low,
            "high": t.mean.high,
            "observed_d_z": t.observed_d_z,
            "p": t.p,
            "p_holm": t.p_holm,
            "images_needed": t.images_needed,
        }
        for t in tested
    ]
