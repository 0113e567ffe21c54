#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| entrada_fuzz::xml_tree(data));
