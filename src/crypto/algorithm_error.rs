//! The reasons for which an algorithm is refused.

/// The reason for which an algorithm is refused. The URI is cut to a bounded length, and shown with its control
/// characters escaped.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlgorithmError {
    /// A known algorithm that rests on SHA-1 or MD5, both of which are broken.
    #[error("the algorithm {uri:?} rests on SHA-1 or MD5 and is refused")]
    Weak {
        /// The URI found.
        uri: String,
    },
    /// An algorithm that is not on the list.
    #[error("the algorithm {uri:?} is not one of those accepted")]
    Unknown {
        /// The URI found.
        uri: String,
    },
}
debug_as_sentence!(AlgorithmError);

impl AlgorithmError {
    pub(super) fn refuse(uri: &str) -> Self {
        let shown = uri.chars().take(URI_SHOWN_MAX).collect();
        match WEAK.contains(&uri) {
            true => Self::Weak { uri: shown },
            false => Self::Unknown { uri: shown },
        }
    }
}

/// Characters of a refused URI that an error keeps. The longest URI registered for XML signatures has 57.
const URI_SHOWN_MAX: usize = 120;

/// Algorithms that older software still sends. They would be refused as unknown too; the list gives the better reason.
pub(super) const WEAK: [&str; 12] = [
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
    "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
    "http://www.w3.org/2001/04/xmldsig-more#md5",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-md5",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
    "http://www.w3.org/2007/05/xmldsig-more#md5-rsa-MGF1",
    "http://www.w3.org/2000/09/xmldsig#rsa-md5",
    "http://www.w3.org/2000/09/xmldsig#md5",
];
