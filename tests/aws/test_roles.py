"""Whose role gets at names and e-mails, asked of the emulator: the static rules read the policies, this one obeys them."""

import boto3
import pytest
from botocore.exceptions import ClientError

from emulator import REGION
from template import FUNCTIONS

# Where names are in clear, or what leads to them, and the functions that may read it.
READERS = {
    "raw/dms/public/users/LOAD00000001.csv": {"extract"},
    "landed/changes/0123.parquet": {"extract", "load-dims"},
    "restricted/users_pii/data/x.parquet": {"load-dims"},
    "restricted/suppliers_pii/data/x.parquet": {"load-dims"},
    "restricted/forgotten_users/data/x.parquet": {"load-dims", "extract"},
    "config/tables.json": {"extract", "load-dims", "maintain", "check-quality"},
}
# What load-dims writes, of tables of a mapping of a lake's own too, and what it leaves to others.
WRITES = {
    "changes/suppliers/data/x.parquet": True,
    "restricted/suppliers_pii/data/x.parquet": True,
    "model/dim_suppliers/metadata/x.json": True,
    "model/fact_user_events/data/x.parquet": True,
    "landed/applied/0123.json": True,
    "restricted/forgotten_users/data/y.parquet": False,
    "clean/events/data/x.parquet": False,
    "landed/parts/0123/x.parquet": False,
}


@pytest.fixture
def client_of(cloud):
    """Clients with the rights of a function's role."""

    def client(function: str, service: str):
        role = cloud.lambdas.get_function_configuration(FunctionName=cloud.function(function))["Role"]
        session = cloud.stack.aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.client(
            service,
            endpoint_url=cloud.stack.aws.endpoint,
            region_name=REGION,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )

    return client


def may(call, **arguments) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"].startswith("AccessDenied"), error
        return False
    return True


def test_names_are_read_by_few(cloud, client_of):
    for key in READERS:
        cloud.drop(key, b"x")
    for function in FUNCTIONS:
        s3 = client_of(function, "s3")
        for key, readers in READERS.items():
            read = may(s3.get_object, Bucket=cloud.stack.bucket, Key=key)
            assert read == (function in readers), f"{function} {key}"


def test_load_dims_writes_what_it_is_for(cloud, client_of):
    s3 = client_of("load-dims", "s3")
    for key, writes in WRITES.items():
        assert may(s3.put_object, Bucket=cloud.stack.bucket, Key=key, Body=b"x") == writes, key
    assert may(s3.delete_object, Bucket=cloud.stack.bucket, Key="landed/changes/0123.parquet")
    assert not may(s3.delete_object, Bucket=cloud.stack.bucket, Key="landed/receipts/0123.json")


def test_the_key_of_the_tokens_is_for_load_dims(cloud, client_of):
    configuration = cloud.lambdas.get_function_configuration(FunctionName=cloud.function("load-dims"))
    secret = configuration["Environment"]["Variables"]["ESTRELLA_PII_SECRET_ARN"]
    for function in FUNCTIONS:
        read = may(client_of(function, "secretsmanager").get_secret_value, SecretId=secret)
        assert read == (function == "load-dims"), function
    value = client_of("load-dims", "secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    # A shorter key is refused by the code.
    assert len(value) >= 32
