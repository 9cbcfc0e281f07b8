"""Runs ``PYTHON SCRIPT`` through the fork server: ``client.py SOCKET PYTHON SCRIPT``.

Where the server cannot run the script, PYTHON runs it directly. The module imports little, since it
is started for every job; see :mod:`ssimball.pipeline.fork_server.server`.
"""

import json
import os
import signal
import socket
import sys


def main(socket_path: str, command: list[str]) -> int:
    """Run a command and return its exit status.

    If a signal ends the script, the same signal ends this process.

    Args:
        socket_path: Path of the server's socket.
        command: The Python program and the script.
    """
    # An interrupt ends this process without a traceback, and the server then ends the script.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    wait_status = run_on_server(socket_path, command)
    if wait_status is None:
        os.execvp(command[0], command)
    code = os.waitstatus_to_exitcode(wait_status)
    if code >= 0:
        return code
    if -code != signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 128 - code


def run_on_server(socket_path: str, command: list[str]) -> int | None:
    """Return the wait status of the script, or None if the server has not started it."""
    if len(command) != 2 or command[0] != sys.executable:
        return None
    # os.getcwd, since importing pathlib takes longer than everything else here.
    folder = os.getcwd()  # noqa: PTH109
    content = {"script": command[1], "folder": folder, "environment": dict(os.environ)}
    request = json.dumps(content).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(socket_path)
            socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2])
            connection.sendall(request)
            started = connection.recv(1)
        except OSError:
            return None
        if not started:
            return None
        reply = connection.recv(4, socket.MSG_WAITALL)
    # A killed server sends no status, and how far the script came is unknown.
    return int.from_bytes(reply, "big") if len(reply) == 4 else signal.SIGKILL


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
