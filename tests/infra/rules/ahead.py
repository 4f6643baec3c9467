"""Where the template is ahead of the code: lines that rules yield until the code has caught up. What is no longer
yielded has to go from here, and when the list is empty, so has the file."""

AHEAD = {
    "load-dims does not read ESTRELLA_MAX_ORPHAN_PERCENT",
    "load-dims does not read ESTRELLA_MAX_SHRINK_PERCENT",
    "load-dims does not read ESTRELLA_PII_SECRET_ARN",
    "model.dim_users has no is_current",
    "model.dim_products has no is_current",
    "model.dim_categories has no is_current",
    "model.dim_brands has no is_current",
    "load-dims may s3:DeleteObject, which its code never does",
    "load-dims may secretsmanager:GetSecretValue, which its code never does",
    "get_secret_value is in the table but never called",
    "clean has glue:GetTable on other databases than those of its tables",
    "clean has glue:CreateTable on other databases than those of its tables",
    "load-dims needs no glue:GetTable on clean.events",
    "load-dims needs no glue:CreateTable on clean.events",
    "load-dims needs no glue:UpdateTable on model.fact_user_events",
    "load-dims has glue:GetTable on other databases than those of its tables",
    "load-dims has glue:CreateTable on other databases than those of its tables",
    "load-dims has glue:UpdateTable on other databases than those of its tables",
    "maintain has glue:GetTable on other databases than those of its tables",
    "maintain has glue:UpdateTable on other databases than those of its tables",
    "load-dims may write under landed/applied/, where it makes no keys",
    "load-dims may write metadata of clean.events",
    "load-dims may write data of model.fact_user_events",
}
