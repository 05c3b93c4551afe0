//! Which addresses and names are taken: no feed is subscribed to twice, no name is given twice.

use crate::config::Config;
use crate::feed::Subscription;
use crate::store::FeedRow;
use crate::url::{Url, canonical};
use std::collections::{HashMap, HashSet};

/// The feeds of the configuration and of the database, by address and by name.
#[derive(Debug, Default)]
pub struct Known {
    /// Address in its one form, and which feed it is in words.
    addresses: HashMap<String, String>,
    names: HashSet<String>,
}

impl Known {
    pub fn of<'a>(config: Option<&Config>, rows: impl IntoIterator<Item = &'a FeedRow>) -> Known {
        let mut known = Known::default();
        for written in config.iter().flat_map(|config| &config.feeds) {
            known.take(&written.value, format!("it stands in {}:{}", written.file.display(), written.line));
        }
        for row in rows {
            let which = format!("it is feed {} ({})", row.id, row.subscription.name);
            known.addresses.entry(one_form(&row.address)).or_insert_with(|| which.clone());
            known.take(&row.subscription, which);
        }
        known
    }

    pub fn take(&mut self, feed: &Subscription, which: String) {
        self.addresses.entry(one_form(&feed.url)).or_insert(which);
        self.names.insert(feed.name.clone());
    }

    /// A feed of this address, in words.
    pub fn at(&self, url: &Url) -> Option<&str> {
        self.addresses.get(&one_form(url)).map(String::as_str)
    }

    pub fn has_name(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// `name`, or `name-2` … where that is taken.
    pub fn free_name(&self, name: &str) -> String {
        let numbered = (2..).map(|n| format!("{name}-{n}"));
        std::iter::once(name.to_owned()).chain(numbered).find(|name| !self.has_name(name)).unwrap_or_default()
    }
}

/// The form in which two addresses of one feed are equal. Its parameters count as they are given: any may choose what the feed holds.
fn one_form(url: &Url) -> String {
    let mut page = url.clone();
    page.set_query(None);
    format!("{}?{}", canonical(&page), url.query().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Known;
    use crate::feed::Subscription;

    #[test]
    fn one_address_is_one_feed_however_it_is_written() {
        let mut known = Known::default();
        known.take(&Subscription::new("https://www.example.org/feed/".parse().unwrap(), "example"), "first".to_owned());
        for (url, found) in [
            ("http://example.org/feed", true),
            ("https://example.org/feed?", true),
            ("https://example.org/feed?partner=rss", false),
            ("https://example.org/feed?page=2", false),
        ] {
            assert_eq!(known.at(&url.parse().unwrap()).is_some(), found, "{url}");
        }
    }

    #[test]
    fn names_are_numbered_where_taken() {
        let mut known = Known::default();
        for wanted in ["nos", "nos-2", "nos-3"] {
            let name = known.free_name("nos");
            assert_eq!(name, wanted);
            known.take(&Subscription::new(format!("https://{name}.nl/").parse().unwrap(), name), String::new());
        }
    }
}
