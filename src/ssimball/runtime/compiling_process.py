"""Another process that compiles for this one, and stores the machine code.

It stays for further requests, because its start takes as long as a few functions, and much of what
they call is then already compiled. It ends with the process that started it, or when it has been
idle for a while.
"""

import atexit
import os
import pickle
import select
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from ssimball.runtime.processes import python_command, python_environment

#: Environment variable that is set in a process that only compiles.
COMPILING = "SSIMBALL_COMPILING"
#: Seconds without a request after which the process ends.
IDLE = 30
#: Answers to a request.
DONE, FAILED = b"1", b"0"

_lock = Lock()
#: The process that compiles for each process: one that was forked must not use its parent's.
_started: dict[int, "subprocess.Popen[bytes]"] = {}


def run_elsewhere(task: Callable[[], object]) -> bool:
    """Let another process run a task, which stores what it compiles; return whether it ended well.

    Args:
        task: can be pickled.
    """
    if not sys.executable:  # Python is part of another program
        return False
    request = pickle.dumps(task)
    with _lock:
        running = _started.get(os.getpid())
        # One that was idle for long has ended meanwhile.
        answer = b"" if running is None else _ask(running, request)
        return (answer or _ask(_start(), request)) == DONE


def _ask(process: "subprocess.Popen[bytes]", request: bytes) -> bytes:
    """Return the answer of a process, which is empty if it has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(request)
        process.stdin.flush()
        return process.stdout.read(1)
    except OSError:
        return b""
    except BaseException:
        # Interrupted: its answer would be read as that to the next request.
        _stop()
        raise


def _start() -> "subprocess.Popen[bytes]":
    _stop()
    process = subprocess.Popen(
        python_command("-c", f"from {__name__} import serve; serve({IDLE})"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=python_environment(**{COMPILING: "1"}),
    )
    _started[os.getpid()] = process
    return process


@atexit.register
def _stop() -> None:
    """End the process that compiles for this one, if there is one."""
    process = _started.pop(os.getpid(), None)
    if process is not None:
        # It is idle, and forks of this process may keep its pipe open, so it would not see the end.
        # If it has ended itself, closing a pipe with a request in it fails.
        with suppress(BrokenPipeError), process:
            process.terminate()


def serve(idle: float) -> None:
    """Run the tasks that come by standard input, in a process of its own.

    Args:
        idle: seconds without a request after which the process ends.
    """
    from ssimball.runtime.inner_functions import leave_to_callers

    leave_to_callers()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    # What a task prints is no answer.
    os.dup2(2, 1)
    # Requests wait for their answers, so none is read ahead.
    while select.select([requests], [], [], idle)[0]:
        try:
            task = pickle.load(requests)
        except EOFError:
            break
        try:
            task()
        except Exception:
            answers.write(FAILED)
        else:
            answers.write(DONE)
