"""What the status of a row of the ``attacks`` table can say."""

ATTACKED = "attacked"
_UNCHANGED = "unchanged: "


def skipped(why: str) -> str:
    """The attack was not tried on this image."""
    return f"skipped: {why}"


def failed(reason: str) -> str:
    """The attack was tried and has no answer."""
    return f"failed: {reason}"


def unchanged(floor: float | None) -> str:
    """The attack found a perturbation, and rounding to 8 bits left nothing of it.

    Args:
        floor: the mean SSIM that the stored image must keep, None where it need not.
    """
    kept = "" if floor is None else f" at mean SSIM >= {floor:.10g}"
    return f"{_UNCHANGED}no part of the perturbation is left after rounding to 8 bits{kept}"


def has_stored_image(status: str) -> bool:
    """Whether the row holds an adversarial image, be it the clean one, and what is said of it."""
    return status == ATTACKED or status.startswith(_UNCHANGED)
