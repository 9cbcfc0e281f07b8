"""How work is cut up and where it runs: what no result depends on."""

from typing import Literal

from pydantic import Field

from ssimball.config.base import Section


class ExecutionConfig(Section):
    """How the work is cut up and where it runs. Results do not depend on any of it."""

    shard_size: int = Field(50, ge=1, description="Images per job.")
    batch_size: int = Field(8, ge=1, description="Images held in memory at once by an attack.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="auto takes a CUDA device when there is one."
    )
