// One file: its cells, its curve, and its title while it is written anew.

const COLORS = new Set(["green", "red", "amber", "blue", "grey"]);
const LONGEST_TITLE = 100;
const ANSWER_MS = 5000; // how long something that was asked for is shown as on its way

class Row {
  constructor(id, group, cells) {
    this.id = id;
    this.last = { title: null, note: null, state: null, color: null, can: [], cells: [] };
    this.curve = "";
    this.handle = make("span", { class: "yt-handle", "aria-hidden": "true", title: "Drag to move" });
    this.radio = make("input", { type: "radio", name: group });
    this.number = make("td", { class: "yt-figure" });
    this.name = make("span", { class: "yt-name", dir: "auto" });
    this.note = make("span", { class: "yt-note", dir: "auto" });
    this.title = make("th", { scope: "row", class: "yt-title" }, this.name, this.note);
    this.dot = make("span", { class: "yt-dot", "aria-hidden": "true" });
    this.words = make("span");
    this.state = make("td", { class: "yt-state" }, this.dot, this.words);
    this.cells = Array.from({ length: cells }, (_, place) =>
      make("td", { class: place < cells - 1 ? "yt-figure" : "yt-words" }),
    );
    this.picture = make("td", { class: "yt-curve" });
    const pick = make("td", { class: "yt-pick" }, this.handle, this.radio);
    this.node = make("tr", {}, pick, this.number, this.title, this.state, ...this.cells, this.picture);
    this.node.yotokitRow = this;
  }

  can(command) {
    return this.last.can.includes(command);
  }

  paint(row) {
    const last = this.last;
    this.last = row;
    if (row.position !== last.position) {
      write(this.number, String(row.position));
      if (this.isWaiting("move")) this.settle();
    }
    if (row.title !== last.title) {
      if (this.isWaiting("edit")) this.settle();
      write(this.name, row.title);
      this.radio.setAttribute("aria-label", `Select ${row.title}`);
    }
    if (row.note !== last.note) write(this.note, row.note);
    if (row.state !== last.state) write(this.words, row.state);
    if (row.color !== last.color) {
      this.dot.dataset.color = COLORS.has(row.color) ? row.color : "grey";
    }
    if (row.progress !== last.progress) this.paintBar(row.progress);
    if (this.bar && row.title !== last.title) this.nameBar();
    this.cells.forEach((cell, place) => {
      const text = row.cells[place] ?? "";
      if (text !== last.cells[place]) write(cell, text);
    });
    this.handle.hidden = !(this.can("up") || this.can("down"));
    if (this.editor) allow(this.editor.save, this.can("edit"));
  }

  paintBar(share) {
    if (share === null || share === undefined) {
      this.bar?.remove();
      this.bar = null;
      return;
    }
    if (!this.bar) {
      this.bar = make(
        "div",
        { role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", class: "yt-bar" },
        make("div"),
      );
      this.nameBar();
      this.state.append(this.bar);
    }
    const whole = Math.round(100 * Math.min(Math.max(share, 0), 1));
    this.bar.setAttribute("aria-valuenow", String(whole));
    this.bar.firstChild.style.transform = `scaleX(${whole / 100})`;
  }

  nameBar() {
    this.bar.setAttribute("aria-label", `Progress of ${this.last.title}`);
  }

  paintCurve(compact) {
    if (compact === this.curve) return;
    this.curve = compact;
    draw(this.picture, compact);
  }

  mark(shown) {
    this.node.classList.toggle("yt-shown", shown);
    if (this.radio.checked !== shown) this.radio.checked = shown;
  }

  /** Show that something was asked for, until it has come or too much time has passed. */
  wait(command, title) {
    this.settle();
    if (title !== undefined) write(this.name, title);
    this.node.classList.add("yt-waiting");
    this.waiting = { command, timer: setTimeout(() => this.settle(), ANSWER_MS) };
  }

  isWaiting(command) {
    return this.waiting?.command === command;
  }

  settle() {
    if (!this.waiting) return;
    clearTimeout(this.waiting.timer);
    this.waiting = null;
    this.node.classList.remove("yt-waiting");
    write(this.name, this.last.title);
  }

  edit(send) {
    if (!this.editor) this.openEditor(send);
    this.editor.input.focus();
    this.editor.input.select();
  }

  openEditor(send) {
    const input = make("input", {
      type: "text",
      maxlength: String(LONGEST_TITLE),
      autocomplete: "off",
      dir: "auto",
      "aria-label": `Title of file ${this.last.position}`,
    });
    input.value = this.last.title;
    const save = button("Save");
    const cancel = button("Cancel");
    const node = make("span", { class: "yt-editor" }, input, save, cancel);
    this.editor = { node, input, save };
    this.name.hidden = true;
    this.name.after(node);
    save.addEventListener("click", () => this.save(send));
    cancel.addEventListener("click", () => this.closeEditor());
    node.addEventListener("keydown", (event) => {
      if (event.isComposing || (event.key === "Enter" && event.target !== input)) return;
      if (event.key === "Enter") this.save(send);
      else if (event.key === "Escape") this.closeEditor();
      else return;
      event.preventDefault();
    });
  }

  save(send) {
    const title = this.editor.input.value.replace(/\s+/g, " ").trim();
    this.editor.input.setAttribute("aria-invalid", String(!title));
    if (!title || !this.can("edit")) {
      this.editor.input.focus();
      return;
    }
    this.closeEditor();
    if (title === this.last.title) return;
    send("edit", this.id, { title });
    this.wait("edit", title);
  }

  closeEditor() {
    const hadFocus = this.editor.node.contains(document.activeElement);
    this.editor.node.remove();
    this.editor = null;
    this.name.hidden = false;
    if (hadFocus) this.radio.focus();
  }
}
