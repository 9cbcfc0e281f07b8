"""Solvers for the linear maximisation oracle of the SSIM ball."""
