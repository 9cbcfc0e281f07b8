"""Where an image is distorted, on the grid of its CAM, and whether the network looks there."""
