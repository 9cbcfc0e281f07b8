"""The public functions: attack any network, explain it, measure SSIM and overlap."""
