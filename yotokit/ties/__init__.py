"""The one place that knows every floor.

It ties the client to the emulator, the session to its dashboard, and the card maker to its
stand-in: each in a module of its own, so that who uses the one does not load what the other needs.
"""

__all__: list[str] = []
