"""A script that the server runs cannot tell the difference, nor can who waits for it."""

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
#: What a process can see of itself, but not who has started it.
LOOK = """
import fractions, json, os, signal, sys
seen = [sys.argv, sys.path[0], os.getcwd(), os.environ.get("ASKED"), __name__, __file__]
seen += [str(signal.getsignal(signal.SIGINT)), sorted(os.listdir("/proc/self/fd"))]
seen += [sys.stdin.read()]
print(json.dumps(seen))
print("to the other", file=sys.stderr)
sys.exit(7)
"""


def begin(place, path, python=sys.executable, **options):
    """Begin to run a script by the server whose socket lies at a place."""
    command = [sys.executable, "-IS", client.__file__, str(place), python, str(path)]
    options = {"stdin": subprocess.DEVNULL, "env": ALONE, "text": True, **options}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    for name in THREADS:
        monkeypatch.setenv(name, "1")


@pytest.fixture
def server():
    """Socket of a server."""
    place, alive = start_server()
    own = processes(place)
    yield place
    os.close(alive)
    psutil.wait_procs(own, timeout=20)
    assert not place.parent.exists()


def processes(place):
    """Of a server."""
    found = []
    for one in psutil.Process().children():
        # A server of another test may have ended and not been waited for.
        with contextlib.suppress(psutil.ZombieProcess):
            if str(place.parent) in " ".join(one.cmdline()):
                found.append(one)
    return found


def script(folder, text):
    path = folder / "script.py"
    path.write_text(text)
    return path


def test_a_script_sees_and_tells_the_same(server, tmp_path):
    path = script(tmp_path, LOOK)
    options = {"cwd": tmp_path, "env": {**ALONE, "ASKED": "yes"}}
    running = begin(server, path, **options)
    found = running.communicate()
    expected = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options
    )
    assert (running.returncode, *found) == (7, expected.stdout, expected.stderr)
    assert '"yes"' in found[0]


def test_modules_are_loaded_once_and_nothing_else_is_shared(server, tmp_path):
    text = "import decimal\nprint(id(decimal), decimal.__dict__.setdefault('mark', {mark}))"
    seen = set()
    for mark in (1, 2):
        running = begin(server, script(tmp_path, text.format(mark=mark)))
        place, found = running.communicate()[0].split()
        assert int(found) == mark
        seen.add(place)
    assert len(seen) == 1


def test_a_script_that_is_killed_ends_who_waits_by_the_same_signal(server, tmp_path):
    running = begin(server, script(tmp_path, "import os\nos.kill(os.getpid(), 9)"))
    assert running.wait(20) == -signal.SIGKILL
    running = begin(server, script(tmp_path, "raise ValueError('after it')"))
    assert "ValueError: after it" in running.communicate()[1]
    assert running.returncode == 1


def test_a_script_ends_with_who_waits(server, tmp_path):
    path = script(tmp_path, "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    running = begin(server, path)
    process = psutil.Process(int(running.stdout.readline()))
    running.kill()
    process.wait(20)


def test_scripts_go_on_when_their_run_is_gone(tmp_path):
    place, alive = start_server()
    path = script(tmp_path, "import time\nprint(1, flush=True)\ntime.sleep(1)\nprint(2)")
    running = begin(place, path)
    assert running.stdout.readline() == "1\n"
    os.close(alive)
    assert running.communicate()[0] == "2\n"
    assert running.returncode == 0


@pytest.mark.parametrize("why", ["server killed", "threads", "Python"])
def test_without_a_server_of_its_kind_python_runs_the_script(server, tmp_path, why):
    path = script(tmp_path, "import os\nprint(os.getppid())")
    [process] = processes(server)
    assert begin(server, path).communicate()[0] == f"{process.pid}\n"
    options = {}
    if why == "server killed":
        process.kill()
        process.wait(20)
        server.parent.joinpath("socket").unlink()
        server.parent.rmdir()
    elif why == "threads":
        options["env"] = {**ALONE, "OMP_NUM_THREADS": "2"}
    else:
        options["python"] = os.path.realpath(sys.executable)
        assert options["python"] != sys.executable
    assert begin(server, path, **options).communicate()[0] == f"{os.getpid()}\n"


def test_where_a_socket_has_no_place_scripts_run_as_ever(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(start.tempfile, "tempdir", str(long))
    monkeypatch.setattr(start.shell, "prefix", pytest.fail)
    serve_scripts()
