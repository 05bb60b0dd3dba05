"""A widget's module on an empty page, with a model in the page that stands for the kernel's."""

from __future__ import annotations

_GROUNDS = {False: ("#ffffff", "rgba(0, 0, 0, .87)"), True: ("#111111", "rgba(255, 255, 255, .87)")}
_MODEL = """
class Model {
  constructor(state) { this.state = state; this.heard = new Map(); this.sent = []; }
  get(name) { return this.state[name]; }
  set(name, value) { this.update({[name]: value}); }
  save_changes() {}
  on(name, call) { this.heard.set(name, [...(this.heard.get(name) ?? []), call]); }
  off(name, call) {
    this.heard.set(name, (this.heard.get(name) ?? []).filter(one => one !== call));
  }
  send(message) { this.sent.push(message); }
  update(changes) {
    Object.assign(this.state, structuredClone(changes));
    for (const name of Object.keys(changes)) {
      for (const call of this.heard.get(`change:${name}`) ?? []) call();
    }
  }
  listeners() { return [...this.heard.values()].flat().length; }
}
"""
_OPEN = (
    """async ([code, state]) => {
  const url = URL.createObjectURL(new Blob([code], {type: "text/javascript"}));
  const module = (await import(url)).default;
  window.widget = typeof module === "function" ? await module() : module;
  window.model = new ("""
    + _MODEL.strip()
    + """)(state);
  window.views = [];
  window.view = async () => {
    const el = document.querySelector("main").appendChild(document.createElement("div"));
    window.views.push(await widget.render({model, el}) ?? (() => {}));
  };
  await window.view();
}"""
)


class Shown:
    """A widget's views on a page, and its model.

    Parameters
    ----------
    page : playwright.sync_api.Page
        An empty page.
    widget : type
        The widget's class.
    state : dict
        What the model holds.
    dark : bool
        The ground, which the widget is not told of.
    """

    def __init__(self, page, widget, state, *, dark=False):
        self.page = page
        ground, ink = _GROUNDS[dark]
        page.set_content(
            f'<!doctype html><html lang="en"><title>Widget</title><style>{widget._css}</style>'
            f"<style>body {{ background: {ground}; color: {ink}; margin: 12px; }}</style>"
            "<main></main></html>"
        )
        page.evaluate(_OPEN, [str(widget._esm), state])

    def update(self, **changes):
        """Change the model, as a message from the kernel does."""
        self.page.evaluate("changes => model.update(changes)", changes)

    def add_view(self):
        """Show the same model once more."""
        self.page.evaluate("() => view()")

    def remove_views(self):
        """Take all views away, as a notebook does."""
        self.page.evaluate("() => views.splice(0).forEach(remove => remove())")

    def sent(self):
        """Return the messages since the last look."""
        return self.page.evaluate("() => model.sent.splice(0)")
