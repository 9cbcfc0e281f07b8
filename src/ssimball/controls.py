"""Which attack methods are controls: they distort as much and know less, see docs/attacks.md."""

#: The methods of :mod:`ssimball.config.controls`.
CONTROLS = frozenset({"noise", "shuffled_step", "ssim_ball_control", "corruption"})
