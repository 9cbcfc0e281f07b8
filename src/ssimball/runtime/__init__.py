"""The machine: threads, device, memory, compilation and seeds, the same numbers on any."""
