// The viewer: one volume of the gallery at a time, turned by drag or arrow keys, cut by three sliders.
for (const viewer of document.querySelectorAll(".viewer")) {
  const find = (selector) => viewer.querySelector(selector);
  const looks = [...document.querySelectorAll(".look")];
  let canvas = find(".stage canvas");
  const picture = find(".stage img"), state = find(".viewer-state");
  const sliders = [..."xyz"].map((axis) => find(`input[data-axis=${axis}]`));
  const slices = [..."xyz"].map((axis) => find(`canvas[data-axis=${axis}]`));
  const scene = { pose: { ...HOME }, phase: "pore", colour: "thickness", cut: [1, 1, 1] };
  let painter = null, volume = null, shown = "", waiting = false;

  const start = () => {
    if (painter) return;
    painter = webglPainter(canvas);
    if (!painter) {
      // a canvas that was asked for one kind of context gives no other
      const fresh = canvas.cloneNode();
      canvas.replaceWith(fresh);
      canvas = fresh;
      painter = rasterPainter(canvas);
    }
    canvas.width = canvas.height = Math.min(painter.pixels, Math.ceil(canvas.clientWidth * devicePixelRatio));
    viewer.dataset.painter = painter.kind;
    listen();
  };
  const draw = () => {
    waiting = false;
    if (!volume) return;
    painter.draw(scene);
  };
  const soon = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  const cut = () => {
    for (const [axis, slider] of sliders.entries()) {
      scene.cut[axis] = +slider.value;
      slider.closest("label").querySelector("output").textContent = `${slider.value} of ${slider.max}`;
      drawSlice(slices[axis], volume, scene, axis);
    }
    soon();
  };
  const choose = () => {
    scene.phase = find(".choice[data-key=phase] input:checked").value;
    scene.colour = find(".choice[data-key=colour] input:checked").value;
    const field = volume.fields[scene.colour];
    const scale = find(".scale");
    scale.hidden = !field;
    if (field) {
      scale.querySelector(".scale-name").textContent = field.label;
      scale.querySelector(".scale-end").textContent = field.end;
    }
    cut();
  };
  const show = async (key) => {
    if (key === shown) return;
    shown = key;
    const look = looks.find((button) => button.value === key);
    for (const button of looks) button.setAttribute("aria-pressed", String(button === look));
    find(".viewer-name").textContent = look.dataset.name;
    picture.src = document.querySelector(`#${key}-still image`).getAttribute("href");
    picture.alt = `Still picture of ${look.dataset.name}`;
    delete viewer.dataset.loaded;
    state.textContent = "unpacking …";
    const next = await loadVolume(key);
    if (shown !== key) return;
    start();
    volume = next;
    painter.load(volume);
    for (const [axis, slider] of sliders.entries()) slider.value = slider.max = volume.size[axis];
    for (const input of viewer.querySelectorAll(".choice[data-key=colour] input")) {
      input.disabled = input.value !== "none" && !volume.fields[input.value];
      if (input.disabled && input.checked) find(".choice[data-key=colour] input[value=none]").checked = true;
    }
    choose();
    draw();
    viewer.dataset.loaded = key;
    state.textContent = look.dataset.told;
  };
  const turn = (right, up) => {
    scene.pose.turn += right;
    scene.pose.tilt = Math.min(Math.max(scene.pose.tilt + up, -1.5), 1.5);
    soon();
  };
  const zoom = (factor) => { scene.pose.zoom = Math.min(Math.max(scene.pose.zoom * factor, 0.6), 6); soon(); };
  const KEYS = {
    ArrowLeft: () => turn(-0.15, 0), ArrowRight: () => turn(0.15, 0), ArrowUp: () => turn(0, 0.15), ArrowDown: () => turn(0, -0.15),
    "+": () => zoom(1.2), "=": () => zoom(1.2), "-": () => zoom(1 / 1.2), Home: () => { scene.pose = { ...HOME }; soon(); },
  };
  const listen = () => {
    canvas.addEventListener("keydown", (event) => {
      const act = !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
      if (act) { act(); event.preventDefault(); }
    });
    let held = null;
    canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      if (!held) return;
      const [x, y] = held;
      held = [event.clientX, event.clientY];
      turn((event.clientX - x) * 0.009, (event.clientY - y) * 0.009);
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = null; });
    canvas.addEventListener("webglcontextlost", () => { delete viewer.dataset.loaded; });
  };
  for (const slider of sliders) slider.addEventListener("input", () => { if (volume) cut(); });
  for (const choice of viewer.querySelectorAll(".choice")) choice.addEventListener("change", () => { if (volume) choose(); });
  find(".save").addEventListener("click", () => {
    if (!volume) return;
    painter.draw(scene); // what was drawn before this task is gone from a WebGL canvas
    canvas.toBlob((picture) => hand(`${slug(find(".viewer-name").textContent)}.png`, picture));
  });
  find(".reset").addEventListener("click", () => {
    scene.pose = { ...HOME };
    for (const slider of sliders) slider.value = slider.max;
    if (volume) cut();
  });
  for (const look of looks) {
    look.hidden = false;
    look.addEventListener("click", () => {
      show(look.value);
      viewer.scrollIntoView({ block: "nearest" });
    });
  }
  viewer.hidden = false;
  // Nothing is unpacked before a reader comes near.
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    show(shown || looks[0].value);
  }, { rootMargin: "300px" });
  near.observe(viewer);
  // On paper the canvas becomes its picture.
  addEventListener("beforeprint", () => {
    if (!volume) return;
    painter.draw(scene);
    picture.src = canvas.toDataURL();
  });
}
