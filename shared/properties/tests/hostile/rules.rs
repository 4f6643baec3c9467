//! Rules in DQDL.

use std::time::{Duration, Instant};

use estrella_dqdl::{ParseError, parse};

fn wrong(rule: &str) -> ParseError {
    parse(&format!("Rules = [\n{rule} ]")).map(|_| ()).unwrap_err()
}

#[test]
fn deep_nesting_is_shown_where_it_is_too_deep() {
    for depth in [51, 100_000] {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        for rule in [
            format!("{open}RowCount > 1{close}"),
            format!("RowCount > {open}1{close}"),
            format!("RowCount > {}1{close}", "abs(".repeat(depth)),
            format!("RowCount > 1 where \"{open}a = 1{close}\""),
        ] {
            let error = wrong(&rule);
            assert_eq!(error.line, 2);
            assert!(error.message.contains("more than 50 parentheses"), "{}", error.message);
        }
    }
    assert!(parse(&format!("Rules = [ RowCount > 1 where \"{} a = 1\" ]", "not ".repeat(10_000))).is_ok());
    assert!(wrong(&"[".repeat(100_000)).message.contains("found `[`"));
    let pattern = "(".repeat(100_000) + &")".repeat(100_000);
    assert!(
        wrong(&format!("ColumnValues \"a\" matches \"{pattern}\""))
            .message
            .contains("bad regular expression")
    );
}

/// Each operator makes a formula one deeper, without a parenthesis: hundreds of thousands used to end the process.
#[test]
fn long_formulas_are_shown_where_they_are_too_long() {
    for operator in [" + ", " - ", " * ", "/ ", " - -"] {
        let terms = |count: usize| format!("RowCount > {}", vec!["last(1)"; count].join(operator));
        assert!(parse(&format!("Rules = [ {} ]", terms(101))).is_ok());
        for count in [102, 80_000] {
            let error = wrong(&terms(count));
            assert!(error.message.contains("more than 100 operators"), "{}", error.message);
            assert_eq!(error.line, 2);
        }
    }
}

#[test]
fn gigantic_numbers_are_shown() {
    for (rule, reason) in [
        (format!("RowCount > {}", "9".repeat(39)), "more than 38 digits"),
        (format!("RowCount > {}", "9".repeat(100_000)), "more than 38 digits"),
        (format!("RowCount > 0.{}1", "0".repeat(100_000)), "more than 38 digits"),
        (format!("RowCount > last({})", "9".repeat(38)), "last takes a whole number"),
        (format!("DataFreshness \"t\" <= {} days", "9".repeat(38)), "beyond 290,000 years"),
        (format!("ColumnValues \"t\" > (now() - {} days)", "9".repeat(19)), "beyond 290,000 years"),
        ("ColumnValues \"a\" matches \"(((a{99}){99}){99}){99}\"".to_owned(), "bad regular expression"),
    ] {
        let error = wrong(&rule);
        assert!(error.message.contains(reason), "{reason}: {}", error.message);
    }
}

#[test]
fn a_ruleset_of_any_length_is_read_in_time() {
    let started = Instant::now();
    let rules = vec!["IsComplete \"a\""; 50_000].join(", ");
    assert_eq!(parse(&format!("Rules = [ {rules} ]")).unwrap().rules.len(), 50_000);
    let columns: Vec<String> = (0..10_000).map(|n| format!("\"c{n}\"")).collect();
    let all = wrong(&format!("IsPrimaryKey {}", columns.join(" ")));
    assert!(all.message.contains("takes 16 parameters, found 10000"), "{}", all.message);
    let word = "x".repeat(400_000);
    let unknown = parse(&format!("{word} = \"y\"\nRules = [ CustomSql ${word}x > 1 ]")).unwrap_err();
    assert!(unknown.message.contains("no constant is called"));
    let long = parse(&format!("Rules = [ {} ]", " ".repeat(1 << 20))).unwrap_err();
    assert!(long.message.contains("more than 1048576 bytes"), "{}", long.message);
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}

#[test]
fn nul_bytes_are_characters() {
    assert!(parse("Rules = [ IsComplete \"a\0b\" ]").is_ok());
    assert_eq!(wrong("IsComplete \"a\" \0").found, "`\0`");
}
