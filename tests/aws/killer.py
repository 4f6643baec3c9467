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
NAME = "AWS_LAMBDA_FUNCTION_NAME="


class Killer(threading.Thread):
    """Kills at random moments, so many seconds apart on average, until it is stopped."""

    def __init__(self, cloud: Cloud, mean_seconds: float, rng: random.Random) -> None:
        super().__init__(daemon=True)
        self.stack, self.emulator = cloud.stack.name, cloud.stack.aws.process.pid
        self.mean_seconds, self.rng = mean_seconds, rng
        self.hits: Counter[str] = Counter()
        self.stopped = threading.Event()
        self.known: dict[int, str] = {}

    def run(self) -> None:
        while not self.stopped.wait(self.rng.expovariate(1 / self.mean_seconds)):
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
        return {pid: self.known[pid] for pid, ran in before.items() if (time_run(pid) or 0) > ran}

    def processes(self) -> list[int]:
        """Processes of this stack's functions."""
        children = Path(f"/proc/{self.emulator}/task").glob("*/children")
        return [pid for path in children for pid in map(int, text(path).split()) if self.function(pid)]

    def function(self, pid: int) -> str:
        """The function that a process serves; nothing if it is none of this stack's."""
        if pid not in self.known:
            entries = text(Path(f"/proc/{pid}/environ")).split("\0")
            names = (entry.removeprefix(NAME) for entry in entries if entry.startswith(NAME))
            name, own = next(names, ""), f"{self.stack}-"
            self.known[pid] = name.removeprefix(own) if name.startswith(own) else ""
        return self.known[pid]


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
