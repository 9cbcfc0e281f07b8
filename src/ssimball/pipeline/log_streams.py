"""Streams for the logs of jobs."""

from typing import TextIO


class Tee:
    """A stream that writes to several others, such as the terminal and a log file."""

    def __init__(self, *streams: TextIO) -> None:
        """Write to these streams."""
        self._streams = streams

    def write(self, text: str) -> int:
        """Write the text to every stream at once."""
        for stream in self._streams:
            stream.write(text)
            stream.flush()
        return len(text)

    def flush(self) -> None:
        """Flush every stream."""
        for stream in self._streams:
            stream.flush()


class LineStream:
    """A stream that turns a progress bar into separate lines: several jobs share the terminal."""

    def __init__(self, stream: TextIO) -> None:
        """Write the lines to this stream."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text as a line of its own, without carriage returns."""
        line = text.strip("\r\n ")
        if line:
            self._stream.write(line + "\n")
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        self._stream.flush()
