"""Runs the scripts of a workflow in processes forked from one that has their modules loaded.

Loading torch and what else a job needs takes four to six seconds, more than the work of many a job,
and Snakemake starts Python anew for every script. Here each script's modules are imported once, the
first time it is asked for, and then a process is forked for every job: it has a life, an
environment and an end of its own, as one that was started afresh.

The server itself computes nothing and starts no threads: what is forked must not miss any.
"""

import ast
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssimball.runtime.environment import THREADS


class Server:
    """Listens until its standard input ends and all scripts have ended.

    Args:
        listener: a listening socket.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._events = selectors.DefaultSelector()
        self._events.register(listener, selectors.EVENT_READ)
        self._events.register(0, selectors.EVENT_READ)
        # By the descriptor that tells of its end: a script's process and who waits for it.
        self._running: dict[int, tuple[int, socket.socket]] = {}

    def serve(self) -> Path | None:
        """Returns in each process that is forked, with its script; in the server's at the end."""
        open_ = True
        while open_ or self._running:
            for key, _ in self._events.select():
                if key.fileobj is self._listener:
                    script = self._begin()
                    if script is not None:
                        return script
                elif key.fileobj == 0:
                    self._events.unregister(0)
                    self._events.unregister(self._listener)
                    open_ = False
                elif isinstance(key.fileobj, socket.socket):
                    self._given_up(key.fileobj)
                else:
                    self._ended(key.fd)
        return None

    def _begin(self) -> Path | None:
        connection, _ = self._listener.accept()
        descriptors: list[int] = []
        try:
            request, descriptors = received(connection)
            if not as_loaded(request["environment"]):
                raise ValueError
            script = Path(request["script"])
            load(script)
            pid = os.fork()
        except (OSError, ValueError):
            # Who asks starts the script without this server, if it still lives.
            for descriptor in descriptors:
                os.close(descriptor)
            connection.close()
            return None
        if pid == 0:
            self._forget(connection)
            become(request, descriptors)
            return script
        for descriptor in descriptors:
            os.close(descriptor)
        ending = os.pidfd_open(pid)
        self._running[ending] = pid, connection
        self._events.register(ending, selectors.EVENT_READ)
        self._events.register(connection, selectors.EVENT_READ)
        with suppress(OSError):
            connection.sendall(b"+")
        return None

    def _ended(self, ending: int) -> None:
        pid, connection = self._running.pop(ending)
        _, status = os.waitpid(pid, 0)
        with suppress(OSError):
            connection.sendall(status.to_bytes(4, "big"))
        with suppress(KeyError):
            self._events.unregister(connection)
        connection.close()
        self._events.unregister(ending)
        os.close(ending)

    def _given_up(self, connection: socket.socket) -> None:
        """Who waited for a script has been killed: so is the script, which is reaped later."""
        # Told together with the script's own end, it may be closed already.
        with suppress(KeyError, ValueError):
            self._events.unregister(connection)
        for pid, other in self._running.values():
            if other is connection:
                os.kill(pid, signal.SIGKILL)

    def _forget(self, connection: socket.socket) -> None:
        """In a forked process: what is the server's alone."""
        self._events.close()
        self._listener.close()
        connection.close()
        for ending, (_, other) in self._running.items():
            os.close(ending)
            other.close()


def received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """What is asked for, and standard input, output and error of who asks."""
    size, descriptors, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as stream:
        return json.loads(stream.read(int.from_bytes(size, "big"))), descriptors


def as_loaded(environment: dict[str, str]) -> bool:
    """Whether libraries that are loaded here have the threads that are asked for."""
    return all(environment.get(name) == os.environ.get(name) for name in THREADS)


def load(script: Path) -> None:
    """Import what a script imports at its top; if that fails, the script itself will tell."""
    with suppress(Exception):
        for node in ast.parse(script.read_bytes()).body:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module]
            else:
                continue
            for name in set(names) - set(sys.modules):
                importlib.import_module(name)
        # Otherwise every process would copy what it looks through for garbage.
        gc.freeze()


def become(request: dict[str, Any], descriptors: list[int]) -> None:
    """Take on the place of the process that asks."""
    for own, given in enumerate(descriptors):
        os.dup2(given, own)
        os.close(given)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None
    sys.argv[:] = [request["script"]]
    sys.path.insert(0, str(Path(request["script"]).parent))


def main(folder: Path, listener: socket.socket) -> None:
    """Serve, and remove the folder; in a forked process, run its script as Python would."""
    # Whoever interrupts a run interrupts Snakemake and the scripts, and with them this ends.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    script = Server(listener).serve()
    if script is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        signal.signal(signal.SIGINT, before)
        runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
