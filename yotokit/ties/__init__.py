"""The one place that knows every floor.

It ties the client to the emulator, and the session to its dashboard: each in a module of its own,
so that who uses the one does not load what the other needs.
"""

__all__: list[str] = []
