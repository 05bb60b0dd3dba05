"""Loudness and peaks of streams of samples, by ITU-R BS.1770 and EBU Tech 3341 and 3342."""

__all__: list[str] = []  # the door is yotokit.audio; inside, modules are named
