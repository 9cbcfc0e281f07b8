"""Where distortion falls on the grid of the CAM, and how far that is where the network looks."""
