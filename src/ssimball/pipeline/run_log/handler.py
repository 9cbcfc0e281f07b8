"""The handler behind Snakemake's option ``--logger ssimball``.

Snakemake calls it with every record of its log, in a thread of its own. Once the jobs of the run
are announced (:func:`ssimball.pipeline.run_log.announcement.announce`), it prints one line per
finished stage; before that, and where a user asks for more, it prints what Snakemake would.
"""

import logging
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from ssimball.pipeline.run_log.announcement import Announcement, Work
from ssimball.pipeline.run_log.durations import about, clock, duration
from ssimball.pipeline.run_log.job_logs import images_done, last_lines, usage_of
from ssimball.pipeline.run_log.progress import Progress, Stage
from ssimball.runtime.environment import write_any_text

#: Messages of Snakemake and its executors that are not repeated; its own log has them.
_LEFT_OUT = re.compile(
    "Assuming unrestricted shared|Building DAG|Using shell|Conda environments|Singularity cont|"
    "Config file .* is extended|Select jobs|Execute [0-9]+ jobs|Job [0-9]+ has been submitted|"
    "Elapsed time|SLURM run ID|.sacct. unavailable|Job rate limit|"
    "Cleaning up SLURM|Removing output files of failed|Waiting at most"
)
#: Events that the lines of this handler replace.
_REPLACED = {
    *(LogEvent.WORKFLOW_STARTED, LogEvent.RUN_INFO, LogEvent.RESOURCES_INFO, LogEvent.SHELLCMD),
    *(LogEvent.JOB_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.PROGRESS),
}
#: Lines of the log of a failed job that are shown.
_LAST_LINES = 10
#: Shortest time without a line after which the running jobs are listed, in seconds. In a long run,
#: it is this share of the time since the start.
_SILENCE = 30.0
_SILENT_SHARE = 1 / 20
_WIDTH = 27


class LogHandler(LogHandlerBase):
    """Prints one line per finished stage, and everything that went wrong."""

    def __post_init__(self) -> None:
        """Choose the stream, and Snakemake's own lines where a user asks for them."""
        # Imported here, since snakemake.logging imports the registry of loggers.
        from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter

        common: Any = self.common_settings
        self._stream = sys.stdout if common.stdout else sys.stderr
        write_any_text(self._stream)
        self._plain = ColorizingTextHandler(nocolor=common.nocolor, stream=self._stream)
        self._plain.addFilter(
            DefaultFilter(
                *(common.quiet, common.debug_dag, common.verbose, common.dryrun),
                common.printshellcmds,
            )
        )
        self._plain.setFormatter(DefaultFormatter(common.quiet, common.show_failed_logs))
        self._more = any((common.verbose, common.printshellcmds, common.dryrun, common.debug_dag))
        self._quiet = {str(value).lower().rpartition(".")[2] for value in common.quiet or ()}
        self._progress: Progress | None = None
        self._last_line = time.time()
        self._interrupted = False
        self._stopped = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Print the lines of a record."""
        try:
            if self._more:
                self._plain.handle(record)
            elif "all" not in self._quiet:
                self._print(self._lines(record))
        except BrokenPipeError:
            # Nobody reads the log; the run goes on.
            pass

    def close(self) -> None:
        """Stop listing the running jobs."""
        self._stopped.set()
        super().close()

    def _print(self, lines: list[str]) -> None:
        if lines:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
            self._last_line = time.time()

    def _lines(self, record: logging.LogRecord) -> list[str]:
        event, own = getattr(record, "event", None), getattr(record, "ssimball", None)
        if isinstance(own, Announcement):
            return self._begin(own, record.created)
        if own is not None:
            return [str(record.msg)]
        if event == LogEvent.JOB_ERROR:
            return [] if self._interrupted else self._failure(record)
        if event in _REPLACED:
            return self._stage_lines(event, record)
        message = self._plain.format(record)
        if event == LogEvent.ERROR and "CalledProcessError" in message:
            # The failed job is reported next. Its log does not say who killed it.
            signals = re.findall(r"Signals\.(\w+)", message)
            # Ctrl-C reaches the jobs as well as Snakemake.
            self._interrupted = self._interrupted or "SIGINT" in signals
            return [] if self._interrupted else [f"A job was ended by {name}." for name in signals]
        if message.startswith("Terminating processes on user request"):
            self._interrupted = True
            return [
                "Stopping the running jobs. Finished jobs are kept: the same command continues."
            ]
        if message.startswith("Exiting because a job") and self._progress:
            return ["", self._progress.unfinished()]
        return [] if message in ("", "None") or _LEFT_OUT.match(message) else [message]

    def _begin(self, plan: Announcement, now: float) -> list[str]:
        self._progress = Progress(plan, now)
        if "progress" not in self._quiet:
            threading.Thread(target=self._list_running, daemon=True).start()
        return [plan.title]

    def _stage_lines(self, event: LogEvent, record: logging.LogRecord) -> list[str]:
        """Follow the jobs, and return the line of a stage that ends."""
        progress, fields = self._progress, vars(record)
        if progress is None:
            return []
        if event == LogEvent.JOB_INFO:
            progress.start(fields["jobid"], record.created)
        if event != LogEvent.JOB_FINISHED:
            return []
        work = progress.works.get(fields["job_id"])
        usage = usage_of(work.log) if work is not None and work.log is not None else None
        stage = progress.finish(fields["job_id"], record.created, usage.seconds if usage else None)
        return self._ended(stage, record.created)

    def _ended(self, stage: Stage | None, now: float) -> list[str]:
        if stage is None or not stage.ended or "progress" in self._quiet:
            return []
        failed = f", {len(stage.failed)} failed" if stage.failed else ""
        text = f"{stage.amount()}{failed}, {duration(stage.seconds)}"
        return [self._timed(f"{stage.name:<{_WIDTH}} {text}", now)]

    def _timed(self, text: str, now: float) -> str:
        assert self._progress is not None
        left = self._progress.seconds_left(now)
        all_ended = len(self._progress.ended) == len(self._progress.works)
        rest = f"; {about(left)} left" if left is not None and not all_ended else ""
        return f"{clock(now - self._progress.began):>7}  {text}{rest}"

    def _failure(self, record: logging.LogRecord) -> list[str]:
        """Return which job failed, on which images, and the end of its log."""
        fields = vars(record)
        work = self._progress.works.get(fields["jobid"]) if self._progress else None
        if self._progress:
            self._progress.fail(fields["jobid"], record.created)
        lines = ["", f"FAILED: {_described(fields['rule_name'], work)}"]
        if fields["rule_msg"]:
            lines.append(f"  {fields['rule_msg']}")
        for path in map(Path, fields["log"]):
            end = last_lines(path, _LAST_LINES)
            lines.append(f"  {path}{':' if end else ' (empty)'}")
            lines += [f"    {line}" for line in end]
        return lines

    def _list_running(self) -> None:
        """Print the running jobs after a time without any line, until the run ends."""
        assert self._progress is not None
        while not self._stopped.wait(1.0):
            now = time.time()
            silence = max(_SILENCE, (now - self._progress.began) * _SILENT_SHARE)
            if now - self._last_line < silence:
                continue
            self.acquire()
            try:
                running = [self._progress.works.get(job_id) for job_id in self._progress.running]
                names = [_running(work) for work in running if work is not None]
                if names:
                    more = f" and {len(names) - 3} more" if names[3:] else ""
                    self._print([self._timed(f"running: {', '.join(names[:3])}{more}", now)])
            except BrokenPipeError:
                return
            finally:
                self.release()

    @property
    def writes_to_stream(self) -> bool:
        """It replaces Snakemake's own lines on the terminal."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake's own log is a file beside it."""
        return False

    @property
    def has_filter(self) -> bool:
        """It decides itself what to leave out."""
        return True

    @property
    def has_formatter(self) -> bool:
        """It makes the lines itself."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """The announcement has all jobs."""
        return False


def _described(rule: str, work: Work | None) -> str:
    if work is None:
        return f"rule {rule}"
    shard = f", shard {work.wildcards['shard']}" if "shard" in work.wildcards else ""
    images = f", {work.images} images" if work.images else ""
    return f"{work.stage} (rule {work.kind}{shard}{images})"


def _running(work: Work) -> str:
    attack = work.wildcards.get("attack", "") if not work.stage.startswith("attack") else ""
    name = " ".join(filter(None, [work.stage, attack, work.wildcards.get("explanation", "")]))
    done = images_done(work.log) if work.log else None
    return f"{name} ({done[0]} of {done[1]})" if done else name
