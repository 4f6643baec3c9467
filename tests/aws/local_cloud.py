"""The whole of it on this machine: an emulated AWS, the deployed template, a file, the tables."""

import os
import subprocess
import tempfile
from pathlib import Path

from cloud import Cloud
from deploy import deploy, upload
from emulator import Emulator

TABLES = ["clean.events", "model.fact_user_events", "model.dim_users", "model.dim_products", "ops.runs"]


def main() -> None:
    with Emulator() as aws, tempfile.TemporaryDirectory() as folder:
        print(f"an emulated AWS is up on {aws.endpoint}")
        upload(aws)
        cloud = Cloud(deploy(aws, "dev"))
        print(f"infra/template.yaml is deployed as {cloud.stack.name}; its bucket is {cloud.stack.bucket}")
        command = [os.environ["ESTRELLA_BIN"], "generate", "--rows", "20000", "--days", "3", "--out", folder]
        subprocess.run(command, check=True, capture_output=True)
        files = sorted(Path(folder).glob("*.csv.gz"))
        for file in files:
            cloud.drop(f"raw/{file.name}", file.read_bytes())
        cloud.extracted(len(files))
        print(f"{len(files)} files dropped under raw/; S3's events have started extract")
        print(f"the hourly window ended: {cloud.load(5)['status']}")
        cloud.start_window("dims", "2026-11-25T03:20:00Z")
        print(f"the daily window ended: {cloud.executions('dims')[0]['status']}")
        print("rows in the Glue catalog, as PyIceberg reads them:")
        for table in TABLES:
            print(f"  {cloud.stack.prefix}{table:<24} {len(cloud.rows(table)):>8,}")
        print("the alert that came:\n")
        print(cloud.alert("Estrella", "info"))


if __name__ == "__main__":
    main()
