"""Recognises errors of the machine, which end a job with a message, unlike those of an image."""

import errno

_DISK = {
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "your quota of the disk is used up; make room",
    errno.EROFS: "the folder is read-only; allow writing to it",
    errno.EACCES: "the folder may not be written to; allow it",
}


def lacks_memory(error: BaseException) -> bool:
    """Return whether an error says that the machine has too little memory.

    torch raises a plain RuntimeError if the CPU's memory does not suffice.
    """
    message = str(error)
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError)
        and (type(error).__name__ == "OutOfMemoryError" or "allocate memory" in message)
    )


def machine_fault(error: BaseException) -> str | None:
    """Return the message for an error of the machine; None for any other error."""
    if lacks_memory(error):
        return (
            "there is not enough memory; lower execution.batch_size or execution.shard_size, run "
            "fewer jobs at once (--cores), or ask the cluster for more (mem_mb), and run again. "
            "Finished shards are kept."
        )
    if isinstance(error, OSError) and error.errno in _DISK:
        prefix = f"{error.filename}: " if error.filename else ""
        return f"{prefix}{_DISK[error.errno]}, and run again. Finished shards are kept."
    return None
