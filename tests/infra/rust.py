"""What the Rust code says, by simple textual rules."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Reads config/tables.json.
MAPPING = r"(?<!\.)\bmapping\("

# What the functions ask of ports and of the lake, and the actions that this comes to.
USES = {
    r"at_version\(": {"s3:GetObjectVersion"},
    r"\bstore(?:\(\))?\.(?:get|size_bytes)\(|(?<![.\w])rules\(|deps\.raw\b|\bread_document\b|ParquetFile::open\(": {"s3:GetObject"},
    r"\bstore(?:\(\))?\.list\(": {"s3:ListBucket"},
    r"\bkeep_document\(": {"s3:GetObject", "s3:PutObject"},
    r"\.put_if_absent\(": {"s3:PutObject"},
    # A file may be large, and one that stands already is read.
    r"\.install\(": {"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"},
    r"\.copy_if_absent\(": {"s3:GetObject", "s3:PutObject"},
    r"\bstore(?:\(\))?\.delete\(": {"s3:DeleteObject"},
    r"\blake\.table\(": {"s3:GetObject", "s3:PutObject", "glue:GetTable", "glue:CreateTable"},
    # Makes nothing that is not there.
    r"\blake\.table_if_exists\(|\bforgotten_users\(": {"s3:GetObject", "glue:GetTable"},
    MAPPING: {"s3:GetObject"},
    r"\blake\.commit\(": {"s3:GetObject", "s3:PutObject", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable"},
    r"\blake\.expire\(": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "glue:GetTable", "glue:UpdateTable"},
    r"\blake\.compact\(|\bfollow\(": {
        "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "glue:GetTable", "glue:UpdateTable"
    },
    r"\blake\.remove_orphans\(": {"s3:ListBucket", "s3:GetObject", "s3:DeleteObject", "glue:GetTable"},
    r"\bunfinished_since_ms\(": {"s3:ListBucket", "s3:GetObject", "glue:GetTable"},
    r"\bcatalog\(\)\.tables\(": {"glue:GetTables"},
    r"\balerts\.publish\(": {"sns:Publish"},
    # The key of the tokens that stand for names and e-mails is fetched when a function starts.
    r"\bconfig\.token_key\b": {"secretsmanager:GetSecretValue"},
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

# Variables of the environment that set a field of another name. The others are called as their field.
SET_BY = {
    "ESTRELLA_PII_SECRET_ARN": "token_key",
    "ESTRELLA_MAX_SHRINK_PERCENT": "gates",
    "ESTRELLA_MAX_ORPHAN_PERCENT": "gates",
    "ESTRELLA_COMPACTION_TARGET_MIB": "compaction",
    "ESTRELLA_COMPACTION_MIN_FILES": "compaction",
}

# Tables that are committed to through a variable.
COMMITTED = {
    "load-facts": {"PROFILES", "PROFILE_HOURS", "QUALITY_RESULTS", "QUARANTINED_EVENTS", "REJECTED_EVENTS", "RUNS"},
    "load-dims": {
        "DIM_USERS", "DIM_PRODUCTS", "DIM_CATEGORIES", "DIM_BRANDS", "DIM_SESSIONS", "DIM_TIME", "FACT_USER_EVENTS"
    },
}
# A table that no lake has unless its own config/tables.json says so: what holds for it holds for any.
OF_A_MAPPING = {"name": "suppliers", "columns": [{"personal": True}]}
# What the tables of a mapping are called in the code.
KINDS = ("log", "personal", "dimension")
SHOP = "shared/core/src/changes/shop.json"
# Tables whose data files a function writes for another one to commit.
PREPARED = {"clean": {"CLEAN_EVENTS"}, "check-quality": {"CLEAN_EVENTS", "QUARANTINED_EVENTS"}}
# Tables that rules may look for values in.
REFERENCES = {"DIM_USERS", "DIM_PRODUCTS", "DIM_CATEGORIES", "DIM_BRANDS", "DIM_SESSIONS", "DIM_TIME"}


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

    def fields_set(self, function: str) -> set[str]:
        """Variables of the environment that set what a function uses of the configuration."""
        fields = self.config_fields(function)
        named = {f"ESTRELLA_{field.upper()}" for field in fields} - set(SET_BY)
        return named | {variable for variable, field in SET_BY.items() if field in fields}

    def answers(self, function: str) -> set[str]:
        """Fields that a function adds to its answer."""
        return set(re.findall(r'\banswer\["(\w+)"\] =', self.text(f"functions/{function}/src/stage.rs")))

    def alert_fields(self) -> set[str]:
        [fields] = re.findall(r"pub struct Alert \{([^}]*)\}", self.text("shared/lake/src/ports.rs"))
        return set(re.findall(r"pub (\w+): (?!Option)", fields))

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

    def constants(self) -> dict[str, str]:
        """`namespace.name` of the tables of every lake, by their constants."""
        schema = self.schema()
        pattern = r'pub const (\w+): TableSchema = TableSchema \{\s*namespace: "(\w+)",\s*name: "(\w+)"'
        return {constant: f"{namespace}.{name}" for constant, namespace, name in re.findall(pattern, schema)}

    def mapped(self, kind: str) -> set[str]:
        """Tables that the shop's tables come to, and one of a mapping of its own: `log`, `personal` or `dimension`."""
        sources = [*json.loads(self.text(SHOP))["tables"], OF_A_MAPPING]
        match kind:
            case "log":
                return {f"changes.{source['name']}" for source in sources if source.get("role") != "events"}
            case "personal":
                personal = [source for source in sources if any(c.get("personal") for c in source["columns"])]
                return {f"restricted.{source['name']}_pii" for source in personal}
            case "dimension":
                return {f"model.dim_{source['name']}" for source in sources if "role" not in source}

    def tables(self) -> set[str]:
        """`namespace.name` of all tables."""
        return set(self.constants().values()).union(*map(self.mapped, KINDS))

    def columns(self, table: str) -> set[str]:
        return {name for name, _ in self.typed_columns(table)}

    def typed_columns(self, table: str) -> list[tuple[str, str]]:
        """Names and types of a table's columns, in their order."""
        namespace, name = table.split(".")
        schema = self.schema()
        column = r'(?:required|optional)\(\s*"(\w+)",\s*(\w+)'
        # Columns that several tables have.
        shared = {constant: (name, kind) for constant, name, kind in re.findall(rf"const (\w+): Column =\s*{column}", schema)}
        columns = rf'namespace: "{namespace}",\s*name: "{name}".*?\bcolumns: &\[(.*?)\n    \],'
        [block] = re.findall(columns, schema, re.DOTALL)
        found = re.findall(rf"{column}|^\s*([A-Z_]+),$", block, re.MULTILINE)
        return [shared[constant] if constant else (name, kind) for name, kind, constant in found]

    def reads_mapping(self, function: str) -> bool:
        return re.search(MAPPING, self.crate(f"functions/{function}")) is not None

    def opened(self, function: str) -> set[str]:
        """Tables that a function opens, whether it makes them or not."""
        code = self.crate(f"functions/{function}")
        looked_at = {"FORGOTTEN_USERS"} if "forgotten_users(" in code else set()
        looked_at |= REFERENCES if "find_table(alias)" in code else set()
        looked_at |= set(re.findall(r"\blake\.table_if_exists\(&(\w+)", code))
        own = self.mapped("dimension") if "find_table(alias)" in code else set()
        return self.made(function) | self.named(looked_at) | own

    def made(self, function: str) -> set[str]:
        """Tables that a function opens, and makes if they are not there."""
        code = self.crate(f"functions/{function}")
        return self.named(re.findall(r"\blake\.table\(&(\w+)", code)) | self.committed(function)

    def committed(self, function: str) -> set[str]:
        """Tables whose heads a function moves."""
        code = self.crate(f"functions/{function}")
        if "lake.expire(" in code and "all_tables()" in code:
            return self.tables()
        by_variable = COMMITTED.get(function, set())
        for constant in by_variable:
            assert constant in code, f"{function} no longer names {constant}"
        by_variable = by_variable | ({"QUALITY_RESULTS"} if "note_results(" in code else set())
        of_sources = [self.mapped(kind) for kind in KINDS if re.search(rf"\btables\.{kind}\b", code)]
        return self.named(by_variable).union(self.named(re.findall(r"\blake\.commit\(&(\w+)", code)), *of_sources)

    def written(self, function: str) -> set[str]:
        """Tables that a function may write data files of."""
        code = self.crate(f"functions/{function}")
        if "lake.compact(" in code:
            [namespaces] = re.findall(r"matches!\(schema\.namespace, ([^)]*)\)", code)
            followed = self.named({"FACT_USER_EVENTS"}) if "follow(" in code else set()
            compacted = set(re.findall(r'"(\w+)"', namespaces))
            return {table for table in self.tables() if table.split(".")[0] in compacted} | followed
        return self.committed(function) | self.named(PREPARED.get(function, ()))

    def named(self, constants) -> set[str]:
        return {self.constants()[constant] for constant in constants}

    def keys(self, function: str) -> set[str]:
        """Prefixes under `landed/` whose keys a function makes itself. To list one takes no right to its objects."""
        text = self.text("shared/contracts/src/keys.rs")
        prefixes = dict(re.findall(r'pub const (\w+): &str = "((?:landed|ops)/[\w/]+)"', text))
        for name, key in re.findall(r'pub fn (\w+)\([^)]*\) -> String \{\s*format!\("([^"]*)"\)', text):
            key = re.sub(r"\{([A-Z_]+)\}", lambda match: prefixes[match[1]], key)
            prefixes[name] = key[: key.index("{")]
        used = re.findall(r"\bkeys::([a-z]\w*)", self.crate(f"functions/{function}"))
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
