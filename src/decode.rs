//! Bytes to text: BOM, declared and detected encodings.

/// Text and the name of the encoding that it was read in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    pub encoding: &'static str,
}

/// Reads `bytes`: an override by the user, then a byte order mark, then valid UTF-8, then the `charset` of the HTTP header,
/// then the one in the XML declaration or HTML `<meta>`, then detection. Never fails; what cannot be read becomes U+FFFD.
/// `tld` is the last label of the host's name, which helps detection.
pub fn decode(_bytes: &[u8], _over: Option<&str>, _charset: Option<&str>, _tld: Option<&str>) -> Decoded {
    todo!()
}
