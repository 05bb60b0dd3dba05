"""Getting bytes to the service once: who sends them, and whether they are there already.

A claim in the journal keeps two jobs, in this process or another, from sending the same bytes.
What was on its way when a process died is asked about before it is sent again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from yotokit.engine import Wait
from yotokit.errors import TranscodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yotokit.audio import Rendered
    from yotokit.engine import StageContext
    from yotokit.session.ledger import Ledger
    from yotokit.session.work import Work
    from yotokit.yoto import YotoClient

__all__ = ["Delivery"]

_CLAIMED_ELSEWHERE_S = 0.25
# So shortly after they arrived the service's own lists may lack them still.
_FRESH_S = 60.0


class Delivery:
    """Finds and sends the bytes of rendered files.

    Parameters
    ----------
    yoto : YotoClient
        The account.
    ledger : Ledger
        What is known of its uploads.
    """

    def __init__(self, yoto: YotoClient, ledger: Ledger) -> None:
        self._yoto = yoto
        self._ledger = ledger
        self._sent_here: set[str] = set()

    def find(self, work: Work, rendered: Rendered, context: StageContext) -> Wait | bool:
        """Find out whether the service holds some bytes; then the work knows its upload.

        Returns
        -------
        Wait or bool
            Wait: another job is at it, and it is to be asked again later.
        """
        with self._claimed(work, rendered.sha256) as ours:
            if not ours:
                return Wait(_CLAIMED_ELSEWHERE_S)
            return self._find_noted(work, rendered.sha256, context) or self._find_held(
                work, rendered, context
            )

    def send(self, work: Work, rendered: Rendered, context: StageContext) -> Wait | None:
        """Make sure that the service holds the bytes of a file, sending them if it does not."""
        sha256, uploads = rendered.sha256, self._ledger.uploads
        with self._claimed(work, sha256) as ours:
            if not ours:
                return Wait(_CLAIMED_ELSEWHERE_S)
            if self._find_noted(work, sha256, context):
                return None

            def sending(upload_id: str) -> None:
                uploads.sending(sha256, upload_id)
                self._sent_here.add(sha256)

            def progress(sent_bytes: int) -> None:
                work.sent_bytes = sent_bytes
                context.progress(sent_bytes / rendered.size_bytes)

            upload_id = self._yoto.upload(
                rendered.path,
                sha256=sha256,
                size_bytes=rendered.size_bytes,
                content_type=rendered.content_type,
                filename=_filename(work, rendered),
                stop=context.stop,
                progress=progress,
                sending=sending,
            )
            self._found(work, sha256, upload_id)
            return None

    def forget(self, work: Work, rendered: Rendered) -> None:
        """Take back that the service holds some bytes: it cannot use them, or lost them."""
        self._ledger.uploads.forget(rendered.sha256, work.upload_noted_at)
        self._sent_here.discard(rendered.sha256)

    @contextmanager
    def _claimed(self, work: Work, sha256: str) -> Iterator[bool]:
        what, holder = f"upload {sha256}", str(work.number)
        ours = self._ledger.claim(what, holder)
        try:
            yield ours
        finally:
            if ours:
                self._ledger.unclaim(what, holder)

    def _find_noted(self, work: Work, sha256: str, context: StageContext) -> bool:
        """Look for an upload that was noted, here or before, and see that it arrived."""
        entry = self._ledger.uploads.get(sha256)
        if entry is None:
            return False
        if not (entry.arrived and 0.0 <= entry.age_s < _FRESH_S):
            try:
                held = self._yoto.holds(entry.upload_id, stop=context.stop)
            except TranscodeError:
                return False
            context.raise_if_stopped()  # else a look that was cut short would count as a no
            if not held:
                return False
        self._found(work, sha256, entry.upload_id)
        return True

    def _find_held(self, work: Work, rendered: Rendered, context: StageContext) -> bool:
        """Ask the service by the bytes' digest."""
        slot = self._yoto.upload_slot(rendered.sha256, _filename(work, rendered), stop=context.stop)
        if slot.url is not None:
            return False
        self._found(work, rendered.sha256, slot.upload_id)
        return True

    def _found(self, work: Work, sha256: str, upload_id: str) -> None:
        work.upload_id = upload_id
        work.upload_noted_at = self._ledger.uploads.sent(sha256, upload_id)
        work.resumed = sha256 not in self._sent_here


def _filename(work: Work, rendered: Rendered) -> str:
    return f"{work.title}{rendered.path.suffix}"
