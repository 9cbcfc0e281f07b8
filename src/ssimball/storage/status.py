"""What the status of a row of the ``attacks`` table can say."""

ATTACKED = "attacked"
_UNCHANGED = "unchanged: "
_NOT_FOUND = "not found: "


def skipped(why: str) -> str:
    """The attack was not tried on this image."""
    return f"skipped: {why}"


def set_aside(clean_status: str) -> str:
    """The status of an image that no attack was to try, from its status in the ``clean`` table."""
    return skipped("misclassified" if clean_status == "ok" else clean_status)


def failed(reason: str) -> str:
    """The attack was tried and has no answer."""
    return f"failed: {reason}"


def not_found(reason: str) -> str:
    """The attack was tried and found nothing; the clean image is stored."""
    return f"{_NOT_FOUND}{reason}"


def unchanged(kept: str) -> str:
    """The attack found a perturbation, and rounding to 8 bits left nothing of it.

    Args:
        kept: the mean SSIM that the stored image was to keep, empty where there was none.
    """
    where = f" at mean SSIM {kept}" if kept else ""
    return f"{_UNCHANGED}no part of the perturbation is left after rounding to 8 bits{where}"


def has_stored_image(status: str) -> bool:
    """Whether the row holds an adversarial image, be it the clean one, and what is said of it."""
    return status == ATTACKED or status.startswith((_UNCHANGED, _NOT_FOUND))
