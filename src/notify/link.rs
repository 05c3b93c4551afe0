//! A web address in the user's browser.

use crate::url::Url;
use std::process::{Command, Stdio};

/// Opens the address and waits until the browser has taken it over. False where there is neither `$BROWSER` nor a desktop. With the `token` of
/// a click the desktop lets the browser's window come to the front.
pub fn open(url: &Url, token: Option<&str>) -> Result<bool, String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("only web addresses are opened, not {url}"));
    }
    let Some(mut command) = opener(url) else { return Ok(false) };
    command.envs(token.map(|token| ("XDG_ACTIVATION_TOKEN", token)));
    start(command).map(|()| true)
}

/// Starts the opener and waits until it has handed the address over.
fn start(mut command: Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status().map_err(|e| format!("{program}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} could not open it ({status})")) }
}

/// `$BROWSER` (the first of its list), else the desktop's own opener; `None` where there is neither.
fn opener(url: &Url) -> Option<Command> {
    let browser = std::env::var("BROWSER").ok();
    if let Some(words) = browser.as_deref().and_then(|list| arguments(list, url.as_str())) {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        return Some(command);
    }
    let program = desktop_opener()?;
    let mut command = Command::new(program);
    command.arg(url.as_str());
    Some(command)
}

/// The words of the first command in `$BROWSER` (parted by `:`), the address for `%s` or at the end. No shell reads it.
fn arguments(list: &str, url: &str) -> Option<Vec<String>> {
    let first = list.split(':').next()?;
    let mut words: Vec<_> = first.split_whitespace().map(|word| word.replace("%s", url)).collect();
    if !first.contains("%s") {
        words.push(url.to_owned());
    }
    (!first.trim().is_empty()).then_some(words)
}

fn desktop_opener() -> Option<&'static str> {
    if cfg!(target_os = "macos") {
        return Some("open");
    }
    let desktop = ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    let path = std::env::var_os("PATH")?;
    let there = std::env::split_paths(&path).any(|dir| dir.join("xdg-open").is_file());
    (desktop && there).then_some("xdg-open")
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn the_browser_variable_is_a_list_of_commands() {
        let url = "https://example.org/a?b=1;c";
        for (list, words) in [
            ("firefox", Some("firefox|U")),
            ("firefox --new-tab %s:lynx", Some("firefox|--new-tab|U")),
            ("w3m -o x=%s", Some("w3m|-o|x=U")),
            ("", None),
            (" :lynx", None),
        ] {
            let read = arguments(list, url).map(|words| words.join("|"));
            assert_eq!(read, words.map(|w| w.replace('U', url)), "{list}");
        }
    }
}
