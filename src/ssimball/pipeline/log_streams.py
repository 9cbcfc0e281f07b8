"""A stream for the logs of jobs."""

from typing import TextIO


class LineStream:
    """A stream that turns a progress bar into separate lines of a log."""

    def __init__(self, stream: TextIO) -> None:
        """Write the lines to this stream."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text as a line of its own, without carriage returns."""
        line = text.strip("\r\n ")
        if line:
            self._stream.write(line + "\n")
            self._stream.flush()
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        self._stream.flush()
