"""The fork server outlives requests that are none, and clients that say nothing."""

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from ssimball.pipeline.fork_server import client, server
from ssimball.pipeline.fork_server.start import start_server

SMALL = {"script": "x.py", "folder": "/", "environment": {}}
REQUESTS = {
    "nothing": b"",
    "no JSON": b"{",
    "deep": b"[" * 100_000,
    "no object": b"[]",
    "no script": json.dumps({**SMALL, "script": None}).encode(),
    "another key": json.dumps({**SMALL, "more": 1}).encode(),
    "no environment": json.dumps({**SMALL, "environment": [1]}).encode(),
    "no text": json.dumps({**SMALL, "environment": {"A": 1}}).encode(),
    "null byte": json.dumps({**SMALL, "folder": "a\0b"}).encode(),
    "no UTF-8": b"\xff",
}


def received(content, size=None, descriptors=(0, 1, 2), seconds=None):
    """What the server makes of a request."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(seconds)
        header = (len(content) if size is None else size).to_bytes(8, "big")
        socket.send_fds(ours, [header], list(descriptors))
        ours.sendall(content)
        if seconds is None:
            ours.shutdown(socket.SHUT_WR)
        return server.receive_request(theirs)


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("name", REQUESTS)
def test_a_malformed_request_is_refused_and_its_files_closed(name):
    before = open_files()
    with pytest.raises((ValueError, RecursionError)):
        received(REQUESTS[name])
    assert open_files() == before


def test_a_request_is_bounded_and_brings_three_files():
    content = json.dumps(SMALL).encode()
    for request in ({"size": 1 << 60}, {"descriptors": [0]}, {"descriptors": []}):
        with pytest.raises(ValueError, match="no request"):
            received(content, **request)
    request, descriptors = received(content)
    assert request == SMALL and len(descriptors) == 3
    for descriptor in descriptors:
        os.close(descriptor)


def test_a_silent_client_is_given_up():
    with pytest.raises(TimeoutError):
        received(b"", size=100, seconds=0.05)


def test_the_server_goes_on(tmp_path, monkeypatch):
    for name in server.THREADS:
        monkeypatch.setenv(name, "1")
    path, alive = start_server()
    try:
        for content in (b"{", b"[" * 100_000):
            with socket.socket(socket.AF_UNIX) as bad:
                bad.connect(str(path))
                socket.send_fds(bad, [len(content).to_bytes(8, "big")], [0, 1, 2])
                bad.sendall(content)
                assert bad.recv(1) == b""
        script = tmp_path / "script.py"
        script.write_text("raise SystemExit(7)")
        status = client.run_on_server(str(path), [sys.executable, str(script)])
        assert os.waitstatus_to_exitcode(status) == 7
    finally:
        os.close(alive)
