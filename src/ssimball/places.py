"""Where the files of another network lie within the folder of a run."""

_FOLDER = "networks"


def network_place(name: str | None) -> str:
    """What the paths of a network's files begin with; empty for the run's own network."""
    return "" if name is None else f"{_FOLDER}/{name}/"


def network_name(place: str) -> str | None:
    """The network that a beginning of :func:`network_place` is of."""
    return place.removeprefix(f"{_FOLDER}/").removesuffix("/") or None
