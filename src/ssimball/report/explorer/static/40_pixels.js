// Exact pixels of PNGs, without colour management or alpha.
"use strict";

const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function decoded(png) {
  const bytes = bytesOf(png);
  const exact = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }), exact);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

// Decode a map stored in 8 bits: level 255 is the value 1, level 0 the smallest value.
function mapOf({ levels, grid, low }) {
  const values = Float64Array.from(bytesOf(levels), (level) => low + ((1 - low) * level) / 255);
  return { values, width: grid[1], height: grid[0], low };
}

const dataUrl = (png) => `data:image/png;base64,${png}`;
