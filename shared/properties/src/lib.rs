//! What must hold of everything that reads what others have written, whatever they have written.
//!
//! Each target takes any bytes and panics if something does not hold. The fuzzer in `fuzz/` looks for such bytes; the
//! tests give the targets what it starts from.

mod changes;
mod compressed;
mod events;
mod messages;
mod notifications;
mod parquet;
mod refused;
mod rules;
mod settings;

pub use changes::changes;
pub use compressed::gzip;
pub use events::events;
pub use messages::messages;
pub use notifications::notifications;
pub use parquet::parquet;
pub use rules::rules;
pub use settings::settings;

/// Takes any bytes; panics if something does not hold.
pub type Target = fn(&[u8]);

/// All targets, by the names of their folders in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 7] = [
    ("changes", changes),
    ("events", events),
    ("messages", messages),
    ("notifications", notifications),
    ("parquet", parquet),
    ("rules", rules),
    ("settings", settings),
];
