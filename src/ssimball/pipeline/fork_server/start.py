"""Lets Snakemake run its scripts by :mod:`ssimball.pipeline.fork_server.server`."""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from snakemake.shell import shell

from ssimball.pipeline.fork_server import client

#: What Snakemake itself puts before every command of bash.
STRICT = "set -euo pipefail; "


def serve_scripts() -> None:
    """Start a server for this process of Snakemake, and send every script to it.

    The server ends with this process. Jobs that Snakemake runs elsewhere, on a cluster or in
    another environment, do without it; so do all where the system is not Linux, or has no place for
    a socket: its path may have 107 characters.
    """
    if not hasattr(os, "pidfd_open"):
        return
    try:
        place, _ = start_server()
    except OSError:
        return
    command = shlex.join([sys.executable, "-IS", client.__file__, str(place)])
    shell.prefix(STRICT + command.replace("{", "{{").replace("}", "}}"))


def start_server() -> tuple[Path, int]:
    """Path of its socket, and a descriptor: it ends once that is closed and its scripts are done.

    Before it has loaded anything who connects waits, since the socket listens already.
    """
    place = Path(tempfile.mkdtemp(prefix="ssimball-")) / "socket"
    ended, alive = os.pipe()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen(1024)
        number = listener.fileno()
        arguments = ["ssimball.pipeline.fork_server.server", str(place.parent), str(number)]
        subprocess.Popen([sys.executable, "-P", "-m", *arguments], stdin=ended, pass_fds=[number])
    os.close(ended)
    return place, alive
