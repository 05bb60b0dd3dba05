"""What most would write: threads that take a file each, and do it from its start to its end."""

import queue
import threading

from workloads import Costs, Design, File, Session, World

THREADS = 4


class Pool:
    """A queue of files, and the threads that take from it.

    `concurrent.futures.ThreadPoolExecutor` is the same; its queue cannot be dropped as early.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._files: queue.SimpleQueue[File | None] = queue.SimpleQueue()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, daemon=True, name=f"plain-{number}")
            for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, session: Session) -> None:
        """Queue the files of a session."""
        for _ in range(session.files):
            self._files.put(File(session))

    def close(self) -> None:
        """Drop what is queued, and wait for the threads."""
        self._closed = True
        for _ in self._threads:
            self._files.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (file := self._files.get()) is not None and not self._closed:
            self._do(file)

    def _do(self, file: File) -> None:
        world = self._world
        world.compute(file.costs.normalize_s)
        world.upload(file)
        while not world.poll(file):
            if self._closed:
                return
            world.spend(file.pause_s())
        if file.session.file_done():
            file.session.write_playlist()


class OneQueue(Design):
    """All sessions share one queue and four threads; who comes first is served first."""

    name = "plain, one queue"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._pool = Pool(world)

    def submit(self, costs: Costs, files: int) -> Session:
        """Queue the files behind those of all others."""
        session = Session(self.world, costs, files)
        self._pool.put(session)
        return session

    def close(self) -> None:
        """Drop what is queued, and wait for the threads."""
        self._pool.close()


class QueuePerSession(Design):
    """Each session has a queue and four threads of its own, and knows of no other."""

    name = "plain, 4 threads a session"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._pools: list[Pool] = []

    def submit(self, costs: Costs, files: int) -> Session:
        """Start a pool, and queue the files there."""
        session = Session(self.world, costs, files)
        self._pools.append(Pool(self.world))
        self._pools[-1].put(session)
        return session

    def close(self) -> None:
        """Drop what is queued, and wait for the threads."""
        for pool in self._pools:
            pool.close()
