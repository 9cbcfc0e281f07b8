"""Names of distortion maps, in tables and in the configuration."""

KINDS = ("deficit", "luminance", "structure", "brunet", "absolute", "squared")
CHANNELS = ("mean", "red", "green", "blue", "luma")

#: By name, the kind and the channel: ``deficit`` is the mean over RGB, ``deficit_luma`` of luma.
DISTORTIONS = {
    kind if channel == "mean" else f"{kind}_{channel}": (kind, channel)
    for kind in KINDS
    for channel in CHANNELS
}
