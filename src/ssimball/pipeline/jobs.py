"""What every script of the workflow does around its own few lines."""

import contextlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

from tqdm import tqdm

from ssimball.config.dataset import DatasetConfig
from ssimball.config.execution import ExecutionConfig
from ssimball.config.model import ModelConfig
from ssimball.datasets.interface import Dataset
from ssimball.datasets.registry import open_dataset
from ssimball.errors import SsimballError
from ssimball.pipeline.usage import Spent, process_seconds
from ssimball.runtime.faults import machine_fault
from ssimball.storage.contracts.columns import network_name
from ssimball.storage.provenance import Provenance, file_sha256
from ssimball.storage.tables import stored_content

T = TypeVar("T")
REPORT_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    """A running rule.

    Attributes:
        stage: the stage's settings, see ``plan``; results depend on nothing else in the config.
        code: fingerprint of the code.
        config: the effective configuration; read it for places and for execution only.
        folder: of the run.
        inputs: the rule's input files.
        network: another network than the run's own, by its name in ``sensitivity.networks``.
    """

    stage: dict[str, Any]
    code: str
    config: dict[str, Any]
    folder: Path
    inputs: list[Path]
    network: str | None = None

    @property
    def execution(self) -> ExecutionConfig:
        """How to work; results do not depend on it."""
        return ExecutionConfig.model_validate(self.config["execution"])

    @property
    def device(self) -> str:
        """The device to compute on."""
        # Here, since jobs that need no network do without torch.
        from ssimball.runtime.devices import select_device

        return select_device(self.execution.device)

    def model_settings(self) -> ModelConfig:
        """The network, its weights at their place on this machine."""
        place = self.config["model"]["weights"]
        if self.network is not None:
            place = self.config["sensitivity"]["networks"][self.network].get("weights", place)
        return ModelConfig.model_validate({**self.stage["model"], "weights": place})

    def dataset(self) -> Dataset:
        """The data set, at its place on this machine."""
        settings = DatasetConfig.model_validate(self.config["dataset"])
        return open_dataset(settings, self.config["model"]["num_classes"])

    def provenance(self, device: str = "cpu") -> Provenance:
        """Origin of what this job writes."""
        names = {str(path.relative_to(self.folder)): path for path in self.inputs}
        return Provenance(
            stage=self.stage,
            code=self.code,
            device=device,
            inputs={name: stored_content(path) for name, path in names.items()},
            input_files={name: file_sha256(path) for name, path in names.items()},
        )

    def progress(self, items: Iterable[T], total: int, what: str) -> Iterator[T]:
        """Pass items through and say now and then how far the work is."""
        yield from tqdm(
            items,
            desc=what,
            total=total,
            file=_Lines(sys.stderr),
            mininterval=REPORT_SECONDS,
            ascii=True,
            bar_format="{desc}: {n_fmt} of {total_fmt} [{elapsed}<{remaining}, {rate_fmt}]",
        )


@contextmanager
def job(snakemake: Any) -> Iterator[Job]:
    """Run a script's body with its log; end without a traceback on a user's mistake.

    Args:
        snakemake: the object Snakemake gives to scripts. Its config is the effective one, with
            ``folder``, the folder of the run, beside.
    """
    config = dict(snakemake.config["effective"])
    folder = Path(snakemake.config["folder"])
    running = Job(
        stage=json.loads(snakemake.params.stage),
        code=snakemake.params.code,
        config=config,
        folder=folder,
        inputs=[Path(path) for path in snakemake.input],
        network=network_name(snakemake.wildcards.get("network", "")),
    )
    _not_of_the_future(running.inputs)
    log = Path(snakemake.log[0])
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as stream:
            with contextlib.redirect_stderr(_Tee(sys.stderr, stream)):
                try:
                    yield running
                except SsimballError as error:
                    print(f"\nssimball: {error}\n", file=sys.stderr)
                    raise SystemExit(1) from None
            stream.write(_spent(snakemake).line())
    except (OSError, MemoryError, RuntimeError) as error:
        # Not into the log: the disk may be full.
        told = machine_fault(error)
        if told is None:
            raise
        print(f"\nssimball: {told}\n", file=sys.stderr)
        raise SystemExit(1) from None


def _not_of_the_future(paths: Iterable[Path]) -> None:
    """Give files that look newer than now the time of now.

    They were written before the clock was set back. Snakemake would discard what is made of them,
    since it looks older.
    """
    now = time.time()
    for path in paths:
        if path.stat().st_mtime > now:
            with contextlib.suppress(OSError):
                os.utime(path, (now, now))


def _spent(snakemake: Any) -> Spent:
    """What the job has taken until now, from the start of its process."""
    torch = sys.modules.get("torch")
    written = [Path(path) for path in snakemake.output]
    # Files that a rule writes and does not tell Snakemake of, by their paths in the run.
    written += [
        Path(snakemake.config["folder"], path) for path in snakemake.params.get("beside", [])
    ]
    return Spent(
        rule=snakemake.rule,
        wildcards={name: str(value) for name, value in snakemake.wildcards.items()},
        images=int(snakemake.resources.get("images", 0)),
        seconds=process_seconds(),
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        stored=sum(path.stat().st_size for path in written) / 2**20,
        device="cuda" if torch is not None and torch.cuda.is_initialized() else "cpu",
    )


class _Tee:
    """Writes to the terminal and to the log."""

    def __init__(self, *streams: TextIO) -> None:
        self._streams = streams

    def write(self, text: str) -> int:
        for stream in self._streams:
            stream.write(text)
            stream.flush()
        return len(text)

    def flush(self) -> None:
        for stream in self._streams:
            stream.flush()


class _Lines:
    """Turns a progress bar that redraws itself into lines: several jobs share the terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        line = text.strip("\r\n ")
        if line:
            self._stream.write(line + "\n")
        return len(text)

    def flush(self) -> None:
        self._stream.flush()
