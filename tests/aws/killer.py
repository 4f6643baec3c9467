"""Kills the functions' processes while they work."""

import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path

from cloud import Cloud

POLL_SECONDS = 0.003


class Killer(threading.Thread):
    """Kills at random moments, seconds apart on average, until it has killed so many or is stopped."""

    def __init__(self, cloud: Cloud, kills: int, mean_seconds: float, rng: random.Random) -> None:
        super().__init__(daemon=True)
        self.stack, self.emulator = cloud.stack.name, cloud.stack.aws.process.pid
        self.kills, self.mean_seconds, self.rng = kills, mean_seconds, rng
        self.hits: Counter[str] = Counter()
        self.stopped = threading.Event()
        self.known: dict[int, tuple[str, int]] = {}

    def run(self) -> None:
        while self.hits.total() < self.kills:
            if self.stopped.wait(self.rng.expovariate(1 / self.mean_seconds)):
                return
            # The moment may find nobody at work: it is the next one's then, some way into its work.
            while not self.working():
                if self.stopped.wait(POLL_SECONDS):
                    return
            self.stopped.wait(self.rng.uniform(0, 0.05))
            if working := self.working():
                pid, name = self.rng.choice(sorted(working.items()))
                os.kill(pid, signal.SIGKILL)
                self.hits[name] += 1

    def __enter__(self) -> "Killer":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stopped.set()
        self.join()

    def working(self) -> dict[int, str]:
        """Functions by process, of those that have used the processor in the last milliseconds; others wait for calls."""
        before = {pid: ran for pid in self.processes() if (ran := time_run(pid)) is not None}
        time.sleep(POLL_SECONDS)
        return {pid: self.known[pid][0] for pid, ran in before.items() if (time_run(pid) or 0) > ran}

    def processes(self) -> list[int]:
        """Processes of this stack's functions."""
        children = Path(f"/proc/{self.emulator}/task").glob("*/children")
        return [pid for path in children for pid in map(int, text(path).split()) if self.function(pid)]

    def function(self, pid: int) -> str | None:
        """The function that a process serves, if it is one of this stack's."""
        if pid not in self.known:
            environment = dict(entry.split("=", 1) for entry in text(Path(f"/proc/{pid}/environ")).split("\0") if "=" in entry)
            name = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
            self.known[pid] = (name.removeprefix(f"{self.stack}-") if name.startswith(f"{self.stack}-") else "", pid)
        return self.known[pid][0]


def time_run(pid: int) -> int | None:
    """What a process's threads have run for, in nanoseconds; none of a process that has ended."""
    times = [text(path).split() for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(time[0]) for time in times if time) if times else None


def text(path: Path) -> str:
    """What stands in a file of /proc; nothing once the process has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""
