//! `[[receiver]]`: where alerts are delivered to, and the secrets for that.

use super::feed::{name, web_address};
use super::files;
use super::flow;
use super::names::Known;
use super::read::{Table, Wrong};
use crate::notify::{Kind, Receiver, Secret};
use std::time::Duration;

/// The name of the receiver that is there without being written.
pub const DESKTOP: &str = "desktop";
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
const MAIL_PORT: u16 = 465;
const ATOM_KEEP: usize = 100;

/// A receiver, and whether it is on.
pub(super) fn read(mut table: Table, known: &mut Known) -> Option<(Receiver, bool)> {
    let name = name(&mut table);
    match &name {
        Some(name) => known.receivers.give("receiver", name, &table),
        None if !table.has("name") => table.lacks("name", "name = \"desk-webhook\", by which rules name it"),
        None => {}
    }
    let enabled = table.flag("enabled").unwrap_or(true);
    let kind = kind(&mut table)?;
    let word = table.text("type").map_or("", |word| word.value);
    let written = flow::read(&mut table, word);
    let receiver = kind.zip(name.as_ref()).map(|(kind, name)| {
        let mut receiver = Receiver::new(name.value, kind);
        written.apply(&mut receiver);
        receiver
    });
    table.finish();
    receiver.map(|receiver| (receiver, enabled))
}

/// `None` where the type is not known, `Some(None)` where it is and something of it is wrong.
fn kind(table: &mut Table) -> Option<Option<Kind>> {
    const TYPES: &str = "one of desktop, webhook, command, mail, ntfy, atom";
    let Some(word) = table.text("type") else {
        if !table.has("type") {
            table.lacks("type", TYPES);
        }
        return None;
    };
    Some(match word.value {
        "desktop" => Some(Kind::Desktop),
        "webhook" => webhook(table),
        "command" => command(table),
        "mail" => mail(table),
        "ntfy" => ntfy(table),
        "atom" => atom(table),
        other => {
            let message = format!("no receiver is of type `{other}`");
            table.reader.problem(word.span, message, Some(TYPES.to_owned()));
            return None;
        }
    })
}

/// The value of a key that must be there.
fn needed<T>(table: &Table, key: &str, hint: &str, value: Option<T>) -> Option<T> {
    if value.is_none() && !table.has(key) {
        table.lacks(key, hint);
    }
    value
}

fn webhook(table: &mut Table) -> Option<Kind> {
    let url = table.read("url", web_address);
    let url = needed(table, "url", "the address that alerts are posted to", url);
    let secret = secret(table);
    Some(Kind::Webhook { url: url?, secret: secret? })
}

fn ntfy(table: &mut Table) -> Option<Kind> {
    let url = table.read("url", web_address);
    let url = needed(table, "url", "the address of the topic: https://ntfy.sh/my-topic", url);
    let token = secret(table);
    Some(Kind::Ntfy { url: url?, token: token? })
}

fn command(table: &mut Table) -> Option<Kind> {
    const HOW: &str = "the program and its arguments: command = [\"/usr/local/bin/tell\", \"--now\"]";
    let argv = table.texts("command").map(|list| list.iter().map(|t| t.value.to_owned()).collect::<Vec<_>>());
    let argv = needed(table, "command", HOW, argv);
    let timeout = table.duration("timeout", "1s", "50s").unwrap_or(COMMAND_TIMEOUT);
    if argv.as_ref().is_some_and(Vec::is_empty) {
        table.reader.problem(table.span_of("command"), "`command` is empty", Some(HOW.to_owned()));
    }
    Some(Kind::Command { argv: argv.filter(|a| !a.is_empty())?, timeout })
}

fn mail(table: &mut Table) -> Option<Kind> {
    let server = table.read("server", server);
    let server = needed(table, "server", "the host that takes your mail: smtp.example.org", server);
    let port = table.number("port", 1..=u64::from(u16::MAX)).and_then(|p| u16::try_from(p).ok()).unwrap_or(MAIL_PORT);
    let tls = table.flag("tls").unwrap_or(true);
    let user = table.owned("user");
    let password = secret(table);
    let from = table.read("from", mail_address);
    let from = needed(table, "from", "the sender: orbat@example.org", from);
    let to = table.read_all("to", mail_address);
    let to = needed(table, "to", "to = [\"desk@example.org\"]", to);
    if to.as_ref().is_some_and(Vec::is_empty) && table.is_empty_list("to") {
        table.reader.problem(table.span_of("to"), "`to` is empty", Some("to = [\"desk@example.org\"]".to_owned()));
    }
    Some(Kind::Mail { server: server?, port, tls, user, password: password?, from: from?, to: to.filter(|t| !t.is_empty())? })
}

fn atom(table: &mut Table) -> Option<Kind> {
    let file = table.reader.file;
    let path = table.text("path").map(|t| files::beside(file, t.value));
    let path = needed(table, "path", "the file that is written: /var/www/orbat.atom", path);
    let keep = table.number("keep", 1..=10_000).map_or(ATOM_KEEP, |n| n as usize);
    Some(Kind::Atom { path: path?, keep })
}

fn server(text: &str) -> Result<String, Wrong> {
    match url::Host::parse(text.trim()) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(Wrong::new(format!("`{text}` is not a host name"), "smtp.example.org; the port has a key of its own")),
    }
}

/// `desk@example.org` or `The desk <desk@example.org>`; what stands in it is judged by the mail library.
fn mail_address(text: &str) -> Result<String, Wrong> {
    let bare = text.rsplit_once('<').map_or(text, |(_, rest)| rest.trim_end().strip_suffix('>').unwrap_or(""));
    let good =
        bare.trim().split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if good && !text.contains(char::is_control) {
        return Ok(text.trim().to_owned());
    }
    Err(Wrong::new(format!("`{text}` is not a mail address"), "desk@example.org or The desk <desk@example.org>"))
}

/// The secret from the one place that is given: a file, the environment, or a credential of systemd.
/// `Some(None)` where none is asked for, `None` where it cannot be had.
fn secret(table: &mut Table) -> Option<Option<Secret>> {
    let file = table.reader.file;
    let given = [
        table.read("secret_file", |written| {
            files::secret(&files::beside(file, written)).map_err(|why| {
                Wrong::new(why, "relative names are looked for beside this file; put nothing but the secret into it")
            })
        }),
        table.read("secret_env", |name| {
            let value = std::env::var(name).ok().filter(|v| !v.is_empty());
            value.ok_or_else(|| {
                Wrong::new(format!("the variable {name} is not set"), "set it in the unit: systemctl --user edit orbat")
            })
        }),
        table.read("secret_credential", credential),
    ];
    let asked = ["secret_file", "secret_env", "secret_credential"].into_iter().filter(|key| table.has(key));
    match (asked.count(), given.into_iter().flatten().next()) {
        (0, _) => Some(None),
        (1, secret) => secret.map(|s| Some(Secret(s))),
        _ => {
            let hint = "keep one of secret_file, secret_env, secret_credential".to_owned();
            table.reader.problem(table.span.clone(), "more than one secret for one receiver", Some(hint));
            None
        }
    }
}

/// A credential that systemd hands to the unit (systemd.exec(5), LoadCredential=).
fn credential(name: &str) -> Result<String, Wrong> {
    if name.contains('/') || name.starts_with('.') {
        return Err(Wrong::new(
            format!("`{name}` is not the name of a credential"),
            "the name before the colon in LoadCredential=",
        ));
    }
    let Some(directory) = std::env::var_os("CREDENTIALS_DIRECTORY") else {
        let hint = "it is there only for a unit with LoadCredential= or SetCredential=";
        return Err(Wrong::new(format!("no credential `{name}`: CREDENTIALS_DIRECTORY is not set"), hint));
    };
    files::credential(&std::path::Path::new(&directory).join(name)).map_err(Wrong::from)
}
