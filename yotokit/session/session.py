"""`Session`: many files, one card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NoReturn, Self

from yotokit import settings
from yotokit.audio import as_target, find_audio
from yotokit.engine import Engine
from yotokit.errors import SettingError
from yotokit.session.assembly import Options, assemble, check_client, usable_title
from yotokit.session.cover import cover_choice
from yotokit.session.finalizing import Awaited
from yotokit.session.icons import check_icon
from yotokit.session.job import Job
from yotokit.session.limits import Limits
from yotokit.session.saved import saved_session

if TYPE_CHECKING:
    import os

    from yotokit.audio import Submission, Target
    from yotokit.engine import EngineBase
    from yotokit.session.assembly import Existing
    from yotokit.session.cover import CoverChoice
    from yotokit.session.diff import Diff
    from yotokit.session.icons import IconChoice
    from yotokit.session.work import Normalize
    from yotokit.settings import ProgressChoice
    from yotokit.yoto import Icon, YotoClient

__all__ = ["Session"]


class Session(Awaited):
    """Files on their way to one card. Safe to use from any thread.

    Parameters
    ----------
    title : str
        Of the card, 1 to 100 characters. The same title on the same account is the same card:
        running a notebook again updates it.
    yoto : YotoClient
        The account.
    target : Target, optional
        How loud the files are to be; -16 LUFS under -1.5 dBTP where it is missing.
    normalize : {"track", "album", "off"}
        A gain for each file, one for all, or none.
    card : str, optional
        ``"new"`` to make another card of the same title, or the id of a card to work on.
    existing : {"keep", "replace"}
        What becomes of the chapters of a card that was named by its id: they stay, the
        submitted files come behind them, and all can be moved and removed; or the files take
        their place. For ``"keep"`` the card is read at once.
    icons : {"number", "title", "plain"}
        The display icons of files that none was chosen for: their number on the card, what fits
        their title (else the number), or the service's plain one. Icons that were chosen in the
        app stay.
    cover : path-like, optional
        The picture for the card's cover; ``"embedded"`` takes the first that the files carry, if
        the card has none. Otherwise the cover stays as it is.
    limits : Limits, optional
        What a card and its tracks may hold, where you know better than the known limits.
    tags : bool
        Take titles and order from the files' own tags where they have them; see `submit`.
        Otherwise their names alone count.
    isolate : bool
        Read each file in a process of its own, with a limit on its time and memory: for files
        that you do not trust. It costs about a second a file.
    dual_mono : bool
        Count mono files as two loudspeakers play them, 3 LU more; a player with one loudspeaker
        plays mono and stereo of the same loudness alike then. See `measure`.
    engine : Engine, optional
        Who works; the engine that all sessions of the process share where it is missing.
    journal : path-like or False, optional
        The folder in which it is remembered what is done, so that a later run goes on where this
        one ended; ``YOTOKIT_STATE_DIR`` or the user's own where it is missing. False: remember
        nothing beyond this process.
    progress : {"auto", "bar", "off"}, optional
        Whether `finalize` and `wait` show a bar on stderr: where that is a terminal, in any case,
        or never; ``YOTOKIT_PROGRESS`` or ``"auto"`` where it is missing.

    Raises
    ------
    SettingError
        An argument cannot be used.
    InputError
        There is no such picture.
    NotFoundError
        There is no card of that id to keep the chapters of.
    """

    def __init__(
        self,
        title: str,
        yoto: YotoClient,
        *,
        target: Target | None = None,
        normalize: Normalize = "track",
        card: str | None = None,
        tags: bool = True,
        isolate: bool = False,
        dual_mono: bool = False,
        existing: Existing = "keep",
        icons: IconChoice = "number",
        cover: CoverChoice = None,
        limits: Limits | None = None,
        engine: EngineBase | None = None,
        journal: str | os.PathLike[str] | Literal[False] | None = None,
        progress: ProgressChoice | None = None,
        _mark: str | None = None,
    ) -> None:
        options = Options(
            usable_title(title),
            as_target(target),
            normalize,
            card,
            tags,
            isolate,
            dual_mono,
            existing,
            icons,
            cover_choice(cover),
            Limits() if limits is None else limits,
        )
        self._tags, self.isolates = tags, isolate
        self._progress = settings.progress(progress)
        self._flow = assemble(options, yoto, engine or Engine.default(), journal, _mark)

    @classmethod
    def resume(
        cls,
        title: str,
        yoto: YotoClient,
        *,
        engine: EngineBase | None = None,
        journal: str | os.PathLike[str] | None = None,
        progress: ProgressChoice | None = None,
    ) -> Self:
        """Go on with a session of an earlier run: its settings, its files, their order and titles.

        What is done is not done again. A new session of the same title and files does the same.

        Parameters
        ----------
        title : str
            Of the card; `yotokit.sessions` lists what there is.
        yoto, engine, journal, progress
            As for `Session`.

        Raises
        ------
        SettingError
            The journal knows of no such session of this account.
        """
        check_client(yoto)
        entry = saved_session(usable_title(title), yoto.account, journal)
        told = Options.of(entry).as_arguments()
        session = cls(
            **told, yoto=yoto, engine=engine, journal=journal, progress=progress, _mark=entry.mark
        )
        session._flow.take_up(entry.items)
        return session

    def submit(
        self, what: Submission, *, title: str | None = None, icon: Icon | str | None = None
    ) -> list[Job]:
        """Queue files and return at once; what is known already is not queued again.

        Parameters
        ----------
        what : path-like or iterable of path-like
            A file, a folder, a pattern like ``"stories/*.mp3"``, or several of these. The order
            is the card's. Files of a folder are taken in the order of their discs and tracks
            where the tags of all of them tell it, otherwise in natural order of their names
            (2 before 10).
        title : str, optional
            For a single file, a known one too; where this is missing, it is the title in the
            file's tags, or else made of its name.
        icon : Icon or str, optional
            The display icon of these files: one of ``yoto.icons``, or its reference.

        Returns
        -------
        list of Job
            One for each file that was meant, new or not.

        Raises
        ------
        SettingError
            The title or the icon cannot be used; nothing was queued.
        InputError
            A file that was named cannot be taken, or there is no audio; nothing was queued.
        LimitError
            They are more than a card takes; nothing was queued.
        SessionClosedError
            The session was closed.
        """
        chosen = None if icon is None else check_icon(icon)
        candidates = find_audio(what, tags=self._tags)
        if title is not None and len(candidates) != 1:
            raise SettingError(f"title={title!r} is for one file, and {len(candidates)} were meant")
        titles = [None if title is None else usable_title(title)] * len(candidates)
        return [Job(self._flow, record) for record in self._flow.submit(candidates, titles, chosen)]

    def diff(self) -> Diff:
        """Return what `finalize` would change on the card, as things are; nothing is written.

        Raises
        ------
        CardConflictError
            A card of this title is there that no session made.
        YotoError
            The service is out of reach.
        """
        return self._flow.publisher.diff()

    def close(self) -> None:
        """Cancel what has not ended, and remove what lies on disk. The card stays as it is."""
        self._flow.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Session works in this process and is neither copied nor pickled")
