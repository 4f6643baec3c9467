#![no_main]

// The decoder catches panics of the parquet crate, and the fuzzer's hook would end the process before it can. Those that
// nobody catches end it all the same.
libfuzzer_sys::fuzz_target!(
    init: drop(std::panic::take_hook()),
    |bytes: &[u8]| estrella_properties::parquet(bytes)
);
