"""Files from the browser: they come in parts, and are kept in a folder of the app.

A whole file in one message would break the connection where it is larger than 10 MiB, without a
word to anybody.
"""

from yotokit.widgets.app.intake.folder import Coming, IntakeFolder, safe_name
from yotokit.widgets.app.intake.intake import Intake

__all__ = ["Coming", "Intake", "IntakeFolder", "safe_name"]
