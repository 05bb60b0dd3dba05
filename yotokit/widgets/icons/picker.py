"""`IconPicker`: the display icon of a file, found by words or drawn by oneself."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import ipywidgets

from yotokit.markup import Html, escape, fragment
from yotokit.widgets.icons.grid import IconGrid
from yotokit.widgets.icons.search import Search
from yotokit.widgets.making import button, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from yotokit.widgets.errands import Errands
    from yotokit.yoto import Icon, Icons

__all__ = ["IconPicker"]


class IconPicker:
    """A part of a view in which a person chooses the icon of one file. Hidden until it is opened.

    Parameters
    ----------
    icons : Icons
        Of the account.
    errands : Errands
        Do what needs the service.
    mark : callable
        Called when there is something new to paint, from any thread.
    choose : callable
        Given the id of a job and the reference of an icon, or ``"default"``, when one is chosen;
        on any thread.

    Attributes
    ----------
    widget : ipywidgets.Widget
        What is shown.
    """

    def __init__(
        self,
        icons: Icons,
        errands: Errands,
        mark: Callable[[], object],
        choose: Callable[[str, str], object],
    ) -> None:
        self._search = Search(icons, errands, mark, choose)
        self._opened = 0
        self._heading, self._said = ipywidgets.HTML(), ipywidgets.HTML()
        self._words = ipywidgets.Text(
            description="Search",
            placeholder="moon, pirate ship...",
            layout=ipywidgets.Layout(width="22em"),
        )
        self._words.observe(self._typed, "value")
        self._upload = ipywidgets.FileUpload(
            accept="image/*",
            description="Own picture",
            tooltip="PNG, JPEG, GIF, WebP, BMP or TIFF, up to 10 MB; it is made 16 by 16 dots",
            layout=ipywidgets.Layout(width="auto"),
        )
        self._upload.observe(self._picked, "value")
        self._default = button(
            "Default icon", "The one that a file gets where none is chosen", self._search.default
        )
        self._done = button("Done", "Close the icons", self.hide)
        self._grid = IconGrid(on_command=self._chosen)
        self.widget = self._laid_out()

    def open(self, job_id: str, title: str, icon: str) -> None:
        """Show what fits a file, and what it has now; from any thread.

        Parameters
        ----------
        job_id, title : str
            The file's.
        icon : str
            The icon that was chosen for it: a reference, ``"default"``, or empty.
        """
        self._search.open(job_id, title, icon)

    def hide(self) -> None:
        """Show nothing any more; from any thread."""
        self._search.hide()

    def only_for(self, job_ids: Iterable[str]) -> None:
        """Hide what is open for a file that is none of these: it has gone, or its session has."""
        job_id = self._search.state.job_id
        if job_id and job_id not in set(job_ids):
            self.hide()

    def repaint(self) -> None:
        """Show what there is; called by the view's painter alone."""
        state = self._search.state
        if not state.job_id:
            show(self.widget, False)
            self._grid.icons = []
            return
        came = self._search.pictures.came
        # All places at once, so that none moves under a finger; the pictures follow.
        self._grid.icons = [_choice(icon, came.get(icon.reference, b"")) for icon in state.icons]
        self._grid.chosen = state.icon
        self._grid.label = f"Icons for {state.title}"
        self._heading.value = fragment(Html(f"<h4>Icon for {escape(state.title)}</h4>"))
        self._said.value = fragment(Html(f'<p role="status">{escape(state.said)}</p>'))
        self._default.disabled = not state.has_icon
        if state.opened != self._opened:
            self._opened = state.opened
            # Nobody types here at this moment: who opened it did so elsewhere.
            self._words.value = ""
            show(self.widget, True)
            self._words.focus()

    def _typed(self, change: dict[str, Any]) -> None:
        self._search.find(change["new"])

    def _chosen(self, command: dict[str, Any]) -> None:
        self._search.choose(command["icon"])

    def _picked(self, change: dict[str, Any]) -> None:
        """Take a picture out of the field, so that it can be given once more.

        Here and not by the painter, which could take out the next one with it.
        """
        for file in change["new"]:
            self._search.upload(bytes(file["content"]), str(file["name"]))
        if change["new"]:
            self._upload.value = ()

    def _laid_out(self) -> ipywidgets.VBox:
        tools = ipywidgets.HBox(
            [self._words, self._upload, self._default, self._done],
            layout=ipywidgets.Layout(flex_flow="row wrap"),
        )
        return ipywidgets.VBox(
            [self._heading, tools, self._said, self._grid],
            layout=ipywidgets.Layout(display="none"),
        )


def _choice(icon: Icon, png: bytes) -> dict[str, str]:
    name = icon.title or ("without a title" if icon.public else "your own, without a title")
    return {"id": icon.reference, "name": name, "png": base64.b64encode(png).decode()}
