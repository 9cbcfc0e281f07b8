"""A run that is told to end does so after its running jobs, at whatever moment it is told."""

import signal
import threading
from typing import Any


def end_in_a_thread() -> None:
    """Run the handler of SIGTERM that Snakemake has set in a thread of its own.

    The handler takes a lock that the main thread, which it interrupts, may hold. It would then wait
    for ever, with all jobs ended and the folder locked.
    """
    end: Any = signal.getsignal(signal.SIGTERM)
    if callable(end):
        signal.signal(
            signal.SIGTERM, lambda *given: threading.Thread(target=end, args=given).start()
        )
