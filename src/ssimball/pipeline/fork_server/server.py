"""Runs the workflow's scripts in processes forked from one that has their modules loaded.

Loading torch and the other modules of a job takes four to six seconds, longer than the work of many
jobs, and Snakemake starts Python anew for every script. Here, the modules of each script are
imported once, when it is first requested. Then a process is forked for every job, with the
arguments, working directory, environment, descriptors and exit status that a new one would have.

:mod:`multiprocessing.forkserver` starts processes as fast, but does less: its processes have the
server's working directory, environment and standard streams, outlive whoever requested them and is
killed, and load a list of modules that is fixed before the first job. Snakemake starts scripts by a
shell command, which cannot reach the library's server but by private attributes.

The server itself computes nothing and starts no threads, since a forked process has none of them.
"""

import ast
import atexit
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
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssimball.runtime.environment import THREADS

#: Seconds that a client may be silent while it sends its request, and bytes of the longest one.
REQUEST_SECONDS = 10.0
MAX_REQUEST = 16 << 20


class Server:
    """A server that listens until its standard input closes and all its scripts have ended.

    Args:
        listener: A listening socket.
    """

    def __init__(self, listener: socket.socket) -> None:
        """Watch the socket and standard input."""
        self._listener = listener
        self._events = selectors.DefaultSelector()
        self._events.register(listener, selectors.EVENT_READ)
        self._events.register(0, selectors.EVENT_READ)
        # Process and client of each running script, by the descriptor that reports its end.
        self._running: dict[int, tuple[int, socket.socket]] = {}

    def serve(self) -> Path | None:
        """Handle requests.

        Returns:
            In each forked process, its script; in the server, None at the end.
        """
        listening = True
        while listening or self._running:
            for key, _ in self._events.select():
                if key.fileobj is self._listener:
                    script = self._start_script()
                    if script is not None:
                        return script
                elif key.fileobj == 0:
                    self._events.unregister(0)
                    self._events.unregister(self._listener)
                    listening = False
                elif isinstance(key.fileobj, socket.socket):
                    self._kill_script_of(key.fileobj)
                else:
                    self._report_end(key.fd)
        return None

    def _start_script(self) -> Path | None:
        """Accept a request and fork; return the script in the forked process only."""
        connection, _ = self._listener.accept()
        descriptors: list[int] = []
        try:
            # A silent client must not keep the others waiting.
            connection.settimeout(REQUEST_SECONDS)
            request, descriptors = receive_request(connection)
            connection.settimeout(None)
            if not has_same_threads(request["environment"]):
                raise ValueError
            script = Path(request["script"])
            import_modules_of(script)
            pid = os.fork()
        except (OSError, ValueError, RecursionError):
            # The client, if it still lives, runs the script without this server.
            for descriptor in descriptors:
                os.close(descriptor)
            connection.close()
            return None
        if pid == 0:
            self._close_all(connection)
            assume_identity(request, descriptors)
            return script
        for descriptor in descriptors:
            os.close(descriptor)
        pidfd = os.pidfd_open(pid)
        self._running[pidfd] = pid, connection
        self._events.register(pidfd, selectors.EVENT_READ)
        self._events.register(connection, selectors.EVENT_READ)
        with suppress(OSError):
            connection.sendall(b"+")
        return None

    def _report_end(self, pidfd: int) -> None:
        """Send the wait status of an ended script to its client."""
        pid, connection = self._running.pop(pidfd)
        _, status = os.waitpid(pid, 0)
        with suppress(OSError):
            connection.sendall(status.to_bytes(4, "big"))
        with suppress(KeyError):
            self._events.unregister(connection)
        connection.close()
        self._events.unregister(pidfd)
        os.close(pidfd)

    def _kill_script_of(self, connection: socket.socket) -> None:
        """Kill the script of a client that was killed; its end is handled later."""
        # The connection may be closed already, if the script ended at the same time.
        with suppress(KeyError, ValueError):
            self._events.unregister(connection)
        for pid, client in self._running.values():
            if client is connection:
                os.kill(pid, signal.SIGKILL)

    def _close_all(self, connection: socket.socket) -> None:
        """Close, in a forked process, the descriptors that belong to the server."""
        self._events.close()
        self._listener.close()
        connection.close()
        for pidfd, (_, client) in self._running.items():
            os.close(pidfd)
            client.close()


def receive_request(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Receive a request, and the client's standard input, output and error.

    Raises:
        OSError: The client sends nothing for ``REQUEST_SECONDS``.
        ValueError: The client has gone before it sent a whole request, or it is none.
    """
    size, descriptors, _, _ = socket.recv_fds(connection, 8, 3)
    try:
        length = int.from_bytes(size, "big")
        if len(descriptors) != 3 or len(size) != 8 or length > MAX_REQUEST:
            raise ValueError("no request")
        with connection.makefile("rb") as stream:
            request = json.loads(stream.read(length))
        _check_request(request)
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
    return request, descriptors


def _check_request(request: Any) -> None:
    """Require what :mod:`ssimball.pipeline.fork_server.client` sends."""
    if not isinstance(request, dict) or request.keys() != {"script", "folder", "environment"}:
        raise ValueError("no request")
    environment = request["environment"]
    texts = [request["script"], request["folder"]]
    if isinstance(environment, dict):
        texts += [*environment, *environment.values()]
    if not isinstance(environment, dict) or not all(
        isinstance(text, str) and "\0" not in text for text in texts
    ):
        raise ValueError("no request")


def has_same_threads(environment: dict[str, str]) -> bool:
    """Return whether the libraries loaded here use the number of threads that is asked for."""
    return all(environment.get(name) == os.environ.get(name) for name in THREADS)


def import_modules_of(script: Path) -> None:
    """Import what a script imports at its top level; errors are left to the script itself."""
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
        load_numba()
        # Otherwise the garbage collector of every forked process would copy these modules' memory.
        gc.freeze()


def load_numba() -> None:
    """Import what numba imports when compiled code is first called, where it is loaded at all.

    That takes 0.4 s, most of the time of a job that measures the SSIM of a few images.
    """
    if "numba" in sys.modules:
        registry = importlib.import_module("numba.core.registry")
        registry.cpu_target.target_context.refresh()


def assume_identity(request: dict[str, Any], descriptors: list[int]) -> None:
    """Take over the streams, working directory, environment and arguments of the client."""
    for standard, received in enumerate(descriptors):
        os.dup2(received, standard)
        os.close(received)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None
    sys.argv[:] = [request["script"]]
    sys.path.insert(0, str(Path(request["script"]).parent))


def run_script(script: Path) -> None:
    """Run a script as Python would, and end the process when it succeeds.

    Taking torch's modules apart would last 0.4 s. As in the processes of :mod:`multiprocessing`,
    threads are joined, exit functions run and streams flushed, and nothing else is taken apart. An
    exception ends the process in the ordinary way.
    """
    runpy.run_path(str(script), run_name="__main__")
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        # There is none where whoever started the server had closed it, or nobody reads it.
        with suppress(AttributeError, OSError):
            stream.flush()
    os._exit(0)


def main(folder: Path, listener: socket.socket) -> None:
    """Serve and finally remove the folder; in a forked process, run its script.

    Args:
        folder: Folder of the socket.
        listener: The listening socket.
    """
    # An interrupt reaches Snakemake and the scripts; the server ends when they do.
    interrupt_handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    script = Server(listener).serve()
    if script is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        signal.signal(signal.SIGINT, interrupt_handler)
        run_script(script)


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
