"""Errors a user can cause and mend: each message names the file, key or row and what to do."""


class SsimballError(Exception):
    """Base class. The workflow prints the message alone, without a traceback."""


class ConfigError(SsimballError):
    """A configuration key is unknown, of the wrong type, or has an impossible value."""


class DatasetError(SsimballError):
    """The data set as a whole cannot be used: no such folder, broken manifest, no images."""


class ImageError(SsimballError):
    """One image cannot be read. It becomes a row with a reason; it never stops a job."""


class ModelError(SsimballError):
    """Weights are missing or do not fit the network, or the network has no CAM head."""


class ArtifactError(SsimballError):
    """A stored table is missing, damaged, or does not follow its contract."""


class AttackError(SsimballError):
    """An attack has no answer for an image. The image becomes a row with the reason."""


class ImpossibleError(Exception):
    """A check cannot be made here, for want of something that is no part of the run."""
