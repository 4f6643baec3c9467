"""Calls a deployed function with a sample event and prints its answer: invoke.py STACK FUNCTION [EVENT]."""

import json
import sys
from pathlib import Path

import boto3

SAMPLES = Path(__file__).parents[1] / "events"
# The bucket that the samples name.
SAMPLE_BUCKET = "estrella-dev-data"


def main(stack: str, function: str, event: str | None = None) -> int:
    samples = sorted((SAMPLES / function).glob("*.json"))
    if event is None:
        print("samples: " + ", ".join(str(sample.relative_to(SAMPLES.parent)) for sample in samples))
        event = str(next((s for s in samples if "message" in s.stem), samples[0]))
    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    payload = Path(event).read_text().replace(SAMPLE_BUCKET, outputs["BucketName"])
    print(f"calling {stack}-{function} with {event}")
    answer = boto3.client("lambda").invoke(FunctionName=f"{stack}-{function}", Payload=payload.encode())
    print(json.dumps(json.loads(answer["Payload"].read()), indent=2))
    return int("FunctionError" in answer)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
