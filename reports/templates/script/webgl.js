// With WebGL2: voxels and fields as three-dimensional textures, one ray a pixel.
const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;
const FRAGMENT = `#version 300 es
precision highp float; precision highp int; precision highp sampler3D;
uniform sampler3D pore, field;
uniform vec3 size, cut, right, up, forward, ramp[6], plain, solid, light;
uniform float reach, span, side;
uniform int phase; uniform bool coloured;
out vec4 colour;
vec3 ramped(float share) {
  float at = clamp(share, 0.0, 1.0) * 5.0; int low = min(int(at), 4);
  return mix(ramp[low], ramp[low + 1], at - float(low));
}
void main() {
  vec2 at = (gl_FragCoord.xy / side * 2.0 - 1.0) * reach;
  vec3 origin = size / 2.0 + at.x * right + at.y * up - forward * span;
  vec3 slope = mix(forward, vec3(1e-6), vec3(lessThan(abs(forward), vec3(1e-6))));
  vec3 ways = step(0.0, slope), signs = ways * 2.0 - 1.0;
  vec3 enter = ((1.0 - ways) * cut - origin) / slope, leave = (ways * cut - origin) / slope;
  float start = max(max(enter.x, enter.y), enter.z), end = min(min(leave.x, leave.y), leave.z);
  if (start >= end) discard;
  vec3 face = vec3(equal(enter, vec3(start)));
  face = face.x > 0.0 ? vec3(1, 0, 0) : face.y > 0.0 ? vec3(0, 1, 0) : vec3(0, 0, 1);
  vec3 voxel = clamp(floor(origin + start * slope), vec3(0.0), cut - 1.0);
  voxel = mix(voxel, (1.0 - ways) * (cut - 1.0), face);
  vec3 ahead = (voxel + ways - origin) / slope, pace = abs(1.0 / slope);
  for (int count = 0; count < 1024; count++) {
    bool isPore = texelFetch(pore, ivec3(voxel), 0).r > 0.5;
    if (phase == 2 || isPore == (phase == 0)) {
      vec3 base = isPore ? (coloured ? ramped(texture(field, (voxel + 0.5) / size).r) : plain) : solid;
      // what lies in front of the face darkens it, except on a cut
      vec3 front = voxel + 0.5 - face * signs * 3.5;
      bool open = phase == 2 || any(lessThan(front, vec3(0.0))) || any(greaterThanEqual(front, cut));
      float filled = open ? 0.0 : textureLod(pore, front / size, 2.3).r;
      if (phase == 1 && !open) filled = 1.0 - filled;
      colour = vec4(base * dot(face, light) * (1.0 - 0.55 * filled), 1.0);
      return;
    }
    face = ahead.x <= ahead.y ? (ahead.x <= ahead.z ? vec3(1, 0, 0) : vec3(0, 0, 1))
                              : (ahead.y <= ahead.z ? vec3(0, 1, 0) : vec3(0, 0, 1));
    voxel += face * signs; ahead += face * pace;
    if (any(lessThan(voxel, vec3(0.0))) || any(greaterThanEqual(voxel, cut))) discard;
  }
  discard;
}`;
const webglPainter = (canvas) => {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: false });
  if (!gl) return null;
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  const place = (name) => gl.getUniformLocation(program, name);
  const share = (colour) => colour.map((part) => part / 255);
  gl.uniform3fv(place("ramp"), RAMP.flatMap(share));
  gl.uniform3fv(place("plain"), share(PORE));
  gl.uniform3fv(place("solid"), share(SOLID));
  gl.uniform3fv(place("light"), LIGHT);
  gl.uniform1i(place("field"), 1);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const textures = [gl.createTexture(), gl.createTexture()];
  const fill = (unit, size, bytes, smooth) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_3D, textures[unit]);
    gl.texImage3D(gl.TEXTURE_3D, 0, gl.R8, ...size, 0, gl.RED, gl.UNSIGNED_BYTE, bytes);
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) gl.texParameteri(gl.TEXTURE_3D, wrap, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_3D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_3D, gl.TEXTURE_MIN_FILTER, smooth ? gl.LINEAR_MIPMAP_LINEAR : gl.LINEAR);
    if (smooth) gl.generateMipmap(gl.TEXTURE_3D);
  };
  let volume = null, filled = "";
  return {
    kind: "webgl2",
    pixels: 640,
    load(next) {
      volume = next;
      filled = "";
      fill(0, volume.size, volume.pore.map((bit) => 255 * bit), true);
      fill(1, [1, 1, 1], new Uint8Array(1), false);
    },
    draw(scene) {
      const field = volume.fields[scene.colour];
      if (field && filled !== scene.colour) {
        fill(1, volume.cells, field.blocks, false);
        filled = scene.colour;
      }
      const view = camera(scene.pose, volume.size);
      for (const name of ["right", "up", "forward"]) gl.uniform3fv(place(name), view[name]);
      gl.uniform3fv(place("size"), volume.size);
      gl.uniform3fv(place("cut"), scene.cut);
      gl.uniform1f(place("reach"), view.reach);
      gl.uniform1f(place("span"), view.span);
      gl.uniform1f(place("side"), canvas.width);
      gl.uniform1i(place("phase"), ["pore", "solid", "both"].indexOf(scene.phase));
      gl.uniform1i(place("coloured"), field ? 1 : 0);
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
  };
};
