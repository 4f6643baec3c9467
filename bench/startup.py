"""How long a function takes from exec to its first request for work, as Lambda's runtime API sees it."""

import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

FUNCTIONS = ["extract", "plan", "clean", "check-quality", "load-facts", "detect-drift", "load-dims", "maintain"]
RUNS = 11
LIMIT_MS, GOAL_MS = 50, 20

SETTINGS = {
    "ESTRELLA_BUCKET": "none",
    "ESTRELLA_DATABASE_PREFIX": "none_",
    "ESTRELLA_ENVIRONMENT": "bench",
    "ESTRELLA_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:none",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_LAMBDA_LOG_GROUP_NAME": "none",
    "AWS_LAMBDA_LOG_STREAM_NAME": "none",
}


def ready_ms(binary: Path) -> float:
    """Milliseconds from exec until the function asks for its first event."""
    with socket.create_server(("127.0.0.1", 0)) as api:
        api.settimeout(10)
        address = f"127.0.0.1:{api.getsockname()[1]}"
        environment = SETTINGS | {"AWS_LAMBDA_RUNTIME_API": address, "PATH": os.environ["PATH"]}
        start = time.perf_counter()
        process = subprocess.Popen([binary], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            connection, _ = api.accept()
            asked = connection.recv(4096)
            took = (time.perf_counter() - start) * 1000
            connection.close()
            assert b"/invocation/next" in asked, asked
            return took
        finally:
            process.kill()
            process.wait()


def main(folder: str) -> int:
    """Prints a line per function; fails if one is slower than the limit."""
    slow = False
    print(f"exec to ready, milliseconds, median of {RUNS} (limit {LIMIT_MS}, goal {GOAL_MS}):")
    for name in FUNCTIONS:
        times = [ready_ms(Path(folder, name)) for _ in range(RUNS)]
        median = statistics.median(times)
        slow |= median > LIMIT_MS
        print(f"  {name:<14} {median:6.1f}   (least {min(times):.1f}, greatest {max(times):.1f})")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
