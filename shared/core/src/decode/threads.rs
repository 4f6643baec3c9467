//! Reader, parsers, caller: three kinds of threads joined by bounded channels.

use std::collections::BTreeMap;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{DecodeError, DecodeErrorKind, Decoded, Stopped};

/// Blocks in flight between two threads. Two keep both ends busy.
const IN_FLIGHT: usize = 2;

type Numbered = (u64, Result<Decoded, DecodeError>);

/// Takes `blocks` on a thread of their own, parses them on one more per parser, and hands the results to `sink` on
/// the caller's, in the order of the blocks. Returns the number of rows. Memory is a few blocks per thread.
///
/// # Errors
/// The first error in the order of the blocks, whichever thread met it.
pub(super) fn decode_blocks<B: Send, E>(
    blocks: impl Iterator<Item = Result<B, DecodeError>> + Send,
    parsers: impl IntoIterator<Item = impl FnMut(B) -> Result<Decoded, DecodeError> + Send>,
    mut sink: impl FnMut(Decoded) -> Result<(), E>,
) -> Result<u64, Stopped<E>> {
    thread::scope(|scope| {
        let (to_parsers, from_reader) = bounded(IN_FLIGHT);
        let (to_caller, from_parsers) = bounded(2 * IN_FLIGHT);
        let failures = to_caller.clone();
        let read = move || read(blocks, &to_parsers, &failures);
        named("read").spawn_scoped(scope, read).map_err(no_thread)?;
        for parser in parsers {
            let (from_reader, to_caller) = (from_reader.clone(), to_caller.clone());
            let parse = move || parse(parser, &from_reader, &to_caller);
            named("parse").spawn_scoped(scope, parse).map_err(no_thread)?;
        }
        // Only threads may keep the channels open: when they end, so do the loops at the other ends.
        drop((from_reader, to_caller));
        let mut rows = 0;
        in_order(from_parsers, |decoded| {
            rows += decoded.rows();
            sink(decoded)
        })?;
        Ok(rows)
    })
}

/// Threads have names so that profilers and debuggers tell them apart.
fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

fn no_thread(error: std::io::Error) -> DecodeError {
    DecodeErrorKind::Io(format!("cannot start a thread: {error}")).into()
}

/// Sends blocks until they end or nobody listens, which means that the caller has stopped for a reason of its own.
fn read<B>(
    blocks: impl Iterator<Item = Result<B, DecodeError>>,
    out: &Sender<(u64, B)>,
    failures: &Sender<Numbered>,
) {
    for (number, block) in (0..).zip(blocks) {
        match block {
            Ok(block) => {
                if out.send((number, block)).is_err() {
                    return;
                }
            }
            Err(error) => {
                let _unheard = failures.send((number, Err(error)));
                return;
            }
        }
    }
}

fn parse<B>(
    mut parser: impl FnMut(B) -> Result<Decoded, DecodeError>,
    blocks: &Receiver<(u64, B)>,
    out: &Sender<Numbered>,
) {
    for (number, block) in blocks {
        if out.send((number, parser(block))).is_err() {
            return;
        }
    }
}

/// Brings results back into the order of the blocks. At most as many wait as there are blocks in flight.
fn in_order<E>(
    results: Receiver<Numbered>,
    mut sink: impl FnMut(Decoded) -> Result<(), E>,
) -> Result<(), Stopped<E>> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (number, result) in results {
        waiting.insert(number, result);
        while let Some(result) = waiting.remove(&next) {
            sink(result?).map_err(Stopped::Sink)?;
            next += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Reason, RejectedRow};

    /// A block of one refused row, which carries the block's number as its line.
    fn block(line: u64) -> Decoded {
        let row = RejectedRow { line, reasons: Reason::UnparsableRow.into(), raw: String::new() };
        Decoded { rejected: vec![row], ..Decoded::default() }
    }

    fn run(
        blocks: u64,
        fails_at: Option<u64>,
        stops_at: Option<u64>,
    ) -> (Vec<u64>, Result<u64, Stopped<u64>>) {
        let source = (0..blocks).map(|n| match fails_at {
            Some(at) if at == n => Err(DecodeError::at(n, DecodeErrorKind::Truncated)),
            _ => Ok(n),
        });
        let parser = |n: u64| {
            // The earlier of neighbours takes longer, so that they change places.
            thread::sleep(std::time::Duration::from_micros(300 * (1 - n % 2)));
            Ok(block(n))
        };
        let mut seen = Vec::new();
        let ended = decode_blocks(source, [parser; 3], |decoded| {
            let line = decoded.rejected[0].line;
            if stops_at == Some(line) {
                return Err(line);
            }
            seen.push(line);
            Ok(())
        });
        (seen, ended)
    }

    #[test]
    fn results_come_in_the_order_of_the_blocks() {
        let (seen, ended) = run(200, None, None);
        assert!(matches!(ended, Ok(200)));
        assert_eq!(seen, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn a_failure_comes_after_all_that_is_before_it() {
        let (seen, ended) = run(200, Some(50), None);
        assert!(matches!(ended, Err(Stopped::Decode(DecodeError { line: Some(50), .. }))));
        assert_eq!(seen, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_sink_that_fails_stops_all_threads() {
        let (seen, ended) = run(u64::MAX, None, Some(20));
        assert!(matches!(ended, Err(Stopped::Sink(20))));
        assert_eq!(seen, (0..20).collect::<Vec<_>>());
    }
}
