//! A mail per alert, over SMTP with TLS.

use super::{Message, Outcome, Secret};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::Duration;

/// For one step of the conversation with the server.
const STEP: Duration = Duration::from_secs(15);
/// The port on which TLS begins before the first word (RFC 8314); on others it is asked for.
const SUBMISSIONS: u16 = 465;

/// A server and an account at it.
pub(super) struct Account<'a> {
    pub server: &'a str,
    pub port: u16,
    pub tls: bool,
    pub user: Option<&'a str>,
    pub password: Option<&'a Secret>,
    pub from: &'a str,
    pub to: &'a [String],
}

impl Account<'_> {
    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.server).port(self.port).timeout(Some(STEP));
        if self.tls {
            let parameters = TlsParameters::new(self.server.to_owned())?;
            builder = builder.tls(if self.port == SUBMISSIONS { Tls::Wrapper(parameters) } else { Tls::Required(parameters) });
        }
        if let (Some(user), Some(Secret(password))) = (self.user, self.password) {
            builder = builder.credentials(Credentials::new(user.to_owned(), password.trim_end().to_owned()));
        }
        Ok(builder.build())
    }

    fn mail(&self, message: &Message, key: &str) -> Result<Mail, String> {
        let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|e| format!("`{text}` is no mail address: {e}"));
        let from = mailbox(self.from)?;
        // The same for a delivery that comes again: readers show one mail.
        let id = format!("<{key}-{}@{}>", message.alert.created.as_second(), from.email.domain());
        let mut mail =
            Mail::builder().from(from).subject(&message.words.title).message_id(Some(id)).header(ContentType::TEXT_PLAIN);
        for to in self.to {
            mail = mail.to(mailbox(to)?);
        }
        let link = message.alert.url.as_ref().map_or(String::new(), |url| format!("\n{url}\n"));
        mail.body(format!("{}\n{link}", message.text())).map_err(|e| format!("the mail cannot be written: {e}"))
    }
}

/// `key` is the same for a delivery that comes again.
pub(super) async fn send(account: &Account<'_>, message: &Message<'_>, key: &str) -> Outcome {
    let mail = match account.mail(message, key) {
        Ok(mail) => mail,
        Err(reason) => return Outcome::Refused(reason),
    };
    let sent = match account.transport() {
        Ok(transport) => transport.send(mail).await,
        Err(error) => Err(error),
    };
    match sent {
        Ok(_) => Outcome::Sent,
        Err(error) if error.is_permanent() => Outcome::Refused(format!("{} refuses the mail: {error}", account.server)),
        Err(error) => {
            Outcome::Later { at: None, absent: false, reason: format!("{} did not take the mail: {error}", account.server) }
        }
    }
}
