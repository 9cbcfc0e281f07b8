"""What goes wrong with the machine and not with an image: such errors end a job, and are told."""

import errno

_DISK = {
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "your quota of the disk is used up; make room",
    errno.EROFS: "the folder is read-only; allow writing to it",
    errno.EACCES: "the folder may not be written to; allow it",
}


def lacks_memory(error: BaseException) -> bool:
    """Whether the machine, and not what was worked on, is the cause.

    torch raises a plain RuntimeError where the memory of the CPU does not suffice.
    """
    told = str(error)
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError)
        and (type(error).__name__ == "OutOfMemoryError" or "allocate memory" in told)
    )


def machine_fault(error: BaseException) -> str | None:
    """What to tell of an error of the machine; None for any other."""
    if lacks_memory(error):
        return (
            "there is not enough memory; lower execution.batch_size or execution.shard_size, run "
            "fewer jobs at once (--cores), or ask the cluster for more (mem_mb), and run again. "
            "Finished shards are kept."
        )
    if isinstance(error, OSError) and error.errno in _DISK:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{_DISK[error.errno]}, and run again. Finished shards are kept."
    return None
