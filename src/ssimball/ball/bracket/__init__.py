"""A certified bracket of the best perturbation in the true SSIM ball, which is not convex."""
