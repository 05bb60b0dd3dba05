// Brings the keys to the head of a step: what they were at is hidden by then.

export default {
  render({ model, el }) {
    const land = ({ step }) => {
      const head = el.closest(".ya-page")?.querySelectorAll(".ya-head h2")[step - 1];
      head?.setAttribute("tabindex", "-1");
      head?.focus();
    };
    model.on("msg:custom", land);
    return () => model.off("msg:custom", land);
  },
};
