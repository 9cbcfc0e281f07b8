"""Settings of execution: how the work is divided and where it runs."""

from typing import Annotated, Literal

from pydantic import Field

from ssimball.config.base import Section


class ExecutionConfig(Section):
    """How the work is divided and where it runs. Results do not depend on any of it."""

    shard_size: int = Field(50, ge=1, description="Images per job.")
    batch_size: int = Field(
        8, ge=1, description="Images that an attack processes at once; more need more memory."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="cpu, cuda, or auto: a CUDA device if there is one, otherwise the CPU."
    )
    runtimes: dict[str, Annotated[int, Field(ge=1)]] = Field(
        {}, description="Minutes that jobs ask a cluster for, from `ssimball forecast --runtimes`."
    )
