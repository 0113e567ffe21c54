#![no_main]

use entrada_fuzz::mutate;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entrada_fuzz::decryption(data));

// Bytes changed at random hardly ever make another well-formed document, so every other change is to the tree.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(2)
        && let Some(mutant) = mutate::rearranged(&data[..size], seed / 2)
        && mutant.len() <= max_size
    {
        data[..mutant.len()].copy_from_slice(&mutant);
        return mutant.len();
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
});
