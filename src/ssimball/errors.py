"""Errors that a user can cause and correct.

Each message names the file, the key or the row, what was expected, and what to do.
"""


class SsimballError(Exception):
    """Base class of all errors below; programs print its message without a traceback.

    Attributes:
        fact: the message without its remedy. Whoever examines a run of somebody else's is told no
            more than that, since the remedy may be to delete what is evidence to them.
    """

    def __init__(self, fact: str = "", remedy: str = "") -> None:
        """Make an error.

        Args:
            fact: what is wrong, and where.
            remedy: what the owner of the files can do.
        """
        super().__init__(f"{fact}; {remedy}" if remedy else fact)
        self.fact = fact


class ConfigError(SsimballError):
    """A configuration key is unknown, has a value of the wrong type, or an impossible value."""


class DatasetError(SsimballError):
    """A data set cannot be used: its folder is missing, its manifest is broken, or it is empty."""


class ImageError(SsimballError):
    """An image cannot be read. The reason goes into the image's row; the job continues."""


class ModelError(SsimballError):
    """Weights are missing or do not fit the network, or the network has no CAM head."""


class ArtifactError(SsimballError):
    """A stored table is missing, is damaged, or does not follow its contract."""


class MachineError(ArtifactError):
    """A folder or device that only some machines of a cluster have is missing on this one."""


class AttackError(SsimballError):
    """An attack fails on an image. The reason goes into the image's row; the job continues."""


class InputError(SsimballError, ValueError):
    """An argument of a public function has a wrong value, shape or type."""


class ImpossibleError(Exception):
    """A check of the audit cannot be made here, because it needs something outside the run."""


def first_line(error: BaseException) -> str:
    """Return the kind of an error and the first line of its message."""
    return f"{type(error).__name__}: {error}".splitlines()[0]
