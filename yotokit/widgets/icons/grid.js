// Pictures to choose one from: a radio group, laid out in rows. Everything is set as text.

const SENT_AFTER_MS = 250; // keys may pass over many before they stay

export default {
  render({ model, el }) {
    const grid = new Grid(model, el);
    return () => grid.remove();
  },
};

class Choice {
  constructor(id, group) {
    this.id = id;
    this.radio = make("input", { type: "radio", name: group });
    this.picture = make("img", { alt: "", width: "48", height: "48", draggable: "false" });
    this.node = make("label", { class: "yg-choice" }, this.radio, this.picture);
    this.node.yotokitChoice = this;
  }

  paint({ name, png }) {
    if (name !== this.name) {
      this.name = name;
      this.radio.setAttribute("aria-label", name);
      this.node.title = name;
    }
    if (png !== this.png) {
      this.png = png;
      this.picture.src = `data:image/png;base64,${png}`;
    }
  }
}

class Grid {
  constructor(model, el) {
    this.model = model;
    this.choices = new Map();
    this.order = [];
    this.asked = new Set();
    this.group = `yotokit-${Math.random().toString(36).slice(2)}`;
    this.box = make("div", { role: "radiogroup", class: "yg-box" });
    this.caption = make("p", { class: "yg-caption", "aria-hidden": "true" });
    this.root = make("div", { class: "yotokit-icons" }, this.box, this.caption);
    this.controller = new AbortController();
    this.listen();
    this.changes = {
      "change:label": () => this.box.setAttribute("aria-label", model.get("label")),
      "change:icons": () => this.paintIcons(),
      "change:chosen": () => this.follow(),
    };
    for (const [name, paint] of Object.entries(this.changes)) {
      model.on(name, paint);
      paint();
    }
    el.append(this.root);
  }

  remove() {
    for (const [name, paint] of Object.entries(this.changes)) this.model.off(name, paint);
    this.controller.abort();
    this.send();
    this.root.remove();
  }

  listen() {
    this.box.addEventListener("change", (event) => this.choose(choiceOf(event.target)));
    this.box.addEventListener("keydown", (event) => this.walk(event));
    this.box.addEventListener("focusout", (event) => {
      if (!this.box.contains(event.relatedTarget)) this.send();
    });
    for (const kind of ["pointerover", "focusin"]) {
      this.box.addEventListener(kind, (event) => this.say(choiceOf(event.target)));
    }
    this.box.addEventListener("pointerleave", () => this.say(null));
    keepKeys(this.root, this.controller.signal);
  }

  paintIcons() {
    const before = new Map(this.order.map((choice, place) => [choice, place]));
    this.order = this.model.get("icons").map((icon) => {
      const choice = this.choices.get(icon.id) ?? new Choice(icon.id, this.group);
      choice.paint(icon);
      return choice;
    });
    this.choices = new Map(this.order.map((choice) => [choice.id, choice]));
    for (const choice of before.keys()) {
      if (!this.choices.has(choice.id)) choice.node.remove();
    }
    arrange(this.box, this.order, before, choiceOf(document.activeElement));
    this.mark();
  }

  chosen() {
    return this.choices.get(this.wanted ?? this.model.get("chosen")) ?? null;
  }

  mark() {
    const chosen = this.chosen();
    for (const choice of this.order) choice.radio.checked = choice === chosen;
    this.say(null);
  }

  follow() {
    const chosen = this.model.get("chosen");
    // The answer to an earlier choice must not undo a later one.
    if (chosen === this.wanted || !this.asked.has(chosen)) {
      this.wanted = null;
      this.asked.clear();
    }
    this.mark();
  }

  /** A click is sent at once, a key when it was the last one for a moment. */
  choose(choice, afterMs = 0) {
    this.wanted = this.unsent = choice.id;
    this.mark();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), afterMs);
  }

  send() {
    clearTimeout(this.timer);
    if (!this.unsent) return;
    this.asked.add(this.unsent);
    this.model.send({ do: "choose", icon: this.unsent });
    this.unsent = null;
  }

  walk(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const all = this.order;
    const here = all.indexOf(choiceOf(event.target));
    const wide = all.filter((one) => one.node.offsetTop === all[0].node.offsetTop).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide }[event.key];
    const next = { Home: all[0], End: all.at(-1) }[event.key] ?? all[here + step];
    if (step === undefined && !next) return;
    event.preventDefault();
    if (!next) return;
    next.radio.focus();
    this.choose(next, SENT_AFTER_MS);
  }

  say(choice) {
    this.caption.textContent = (choice ?? this.chosen())?.name ?? "";
  }
}

function choiceOf(node) {
  return node?.closest?.("label")?.yotokitChoice ?? null;
}
