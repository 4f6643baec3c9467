use super::*;

fn error(toml: &str) -> SettingsError {
    Settings::parse(toml).unwrap_err()
}

#[test]
fn the_shipped_file_is_read_and_names_every_monitor() {
    let settings = Settings::default();
    assert_eq!(Settings::parse(Settings::shipped()).unwrap(), settings);
    let mut bare = Settings { monitors: BTreeMap::new(), ..settings.clone() };
    parse::overlay(&mut bare, SHIPPED).unwrap();
    assert_eq!(bare.monitors.len(), Monitor::ALL.len());
    for (monitor, rule) in &bare.monitors {
        assert!(rule.enabled && rule.floor < 100.0 && rule.p <= 0.001, "{monitor}");
        assert!(rule.critical.is_none_or(|critical| critical > rule.floor), "{monitor}");
    }
    assert!(settings.calendar.is_empty());
}

#[test]
fn the_sale_in_the_shipped_file_is_an_example_that_works() {
    let commented = SHIPPED.lines().skip_while(|line| !line.starts_with("# [[calendar]]"));
    let example: String = commented.map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
    let calendar = Settings::parse(&example).unwrap().calendar;
    assert_eq!((calendar[0].name.as_str(), calendar[0].to - calendar[0].from), ("Black Friday", 24));
    assert!(calendar[0].expects("view_to_cart") && !calendar[0].expects("price"));
}

#[test]
fn a_file_names_only_what_it_changes() {
    let own = "table = \"a.b\"\n[reference]\nweeks = 6\n[alerting]\nhard_rows = 500\n\
               [monitors.volume]\nfloor = 3\nseverity = \"critical\"\n[monitors.price]\nenabled = false\n";
    let settings = Settings::parse(own).unwrap();
    let shipped = Settings::default();
    assert_eq!((settings.table.as_str(), settings.weeks, settings.hard_rows), ("a.b", 6, 500.0));
    let volume = settings.rule(Monitor::Volume);
    assert_eq!((volume.floor, volume.severity), (3.0, Severity::Critical));
    assert_eq!(volume.min_rows, shipped.rule(Monitor::Volume).min_rows);
    assert!(!settings.rule(Monitor::Price).enabled);
    assert_eq!(settings.rule(Monitor::Schema), shipped.rule(Monitor::Schema));
}

#[test]
fn errors_name_line_key_and_reason() {
    for (toml, line, key, reason) in [
        ("table = \"a\"\n\n[monitors.volum]\nfloor = 1\n", 3, "[monitors.volum]", "unknown variant `volum`"),
        ("[monitors.volume]\nflor = 1\n", 2, "flor", "unknown field `flor`"),
        ("[monitors.volume]\nfloor = -1\n", 2, "floor", "-1 must be 0 or more"),
        ("[monitors.volume]\nfloor = 1\np = 2\n", 3, "p", "2 must be between 0 and 1"),
        ("[monitors.volume]\nseverity = \"loud\"\n", 2, "severity", "unknown variant `loud`"),
        ("[reference]\nweeks = 0\n", 2, "weeks", "0 must be from 1 to 1000"),
        ("table = [\n", 1, "table", ""),
        (
            "[[calendar]]\nname = \"x\"\nfrom = \"soon\"\nto = 2026-01-01\n",
            3,
            "from",
            "soon is no whole hour",
        ),
        (
            "[[calendar]]\nname = \"x\"\nfrom = 2026-01-02\nto = 2026-01-01\n",
            1,
            "[[calendar]]",
            "to must be after",
        ),
        (
            "[[calendar]]\nname = \"x\"\nfrom = 2026-01-01\nto = 2026-01-02\nmonitors = [\"[\"]\n",
            5,
            "monitors",
            "pattern [",
        ),
        (
            "[[calendar]]\nname = \"x\"\nfrom = 2026-01-01\nto = 2026-01-02\nvolume = [3, 1]\n",
            1,
            "[[calendar]]",
            "volume must be",
        ),
    ] {
        let found = error(toml);
        assert_eq!((found.line, found.key.as_str()), (line, key), "{toml}: {found}");
        assert!(found.reason.contains(reason), "{toml}: {found}");
        assert!(found.to_string().starts_with(&format!("line {line}, {key}: ")));
    }
}
