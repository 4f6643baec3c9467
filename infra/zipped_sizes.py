"""Prints what each built function weighs when it is zipped, and fails if one is too heavy: zipped_sizes.py DIR MIB NAME.."""

import io
import sys
import zipfile
from pathlib import Path

MIB = 1 << 20


def zipped_bytes(binary: Path) -> int:
    """The size of the archive that is uploaded."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(binary, binary.name)
    return len(body.getvalue())


def main(folder: str, limit_mib: str, *names: str) -> int:
    heavy = False
    for name in names:
        binary = Path(folder, name, "bootstrap")
        zipped = zipped_bytes(binary) / MIB
        heavy |= zipped > float(limit_mib)
        print(f"  {name:<14} {binary.stat().st_size / MIB:6.1f} MiB, zipped {zipped:5.1f} MiB")
    if heavy:
        print(f"a function is heavier than {limit_mib} MiB", file=sys.stderr)
    return int(heavy)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
