"""From what a user asks for to the parts of a session, put together."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args
from unicodedata import category

from yotokit import settings
from yotokit.audio import LONGEST_TITLE, Target
from yotokit.engine import EngineBase
from yotokit.errors import SettingError
from yotokit.journal import Journal
from yotokit.session.album import Album
from yotokit.session.backup import Backups
from yotokit.session.cards import CardWriter
from yotokit.session.cover import Cover
from yotokit.session.diary import Diary
from yotokit.session.existing import kept_works
from yotokit.session.flow import Flow
from yotokit.session.icons import DefaultIcons, IconChoice, check_choice
from yotokit.session.ledger import Ledger
from yotokit.session.limits import Limits
from yotokit.session.room import Room
from yotokit.session.scratch import Scratch
from yotokit.session.stages import FileStages
from yotokit.session.work import Normalize

if TYPE_CHECKING:
    from yotokit.journal import SessionEntry
    from yotokit.yoto import YotoClient

__all__ = ["Existing", "Options", "assemble", "check_client", "open_journal", "usable_title"]


Existing: TypeAlias = Literal["keep", "replace"]

# Not all that str.isprintable refuses: titles have no-break spaces and joined emoji.
_UNPRINTABLE = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Options:
    """What a session was asked to do; the parameters of `Session`."""

    title: str
    target: Target
    normalize: Normalize = "track"
    card: str | None = None
    tags: bool = True
    isolate: bool = False
    dual_mono: bool = False
    existing: Existing = "keep"
    icons: IconChoice = "number"
    cover: str | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def keeps(self) -> bool:
        """Whether what is on a card that was named stays on it."""
        return self.card not in (None, "new") and self.existing == "keep"

    def __post_init__(self) -> None:
        if self.normalize not in get_args(Normalize):
            raise SettingError(f'normalize={self.normalize!r}: give "track", "album" or "off"')
        if self.card is not None and not (isinstance(self.card, str) and self.card.strip()):
            raise SettingError(f'card={self.card!r}: give the id of a card, or "new"')
        if self.existing not in get_args(Existing):
            raise SettingError(f'existing={self.existing!r}: give "keep" or "replace"')
        if not isinstance(self.limits, Limits):
            raise SettingError(f"limits={self.limits!r}: give yotokit.Limits(...)")
        check_choice(self.icons)

    @classmethod
    def of(cls, entry: SessionEntry) -> Options:
        """Return what a session of an earlier run was asked to do.

        Raises
        ------
        SettingError
            It was written by a version that asks for something else.
        """
        try:
            told = dict(entry.settings)
            target, limits = Target(**told.pop("target")), Limits(**told.pop("limits", {}))
            return cls(entry.title, target, limits=limits, **told)
        except (KeyError, TypeError, SettingError) as error:
            raise SettingError(
                f"the session {entry.title!r} was made with settings that this version does not "
                f"know ({error}); make a new one of the same title and submit its files"
            ) from None

    def as_arguments(self) -> dict[str, Any]:
        """Return them as arguments of `Session`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def for_journal(self) -> dict[str, Any]:
        """Return everything but the title, as JSON takes it."""
        told = asdict(self)
        del told["title"]
        return told


def assemble(
    options: Options,
    yoto: YotoClient,
    engine: EngineBase,
    journal: str | os.PathLike[str] | Literal[False] | None,
    mark: str | None = None,
) -> Flow:
    """Put a session together.

    Raises
    ------
    SettingError
        The client is none.
    """
    check_client(yoto)
    if not isinstance(engine, EngineBase):
        raise SettingError(f"engine={engine!r}: give an Engine")
    scratch = Scratch()
    kept = open_journal(journal)
    ledger = Ledger(kept, yoto.account, dual_mono=options.dual_mono)
    icons, cover = DefaultIcons(yoto, ledger, options.icons), Cover(yoto, ledger, options.cover)
    writer = CardWriter(
        yoto,
        ledger,
        options.title,
        options.card,
        icons=icons,
        backups=Backups(kept.folder, yoto.account),
        limits=options.limits,
        mark=mark,
    )
    diary = Diary(kept, yoto.account, writer.mark, options.title, options.for_journal())
    album = Album(options.target, ledger) if options.normalize == "album" else None
    room = Room(options.limits)
    stages = FileStages(
        yoto,
        ledger=ledger,
        diary=diary,
        scratch=scratch,
        target=options.target,
        normalize=options.normalize,
        album=album,
        icons=icons,
        room=room,
        isolate=options.isolate,
        dual_mono=options.dual_mono,
    )
    flow = Flow(
        options.title,
        yoto,
        engine,
        writer=writer,
        stages=stages,
        scratch=scratch,
        diary=diary,
        album=album,
        cover=cover,
        room=room,
        target_lufs=options.target.lufs,
    )
    icons.tell(flow.publisher.mind)
    cover.tell(flow.publisher.mind)
    if options.keeps:
        try:
            card = writer.existing()
        except BaseException:
            flow.close()
            raise
        flow.keep(kept_works(card, writer.own_files(card), flow.log_name))
    return flow


def check_client(yoto: object) -> None:
    """Make sure that something is a client.

    Raises
    ------
    SettingError
        It is none.
    """
    if not hasattr(yoto, "upload_slot"):
        raise SettingError(f"yoto={yoto!r}: give a YotoClient, or an emulator's client()")


def open_journal(journal: str | os.PathLike[str] | Literal[False] | None) -> Journal:
    """Return the journal of a folder, the user's own, or one in memory; it is to be released.

    Raises
    ------
    SettingError
        It is no folder.
    """
    if journal is False:
        return Journal.shared(None)
    try:
        folder = settings.state_dir(None if journal is None else os.fsdecode(journal))
    except (TypeError, RuntimeError) as error:
        raise SettingError(f"journal={journal!r}: give the path of a folder ({error})") from None
    return Journal.shared(folder)


def usable_title(title: str) -> str:
    """Return a title without blanks around it.

    Raises
    ------
    SettingError
        It is none that the service takes.
    """
    text = title.strip() if isinstance(title, str) else ""
    kinds = {category(c) for c in text}
    # Marks of direction and of joining are fine among letters, and nothing to see by themselves.
    if not len(text) <= LONGEST_TITLE or kinds & _UNPRINTABLE or kinds <= {"Cf", "Zs"}:
        raise SettingError(f"title={title!r}: give 1 to {LONGEST_TITLE} printable characters")
    return text
