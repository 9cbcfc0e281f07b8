"""A signal to end does not block the thread that it interrupts."""

import signal
import threading

import pytest

from ssimball.pipeline.termination import end_in_a_thread


@pytest.fixture
def restored():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("restored")
def test_a_handler_may_wait_for_a_lock_of_the_main_thread():
    lock, handled = threading.Lock(), threading.Event()

    def end(*_):  # as Snakemake's does
        if lock.acquire(timeout=5):
            handled.set()

    signal.signal(signal.SIGTERM, end)
    end_in_a_thread()
    with lock:
        signal.raise_signal(signal.SIGTERM)
    assert handled.wait(5)


@pytest.mark.usefixtures("restored")
def test_a_signal_without_a_handler_keeps_its_effect():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_in_a_thread()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
