"""Sound in, numbers and sound out: measuring and normalizing loudness. Knows no network."""

from yotokit.audio.comparison import Comparison, compare
from yotokit.audio.isolation import (
    excerpt_isolated,
    measure_isolated,
    plan_limited_isolated,
    render_isolated,
)
from yotokit.audio.measuring.loudness import Loudness, programme_lufs
from yotokit.audio.measuring.measure import measure
from yotokit.audio.packing import pack, unpack
from yotokit.audio.reading.files import FileStamp, check_file, digest
from yotokit.audio.reading.finding import (
    LONGEST_TITLE,
    Candidate,
    Submission,
    as_candidate,
    find_audio,
)
from yotokit.audio.reading.info import AudioInfo
from yotokit.audio.reading.source import AUDIO_SUFFIXES
from yotokit.audio.reading.tags import ChapterMark, Tags, read_tags
from yotokit.audio.samples import SAMPLES, Sample, make_samples
from yotokit.audio.versions import measuring_version, rendering_version
from yotokit.audio.writing.excerpt import EXCERPT_S, Excerpt, excerpt, loudest_span
from yotokit.audio.writing.limiter import plan_limited
from yotokit.audio.writing.normalize import Normalized, normalize
from yotokit.audio.writing.render import PASSTHROUGH_DB, Rendered, render
from yotokit.audio.writing.target import (
    LIMITER_MOST_DB,
    GainPlan,
    Target,
    as_target,
    plan_album,
    plan_track,
)

__all__ = [
    "AUDIO_SUFFIXES",
    "EXCERPT_S",
    "LIMITER_MOST_DB",
    "LONGEST_TITLE",
    "PASSTHROUGH_DB",
    "SAMPLES",
    "AudioInfo",
    "Candidate",
    "ChapterMark",
    "Comparison",
    "Excerpt",
    "FileStamp",
    "GainPlan",
    "Loudness",
    "Normalized",
    "Rendered",
    "Sample",
    "Submission",
    "Tags",
    "Target",
    "as_candidate",
    "as_target",
    "check_file",
    "compare",
    "digest",
    "excerpt",
    "excerpt_isolated",
    "find_audio",
    "loudest_span",
    "make_samples",
    "measure",
    "measure_isolated",
    "measuring_version",
    "normalize",
    "pack",
    "plan_album",
    "plan_limited",
    "plan_limited_isolated",
    "plan_track",
    "programme_lufs",
    "read_tags",
    "render",
    "render_isolated",
    "rendering_version",
    "unpack",
]
