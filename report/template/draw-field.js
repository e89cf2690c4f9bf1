// Draw a digit, the square that is drawn in: by mouse, finger or keyboard. It keeps the drawing and knows no network.
{
  const { FIELD, SIDE, draw } = digits;
  const STEP = 10; // pixels that an arrow key moves the pen
  const HOW = "Mouse, finger or keyboard: arrow keys move the pen, Space puts it down or lifts it, Delete clears.";

  // Make one: `began()` is told when a drawing of one's own begins, `changed()` of each change, `busy(is)` whether the
  // pen is down, for screen readers, who wait for the end of a stroke. `id` is that of the element that says HOW.
  function makeField({ painter, noun, id, began, changed, busy }) {
    const fresh = () => ({ values: new Uint8Array(SIDE * SIDE), side: SIDE });
    const field = { drawing: fresh(), radius: 10 };
    let pen = { x: SIDE / 2, y: SIDE / 2 }, drawn = false, down = false;

    const surface = element("canvas", {
      width: SIDE, height: SIDE, class: "draw-surface", tabindex: "0", role: "application",
      "aria-label": `Square to draw ${noun === "digit" ? "a digit" : "an image"} in`, "aria-describedby": id,
    });
    const marker = element("span", { class: "draw-pen", hidden: true });
    const status = element("p", { class: "draw-status", "aria-live": "polite" });

    function update() {
      painter.paint(surface, field.drawing);
      changed();
    }

    // Show an image, which the first stroke clears.
    function load(image) {
      field.drawing = image;
      drawn = false;
      update();
    }

    function clear() {
      field.drawing = fresh();
      drawn = true;
      began();
      update();
    }

    function stroke(from, to) {
      if (!drawn) clear();
      draw(field.drawing, from, to, field.radius);
      pen = to;
    }

    function place(event) {
      const frame = surface.getBoundingClientRect(), scale = SIDE / frame.width;
      return { x: (event.clientX - frame.left) * scale, y: (event.clientY - frame.top) * scale };
    }

    function lift() {
      down = false;
      busy(false);
    }

    surface.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button) return;
      surface.setPointerCapture(event.pointerId);
      down = true;
      busy(true);
      marker.hidden = true;
      stroke(place(event), place(event));
      update();
    });
    function follow(event) {
      if (!event.isPrimary || !surface.hasPointerCapture(event.pointerId)) return;
      const passed = event.getCoalescedEvents?.() ?? [];
      for (const one of passed.length ? passed : [event]) stroke(pen, place(one));
      if (event.type === "pointermove") update();
    }
    surface.addEventListener("pointermove", follow);
    surface.addEventListener("pointerup", follow); // may come from farther on than the last move
    surface.addEventListener("lostpointercapture", () => { lift(); update(); }); // says the sentence anew

    function showPen() {
      const say = (value) => Math.min(Math.floor(value / STEP) + 1, FIELD);
      marker.hidden = false;
      marker.classList.toggle("down", down);
      marker.style.left = digits.percent(pen.x / SIDE);
      marker.style.top = digits.percent(pen.y / SIDE);
      status.textContent = `Pen ${down ? "down" : "up"}, column ${say(pen.x)}, row ${say(pen.y)} of ${FIELD}`;
    }

    function move(dx, dy) {
      const limit = (value) => Math.min(Math.max(value, 0), SIDE);
      const to = { x: limit(pen.x + dx * STEP), y: limit(pen.y + dy * STEP) };
      if (down) stroke(pen, to);
      pen = to;
    }

    const keys = {
      ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0),
      ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
      " ": () => { down = !down; if (down) stroke(pen, pen); },
      Delete: clear, Backspace: clear,
    };
    surface.addEventListener("keydown", (event) => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault(); // the page would scroll
      if (event.key === " " && event.repeat) return;
      keys[event.key]();
      if (drawn) update();
      showPen();
    });
    surface.addEventListener("focus", () => { if (surface.matches(":focus-visible")) showPen(); });
    surface.addEventListener("blur", () => { lift(); marker.hidden = true; status.textContent = ""; });

    const frame = element("div", { class: "draw-frame" }, surface, marker);
    const button = element("button", { type: "button", onclick: clear }, "Clear");
    return Object.assign(field, { surface, frame, status, button, load });
  }

  Object.assign(digits, { HOW, makeField });
}
