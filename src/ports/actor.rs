//! Those who change things by the hand of an operator, as logs and events name them.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The one who makes a change. Its text is the same in rows and in JSON; a text that this version does not know stays as it is.
///
/// ```
/// use entrada::ports::Actor;
///
/// let actor: Actor = "console:acme:u-1:s-1".parse().unwrap();
/// assert!(matches!(&actor, Actor::Console { user, .. } if user == "u-1"));
/// assert_eq!(actor.to_string(), "console:acme:u-1:s-1");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Actor {
    /// The command line.
    CommandLine,
    /// The code of an app, at its start.
    App,
    /// A person at the console.
    Console {
        /// The id of the connection by which the person signed on.
        connection: String,
        /// The id of the user.
        user: String,
        /// The id of the session.
        session: String,
    },
    /// A person with a setup link.
    SetupLink {
        /// The id of the link.
        link: String,
    },
    /// An actor that a later version of this crate wrote.
    Unknown(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::CommandLine => f.write_str(COMMAND_LINE),
            Actor::App => f.write_str(APP),
            Actor::Console {
                connection,
                user,
                session,
            } => write!(f, "{CONSOLE}:{connection}:{user}:{session}"),
            Actor::SetupLink { link } => write!(f, "{SETUP_LINK}:{link}"),
            Actor::Unknown(text) => f.write_str(text),
        }
    }
}

impl FromStr for Actor {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Actor, Infallible> {
        Ok(known(text).unwrap_or_else(|| Actor::Unknown(text.to_owned())))
    }
}

/// The actor of a text that this version writes. No id is empty, and none but the last has a colon.
fn known(text: &str) -> Option<Actor> {
    match text {
        COMMAND_LINE => return Some(Actor::CommandLine),
        APP => return Some(Actor::App),
        _ => {}
    }
    let (kind, ids) = text.split_once(':')?;
    match kind {
        CONSOLE => {
            let mut ids = ids.splitn(3, ':').map(id);
            Some(Actor::Console {
                connection: ids.next()??,
                user: ids.next()??,
                session: ids.next()??,
            })
        }
        SETUP_LINK => Some(Actor::SetupLink { link: id(ids)? }),
        _ => None,
    }
}

fn id(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// As the provisioning log has always called it.
const COMMAND_LINE: &str = "cli";
const APP: &str = "app";
const CONSOLE: &str = "console";
const SETUP_LINK: &str = "setup-link";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Actor {
        let Ok(actor) = text.parse();
        actor
    }

    #[test]
    fn each_actor_is_read_as_it_was_written() {
        let actors = [
            (Actor::CommandLine, "cli"),
            (Actor::App, "app"),
            (
                Actor::Console {
                    connection: "acme".to_owned(),
                    user: "u-1".to_owned(),
                    session: "s-1".to_owned(),
                },
                "console:acme:u-1:s-1",
            ),
            (
                Actor::SetupLink {
                    link: "l-1".to_owned(),
                },
                "setup-link:l-1",
            ),
        ];
        for (actor, text) in actors {
            assert_eq!(actor.to_string(), text);
            assert_eq!(read(text), actor);
        }
    }

    #[test]
    fn an_actor_of_a_later_version_keeps_its_text() {
        for text in [
            "",
            "webhook:w-1",
            "console",
            "console:acme",
            "console:acme:u-1:",
            "console::u-1:s-1",
            "setup-link:",
            "cli:1",
        ] {
            assert_eq!(read(text), Actor::Unknown(text.to_owned()));
            assert_eq!(read(text).to_string(), text);
        }
    }
}
