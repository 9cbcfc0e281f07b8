"""Names of distortion maps, in tables and in the configuration."""

#: Kinds of distortion; ``deficit`` is the SSIM deficit, 1 - SSIM.
KINDS = ("deficit", "luminance", "structure", "brunet", "absolute", "squared")
#: Channels of a map; ``mean`` is the mean over RGB.
CHANNELS = ("mean", "red", "green", "blue", "luma")

#: Kind and channel by name: ``deficit`` is the mean over RGB, ``deficit_luma`` that of luma.
DISTORTIONS = {
    kind if channel == "mean" else f"{kind}_{channel}": (kind, channel)
    for kind in KINDS
    for channel in CHANNELS
}
