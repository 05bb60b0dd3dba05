// Sends files in parts, one after the other: each part when the one before has been written.

const ASKED_AGAIN_AFTER_MS = 15_000; // a part is lost with its connection

export default {
  render({ model, el }) {
    const intake = new Intake(model, el);
    return () => intake.remove();
  },
};

class Intake {
  constructor(model, el) {
    this.model = model;
    this.files = new Map();
    this.sent = "";
    const id = `yotokit-${Math.random().toString(36).slice(2)}`;
    this.field = make("input", { type: "file", multiple: "", id, accept: model.get("accept") });
    // What a page sent before it was loaded anew comes no further; this is the way out, too.
    this.stop = make("button", { type: "button", hidden: "" }, "Stop sending");
    this.list = make("ul", { class: "ya-files", "aria-label": "chosen files" });
    this.told = make("p", { class: "ya-told", role: "status", "aria-live": "polite" });
    this.root = make("div", { class: "yotokit-intake" });
    this.root.append(make("label", { for: id }, model.get("label")), this.field);
    this.root.append(this.told, this.stop, this.list);
    this.field.addEventListener("change", () => this.offer());
    this.controller = new AbortController();
    this.stop.addEventListener("click", () => this.end());
    keepKeys(this.root, this.controller.signal);
    this.paint = () => this.follow(model.get("files"));
    model.on("change:files", this.paint);
    this.paint();
    el.append(this.root);
  }

  remove() {
    this.model.off("change:files", this.paint);
    clearTimeout(this.timer);
    this.controller.abort();
    this.root.remove();
  }

  offer() {
    for (const file of this.field.files) {
      const id = Math.random().toString(36).slice(2);
      this.files.set(id, file);
      this.model.send({ do: "offer", file: id, name: file.name, size: file.size });
    }
    this.field.value = ""; // so that the same file can be chosen again
  }

  end() {
    for (const { id, state } of this.model.get("files")) {
      if (isMoving(state)) this.model.send({ do: "stop", file: id });
    }
    this.field.focus(); // the button is about to go
  }

  follow(files) {
    this.list.replaceChildren(...files.map(line));
    // What scrolls must be within reach of the keyboard.
    if (files.length > 6) this.list.setAttribute("tabindex", "0");
    else this.list.removeAttribute("tabindex");
    this.stop.hidden = !files.some(({ state }) => isMoving(state));
    const kept = files.filter(({ state }) => state === "kept").length;
    const refused = files.filter(({ state }) => state === "refused").length;
    const said = [`${kept} of ${files.length} are here`];
    if (refused) said.push(`${refused} not taken`);
    this.told.textContent = files.length ? said.join(", ") : "";
    const next = files.find(({ id, state }) => state === "coming" && this.files.has(id));
    if (next) this.send(next);
  }

  async send({ id, got }) {
    const part = `${id} ${got}`;
    if (part === this.sent) return;
    this.sent = part;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.sent = "";
      this.paint();
    }, ASKED_AGAIN_AFTER_MS);
    const blob = this.files.get(id).slice(got, got + this.model.get("part_bytes"));
    try {
      this.model.send({ do: "part", file: id, at: got, data: await base64(blob) });
    } catch {
      this.model.send({ do: "lost", file: id }); // it was moved or changed meanwhile
      this.files.delete(id);
    }
  }
}

function isMoving(state) {
  return state === "offered" || state === "coming";
}

function base64(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

function line({ name, state, words, got, size }) {
  const parts = [make("span", { class: "ya-name" }, name)];
  if (state === "coming") {
    parts.push(make("progress", { max: size, value: got, "aria-label": name }));
  }
  parts.push(make("span", { class: "ya-words" }, words));
  return make("li", { class: `ya-${state}` }, ...parts);
}
