//! Canonical URLs: when two addresses are one article.

pub use url::Url;

/// The form in which two addresses of one article are equal: scheme `https`, lower-case host without `www.`, `m.`, `amp.`, no default port,
/// no fragment, no tracking parameters, no index page, no trailing slash, other parameters in order. For comparing only, never for fetching.
pub fn canonical(_url: &Url) -> String {
    todo!()
}

/// The address without user name and password: what may be shown, logged and exported.
pub fn without_credentials(_url: &Url) -> Url {
    todo!()
}

/// `base` joined with `link`; `None` where that gives no http(s) address.
pub fn resolve(_base: &Url, _link: &str) -> Option<Url> {
    todo!()
}
