"""What the pieces look like: rules, and the style element that holds them."""

from __future__ import annotations

__all__ = ["RULES", "style"]

# Classes stand twice where a notebook's own rules for tables and lists must give way.
RULES = """
.yotokit { color: var(--jp-ui-font-color1, var(--vscode-foreground, currentColor));
  font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif); }
.yotokit.yotokit table { border-collapse: collapse; width: 100%; margin: 0; border: 0;
  table-layout: auto; font-size: 13px; }
.yotokit.yotokit caption { text-align: left; padding: 4px 0; font-weight: 600;
  caption-side: top; color: inherit; }
.yotokit.yotokit th, .yotokit.yotokit td { padding: 4px 12px 4px 0; text-align: left;
  vertical-align: middle; border: 0; border-bottom: 1px solid rgba(128, 128, 128, .25);
  white-space: nowrap; max-width: none; }
.yotokit.yotokit th { font-weight: 600; white-space: normal; vertical-align: bottom; }
.yotokit.yotokit .yk-wrap { white-space: normal; min-width: 9em; overflow-wrap: anywhere; }
.yotokit.yotokit .yk-num { text-align: right; font-variant-numeric: tabular-nums; }
.yotokit.yotokit svg { display: block; overflow: visible; }
.yotokit.yotokit img { margin: 0; display: block; max-width: none; }
.yotokit.yotokit dl { display: flex; flex-wrap: wrap; gap: 2px 26px; margin: 4px 0; }
.yotokit.yotokit dl div { display: flex; gap: 6px; }
.yotokit.yotokit dt, .yotokit.yotokit dd { float: none; width: auto; margin: 0; padding: 0; }
.yotokit.yotokit dt { font-weight: 400; }
.yotokit.yotokit dd { font-weight: 600; font-variant-numeric: tabular-nums; }
.yotokit.yotokit h4 { font-size: 15px; margin: 6px 0 2px; font-weight: 600; }
.yotokit.yotokit p { margin: 4px 0; }
.yotokit.yotokit ol { margin: 0; padding-left: 2.4em; }
.yotokit .yk-note { display: block; font-size: 12px; }
"""


def style(rules: str) -> str:
    """Return rules as a style element of one line: Markdown ends raw HTML at its first line.

    Examples
    --------
    >>> style('''a {
    ...   margin: 0; }''')
    '<style>a { margin: 0; }</style>'
    """
    return f"<style>{' '.join(rules.split())}</style>"
