"""Makes Snakemake run its scripts through :mod:`ssimball.pipeline.fork_server.server`."""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from snakemake.shell import shell

from ssimball.pipeline.fork_server import client
from ssimball.runtime.processes import python_command, python_environment

#: The prefix that Snakemake itself puts before every bash command.
BASH_STRICT = "set -euo pipefail; "


def serve_scripts() -> None:
    """Start a server for this process of Snakemake, and send every script to it.

    The server ends with this process. Snakemake runs jobs without it on a cluster and in another
    software environment. All jobs run without it where the system is not Linux, or where the path
    of the socket would exceed 107 characters.
    """
    if not hasattr(os, "pidfd_open"):
        return
    try:
        socket_path, _ = start_server()
    except OSError:
        return
    command = shlex.join([sys.executable, "-IS", client.__file__, str(socket_path)])
    shell.prefix(BASH_STRICT + command.replace("{", "{{").replace("}", "}}"))


def start_server() -> tuple[Path, int]:
    """Start a server.

    The socket listens before the server has loaded anything; clients wait until it has.

    Returns:
        The path of the server's socket, and a file descriptor. The server ends when the descriptor
        is closed and its scripts have ended.

    Raises:
        OSError: The path of the socket would be too long.
    """
    socket_path = Path(tempfile.mkdtemp(prefix="ssimball-")) / "socket"
    read_end, write_end = os.pipe()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path))
        listener.listen(1024)
        number = listener.fileno()
        module = "ssimball.pipeline.fork_server.server"
        arguments = python_command("-m", module, str(socket_path.parent), str(number))
        environment = python_environment()
        subprocess.Popen(arguments, stdin=read_end, pass_fds=[number], env=environment)
    os.close(read_end)
    return socket_path, write_end
