// A row that is dragged by its handle.

const SLIP_PX = 4; // a pointer that moved less has clicked
const EDGE_PX = 40; // of the list, where dragging scrolls
const SCROLL_PX = 14; // a frame, at most

/** A row on its way to another place, from the press on its handle to the release. */
class Drag {
  constructor(view, row, event) {
    this.view = view;
    this.row = row;
    this.startY = this.y = event.clientY;
    this.pointer = event.pointerId;
    this.moving = false;
    this.controller = new AbortController();
    const options = { signal: this.controller.signal };
    // The root keeps the pointer: rows come and go while it is down.
    const root = view.root;
    root.setPointerCapture(this.pointer);
    root.addEventListener("pointermove", (move) => this.follow(move), options);
    root.addEventListener("pointerup", () => this.release(), options);
    root.addEventListener("lostpointercapture", () => this.end(), options);
    const keys = (key) => {
      if (key.key !== "Escape") return;
      key.preventDefault();
      key.stopImmediatePropagation();
      this.end();
    };
    window.addEventListener("keydown", keys, { ...options, capture: true });
  }

  follow(event) {
    this.y = event.clientY;
    if (this.moving || Math.abs(this.y - this.startY) < SLIP_PX) return;
    this.moving = true;
    this.view.root.classList.add("yt-dragging");
    this.row.node.classList.add("yt-dragged");
    this.frame();
  }

  /** Scroll and draw where it would go; rows may have moved meanwhile, so nothing is kept. */
  frame() {
    const { view, row } = this;
    if (!view.rows.has(row.id)) {
      this.end();
      return;
    }
    this.scroll();
    const nodes = view.order.map((one) => one.node);
    this.gap = gapAt(nodes, this.y);
    const here = view.order.indexOf(row);
    this.position = (this.gap > here ? this.gap - 1 : this.gap) + 1;
    view.showLine(this.gap);
    const place = `Drop it to make it no. ${this.position} of ${nodes.length}.`;
    write(view.hint, `${place} Escape leaves it where it is.`);
    this.request = requestAnimationFrame(() => this.frame());
  }

  scroll() {
    const box = this.view.scroller.getBoundingClientRect();
    const top = Math.max(box.top + this.view.head.offsetHeight, 0) + EDGE_PX;
    const bottom = Math.min(box.bottom, window.innerHeight) - EDGE_PX;
    const past = this.y < top ? this.y - top : Math.max(this.y - bottom, 0);
    const share = Math.min(Math.max(past / EDGE_PX, -1), 1);
    if (share) this.view.scroller.scrollTop += Math.round(SCROLL_PX * share);
  }

  release() {
    const { view, row, moving, position } = this;
    this.end();
    if (!moving) view.pick(row);
    else if (position !== view.order.indexOf(row) + 1) {
      view.send("move", row.id, { position });
      row.wait("move");
    }
  }

  end() {
    if (this.controller.signal.aborted) return;
    this.controller.abort();
    cancelAnimationFrame(this.request);
    const { view } = this;
    if (view.root.hasPointerCapture(this.pointer)) view.root.releasePointerCapture(this.pointer);
    view.root.classList.remove("yt-dragging");
    this.row.node.classList.remove("yt-dragged");
    view.line.hidden = true;
    write(view.hint, KEYS);
    view.drag = null;
    // The click that follows the release is none.
    if (this.moving) view.deaf = true;
    setTimeout(() => (view.deaf = false));
  }
}

/** Return before which of the rows a height lies; they are in order, so few are asked. */
function gapAt(nodes, y) {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const box = nodes[middle].getBoundingClientRect();
    if (y < box.top + box.height / 2) high = middle;
    else low = middle + 1;
  }
  return low;
}
