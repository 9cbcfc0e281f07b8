"""The fork server runs a script as a new Python process would, for the script and its caller."""

import contextlib
import os
import signal
import subprocess
import sys

import psutil
import pytest

from ssimball.pipeline.fork_server import client, start
from ssimball.pipeline.fork_server.start import serve_scripts, start_server
from ssimball.runtime.environment import THREADS

ALONE = {**os.environ, **dict.fromkeys(THREADS, "1")}
#: Prints what a process can observe of itself, except its parent.
OBSERVE = """
import fractions, json, os, signal, sys
observed = [sys.argv, sys.path[0], os.getcwd(), os.environ.get("ASKED"), __name__, __file__]
observed += [str(signal.getsignal(signal.SIGINT)), sorted(os.listdir("/proc/self/fd"))]
observed += [sys.stdin.read()]
print(json.dumps(observed))
print("to standard error", file=sys.stderr)
sys.exit(7)
"""


def start_script(socket_path, path, python=sys.executable, **options):
    """Start a script through the server with this socket."""
    command = [sys.executable, "-IS", client.__file__, str(socket_path), python, str(path)]
    options = {"stdin": subprocess.DEVNULL, "env": ALONE, "text": True, **options}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    for name in THREADS:
        monkeypatch.setenv(name, "1")


@pytest.fixture
def server():
    """Start a server, yield the path of its socket, and check that it ends cleanly."""
    socket_path, alive = start_server()
    started = processes(socket_path)
    yield socket_path
    os.close(alive)
    psutil.wait_procs(started, timeout=20)
    assert not socket_path.parent.exists()


def processes(socket_path):
    """Return the processes of a server."""
    matching = []
    for process in psutil.Process().children():
        # The server of another test may have ended without having been waited for.
        with contextlib.suppress(psutil.ZombieProcess):
            if str(socket_path.parent) in " ".join(process.cmdline()):
                matching.append(process)
    return matching


def script(folder, text):
    path = folder / "script.py"
    path.write_text(text)
    return path


def test_a_script_observes_and_prints_the_same_as_in_a_new_process(server, tmp_path):
    path = script(tmp_path, OBSERVE)
    options = {"cwd": tmp_path, "env": {**ALONE, "ASKED": "yes"}}
    running = start_script(server, path, **options)
    output = running.communicate()
    expected = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options
    )
    assert (running.returncode, *output) == (7, expected.stdout, expected.stderr)
    assert '"yes"' in output[0]


def test_modules_are_loaded_once_and_nothing_else_is_shared(server, tmp_path):
    text = "import decimal\nprint(id(decimal), decimal.__dict__.setdefault('mark', {mark}))"
    addresses = set()
    for mark in (1, 2):
        running = start_script(server, script(tmp_path, text.format(mark=mark)))
        address, printed_mark = running.communicate()[0].split()
        assert int(printed_mark) == mark
        addresses.add(address)
    assert len(addresses) == 1


def test_a_script_starts_with_what_numba_imports_late(server, tmp_path):
    """A second, since the server imports numba."""
    text = "import sys, numba\nprint('numba.np.arraymath' in sys.modules)"
    path = script(tmp_path, text)
    assert start_script(server, path).communicate()[0] == "True\n"
    alone = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert alone.stdout == "False\n"


def test_exit_functions_and_threads_finish_before_the_process_ends(server, tmp_path):
    text = "import atexit, threading, time\natexit.register(print, 'at exit')\n"
    text += "work = lambda: (time.sleep(0.2), print('thread'))\n"
    text += "threading.Thread(target=work).start()\nprint('main', end=' ')"
    running = start_script(server, script(tmp_path, text))
    assert running.communicate()[0].split() == ["main", "thread", "at", "exit"]
    assert running.returncode == 0


def test_a_script_succeeds_without_standard_streams(tmp_path):
    """As where Snakemake was started with closed streams, or its reader is gone."""
    path = script(tmp_path, "print('to nobody')")
    text = "import sys; from ssimball.pipeline.fork_server.server import run_script as run; "
    text += f"from pathlib import Path; sys.stdout = None; run(Path({str(path)!r}))"
    closed = subprocess.run(["sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, text], env=ALONE)
    assert closed.returncode == 0


def test_a_signal_that_ends_the_script_ends_its_caller_too(server, tmp_path):
    running = start_script(server, script(tmp_path, "import os\nos.kill(os.getpid(), 9)"))
    assert running.wait(20) == -signal.SIGKILL
    running = start_script(server, script(tmp_path, "raise ValueError('after it')"))
    assert "ValueError: after it" in running.communicate()[1]
    assert running.returncode == 1


def test_a_script_is_killed_with_its_caller(server, tmp_path):
    path = script(tmp_path, "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    running = start_script(server, path)
    process = psutil.Process(int(running.stdout.readline()))
    running.kill()
    process.wait(20)


def test_scripts_continue_when_snakemake_has_ended(tmp_path):
    socket_path, alive = start_server()
    path = script(tmp_path, "import time\nprint(1, flush=True)\ntime.sleep(1)\nprint(2)")
    running = start_script(socket_path, path)
    assert running.stdout.readline() == "1\n"
    os.close(alive)
    assert running.communicate()[0] == "2\n"
    assert running.returncode == 0


@pytest.mark.parametrize("reason", ["server killed", "threads", "Python"])
def test_python_runs_the_script_where_the_server_cannot(server, tmp_path, reason):
    path = script(tmp_path, "import os\nprint(os.getppid())")
    [process] = processes(server)
    assert start_script(server, path).communicate()[0] == f"{process.pid}\n"
    options = {}
    if reason == "server killed":
        process.kill()
        process.wait(20)
        server.parent.joinpath("socket").unlink()
        server.parent.rmdir()
    elif reason == "threads":
        options["env"] = {**ALONE, "OMP_NUM_THREADS": "2"}
    else:
        options["python"] = os.path.realpath(sys.executable)
        assert options["python"] != sys.executable
    assert start_script(server, path, **options).communicate()[0] == f"{os.getpid()}\n"


def test_scripts_run_without_a_server_where_the_socket_path_is_too_long(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(start.tempfile, "tempdir", str(long))
    monkeypatch.setattr(start.shell, "prefix", pytest.fail)
    serve_scripts()
