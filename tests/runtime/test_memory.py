"""Peak memory against an allocation of known size."""

import sys

import numpy as np
import pytest

from ssimball.runtime.memory import peak_memory


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells: run this on Linux")
def test_peak_is_what_was_allocated_and_given_back():
    with peak_memory() as peak:
        np.ones(15_000_000).sum()
    assert peak.megabytes == pytest.approx(120, abs=20)
    with peak_memory() as after:
        pass
    assert after.megabytes < 20
