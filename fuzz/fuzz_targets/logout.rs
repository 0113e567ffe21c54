#![no_main]

use entrada_fuzz::mutate;
use entrada_fuzz::requery;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entrada_fuzz::logout(data));

// Bytes changed at random hardly ever make another well-formed document, so every other change is to the tree,
// or to the parameters of a query.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(2)
        && let Some(mutant) = rearranged(&data[..size], seed / 2)
        && mutant.len() <= max_size
    {
        data[..mutant.len()].copy_from_slice(&mutant);
        return mutant.len();
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
});

fn rearranged(message: &[u8], seed: u32) -> Option<Vec<u8>> {
    match message.first() {
        Some(b'<') => mutate::rearranged(message, seed),
        _ => requery::requeried(message, seed),
    }
}
