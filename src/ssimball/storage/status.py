"""The status of a row: what became of an image, as a kind and a reason."""

from dataclasses import dataclass
from enum import StrEnum


class StatusKind(StrEnum):
    """What happened to an image; the value is the stored text without its reason."""

    #: The attack returned a perturbation.
    ATTACKED = "attacked"
    #: The attack returned a perturbation, but none of it is left after rounding to 8 bits.
    UNCHANGED = "unchanged"
    #: The attack was run and found no adversarial image; the clean image is stored.
    NOT_FOUND = "not found"
    #: The attack was not run on this image.
    SKIPPED = "skipped"
    #: The attack was run and ended with an error.
    FAILED = "failed"


@dataclass(frozen=True)
class Status:
    """The status of one row of the ``attacks`` table.

    Its text is what tables store: the kind and, except for ``attacked``, the reason.

    Examples:
        >>> str(Status.skipped("misclassified"))
        'skipped: misclassified'
        >>> Status.parse("failed: the logits are not finite").reason
        'the logits are not finite'
        >>> Status.parse("attacked").has_stored_image
        True
    """

    kind: StatusKind
    reason: str = ""

    @classmethod
    def parse(cls, text: str) -> "Status":
        """Return the status that a table stores as ``text``.

        Raises:
            ValueError: the text is not the status of an attack.
        """
        kind, separator, reason = text.partition(": ")
        status = cls(StatusKind(kind), reason)
        if bool(separator) == (status.kind is StatusKind.ATTACKED):
            raise ValueError(f"{text!r} is not the status of an attack")
        return status

    @classmethod
    def skipped(cls, reason: str) -> "Status":
        """Return the status of an image on which the attack was not run."""
        return cls(StatusKind.SKIPPED, reason)

    @classmethod
    def not_attacked(cls, clean_status: str) -> "Status":
        """Return the status of an image that attacks skip, from its status in the clean table."""
        return cls.skipped("misclassified" if clean_status == "ok" else clean_status)

    @classmethod
    def failed(cls, reason: str) -> "Status":
        """Return the status of an image on which the attack ended with an error."""
        return cls(StatusKind.FAILED, reason)

    @classmethod
    def not_found(cls, reason: str) -> "Status":
        """Return the status of an image for which the attack found no adversarial image."""
        return cls(StatusKind.NOT_FOUND, reason)

    @classmethod
    def unchanged(cls, ssim_condition: str) -> "Status":
        """Return the status of an image whose perturbation did not survive rounding to 8 bits.

        Args:
            ssim_condition: the condition on mean SSIM that the stored image had to meet, such as
                ``>= 0.99``; empty if there was none.
        """
        condition = f" at mean SSIM {ssim_condition}" if ssim_condition else ""
        return cls(
            StatusKind.UNCHANGED,
            f"no part of the perturbation is left after rounding to 8 bits{condition}",
        )

    @property
    def has_stored_image(self) -> bool:
        """Whether the row holds an image, which may be the clean one, and its measurements."""
        return self.kind not in (StatusKind.SKIPPED, StatusKind.FAILED)

    def __str__(self) -> str:
        """Return the text that tables store."""
        return (
            f"{self.kind}: {self.reason}" if self.kind != StatusKind.ATTACKED else self.kind.value
        )


ATTACKED = Status(StatusKind.ATTACKED)


def has_stored_image(text: str) -> bool:
    """Return whether a row with this stored status holds an image and its measurements.

    Text that is no status of an attack, as a damaged table may hold, counts as a row without one.
    """
    try:
        return Status.parse(text).has_stored_image
    except ValueError:
        return False
