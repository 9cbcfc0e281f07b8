"""``client.py SOCKET PYTHON SCRIPT``: runs a script as PYTHON SCRIPT would, by the server.

Where the server cannot do it, PYTHON does. Imports little, since it is started for every job; see
:mod:`ssimball.pipeline.fork_server.server`.
"""

import json
import os
import signal
import socket
import sys


def main(place: str, command: list[str]) -> int:
    """The exit status of the script; if a signal has ended it, that one ends this process too."""
    status = served(place, command)
    if status is None:
        os.execvp(command[0], command)
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return code
    if -code != signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 128 - code


def served(place: str, command: list[str]) -> int | None:
    """Wait status of the script, or None where the server has not begun with it."""
    if len(command) != 2 or command[0] != sys.executable:
        return None
    # os.getcwd, since pathlib takes longer to import than all the rest.
    folder = os.getcwd()  # noqa: PTH109
    about = {"script": command[1], "folder": folder, "environment": dict(os.environ)}
    request = json.dumps(about).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(place)
            socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2])
            connection.sendall(request)
            begun = connection.recv(1)
        except OSError:
            return None
        if not begun:
            return None
        answer = connection.recv(4, socket.MSG_WAITALL)
    # A server that is killed says nothing, and nobody knows how far the script is.
    return int.from_bytes(answer, "big") if len(answer) == 4 else signal.SIGKILL


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
