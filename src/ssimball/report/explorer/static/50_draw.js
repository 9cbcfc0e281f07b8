// Draw maps on canvases.
"use strict";

const draw = {
  size(canvas, width, height) {
    canvas.width = width;
    canvas.height = height;
    return canvas.getContext("2d");
  },

  // Draw 0.5 + factor * (adversarial - clean), as the contact sheets do.
  change(canvas, clean, adversarial, factor) {
    const out = new ImageData(clean.width, clean.height);
    for (let k = 0; k < out.data.length; k++) {
      const isAlpha = k % 4 === 3;
      out.data[k] = isAlpha ? 255 : 127.5 + factor * (adversarial.data[k] - clean.data[k]);
    }
    this.size(canvas, clean.width, clean.height).putImageData(out, 0, 0);
  },

  // Draw an SSIM map centred on the image. Pixels that are no window's centre stay transparent.
  similarity(canvas, map, width, height, lowest) {
    const out = new ImageData(map.width, map.height);
    for (let k = 0; k < map.values.length; k++) {
      out.data.set(colours.at("ssim", (map.values[k] - lowest) / (1 - lowest)), 4 * k);
      out.data[4 * k + 3] = 255;
    }
    const context = this.size(canvas, width, height);
    context.putImageData(out, (width - map.width) / 2, (height - map.height) / 2);
  },

  // Draw a map on a coarse grid, one colour per cell, over what the canvas shows.
  cells(context, values, grid, colour, alpha) {
    const { width, height } = context.canvas;
    context.globalAlpha = alpha;
    values.forEach((value, k) => {
      const [i, j] = [Math.floor(k / grid[1]), k % grid[1]];
      const [top, left] = [Math.round((i * height) / grid[0]), Math.round((j * width) / grid[1])];
      const [below, right] = [Math.round(((i + 1) * height) / grid[0]), Math.round(((j + 1) * width) / grid[1])];
      context.fillStyle = `rgb(${colour(value).join(" ")})`;
      context.fillRect(left, top, right - left, below - top);
    });
    context.globalAlpha = 1;
  },

  grey(context, clean) {
    const out = new ImageData(clean.width, clean.height);
    for (let k = 0; k < out.data.length; k += 4) {
      const mean = (clean.data[k] + clean.data[k + 1] + clean.data[k + 2]) / 3;
      out.data.set([mean, mean, mean, 255], k);
    }
    const unscaled = new OffscreenCanvas(clean.width, clean.height);
    unscaled.getContext("2d").putImageData(out, 0, 0);
    context.drawImage(unscaled, 0, 0, context.canvas.width, context.canvas.height);
  },

  // Draw the border of the chosen cells, inside them.
  outline(context, chosen, grid, colour, inset, dash = []) {
    const [rows, columns] = grid;
    const [dy, dx] = [context.canvas.height / rows, context.canvas.width / columns];
    const at = (i, j) => i >= 0 && j >= 0 && i < rows && j < columns && chosen[i * columns + j] > 0;
    context.beginPath();
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        if (!at(i, j)) continue;
        const [y, x, low, right] = [i * dy + inset, j * dx + inset, (i + 1) * dy - inset, (j + 1) * dx - inset];
        if (!at(i - 1, j)) this._edge(context, x, y, right, y);
        if (!at(i + 1, j)) this._edge(context, x, low, right, low);
        if (!at(i, j - 1)) this._edge(context, x, y, x, low);
        if (!at(i, j + 1)) this._edge(context, right, y, right, low);
      }
    }
    this._stroke(context, colour, dash);
  },

  _edge(context, x0, y0, x1, y1) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  },

  // Draw the path with a dark outline, so that it is visible on any colour.
  _stroke(context, colour, dash) {
    context.lineCap = "square";
    context.setLineDash([]);
    for (const [style, width, dashes] of [["rgb(0 0 0 / 65%)", 7, []], [colour, 4, dash]]) {
      Object.assign(context, { strokeStyle: style, lineWidth: width });
      context.setLineDash(dashes);
      context.stroke();
    }
  },
};
