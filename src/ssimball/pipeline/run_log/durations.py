"""Durations in words."""


def clock(seconds: float) -> str:
    """Return a time since the start, such as ``1:05`` or ``2:01:05``."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def duration(seconds: float) -> str:
    """Return a duration with two digits or so: ``14 s``, ``3 min``, ``1 h 20 min``."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def about(seconds: float) -> str:
    """Return an estimate: seconds in tens, minutes from two minutes on."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 115:
        return f"about {max(round(seconds / 10), 1) * 10} s"
    return f"about {duration(seconds)}"
