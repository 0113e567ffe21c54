//! Errors as `main` prints them: their `Debug` is the sentence of their `Display`, and the causes that it does not tell.

use std::error::Error;
use std::fmt;
use std::iter::successors;

/// Has the `Debug` of an error be its sentence.
macro_rules! debug_as_sentence {
    ($error:ty) => {
        impl std::fmt::Debug for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                crate::sentence::write(self, f)
            }
        }
    };
}

pub(crate) fn write(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sentence = error.to_string();
    let mut causes = String::new();
    for cause in successors(error.source(), |cause| (*cause).source()) {
        let cause = cause.to_string();
        if !sentence.contains(&cause) && !causes.contains(&cause) {
            let before = if causes.is_empty() { "" } else { ": " };
            causes = causes + before + &cause;
        }
    }
    match causes.is_empty() {
        true => f.write_str(&sentence),
        false => write!(f, "{sentence} (because {causes})"),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    #[derive(thiserror::Error)]
    #[error("{0}")]
    struct Outer(&'static str, #[source] Inner);
    debug_as_sentence!(Outer);

    #[derive(Debug, thiserror::Error)]
    #[error("the file is gone")]
    struct Inner(#[from] io::Error);

    #[test]
    fn an_error_tells_each_of_its_causes_once() {
        for (sentence, expected) in [
            (
                "the store failed",
                "the store failed (because the file is gone: no disk)",
            ),
            (
                "the store failed: the file is gone",
                "the store failed: the file is gone (because no disk)",
            ),
            ("the file is gone: no disk", "the file is gone: no disk"),
        ] {
            let error = Outer(sentence, io::Error::other("no disk").into());
            assert_eq!(format!("{error:?}"), expected);
            assert_eq!(format!("{error:#?}"), expected);
        }
    }
}
