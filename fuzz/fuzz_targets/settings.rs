#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| estrella_properties::settings(bytes));
