"""The causal test: restrict a perturbation to parts of the image and classify the image again."""
