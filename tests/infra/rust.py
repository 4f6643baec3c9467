"""What the Rust code says, by simple textual rules."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What the functions ask of ports and of the lake, and the actions that this comes to.
USES = {
    r"at_version\(": {"s3:GetObjectVersion"},
    r"\bstore(?:\(\))?\.(?:get|size_bytes)\(|deps\.raw\b|\bread_document\b|ParquetFile::open\(": {"s3:GetObject"},
    r"\bstore(?:\(\))?\.list\(": {"s3:ListBucket"},
    r"\bkeep_document\(": {"s3:GetObject", "s3:PutObject"},
    r"\.put_if_absent\(": {"s3:PutObject"},
    # A file may be large, and one that stands already is read.
    r"\.install\(": {"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"},
    r"\.copy_if_absent\(": {"s3:GetObject", "s3:PutObject"},
    r"\bstore(?:\(\))?\.delete\(": {"s3:DeleteObject"},
    r"\blake\.table\(": {"s3:GetObject", "s3:PutObject", "glue:GetTable", "glue:CreateTable"},
    r"\blake\.commit\(": {"s3:GetObject", "s3:PutObject", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable"},
    r"\blake\.expire\(": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "glue:GetTable", "glue:UpdateTable"},
    r"\bcatalog\(\)\.tables\(": {"glue:GetTables"},
    r"\balerts\.publish\(": {"sns:Publish"},
    # The key of the tokens that stand for names and e-mails.
    r"\bsecrets?(?:\(\))?\.(?:get|read|value)\(|\bdeps\.secret": {"secretsmanager:GetSecretValue"},
}

# The SDK calls behind an action.
SDK_CALLS = {
    "s3:GetObject": {"get_object", "head_object", "copy_object"},
    "s3:GetObjectVersion": {"get_object", "head_object"},
    "s3:PutObject": {
        "put_object", "copy_object", "create_multipart_upload", "upload_part", "complete_multipart_upload"
    },
    "s3:AbortMultipartUpload": {"abort_multipart_upload"},
    "s3:ListBucket": {"list_objects_v2", "get_object", "head_object"},
    "s3:DeleteObject": {"delete_object"},
    "glue:GetTable": {"get_table"},
    "glue:GetTables": {"get_tables"},
    "glue:CreateTable": {"create_table"},
    "glue:UpdateTable": {"update_table"},
    "sns:Publish": {"publish"},
    "secretsmanager:GetSecretValue": {"get_secret_value"},
}

# Tables that are committed to through a variable.
COMMITTED = {
    "load-facts": {"QUALITY_RESULTS", "PROFILES", "RUNS"},
    "load-dims": {"DIM_USERS", "DIM_PRODUCTS", "DIM_CATEGORIES", "DIM_BRANDS", "DIM_SESSIONS", "DIM_TIME"},
}
# Tables whose data files a function writes for another one to commit.
PREPARED = {"clean": {"CLEAN_EVENTS"}}


class Code:
    """The sources of the workspace. Changes are made to copies only."""

    def __init__(self, changes: dict[str, tuple[str, str]] | None = None) -> None:
        self.changes = changes or {}

    def changed(self, path: str, old: str, new: str) -> Code:
        return Code(self.changes | {path: (old, new)})

    def text(self, path: str) -> str:
        text = source(path)
        if path in self.changes:
            old, new = self.changes[path]
            assert old in text, f"{old!r} is not in {path}"
            text = text.replace(old, new)
        return text

    def crate(self, folder: str) -> str:
        """All sources of a crate, tests left out, on one line as far as chains of calls go."""
        texts = []
        for path in files(folder):
            text = re.split(r"#\[cfg\(test\)\]\s*mod \w+ \{", self.text(path))[0]
            texts.append(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
        return re.sub(r"\s+\.", ".", "\n".join(texts))

    def error_names(self) -> set[str]:
        """By which the state machines know the functions' errors."""
        return set(re.findall(r'ErrorKind::\w+ => "(\w+)"', self.text("shared/runtime/src/lambda/diagnostic.rs")))

    def metrics(self) -> set[str]:
        return set(re.findall(r'\("(\w+)", "\w+", json!', self.text("shared/runtime/src/lambda/metrics.rs")))

    def dimensions(self) -> list[str]:
        [names] = re.findall(r'"Dimensions": \[\[([^\]]*)\]\]', self.text("shared/runtime/src/lambda/metrics.rs"))
        return re.findall(r'"(\w+)"', names)

    def stages(self) -> list[str]:
        [names] = re.findall(r"STAGES: \[&str; \d+\] =\s*\[([^\]]*)\]", self.text("cli/src/pipeline/mod.rs"))
        return re.findall(r'"([a-z-]+)"', names)

    def variables(self, function: str) -> tuple[set[str], set[str]]:
        """Environment variables that a function cannot do without, and those that it looks at."""
        shared = self.crate("shared/runtime") + self.crate("shared/aws") + self.crate("shared/lake")
        named = set(re.findall(r'"(ESTRELLA_\w+)"', shared + self.crate(f"functions/{function}")))
        required = set(re.findall(r'required\("(ESTRELLA_\w+)"\)', shared))
        if "Sends::Alerts" not in self.text(f"functions/{function}/src/main.rs"):
            alerts = set(re.findall(r'Sends::Alerts => Some\(required\("(ESTRELLA_\w+)"\)', shared))
            named, required = named - alerts, required - alerts
        return required, named

    def config_fields(self, function: str) -> set[str]:
        """Fields of the configuration that a function uses."""
        return set(re.findall(r"\bconfig\.(\w+)", self.crate(f"functions/{function}")))

    def sdk_calls(self) -> set[str]:
        """Operations of AWS that the code calls."""
        return set(re.findall(r"\bclient\.([a-z_0-9]+)\(", self.crate("shared/aws")))

    def actions(self, function: str) -> set[str]:
        """Actions that a function's code comes to."""
        code = self.crate(f"functions/{function}")
        found = set().union(*(actions for use, actions in USES.items() if re.search(use, code)))
        # Whoever may not list is told 403 instead of 404 for what is not there.
        return found | ({"s3:ListBucket"} if "s3:GetObject" in found else set())

    def schema(self) -> str:
        """All tables."""
        return "".join(map(self.text, files("shared/core", "src/schema")))

    def tables(self) -> dict[str, str]:
        """`namespace.name` of the tables, by their constants."""
        schema = self.schema()
        pattern = r'pub const (\w+): TableSchema = TableSchema \{\s*namespace: "(\w+)",\s*name: "(\w+)"'
        return {constant: f"{namespace}.{name}" for constant, namespace, name in re.findall(pattern, schema)}

    def columns(self, table: str) -> set[str]:
        return {name for name, _ in self.typed_columns(table)}

    def typed_columns(self, table: str) -> list[tuple[str, str]]:
        """Names and types of a table's columns, in their order."""
        namespace, name = table.split(".")
        blocks = re.split(r"pub const \w+: TableSchema", self.schema())
        [block] = [b for b in blocks if re.search(rf'namespace: "{namespace}",\s*name: "{name}"', b)]
        return re.findall(r'(?:required|optional)\(\s*"(\w+)",\s*(\w+)', block)

    def opened(self, function: str) -> set[str]:
        """Tables that a function opens, and makes if they are not there."""
        code = self.crate(f"functions/{function}")
        return self.named(re.findall(r"\blake\.table\(&(\w+)", code)) | self.committed(function)

    def committed(self, function: str) -> set[str]:
        """Tables whose heads a function moves."""
        code = self.crate(f"functions/{function}")
        if "lake.expire(" in code and "ALL_TABLES" in code:
            return set(self.tables().values())
        by_variable = COMMITTED.get(function, set())
        for constant in by_variable:
            assert constant in code, f"{function} no longer names {constant}"
        return self.named(re.findall(r"\blake\.commit\(&(\w+)", code)) | self.named(by_variable)

    def written(self, function: str) -> set[str]:
        """Tables that a function may write data files of."""
        return self.committed(function) | self.named(PREPARED.get(function, ()))

    def named(self, constants) -> set[str]:
        return {self.tables()[constant] for constant in constants}

    def keys(self, function: str) -> set[str]:
        """Prefixes under `landed/` whose keys a function makes itself."""
        text = self.text("shared/contracts/src/keys.rs")
        prefixes = dict(re.findall(r'pub const (\w+): &str = "(landed/[\w/]+)"', text))
        for name, key in re.findall(r'pub fn (\w+)\([^)]*\) -> String \{\s*format!\("([^"]*)"\)', text):
            key = re.sub(r"\{([A-Z]+)\}", lambda match: prefixes[match[1]], key)
            prefixes[name] = key[: key.index("{")]
        used = re.findall(r"\bkeys::(\w+)", self.crate(f"functions/{function}"))
        return {prefixes[name] for name in used if name in prefixes}


@cache
def source(path: str) -> str:
    return (ROOT / path).read_text()


@cache
def files(folder: str, under: str = "src") -> list[str]:
    """Sources of a crate that are not tests."""
    found = sorted((ROOT / folder / under).rglob("*.rs"))
    paths = [path.relative_to(ROOT) for path in found]
    return [str(p) for p in paths if "tests" not in p.parts and p.stem not in ("tests", "fakes")]
