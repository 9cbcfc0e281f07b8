// Pixels of PNGs, exactly: no colour management, no alpha.
"use strict";

async function decoded(png) {
  const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
  const exact = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }), exact);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

// A map stored in 8 bits: 255 is 1, 0 the smallest value.
async function decodedMap(stored) {
  const image = await decoded(stored.png);
  const values = new Float64Array(image.width * image.height);
  for (let k = 0; k < values.length; k++) {
    values[k] = stored.low + ((1 - stored.low) * image.data[4 * k]) / 255;
  }
  return { values, width: image.width, height: image.height, low: stored.low };
}

const dataUrl = (png) => `data:image/png;base64,${png}`;
