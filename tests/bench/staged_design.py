"""The same work as stages of yotokit's engine, as `yotokit.session.stages` cuts it."""

from workloads import Costs, Design, File, Session, World

from yotokit.engine import DONE, Engine, Group, JobRecord, Lane, Outcome, Stage, StageContext, Wait

NET_WORKERS = 4  # as many uploads at once as the plain design has


class Staged(Design):
    """A group for each session; the groups share the engine's workers."""

    name = "yotokit.engine"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.engine = Engine(cpu_workers=world.cores, net_workers=NET_WORKERS)
        # The engine holds groups weakly: one without work may go, and with it its session.
        self._groups: list[Group[File]] = []

    def submit(self, costs: Costs, files: int) -> Session:
        """Add the files to a new group."""
        session = Session(self.world, costs, files)

        def on_change(record: JobRecord[File]) -> None:
            if record.state == DONE and session.file_done():
                group.post(session.write_playlist, lane=Lane.ASK)

        group = Group(
            self.engine,
            self._stages(),
            on_change=on_change,
            on_rest=lambda _: None,
            on_close=lambda: None,
        )
        self._groups.append(group)
        for _ in range(files):
            group.add(File(session))
        return session

    def close(self) -> None:
        """Cancel what is left, and wait for the workers."""
        self.engine.close(timeout_s=60.0)

    def _stages(self) -> tuple[Stage[File], ...]:
        return (
            Stage("measure", Lane.CPU, "measuring", "measured", self._compute_half),
            Stage("render", Lane.CPU, "rendering", "rendered", self._compute_half, takes_slot=True),
            Stage("upload", Lane.NET, "uploading", "transcoding", self._upload, frees_slot=True),
            Stage("transcode", Lane.ASK, "transcoding", DONE, self._poll),
        )

    def _compute_half(self, file: File, _context: StageContext) -> Outcome:
        self.world.compute(file.costs.normalize_s / 2)

    def _upload(self, file: File, _context: StageContext) -> Outcome:
        self.world.upload(file)

    def _poll(self, file: File, _context: StageContext) -> Outcome:
        if self.world.poll(file):
            return None
        return Wait(file.pause_s() / self.world.factor)
