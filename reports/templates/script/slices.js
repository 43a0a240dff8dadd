// Three sections through a volume, one across each axis, at the layer that its slider names.
const drawSlice = (canvas, volume, scene, axis) => {
  const [nx, ny] = volume.size;
  const [across, down] = [[1, 2], [0, 2], [0, 1]][axis];
  const [width, height] = [volume.size[across], volume.size[down]];
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  const field = volume.fields[scene.colour], at = [0, 0, 0];
  at[axis] = scene.cut[axis] - 1;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      // z points up, as in the view
      at[across] = column;
      at[down] = down === 2 ? height - 1 - row : row;
      const pore = volume.pore[at[0] + nx * (at[1] + ny * at[2])];
      image.data.set([...voxelColour(volume, scene, at, pore, field), 255], 4 * (row * width + column));
    }
  }
  context.putImageData(image, 0, 0);
};
