"""The SSIM ball: its convex models, feasible points, certificates and solvers."""
