"""What the page looks like, beside the pieces that it shares with the others."""

from __future__ import annotations

from yotokit.markup import Html, style

__all__ = ["APP_STYLE"]

# White on the blue of an open step has a contrast of 4.6:1, in light and dark alike.
_RULES = """
.ya-step { border: 1px solid rgba(128, 128, 128, .35); border-radius: 10px; margin: 0 0 12px;
  padding: 12px 18px; overflow: visible; --jp-widgets-font-size: 14px;
  --jp-widgets-inline-height: 32px; }
.ya-step.ya-open { border-color: #1976d2; box-shadow: 0 0 0 1px #1976d2; }
.ya-step .widget-box { overflow: visible; }
.ya-step .widget-hbox { flex-wrap: wrap; align-items: center; gap: 2px 6px; }
.ya-step .widget-html-content { line-height: 1.5; }
.ya-wide, .ya-wide .widget-html-content { min-width: 0; max-width: 100%; }
.ya-wide .widget-html-content { overflow-x: auto; }
.ya-step .widget-vbox > .jupyter-button { align-self: flex-start; }
.ya-step .jupyter-button { height: auto; line-height: 1.3; padding: 8px 16px; border-radius: 6px; }
.ya-step .jupyter-button:focus-visible, .ya-step select:focus-visible,
  .ya-step input:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.ya-step .widget-dropdown > select { background-image: none; appearance: auto; }
.ya-step .widget-inline-hbox .widget-label { text-align: left; }
.yotokit .ya-said { font-size: 14px; }
.yotokit.yotokit .ya-head { display: flex; flex-wrap: wrap; gap: 2px 14px;
  align-items: center; }
.yotokit.yotokit .ya-head h2 { display: flex; align-items: center; gap: 12px; margin: 2px 0;
  font-size: 19px; line-height: 1.3; font-weight: 600; }
.yotokit .ya-no { display: inline-flex; flex: none; width: 30px; height: 30px;
  border: 2px solid #767676; border-radius: 50%; align-items: center; justify-content: center;
  box-sizing: border-box; font-size: 15px; }
.ya-open .yotokit .ya-no { border-color: #1976d2; background: #1976d2; color: #fff; }
.yotokit .ya-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.yotokit.yotokit .ya-said h3 { font-size: 15px; margin: 16px 0 2px; font-weight: 600; }
.yotokit.yotokit .ya-said ul { margin: 2px 0; padding-left: 1.4em; }
.yotokit.yotokit .ya-said a { color: inherit; text-decoration: underline; }
.ya-step .yotokit-intake { margin: 2px; font-size: 14px; }
.yotokit .ya-path { overflow-wrap: anywhere; font-weight: 600; }
.yotokit .ya-alert { border-left: 4px solid #d32f2f; padding: 4px 0 4px 10px;
  overflow-wrap: anywhere; }
"""

APP_STYLE = Html(style(_RULES))
"""One style element; the page needs it once."""
