// Without WebGL2: the same rays, fewer of them, on a two-dimensional canvas.
const rasterPainter = (canvas) => {
  const context = canvas.getContext("2d");
  let volume = null;
  return {
    kind: "canvas",
    pixels: 200,
    load(next) { volume = next; },
    draw(scene) {
      const side = canvas.width, image = context.createImageData(side, side);
      const { right, up, forward, span, reach } = camera(scene.pose, volume.size);
      const field = volume.fields[scene.colour];
      for (let py = 0; py < side; py++) {
        const v = (1 - 2 * (py + 0.5) / side) * reach;
        for (let px = 0; px < side; px++) {
          const u = (2 * (px + 0.5) / side - 1) * reach;
          const origin = [0, 1, 2].map((a) => volume.size[a] / 2 + u * right[a] + v * up[a] - forward[a] * span);
          const colour = firstHit(volume, scene, origin, forward, field);
          if (colour) image.data.set([...colour, 255], 4 * (py * side + px));
        }
      }
      context.putImageData(image, 0, 0);
    },
  };
};
// Amanatides and Woo 1987: from face to face through voxels; null where the ray meets nothing.
const firstHit = (volume, scene, origin, direction, field) => {
  const slope = direction.map((part) => Math.abs(part) < 1e-9 ? 1e-9 : part), cut = scene.cut;
  let start = -Infinity, end = Infinity, across = 0;
  for (let a = 0; a < 3; a++) {
    const [first, last] = slope[a] > 0 ? [0, cut[a]] : [cut[a], 0];
    const enter = (first - origin[a]) / slope[a];
    if (enter > start) { start = enter; across = a; }
    end = Math.min(end, (last - origin[a]) / slope[a]);
  }
  if (start >= end) return null;
  const at = [0, 1, 2].map((a) => Math.min(Math.max(Math.floor(origin[a] + start * slope[a]), 0), cut[a] - 1));
  at[across] = slope[across] > 0 ? 0 : cut[across] - 1;
  const ahead = [0, 1, 2].map((a) => (at[a] + (slope[a] > 0 ? 1 : 0) - origin[a]) / slope[a]);
  const [nx, ny] = volume.size;
  for (;;) {
    const pore = volume.pore[at[0] + nx * (at[1] + ny * at[2])];
    if (scene.phase === "both" || pore === (scene.phase === "pore" ? 1 : 0)) {
      return voxelColour(volume, scene, at, pore, field).map((part) => part * LIGHT[across]);
    }
    across = ahead[0] <= ahead[1] ? (ahead[0] <= ahead[2] ? 0 : 2) : (ahead[1] <= ahead[2] ? 1 : 2);
    at[across] += slope[across] > 0 ? 1 : -1;
    if (at[across] < 0 || at[across] >= cut[across]) return null;
    ahead[across] += Math.abs(1 / slope[across]);
  }
};
const voxelColour = (volume, scene, at, pore, field) => {
  if (!pore) return SOLID;
  if (!field) return PORE;
  const [bx, by, bz] = [0, 1, 2].map((a) => Math.floor(at[a] / Math.ceil(volume.size[a] / volume.cells[a])));
  return ramp(field.blocks[bx + volume.cells[0] * (by + volume.cells[1] * bz)] / 255);
};
