"""The files of a session as a table that is steered by mouse and by keyboard."""

from yotokit.widgets.table.table import FileTable

__all__ = ["FileTable"]
