"""Sound in, numbers and sound out: measuring and normalizing loudness. Knows no network."""

from yotokit.audio.compare import Comparison, compare
from yotokit.audio.files import FileStamp, check_file, digest
from yotokit.audio.info import AudioInfo
from yotokit.audio.limiter import plan_limited
from yotokit.audio.loudness import Loudness, programme_lufs
from yotokit.audio.measuring import measure
from yotokit.audio.normalize import Normalized, normalize
from yotokit.audio.render import PASSTHROUGH_DB, Rendered, render
from yotokit.audio.samples import SAMPLES, Sample, make_samples
from yotokit.audio.source import AUDIO_SUFFIXES
from yotokit.audio.tags import ChapterMark, Tags, read_tags
from yotokit.audio.target import GainPlan, Target, plan_album, plan_track

__all__ = [
    "AUDIO_SUFFIXES",
    "PASSTHROUGH_DB",
    "SAMPLES",
    "AudioInfo",
    "ChapterMark",
    "Comparison",
    "FileStamp",
    "GainPlan",
    "Loudness",
    "Normalized",
    "Rendered",
    "Sample",
    "Tags",
    "Target",
    "check_file",
    "compare",
    "digest",
    "make_samples",
    "measure",
    "normalize",
    "plan_album",
    "plan_limited",
    "plan_track",
    "programme_lufs",
    "read_tags",
    "render",
]
