"""Audio files as streams of samples: whatever the format, block by block, with typed errors."""

__all__: list[str] = []  # the door is yotokit.audio; inside, modules are named
