// What both ways of drawing share: colours, camera, and the light on faces across x, y and z.
const RAMP = [[24, 47, 84], [32, 90, 117], [47, 132, 132], [104, 172, 130], [176, 207, 133], [247, 234, 170]];
const PORE = [70, 140, 140], SOLID = [201, 184, 158], LIGHT = [0.86, 0.72, 1];
const ramp = (share) => {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1), low = Math.min(Math.floor(at), RAMP.length - 2);
  return RAMP[low].map((part, index) => part + (RAMP[low + 1][index] - part) * (at - low));
};
const HOME = { turn: 35 * Math.PI / 180, tilt: 28 * Math.PI / 180, zoom: 1 };
const REACH = 0.92;
// Orthographic: right, up and forward in voxels along x, y, z; half the side of the picture.
const camera = ({ turn, tilt, zoom }, size) => {
  const [c, s, ct, st] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const forward = [-ct * s, -ct * c, -st], right = [-c, s, 0];
  const up = [
    right[1] * forward[2] - right[2] * forward[1],
    right[2] * forward[0] - right[0] * forward[2],
    right[0] * forward[1] - right[1] * forward[0],
  ];
  const span = Math.hypot(...size);
  return { right, up, forward, span, reach: REACH * span / 2 / zoom };
};
