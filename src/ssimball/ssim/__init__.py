"""How similar two images are: SSIM and its windows, MS-SSIM, PASS, norms."""
