"""The frame around every script of the workflow: settings, log, provenance, messages, usage."""

import contextlib
import os
import resource
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from tqdm import tqdm

from ssimball.config.execution import ExecutionConfig
from ssimball.config.model import ModelConfig
from ssimball.config.stages.base import Stage
from ssimball.datasets.interface import Dataset
from ssimball.datasets.registry import open_dataset
from ssimball.errors import MachineError, SsimballError
from ssimball.pipeline.log_streams import LineStream
from ssimball.pipeline.machine import MachineSettings
from ssimball.pipeline.run_log.job_logs import REFUSED
from ssimball.pipeline.usage import JobUsage, process_seconds
from ssimball.runtime.faults import machine_fault
from ssimball.storage.contracts.columns import network_name
from ssimball.storage.provenance import Provenance, file_sha256
from ssimball.storage.regular_files import require_no_links
from ssimball.storage.tables import stored_content

T = TypeVar("T")
S = TypeVar("S", bound=Stage)
#: Shortest time between two lines of progress, in seconds.
REPORT_SECONDS = 5.0


@dataclass(frozen=True)
class Job(Generic[S]):
    """A running rule.

    Attributes:
        stage: Settings of the stage; results depend on nothing else in the configuration.
        code: Fingerprint of the code.
        machine: Locations on this machine and how to work; results do not depend on it.
        inputs: Input files of the rule.
        network: Name of another network of the sensitivity sweep; None for the run's own.
    """

    stage: S
    code: str
    machine: MachineSettings
    inputs: list[Path]
    network: str | None = None

    @property
    def folder(self) -> Path:
        """Folder of the run."""
        return self.machine.folder

    @property
    def execution(self) -> ExecutionConfig:
        """How to work; results do not depend on it."""
        return self.machine.execution

    @property
    def device(self) -> str:
        """The device to compute on."""
        # Imported here, since jobs that need no network run without torch.
        from ssimball.runtime.devices import select_device

        return select_device(self.execution.device)

    def with_local_weights(self, model: ModelConfig) -> ModelConfig:
        """Return the settings of the stage's network with its weights as named on this machine."""
        return model.model_copy(update={"weights": self.machine.weights_of(self.network)})

    def dataset(self) -> Dataset:
        """Open the data set where it lies on this machine."""
        return open_dataset(self.machine.dataset, self.machine.num_classes)

    def provenance(self, device: str = "cpu") -> Provenance:
        """Return the origin of what this job writes.

        Args:
            device: The device that computed it.
        """
        paths = {str(path.relative_to(self.folder)): path for path in self.inputs}
        return Provenance(
            stage=self.stage.content(),
            code=self.code,
            device=device,
            inputs={name: stored_content(path) for name, path in paths.items()},
            input_files={name: file_sha256(path) for name, path in paths.items()},
        )

    def report_progress(self, items: Iterable[T], total: int, label: str) -> Iterator[T]:
        """Pass items through and log from time to time how many are done.

        Args:
            items: What the job works on, one after the other.
            total: Number of items.
            label: What the log calls the work.
        """
        yield from tqdm(
            items,
            desc=label,
            total=total,
            file=LineStream(sys.stderr),
            mininterval=REPORT_SECONDS,
            ascii=True,
            bar_format="{desc}: {n_fmt} of {total_fmt} [{elapsed}<{remaining}, {rate_fmt}]",
        )


@contextmanager
def job(snakemake: Any, stage: type[S]) -> Iterator[Job[S]]:
    """Run a script's body with its log, and end with a message alone on a user's mistake.

    What the body writes to stderr goes to the log alone; the log of the run shows the end of it
    where a job fails.

    Args:
        snakemake: The object that Snakemake gives to scripts, or a stand-in, see
            :mod:`ssimball.pipeline.by_hand`.
        stage: Class of the stage that the rule carries in its parameter ``stage``.

    Yields:
        The running job.

    Raises:
        SystemExit: With status 1 after a message, where the user or the machine is the cause.
    """
    log = _place_of_log(snakemake)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as stream:
            with contextlib.redirect_stderr(stream):
                try:
                    running = _opened(snakemake, stage)
                    _bring_back_from_the_future(running.inputs)
                    yield running
                except SsimballError as error:
                    raise _refusal(error) from None
                except (Exception, KeyboardInterrupt) as error:
                    _log_traceback(error)
                    raise
            stream.write(_usage(snakemake).log_line())
    except (OSError, MemoryError, RuntimeError) as error:
        # Not into the log: the disk may be full.
        message = machine_fault(error)
        if message is None:
            raise
        print(f"\nssimball: {message}\n", file=sys.stderr)
        raise SystemExit(1) from None


def _refusal(error: SsimballError) -> SystemExit:
    """Write to the job's log why it ends; another machine may do what one of them cannot."""
    who = "this machine: " if isinstance(error, MachineError) else REFUSED
    print(f"{who}{error}", file=sys.stderr)
    return SystemExit(1)


def _place_of_log(snakemake: Any) -> Path:
    """Return the log, or end where a link in the run's folder would lead what is written out of it.

    Raises:
        SystemExit: With status 1, after a message.
    """
    folder = MachineSettings.model_validate_json(snakemake.config["machine"]).folder
    for path in map(Path, (snakemake.log[0], *snakemake.output)):
        try:
            if path.is_relative_to(folder):
                require_no_links(path, folder)
        except SsimballError as error:
            print(f"ssimball: {error}", file=sys.stderr)
            raise SystemExit(1) from None
    return Path(snakemake.log[0])


def _log_traceback(error: BaseException) -> None:
    """Write the traceback of an unexpected error to the job's log, and not to the terminal too."""
    if machine_fault(error) is None:
        traceback.print_exc()
        sys.excepthook = lambda *_: None


def _opened(snakemake: Any, stage: type[S]) -> Job[S]:
    """Parse what Snakemake hands over."""
    return Job(
        stage=stage.parse(snakemake.params.stage),
        code=snakemake.params.code,
        machine=MachineSettings.model_validate_json(snakemake.config["machine"]),
        inputs=[Path(path) for path in snakemake.input],
        network=network_name(snakemake.wildcards.get("network", "")),
    )


def _bring_back_from_the_future(paths: Iterable[Path]) -> None:
    """Set the time of files that look newer than now to now.

    They were written before the clock was set back. Snakemake would discard what is made from
    them, since it would look older than its inputs.
    """
    now = time.time()
    for path in paths:
        if path.stat().st_mtime > now:
            with contextlib.suppress(OSError):
                os.utime(path, (now, now))


def _usage(snakemake: Any) -> JobUsage:
    """Return what the job has used so far, counted from the start of its process."""
    torch = sys.modules.get("torch")
    written = [Path(path) for path in snakemake.output]
    # Other files of the explorer, by their paths from the folder of the run.
    written += [written[0].parents[1] / path for path in snakemake.params.get("beside", [])]
    used = resource.getrusage(resource.RUSAGE_SELF)
    return JobUsage(
        rule=snakemake.rule,
        wildcards={name: str(value) for name, value in snakemake.wildcards.items()},
        images=int(snakemake.resources.get("images", 0)),
        seconds=process_seconds(),
        memory_mib=used.ru_maxrss / 1024,
        stored_mib=sum(path.stat().st_size for path in written) / 2**20,
        device="cuda" if torch is not None and torch.cuda.is_initialized() else "cpu",
        cpu_seconds=used.ru_utime + used.ru_stime,
    )
