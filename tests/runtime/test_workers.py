"""Work in forked processes: results and errors come back, and a process that was ended is named."""

import os
import signal

import pytest

from ssimball.errors import ArtifactError, SsimballError
from ssimball.runtime.workers import in_processes


@pytest.mark.parametrize("processes", [1, 2])
def test_everything_is_done_once(processes):
    words = ["none", "one", "two", "three", "four"]
    found = dict(in_processes(lambda n: (words[n], os.getpid()), len(words), processes))
    assert [found[n][0] for n in range(5)] == words
    assert (os.getpid() in {pid for _, pid in found.values()}) is (processes == 1)


def test_nothing_to_do_is_no_error():
    assert list(in_processes(print, 0, 2)) == []


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_is_raised_here(processes):
    def work(number):
        if number == 1:
            raise ArtifactError("a fact", "a remedy")
        return number

    with pytest.raises(ArtifactError, match="a fact; a remedy"):
        dict(in_processes(work, 3, processes))


def test_a_process_that_the_system_ends_is_no_result():
    def work(number):
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(SsimballError, match="ended a process"):
        dict(in_processes(work, 3, 2))


def test_waiting_is_told():
    told = []
    wait = os.pipe()

    def work(number):
        return os.read(wait[0], 1)

    def waiting():
        told.append(1)
        os.write(wait[1], b"x")

    assert dict(in_processes(work, 2, 2, waiting, pause=0.01)) == {0: b"x", 1: b"x"}
    assert told
