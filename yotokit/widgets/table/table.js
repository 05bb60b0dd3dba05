// The files of a session: a row each, patched in place, steered by mouse, touch and keyboard.
//
// What is shown comes from the model alone; a person's wishes go back as messages, and come
// round as a changed model. All that is shown is text: nothing here is parsed as markup.
// `Row`, `Toolbar`, `Drag` and `draw` (the curve) have files of their own: table.py joins them.

const KEYS = "Arrow keys choose a file. Alt+↑ and Alt+↓ move it, F2 renames it, Delete removes it.";
const NEW_AT_ONCE = 60; // rows; a browser takes longer to lay out new ones than to make them

// One call per model: its views know each other.
export default () => {
  const views = new Set();
  return {
    render({ model, el }) {
      const view = new View(model, el, (one) => one === views.values().next().value);
      views.add(view);
      return () => {
        views.delete(view);
        view.remove();
      };
    },
  };
};

class View {
  constructor(model, el, isFirst) {
    this.model = model;
    this.isFirst = () => isFirst(this);
    this.rows = new Map();
    this.order = [];
    this.asked = new Set();
    this.controller = new AbortController();
    this.group = `yotokit-${Math.random().toString(36).slice(2)}`;
    this.build();
    this.listen();
    this.changes = {
      "change:headers": () => this.paintHeaders(),
      "change:label": () => this.paintNames(),
      "change:caption": () => this.paintNames(),
      "change:rows": () => this.paintRows(),
      "change:curves": () => this.paintCurves(),
      "change:shown": () => this.follow(),
      "change:announcement": () => this.announce(),
    };
    for (const [name, paint] of Object.entries(this.changes)) model.on(name, paint);
    this.paintHeaders();
    this.paintNames();
    el.append(this.root);
  }

  remove() {
    for (const [name, paint] of Object.entries(this.changes)) this.model.off(name, paint);
    this.drag?.end();
    cancelAnimationFrame(this.placing);
    for (const row of this.order) row.settle();
    this.controller.abort();
    this.root.remove();
  }

  build() {
    this.toolbar = new Toolbar(
      (command, row) => this.act(command, row, this.toolbar.buttons.get("remove")),
      (row) => this.send("remove", row.id),
    );
    this.caption = make("caption");
    this.columns = make("colgroup");
    this.head = make("thead");
    this.body = make("tbody");
    this.table = make("table", {}, this.caption, this.columns, this.head, this.body);
    this.line = make("div", { class: "yt-line", "aria-hidden": "true" });
    this.line.hidden = true;
    this.scroller = make("div", { class: "yt-scroller", role: "group", tabindex: "0" }, this.table, this.line);
    this.hint = make("p", { class: "yt-hint" }, KEYS);
    this.speaker = make("div", { role: "status", "aria-live": "polite", class: "yt-unseen" });
    this.root = make("div", { class: "yotokit-table" }, this.toolbar.node, this.scroller);
    this.root.append(this.hint, this.speaker);
    this.empty = make("tr", { class: "yt-empty" }, make("td", {}, "No files yet"));
  }

  listen() {
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("change", (event) => {
      if (event.target.type === "radio") this.choose(rowOf(event.target));
    });
    this.body.addEventListener("keydown", (event) => this.pressed(event));
    this.body.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.drag || !event.target.closest(".yt-handle")) return;
      event.preventDefault(); // no text is marked, and no notebook drags its cell
      this.drag = new Drag(this, rowOf(event.target), event);
    });
    keepKeys(this.root, this.controller.signal);
  }

  send(command, id, more = {}) {
    this.model.send({ do: command, job: id, ...more });
  }

  act(command, row, from) {
    if (command === "edit") row.edit((...message) => this.send(...message));
    else if (command === "remove") this.toolbar.ask(row, from);
    else this.send(command, row.id);
  }

  clicked(event) {
    const row = rowOf(event.target);
    if (!row || this.deaf || event.target.closest("button, input")) return;
    if (!getSelection().isCollapsed && row.node.contains(getSelection().anchorNode)) return;
    this.pick(row);
  }

  pick(row) {
    row.radio.focus({ preventScroll: true });
    this.choose(row);
  }

  pressed(event) {
    const row = rowOf(event.target);
    if (event.target !== row?.radio || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const commands = event.altKey
      ? { ArrowUp: "up", ArrowDown: "down" }
      : { F2: "edit", Delete: "remove", Backspace: "remove" };
    const command = commands[event.key];
    if (!command) return;
    event.preventDefault();
    if (!row.can(command)) return;
    this.choose(row);
    if (event.altKey) this.moved = row;
    this.act(command, row, row.radio);
  }

  // What is chosen: at once what a person picked, and in the end what the model says.

  chosen() {
    return this.rows.get(this.wanted) ?? this.rows.get(this.model.get("shown")) ?? null;
  }

  choose(row) {
    if (row !== this.chosen()) {
      this.wanted = row.id;
      this.asked.add(row.id);
      this.send("select", row.id);
    }
    this.paintChoice();
  }

  follow() {
    const shown = this.model.get("shown");
    // The answer to an earlier pick must not undo a later one.
    if (!this.asked.has(shown) || shown === this.wanted) {
      this.wanted = null;
      this.asked.clear();
    }
    this.paintChoice();
  }

  paintChoice() {
    const chosen = this.chosen();
    if (this.marked && this.marked !== chosen) this.marked.mark(false);
    chosen?.mark(true);
    this.marked = chosen;
    this.toolbar.paint(chosen);
  }

  paintNames() {
    const { model } = this;
    write(this.caption, model.get("caption"));
    this.scroller.setAttribute("aria-label", model.get("label"));
    if (model.get("caption")) this.table.removeAttribute("aria-label");
    else this.table.setAttribute("aria-label", model.get("label"));
  }

  paintHeaders() {
    const names = this.model.get("headers");
    const kinds = names.map((_, place) => kindOf(place, names.length));
    this.columns.replaceChildren(
      ...["pick", ...kinds].map((kind) => make("col", { class: `yt-${kind}-column` })),
    );
    const cells = names.map((name, place) =>
      make("th", { scope: "col", class: `yt-${kinds[place]}` }, name),
    );
    const first = make("td", { class: "yt-pick" });
    this.head.replaceChildren(make("tr", {}, first, ...cells));
    this.empty.firstChild.colSpan = names.length + 1;
    this.width = Math.max(names.length - 4, 0);
    this.rows.clear();
    this.order = [];
    this.body.replaceChildren();
    this.paintRows();
  }

  paintRows() {
    const before = this.order;
    this.order = this.model.get("rows").map((content) => {
      const row = this.rows.get(content.id) ?? this.makeRow(content.id);
      row.paint(content);
      return row;
    });
    this.dropMissing(before);
    this.empty.remove();
    this.placeRows();
    if (!this.order.length) this.body.append(this.empty);
    this.paintChoice();
  }

  /** Put rows in their places; of very many new ones some now, and some in each frame to come. */
  placeRows() {
    const before = new Map([...this.body.rows].map((node, place) => [rowOf(node), place]));
    let few = NEW_AT_ONCE;
    const order = this.order.filter((row) => before.has(row) || few-- > 0);
    const curves = this.model.get("curves");
    for (const row of order) if (!before.has(row)) row.paintCurve(curves[row.id] ?? "");
    arrange(this.body, order, before, rowOf(document.activeElement));
    this.keepInView(before);
    if (order.length === this.order.length || this.placing) return;
    this.placing = requestAnimationFrame(() => {
      this.placing = null;
      this.placeRows();
    });
  }

  makeRow(id) {
    const row = new Row(id, this.group, this.width);
    this.rows.set(id, row);
    return row;
  }

  /** Scroll after the row that was moved by a key, once it has moved. */
  keepInView(before) {
    const row = this.moved;
    if (!row || before.get(row) === this.order.indexOf(row)) return;
    this.moved = null;
    row.node.scrollIntoView({ block: "nearest" });
  }

  dropMissing(before) {
    const kept = new Set(this.order);
    const focused = rowOf(document.activeElement);
    for (const row of before) {
      if (kept.has(row)) continue;
      this.rows.delete(row.id);
      row.settle();
      row.node.remove();
    }
    const place = before.indexOf(focused);
    if (place < 0 || kept.has(focused) || !this.order.length) return;
    const next = this.order[Math.min(place, this.order.length - 1)];
    requestAnimationFrame(() => (this.chosen() ?? next).radio.focus());
  }

  paintCurves() {
    const curves = this.model.get("curves");
    for (const row of this.order) row.paintCurve(curves[row.id] ?? "");
  }

  announce() {
    if (this.isFirst()) this.speaker.textContent = this.model.get("announcement");
  }

  showLine(gap) {
    const last = gap === this.order.length;
    const node = this.order[last ? gap - 1 : gap].node;
    this.line.hidden = false;
    this.line.style.width = `${this.table.offsetWidth}px`;
    const y = node.offsetTop + (last ? node.offsetHeight - 2 : -1);
    this.line.style.transform = `translateY(${y}px)`;
  }
}

function rowOf(node) {
  return node?.closest?.("tr")?.yotokitRow ?? null;
}

function kindOf(place, count) {
  if (place < 3) return ["position", "title", "state"][place];
  return { [count - 1]: "curve", [count - 2]: "words" }[place] ?? "figure";
}
