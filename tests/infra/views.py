"""The views of the current state, from the tables in the code: `python tests/infra/views.py` writes them into the template.

Glue keeps a view as JSON in base64, with the columns and their types spelled out. Athena's own CREATE VIEW takes no
column of the type timestamp with time zone, which is what it makes of Iceberg's timestamptz, so each of them is cast."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from rust import ROOT, Code

TEMPLATE = ROOT / "infra" / "template.yaml"
DIMENSIONS = ["dim_users", "dim_products", "dim_categories", "dim_brands"]
BEGIN = "  # ---- Views of the current state, for Athena. Written by tests/infra/views.py.\n"
END = "  # ---- End of the views\n"
# Names of a type in the code, in Glue and in Athena.
TYPES = {
    "String": ("string", "varchar"),
    "Long": ("bigint", "bigint"),
    "Int": ("int", "integer"),
    "Double": ("double", "double"),
    "Boolean": ("boolean", "boolean"),
    "Date": ("date", "date"),
    "Timestamptz": ("timestamp", "timestamp(6)"),
}


def types(code: Code, column: str) -> tuple[str, str]:
    """Of a type in the code, what Glue and what Athena call it."""
    if column in TYPES:
        return TYPES[column]
    decimals = code.text("shared/core/src/schema/mod.rs")
    [(precision, scale)] = re.findall(
        rf"const {column}: ColumnType = ColumnType::Decimal \{{ precision: (\d+), scale: (\d+) \}}", decimals
    )
    return (f"decimal({precision},{scale})",) * 2


def logical(dimension: str) -> str:
    """Logical id of the view's resource."""
    return "".join(word.capitalize() for word in dimension.split("_")) + "CurrentView"


def definition(code: Code, dimension: str) -> dict:
    """What Athena reads of a view."""
    columns = code.typed_columns(f"model.{dimension}")
    cast = {name: f"CAST({name} AS timestamp(6)) AS {name}" for name, kind in columns if kind == "Timestamptz"}
    names = ", ".join(cast.get(name, name) for name, _ in columns)
    database = "estrella_${Environment}_model"
    return {
        "originalSql": f'SELECT {names} FROM "{database}".{dimension} WHERE is_current',
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": name, "type": types(code, kind)[1]} for name, kind in columns],
    }


def glue_columns(code: Code, dimension: str) -> list[dict]:
    return [{"Name": name, "Type": types(code, kind)[0]} for name, kind in code.typed_columns(f"model.{dimension}")]


def resource(code: Code, dimension: str) -> str:
    columns = "".join(
        f"            - {{ Name: {column['Name']}, Type: \"{column['Type']}\" }}\n" for column in glue_columns(code, dimension)
    )
    return f"""  {logical(dimension)}:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref ModelDatabase
      TableInput:
        Name: {dimension}_current
        Description: The rows of {dimension} that hold now
        TableType: VIRTUAL_VIEW
        Parameters: {{ presto_view: "true", comment: Presto View }}
        ViewOriginalText: !Join
          - ""
          - - "/* Presto View: "
            - Fn::Base64: !Sub '{json.dumps(definition(code, dimension), separators=(",", ":"))}'
            - " */"
        ViewExpandedText: "/* Presto View */"
        StorageDescriptor:
          Columns:
{columns}          SerdeInfo: {{}}
"""


def written(template: str, code: Code) -> str:
    """The template with the views of the code."""
    before, rest = template.split(BEGIN)
    after = rest.split(END)[1]
    return before + BEGIN + "".join(resource(code, dimension) for dimension in DIMENSIONS) + END + after


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATE
    path.write_text(written(path.read_text(), Code()))
