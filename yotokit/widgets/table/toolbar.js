// What may be done with the chosen file.

const BUTTONS = [
  // what is sent, its word, its key on a row
  ["up", "Move up", "Alt+ArrowUp"],
  ["down", "Move down", "Alt+ArrowDown"],
  ["edit", "Rename", "F2"],
  ["icon", "Icon"],
  ["listen", "Listen"],
  ["retry", "Retry"],
  ["cancel", "Cancel"],
  ["remove", "Remove", "Delete"],
];

/** What may be done with one file. One stop of the Tab key; arrow keys go from button to button. */
class Toolbar {
  constructor(act, remove) {
    this.act = act;
    this.subject = make("span", { class: "yt-subject", "aria-hidden": "true", dir: "auto" });
    this.buttons = new Map();
    for (const [command, word, key] of BUTTONS) {
      const node = button(word, key ? { "aria-keyshortcuts": key } : {});
      node.addEventListener("click", () => this.row?.can(command) && act(command, this.row));
      this.buttons.set(command, node);
    }
    this.yes = button("Yes", { class: "yt-yes" });
    this.no = button("No");
    this.question = make("span", { role: "group", class: "yt-question" }, "Remove?", this.yes, this.no);
    this.question.hidden = true;
    this.yes.addEventListener("click", () => {
      const row = this.row;
      this.drop();
      remove(row);
    });
    this.no.addEventListener("click", () => this.drop());
    this.node = make("div", { role: "toolbar", class: "yt-toolbar" }, this.subject, ...this.buttons.values());
    this.node.append(this.question);
    this.node.addEventListener("keydown", (event) => this.walk(event));
    this.node.addEventListener("focusin", (event) => this.stopAt(event.target));
    this.stopAt(this.buttons.get("up"));
    this.paint(null);
  }

  paint(row) {
    this.row = row;
    const title = row ? row.last.title : "none";
    this.node.setAttribute("aria-label", `Selected file: ${title}`);
    write(this.subject, row ? `${row.last.position}. ${title}` : "No file is selected");
    for (const [command, node] of this.buttons) allow(node, Boolean(row?.can(command)));
    if (this.asked && (this.asked !== row || !row.can("remove"))) this.drop();
  }

  /** Ask once before a file is removed; `from` gets the focus back. */
  ask(row, from) {
    this.asked = row;
    this.from = from;
    this.question.setAttribute("aria-label", `Remove ${row.last.title}?`);
    this.swap(true);
    this.yes.focus();
  }

  drop() {
    const hadFocus = this.question.contains(document.activeElement);
    this.asked = null;
    this.swap(false);
    if (!hadFocus) return;
    (this.from.isConnected ? this.from : this.buttons.get("remove")).focus();
  }

  swap(asking) {
    this.question.hidden = !asking;
    this.buttons.get("remove").hidden = asking;
    this.stopAt(asking ? this.yes : this.buttons.get("remove"));
  }

  stops() {
    return [...this.node.querySelectorAll("button")].filter((one) => !one.closest("[hidden]"));
  }

  stopAt(node) {
    for (const one of this.node.querySelectorAll("button")) one.tabIndex = one === node ? 0 : -1;
  }

  walk(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const stops = this.stops();
    const here = stops.indexOf(event.target);
    const next = {
      ArrowRight: (here + 1) % stops.length,
      ArrowLeft: (here + stops.length - 1) % stops.length,
      Home: 0,
      End: stops.length - 1,
    }[event.key];
    if (next !== undefined) stops[next].focus();
    else if (event.key === "Escape" && this.asked) this.drop();
    else return;
    event.preventDefault();
  }
}
