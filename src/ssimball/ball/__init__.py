"""The SSIM ball: its convex models, what is feasible in it, and certificates."""
