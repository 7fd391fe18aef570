// Zoom and move the map by mouse, finger and keyboard, and light up the links of the device pointed at.
// The picture itself comes from the server; this changes its viewBox alone.

const STEP = 1.3;
const CLOSEST = 120; // SVG units shown across at the most
const READABLE = 0.55; // on a narrow screen start no smaller than this many pixels for an SVG unit
const DRAG = 4; // pixels a pointer moves before it is a drag and no click

export class MapView {
  constructor(container, controls) {
    this.container = container;
    this.pointers = new Map();
    controls.hidden = false;
    controls.addEventListener("click", (event) => this.control(event.target.closest("[data-zoom]")?.dataset.zoom));
    container.addEventListener("keydown", (event) => this.key(event));
    container.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    container.addEventListener("pointerdown", (event) => this.down(event));
    container.addEventListener("dragstart", (event) => event.preventDefault());
    container.addEventListener("click", (event) => this.dragged && event.preventDefault(), true);
    for (const kind of ["pointerover", "focusin"]) container.addEventListener(kind, (event) => this.light(event.target));
    container.addEventListener("pointerleave", () => this.light(null));
    window.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) window.addEventListener(kind, (event) => this.up(event));
    this.attach(null);
  }

  // Take over the picture now in the container, looking at `view` (null: all of it).
  attach(view) {
    this.svg = this.container.querySelector("svg");
    if (!this.svg) return;
    const [x, y, w, h] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    this.whole = { x, y, w, h };
    this.show(view ?? this.readable());
  }

  view() {
    return this.svg && this.svg.classList.contains("zoomed") ? this.shown : null;
  }

  readable() {
    const { clientWidth: width, clientHeight: height } = this.svg;
    if (width >= 620 || Math.min(width / this.whole.w, height / this.whole.h) >= READABLE) return this.whole;
    const w = width / READABLE;
    return { x: this.whole.x + (this.whole.w - w) / 2, y: this.whole.y, w, h: height / READABLE };
  }

  show(view) {
    this.shown = view;
    this.svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
    this.svg.classList.toggle("zoomed", view !== this.whole);
  }

  // Zoom by `factor` so that the point `at` (client coordinates; default the middle) stays where it is.
  zoom(factor, at) {
    const box = this.svg.getBoundingClientRect();
    const point = this.toMap(at ?? { x: box.x + box.width / 2, y: box.y + box.height / 2 });
    const w = Math.max(CLOSEST, this.shown.w / factor);
    if (w >= this.whole.w * 1.02) return this.show(this.whole);
    const scale = w / this.shown.w;
    const { x, y, h } = this.shown;
    this.show({ x: point.x - (point.x - x) * scale, y: point.y - (point.y - y) * scale, w, h: h * scale });
  }

  pan(dx, dy) {
    const { x, y, w, h } = this.shown;
    const within = (value, least, most) => Math.min(Math.max(value, least), most);
    const { whole } = this;
    this.show({
      x: within(x + dx, whole.x - w / 2, whole.x + whole.w - w / 2),
      y: within(y + dy, whole.y - h / 2, whole.y + whole.h - h / 2),
      w,
      h,
    });
  }

  toMap({ x, y }) {
    return new DOMPoint(x, y).matrixTransform(this.svg.getScreenCTM().inverse());
  }

  control(what) {
    if (!this.svg || !what) return;
    if (what === "fit") this.show(this.whole);
    else this.zoom(what === "in" ? STEP : 1 / STEP);
  }

  key(event) {
    if (event.target !== this.svg || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = this.shown.w / 10;
    const actions = {
      "+": () => this.zoom(STEP), "=": () => this.zoom(STEP), "-": () => this.zoom(1 / STEP), 0: () => this.show(this.whole),
      ArrowLeft: () => this.pan(-step, 0), ArrowRight: () => this.pan(step, 0), ArrowUp: () => this.pan(0, -step), ArrowDown: () => this.pan(0, step),
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  wheel(event) {
    if (!this.svg || !(event.ctrlKey || event.metaKey)) return; // a plain wheel scrolls the page
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300), event);
  }

  down(event) {
    if (!this.svg || event.button !== 0) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.start = { x: event.clientX, y: event.clientY };
    this.dragged = false;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (Math.hypot(now.x - this.start.x, now.y - this.start.y) > DRAG) this.dragged = true;
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    if (others.length === 1) {
      const distance = (point) => Math.hypot(point.x - others[0].x, point.y - others[0].y);
      this.zoom(distance(now) / Math.max(1, distance(before)), { x: (now.x + others[0].x) / 2, y: (now.y + others[0].y) / 2 });
    } else if (this.dragged && this.svg.classList.contains("zoomed")) {
      const [from, to] = [this.toMap(before), this.toMap(now)];
      this.svg.classList.add("moving");
      this.pan(from.x - to.x, from.y - to.y);
    }
    this.pointers.set(event.pointerId, now);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    this.svg?.classList.remove("moving");
  }

  light(target) {
    const id = target?.closest?.("[data-device]")?.dataset.device;
    for (const wire of this.container.querySelectorAll(".wire")) {
      wire.classList.toggle("lit", id !== undefined && (wire.dataset.a === id || wire.dataset.b === id));
    }
  }
}
