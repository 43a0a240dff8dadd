// A volume: inflated from its JSON block. Voxels are bytes, x fastest; fields are bytes over blocks of voxels.
const inflate = async (text) => {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
const loadVolume = async (key) => {
  const told = JSON.parse(document.getElementById(`${key}-data`).textContent);
  const [nz, ny, nx] = told.shape;
  const bits = await inflate(told.pore);
  const pore = new Uint8Array(nx * ny * nz);
  for (let at = 0; at < pore.length; at++) pore[at] = (bits[at >> 3] >> (7 - (at & 7))) & 1;
  const fields = {};
  for (const [name, field] of Object.entries(told.fields)) fields[name] = { ...field, blocks: await inflate(field.blocks) };
  return { size: [nx, ny, nz], pore, fields, cells: told.cells && [...told.cells].reverse() };
};
