//! Rules that are none: each has an error, and each error is where it should be.

use super::documented::EXAMPLES;
use crate::parse;

/// Rule, the text at which the error is (counted from the end if it is found twice), part of the message.
const WRONG: &[(&str, &str, &str)] = &[
    ("rowcount > 1", "rowcount", "did you mean RowCount?"),
    ("RowCont > 1", "RowCont", "did you mean RowCount?"),
    ("Banana > 1", "Banana", "no type of rule is called Banana"),
    ("Entropy \"a\" > 1", "Entropy", "not supported here"),
    ("RowCount", " ]", "RowCount needs a condition, such as between 10 and 100"),
    ("RowCount > ", "]", "expected a value"),
    ("RowCount 5", "5", "expected"),
    ("RowCount >> 5", "> 5", "found `>`"),
    ("RowCount == 5", "= 5", "found `=`"),
    ("RowCount => 5", "> 5", "found `>`"),
    ("RowCount > five", "]", "expected `(`, found `]`"),
    ("RowCount > \"five\"", "\"five\"", "expected a number, found a text"),
    ("RowCount > NULL", "NULL", "expected a number, found NULL"),
    ("RowCount > 5 days", "5 days", "expected a number, found 5 days"),
    ("RowCount > now()", "now()", "expected a number, found now()"),
    ("RowCount > 1.", "1.", "expected"),
    ("RowCount > .5", ".5", "expected"),
    ("RowCount > 1e3", "1e3", "expected"),
    (
        "RowCount > 1234567890123456789012345678901234567890",
        "1234567890123456789012345678901234567890",
        "more than 38 digits",
    ),
    ("RowCount between 10", "]", "expected"),
    ("RowCount between 10 and", "]", "expected"),
    ("RowCount between 10 or 20", "or", "`and`"),
    ("RowCount between 20 and 10", "between", "nothing is between 20 and 10"),
    ("RowCount between 10 and 10", "between", "nothing is between 10 and 10"),
    ("RowCount between 10 and 11", "between", "no whole number is between 10 and 11"),
    ("RowCount not between 20 and 10", "not between", "nothing is between 20 and 10"),
    ("Mean \"a\" between 1 and 0.5", "between", "nothing is between 1 and 0.5"),
    ("RowCount matches \"a\"", "matches", "is compared with numbers, not matched"),
    ("RowCount in []", "] ]", "expected"),
    ("RowCount in 5", "5", "expected `[`"),
    ("RowCount in [1, 2", "", "`]`"),
    ("RowCount > 1 with threshold > 0.5", "with", "is not asked of single rows"),
    ("IsComplete \"a\" with threshold > 0.5", "with", "; Completeness does"),
    ("IsUnique \"a\" with threshold > 0.5", "with", "; Uniqueness does"),
    ("Completeness \"a\" > 0.5 with threshold > 0.5", "with", "is not asked of single rows"),
    ("CustomSql \"select 1\" > 0 with threshold > 0.5", "with", "CustomSql with a condition"),
    ("ColumnValues \"a\" > 1 with threshold", "]", "expected"),
    ("ColumnValues \"a\" > 1 with > 0.5", "> 0.5", "`threshold`"),
    ("ColumnValues \"a\" > 1 with threshold > 95", "> 95", "a share is from 0 to 1"),
    ("ColumnValues \"a\" > 1 with threshold > \"a\"", "\"a\" ]", "expected a number"),
    (
        "ColumnValues \"a\" > 1 with threshold > 0.5 with threshold > 0.6",
        "with threshold > 0.6",
        "a second `with threshold`",
    ),
    (
        "ColumnValues \"a\" > 1 with threshold > 0.5 where \"b > 1\"",
        "where",
        "`where` comes before `with threshold`",
    ),
    ("ColumnValues \"a\" > 1 where \"b > 1\" where \"c > 1\"", "where \"c", "a second `where`"),
    ("Completeness \"a\" > 95", "> 95", "a share is from 0 to 1"),
    ("Completeness \"a\" > 1", "> 1", "a share is from 0 to 1"),
    ("Completeness \"a\" < 0", "< 0", "a share is from 0 to 1"),
    ("Uniqueness \"a\" >= 1.01", ">= 1.01", "a share is from 0 to 1"),
    ("Uniqueness \"a\" between 1 and 2", "between", "a share is from 0 to 1"),
    ("Uniqueness \"a\" in [0.5, 50]", "in [", "a share is from 0 to 1"),
    ("SchemaMatch \"a\" = 2", "= 2", "a share is from 0 to 1"),
    ("IsComplete", " ]", "IsComplete needs one parameter, found 0"),
    ("IsComplete \"a\" \"b\"", "\"b\"", "IsComplete takes one parameter, found 2"),
    ("IsComplete \"a\" > 0.5", "> 0.5", "IsComplete takes no condition; Completeness does"),
    ("IsComplete \"\"", "\"\"", "an empty name"),
    ("IsUnique \"a\" = 1", "= 1", "IsUnique takes no condition; Uniqueness does"),
    ("IsPrimaryKey", " ]", "IsPrimaryKey needs one parameter"),
    ("IsPrimaryKey \"a\" \"a\"", "\"a\" ]", "\"a\" a second time"),
    ("ColumnCount \"a\" > 1", "\"a\"", "ColumnCount takes no column, found 1"),
    ("ColumnCount > 1 where \"a > 1\"", "where", "ColumnCount takes no `where`"),
    ("ColumnExists \"a\" where \"a > 1\"", "where", "ColumnExists takes no `where`"),
    ("ColumnCorrelation \"a\" > 0.5", " > 0.5", "ColumnCorrelation needs 2 parameters, found 1"),
    ("Mean \"a\"", " ]", "Mean needs a condition"),
    ("Mean \"a\" \"b\" > 1", "\"b\"", "Mean takes one parameter, found 2"),
    ("IsComplete \"a\"\nIsUnique \"b\"", "IsUnique", "expected `,` before the rule IsUnique"),
    ("RowCount > 1 IsUnique \"b\"", "IsUnique", "expected"),
    ("RowCount > 1,", "]", "expected a rule"),
    (", RowCount > 1", ", Row", "expected"),
    ("RowCount > 1,, RowCount > 1", ", Row", "expected a rule"),
    ("RowCount > 1; RowCount > 2", "; ", "expected"),
    ("ColumnValues \"a\"", " ]", "such as in [\"a\", \"b\"] or > 0"),
    ("ColumnValues \"a\" matches", "]", "expected a text in double quotes"),
    ("ColumnValues \"a\" matches \"[\"", "\"[\"", "bad regular expression"),
    ("ColumnValues \"a\" matches \"(a\"", "\"(a\"", "bad regular expression: unclosed group"),
    ("ColumnValues \"a\" not matches \"a{2,1}\"", "\"a{2,1}\"", "bad regular expression"),
    ("ColumnValues \"a\" matches 5", "5", "expected a text in double quotes"),
    ("ColumnValues \"a\" not > 5", "> 5", "expected"),
    ("ColumnValues \"a\" > NULL", "> NULL", "NULL has no order"),
    ("ColumnValues \"a\" between EMPTY and \"b\"", "between", "EMPTY has no order"),
    ("ColumnValues \"a\" between \"b\" and \"a\"", "between", "nothing is between b and a"),
    ("ColumnValues \"a\" between \"2022-02-01\" and \"2022-01-01\"", "between", "nothing is between"),
    ("ColumnValues \"a\" between now() and (now() - 3 days)", "between", "nothing is between"),
    ("ColumnValues \"a\" > 3 days", "3 days", "write (now() - 3 days)"),
    ("ColumnValues \"a\" > (now() - 3)", ")", "`days`, `hours` or `minutes`"),
    ("ColumnValues \"a\" > (now() - 3 weeks)", "weeks", "`days`, `hours` or `minutes`"),
    ("ColumnValues \"a\" > (now() * 3 days)", "* 3", "`+` or `-`"),
    ("ColumnValues \"a\" > last(5)", "last(5)", "last(5) is several values"),
    ("ColumnValues \"a\" > avg(last(5))", "avg", "values of rows have no history"),
    ("ColumnValues \"a\" in [\"x\" \"y\"]", "\"y\"", "`,`"),
    ("ColumnLength \"a\" > avg(last(5))", "avg", "rows have no history"),
    ("ColumnLength \"a\" matches \"b\"", "matches", "is compared with numbers"),
    ("ColumnLength \"a\" between 3 and 4", "between", "no whole number is between"),
    ("ColumnDataType \"a\" = \"Strnig\"", "\"Strnig\"", "did you mean String?"),
    ("ColumnDataType \"a\" = \"Blob\"", "\"Blob\"", "no type is called \"Blob\""),
    ("ColumnDataType \"a\" > \"Long\"", "> \"Long\"", "compared by = with a type"),
    ("ColumnDataType \"a\" = 5", "= 5", "compared by = with a type"),
    ("ColumnDataType \"a\" in [\"Long\"]", "in [", "compared by = with a type"),
    ("DataFreshness \"a\" <= 24", "24", "expected a span of time such as 24 hours, found 24"),
    ("DataFreshness \"a\" <= \"24 hours\"", "\"24 hours\"", "expected a span of time"),
    ("DataFreshness \"a\" between 5 days and 2 days", "between", "nothing is between 5 days and 2 days"),
    ("DataFreshness \"a\" <= 999999999999999 days", "999999999999999", "beyond 290,000 years"),
    ("ReferentialIntegrity \"a\" \"b\" = 1", "\"b\"", "expected a table and a column"),
    ("ReferentialIntegrity \"a,b\" \"r.{c}\" = 1", "\"r.{c}\"", "2 columns are compared with 1"),
    ("ReferentialIntegrity \"a\" \"r.{c\" = 1", "\"r.{c\"", "a brace without its partner"),
    ("ReferentialIntegrity \"a\" \".c\" = 1", "\".c\"", "the name of a table before the point"),
    ("ReferentialIntegrity \"a,\" \"r.{c,d}\" = 1", "\"r.{c,d}\"", "an empty name of a column"),
    ("DetectAnomalies", " ]", "DetectAnomalies needs one parameter"),
    ("DetectAnomalies \"RowCont\"", "\"RowCont\"", "did you mean RowCount?"),
    ("DetectAnomalies \"IsUnique\" \"a\"", "\"IsUnique\"", "knows no measure IsUnique"),
    ("DetectAnomalies \"Mean\"", " ]", "Mean needs one parameter"),
    ("DetectAnomalies \"Mean\" \"a\" \"b\"", "\"b\"", "Mean takes one parameter"),
    ("DetectAnomalies \"RowCount\" > 5", "> 5", "DetectAnomalies takes no condition"),
    ("RowCount > last(0)", "0)", "last takes a whole number from 1 to 1000"),
    ("RowCount > last(1.5)", "1.5", "last takes a whole number"),
    ("RowCount > last(-1)", "-1", "last takes a whole number"),
    ("RowCount > last(5)", "last", "say which, as in avg(last(5))"),
    ("RowCount > last(5, \"fortnight\")", "\"fortnight\"", "no season is called \"fortnight\""),
    ("RowCount > avg(last(5, \"hour of weeks\"))", "\"hour of weeks\"", "did you mean hour of week?"),
    ("RowCount > avg(last(5, 7))", "7)", "expected a season"),
    ("RowCount > avg(5)", "5)", "avg takes earlier values"),
    ("RowCount > avg()", "avg", "avg takes 1 to 1 arguments, found 0"),
    ("RowCount > mean(last(5))", "mean", "no function is called mean"),
    ("RowCount > medain(last(5))", "medain", "did you mean median?"),
    ("RowCount > percentile(last(5))", "percentile", "percentile takes 2 to 2 arguments"),
    ("RowCount > percentile(last(5), 90)", "90", "a percentile is a share from 0 to 1"),
    ("RowCount > index(last(3), 3)", "3) ]", "an index of last(3) is from 0 to 2"),
    ("RowCount > avg(last(10) * 2", "]", "`)`"),
    ("RowCount > (avg(last(10))", "]", "`)`"),
    ("RowCount > avg(last(10)))", ") ]", "expected"),
    ("RowCount > 2 +", "]", "expected a number"),
    ("RowCount > 2 ** 3", "* 3", "expected a number"),
    ("RowCount > --2", "-2", "a number or `(`"),
    ("(RowCount > 1", "]", "`)`"),
    ("RowCount > 1)", ") ]", "expected"),
    ("(RowCount > 1) (RowCount > 2)", "(RowCount > 2)", "`and` or `or` between rules in parentheses"),
    ("(RowCount > 1) and RowCount > 2", "RowCount > 2", "expected `(`"),
    ("RowCount > 1 and RowCount > 2", "and", "expected"),
    ("(RowCount > 1) xor (RowCount > 2)", "xor", "`and` or `or`"),
    ("(RowCount > 1) and (RowCount > 2) or (RowCount > 3)", "or", "put parentheses around one of them"),
    ("()", ")", "expected"),
    ("(RowCount > 1) and (RowCount > 2) labels=[\"a\"=\"b\"]", "labels", "put parentheses around it"),
    ("((RowCount > 1) labels=[\"a\"=\"b\"]) and (RowCount > 2)", "labels", "not to a part of it"),
    ("RowCount > 1 labels=[]", "] ]", "a text in double quotes"),
    ("RowCount > 1 labels=[\"a\"]", "] ]", "expected `=`"),
    ("RowCount > 1 labels=[\"a\"=b]", "b]", "a text in double quotes"),
    ("RowCount > 1 labels=[\"\"=\"b\"]", "\"\"", "a label without a name"),
    ("RowCount > 1 labels=[\"a\"=\"b\", \"a\"=\"c\"]", "\"a\"=\"c\"", "a second label \"a\""),
    (
        "RowCount > 1 labels=[\"severity\"=\"wran\"]",
        "\"wran\"",
        "\"severity\" is block or warn, not \"wran\"; did you mean warn?",
    ),
    ("RowCount > 1 labels=[\"severity\"=\"quarantine\"]", "\"quarantine\"", "\"severity\" is block or warn"),
    ("RowCount > 1 labels=[\"action\"=\"drop\"]", "\"drop\"", "\"action\" is block or quarantine or warn"),
    ("RowCount > 1 labels=[\"action\"=\"quarantine\"]", "\"quarantine\"", "cannot tell which rows break it"),
    (
        "IsUnique \"a\" labels=[\"action\"=\"quarantine\"]",
        "\"quarantine\"",
        "cannot tell which rows break it",
    ),
    (
        "((IsComplete \"a\") and (RowCount > 1)) labels=[\"compositeRuleEvaluation.method\"=\"ROW\"]",
        "\"ROW\"",
        "is not asked of single rows",
    ),
    (
        "((IsComplete \"a\") and (IsComplete \"b\")) labels=[\"compositeRuleEvaluation.method\"=\"row\"]",
        "\"row\"",
        "is ROW or COLUMN",
    ),
    ("RowCount > 1 label=[\"a\"=\"b\"]", "label=", "expected"),
    ("RowCount > 1 where b > 1", "b > 1", "a text in double quotes"),
    ("RowCount > 1 where \"\"", "\" ]", "in the filter: expected"),
    ("RowCount > 1 where \"b >\"", "\" ]", "in the filter: expected"),
    ("RowCount > 1 where \"b = 'x\"", "'x", "in the filter: the quoted text that starts here has no end"),
    ("RowCount > 1 where \"b = 1 and\"", "\" ]", "in the filter"),
    ("RowCount > 1 where \"b ~ 1\"", "~", "in the filter"),
    ("RowCount > 1 where \"b in (1, 2\"", "\" ]", "in the filter"),
    ("RowCount > 1 where \"b in []\"", "[]", "in the filter"),
    ("RowCount > 1 where \"1 = 1\"", "1 = 1", "a comparison of two values says nothing"),
    ("RowCount > 1 where \"5\"", "5\"", "a value by itself says nothing"),
    ("RowCount > 1 where \"1 in (1, 2)\"", "1 in", "expected a column before this test"),
    ("RowCount > 1 where \"length(b) > 1\"", "(b)", "in the filter"),
    ("RowCount > 1 where \"b = \\\"x\\\"\"", "\\\"x", "in the filter"),
    ("RowCount > 1 where \"b between 1\"", "\" ]", "in the filter"),
    ("RowCount > 1 where \"b is 5\"", "5\"", "in the filter"),
    ("RowCount > 1 where \"(b = 1\"", "\" ]", "in the filter"),
    ("CustomSql $query > 1", "$query", "no constant is called query"),
    ("RowCount > \u{201c}5\u{201d}", "\u{201c}5", "expected"),
    ("RowCount > 1 $", "$", "expected"),
];

/// Whole texts: line, character, part of the message.
const WRONG_TEXTS: &[(&str, usize, usize, &str)] = &[
    ("", 1, 1, "expected a section"),
    ("# nothing\n", 1, 10, "expected a section"),
    ("rules = [ RowCount > 1 ]", 1, 1, "expected a section such as `Rules = [ ... ]`, found `rules`"),
    ("Rules = RowCount > 1", 1, 9, "expected `[`"),
    ("Rules [ RowCount > 1 ]", 1, 7, "expected `=`"),
    ("Rules = [ RowCount > 1", 1, 23, "`]`"),
    ("Rules = [ RowCount > 1 ] ]", 1, 26, "expected"),
    ("Rules = [ RowCount > 1 ]\nRules = [ RowCount > 2 ]", 2, 1, "a second section `Rules`"),
    ("Rules = [\n    RowCount > 1,\n    IsComplet \"a\"\n]", 3, 5, "did you mean IsComplete?"),
    ("Rules = [\r\n    RowCount > 1,\r\n    IsComplet \"a\"\r\n]", 3, 5, "did you mean IsComplete?"),
    ("Rules = [ IsComplete \"é\", IsComplet \"a\" ]", 1, 27, "did you mean IsComplete?"),
    ("Rules = [ IsComplete \"a ]", 1, 22, "the quoted text that starts here has no end"),
    ("Rules = [ IsComplete \"a\\\" ]", 1, 22, "the quoted text that starts here has no end"),
    ("Rules = [ # RowCount > 1 ]", 1, 27, "expected"),
    ("DefaultLabels = [\"severity\"=\"loud\"]\nRules = []", 1, 29, "\"severity\" is block or warn"),
    ("DefaultLabels = {}\nRules = []", 1, 17, "`[`"),
    ("Metadata = []\nRules = []", 1, 12, "`{`"),
    ("Metadata = { \"a\" }\nRules = []", 1, 18, "`:`"),
    ("Metadata = { \"a\": 5 }\nRules = []", 1, 19, "a text in double quotes"),
    ("a = \"x\"\na = \"y\"\nRules = []", 2, 1, "a second constant a"),
    ("Analyzers = [ RowCount > 5 ]", 1, 24, "an analyzer has no condition"),
    ("Analyzers = [ IsUnique \"a\" ]", 1, 15, "IsUnique is no analyzer"),
    ("Analyzers = [ Mean ]", 1, 19, "Mean needs one parameter"),
    ("mySql = \"select 1\"\nRules = [ CustomSql $mySq > 1 ]", 2, 21, "did you mean mySql?"),
    ("mySql = 5\nRules = []", 1, 9, "a text in double quotes"),
];

/// Why an error is not as it should be.
fn complaint(text: &str, at: Option<(usize, usize)>, reason: &str) -> Option<String> {
    let error = match parse(text) {
        Ok(_) => return Some(format!("read without an error: {text}")),
        Err(error) => error,
    };
    let is_there = at.is_none_or(|at| at == (error.line, error.column));
    let is_right = is_there && error.message.contains(reason);
    (!is_right).then(|| format!("expected {reason:?} at {at:?}\n{error}\n"))
}

#[test]
fn wrong_rules_are_shown_where_they_are_wrong() {
    let mut wrong = Vec::new();
    for (rule, at, reason) in WRONG {
        let text = format!("Rules = [\n  {rule} ]");
        let offset = text.rfind(at).unwrap_or_else(|| panic!("{rule}: {at}"));
        wrong.extend(complaint(&text, Some(position(&text, offset)), reason));
    }
    assert!(wrong.is_empty(), "{} are wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn wrong_texts_are_shown_where_they_are_wrong() {
    let mut wrong = Vec::new();
    for (text, line, column, reason) in WRONG_TEXTS {
        wrong.extend(complaint(text, Some((*line, *column)), reason));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Where a piece of a rule ends, outside of quoted texts.
fn boundaries(text: &str) -> Vec<usize> {
    let mut out = Vec::new();
    let mut is_quoted = false;
    for (at, character) in text.char_indices() {
        if character == '"' {
            is_quoted = !is_quoted;
        }
        if !is_quoted && character == ' ' && !text[at + 1..].starts_with(' ') {
            out.push(at + 1);
        }
    }
    out
}

/// Documented rules with a mark that means nothing, or broken off: the error is at the mark or at the end.
#[test]
fn broken_rules_are_shown_where_they_are_broken() {
    let mut broken = 0;
    for example in EXAMPLES {
        let text = format!("Rules = [\n    {example} ]");
        for boundary in boundaries(&text) {
            let marked = format!("{}@ {}", &text[..boundary], &text[boundary..]);
            let error = parse(&marked).map(|_| ()).expect_err(&marked);
            assert_eq!((error.line, error.column), position(&marked, boundary), "{error}");
            assert_eq!(error.found, "`@`");
            let cut = &text[..boundary];
            let error = parse(cut).map(|_| ()).expect_err(cut);
            assert_eq!((error.line, error.column), position(cut, cut.len()), "{error}");
            assert!(!error.expected.is_empty(), "{error}");
            broken += 2;
        }
        // Types are told by case.
        let lower = example.trim_start_matches('(');
        let start = text.len() - 2 - lower.len();
        let renamed = format!("{}x{}", &text[..start], &text[start..]);
        let error = parse(&renamed).map(|_| ()).expect_err(&renamed);
        assert_eq!((error.line, error.column), position(&renamed, start), "{error}");
        assert!(error.message.contains("did you mean"), "{error}");
        broken += 1;
    }
    assert!(broken + WRONG.len() + WRONG_TEXTS.len() > 1_000, "{broken}");
}
