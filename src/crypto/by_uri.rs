//! Enums of algorithms that documents name by their URI.

/// Declares an enum of algorithms, each with its URI: all of them, the URI of each, and the one of a URI.
macro_rules! by_uri {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $uri:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every algorithm that is accepted.
            pub const ALL: [Self; [$($uri),+].len()] = [$(Self::$variant),+];

            /// The URI that names it.
            pub const fn uri(self) -> &'static str {
                match self {
                    $(Self::$variant => $uri,)+
                }
            }

            fn of_uri(uri: &str) -> Option<Self> {
                match uri {
                    $($uri => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            /// Writes the URI.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.uri())
            }
        }
    };
}

pub(super) use by_uri;
