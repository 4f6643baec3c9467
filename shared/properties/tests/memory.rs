//! Memory does not grow with what comes in. One test, alone in its process: the peak is that of the process.
#![cfg(target_os = "linux")]

use std::io::{BufReader, Read, repeat};

use bytes::Bytes;
use estrella_core::changes::{ChangeDecoder, Kind, Mapping, decode_change_events, decode_changes};
use estrella_core::decode::{DecodeErrorKind, Decoded, Format, Records, Stopped, decode_text};
use estrella_core::event::{Rules, SOURCE_COLUMNS};
use flate2::Compression;
use flate2::bufread::GzEncoder;

const MIB: u64 = 1 << 20;

/// What decoding may take on top of what the process has: some blocks of a MiB, and their rows.
const MOST_BYTES: u64 = 128 * MIB;

/// Peak of the resident memory.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[track_caller]
fn assert_bounded<T>(what: &str, work: impl FnOnce() -> T) -> T {
    // Where the peak cannot be set back, it is that of all before as well, which is bounded too.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = peak_bytes();
    let done = work();
    let grown = peak_bytes() - before;
    eprintln!("{what}: {} MiB", grown / MIB);
    assert!(grown < MOST_BYTES, "{what}: {} MiB", grown / MIB);
    done
}

fn events(source: impl Read + Send, format: Format) -> Result<u64, DecodeErrorKind> {
    let report = decode_text(source, format, &Rules::default(), 2, |_: Decoded| Ok::<(), String>(()));
    report.map(|report| report.rows).map_err(|stopped| match stopped {
        Stopped::Decode(error) => error.kind,
        Stopped::Sink(error) => panic!("{error}"),
    })
}

fn header() -> Vec<u8> {
    (SOURCE_COLUMNS.join(",") + "\n").into_bytes()
}

/// The same text over and over.
struct Endless(&'static [u8], usize);

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        for byte in out.iter_mut() {
            *byte = self.0[self.1 % self.0.len()];
            self.1 += 1;
        }
        Ok(out.len())
    }
}

fn bomb(source: impl Read) -> Vec<u8> {
    let mut compressed = Vec::new();
    GzEncoder::new(BufReader::new(source), Compression::fast()).read_to_end(&mut compressed).unwrap();
    compressed
}

#[test]
fn memory_does_not_grow_with_what_comes_in() {
    let (header, too_long) = (header(), |kind| matches!(kind, Err(DecodeErrorKind::RecordTooLong { .. })));

    let line = || repeat(b'x').take(100 * MIB);
    assert!(too_long(assert_bounded("a line of 100 MiB", || events(line(), Format::Csv))));
    let line = || header.chain(repeat(b'x').take(100 * MIB));
    assert!(too_long(assert_bounded("a line of 100 MiB behind a header", || events(line(), Format::Csv))));
    let line = || header.chain(&b"\""[..]).chain(repeat(b'x').take(100 * MIB));
    assert!(too_long(assert_bounded("an open quote of 100 MiB", || events(line(), Format::Csv))));

    let zeros = bomb(header.chain(repeat(0).take(256 * MIB)));
    assert!(too_long(assert_bounded("a bomb of zeros", || events(&zeros[..], Format::CsvGzip))));
    let rows = bomb(header.chain(Endless(b"x\n", 0).take(24 * MIB)));
    assert_eq!(assert_bounded("a bomb of rows", || events(&rows[..], Format::CsvGzip)), Ok(12 * MIB));
    let fields = bomb(header.chain(Endless(b",,,,,,,,\n", 0).take(27 * MIB)));
    assert_eq!(
        assert_bounded("a bomb of empty fields", || events(&fields[..], Format::CsvGzip)),
        Ok(3 * MIB)
    );
    let members = bomb(&b""[..]).repeat(500_000);
    let kind = assert_bounded("half a million empty members", || events(&members[..], Format::CsvGzip));
    assert_eq!(kind, Err(DecodeErrorKind::Empty));

    let columns = || Endless(b",", 0).take(MIB - 1).chain(&b"\n"[..]);
    let kind = assert_bounded("a million columns", || events(columns(), Format::Csv));
    assert!(matches!(kind, Err(DecodeErrorKind::NoHeader { .. })), "{kind:?}");

    long_changes();
}

/// Each change is as long as a record may be: what is handed on together is told by bytes as well as by rows.
fn long_changes() {
    let mapping = Mapping::default();
    let long = Box::leak(format!("I,1,{}\n", "x".repeat(500_000)).into_boxed_str()).as_bytes();
    let source = || Endless(long, 0).take(long.len() as u64 * 400);
    let table = mapping.of_source("public.brands").unwrap();
    let decoder = ChangeDecoder { table, kind: Kind::Changes { named_us: 0 }, object: "x" };
    let report = assert_bounded("400 changes of a MB", || {
        let records: Records<_, Bytes> = Records::Text(source(), Format::Csv);
        decode_changes(records, &decoder, |rows| rows.finish().map(drop)).unwrap()
    });
    assert_eq!(report.rows, 400);

    let table = mapping.of_source("public.events").unwrap();
    let decoder = ChangeDecoder { table, ..decoder };
    let wide = ",".repeat(table.columns.len() - 1);
    let long = Box::leak(format!("I,{}{wide}\n", "x".repeat(500_000)).into_boxed_str()).as_bytes();
    let report = assert_bounded("400 events of a MB", || {
        let records: Records<_, Bytes> =
            Records::Text(Endless(long, 0).take(long.len() as u64 * 400), Format::Csv);
        decode_change_events(records, &decoder, &Rules::default(), |_| Ok::<(), String>(())).unwrap()
    });
    assert_eq!(report.rows, 400);
}
