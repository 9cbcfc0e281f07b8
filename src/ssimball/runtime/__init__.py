"""The machine: threads, devices, memory, compilation, seeds and fingerprints of code."""
