"""Sound at another loudness: which gain, a limiter where it is wanted, and the file itself."""

__all__: list[str] = []  # the door is yotokit.audio; inside, modules are named
