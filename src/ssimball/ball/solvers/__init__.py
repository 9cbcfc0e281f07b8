"""Solvers that maximise a linear function over the SSIM ball."""
