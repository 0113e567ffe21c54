//! The provisioning log and the events, side by side, and the answer to: why was this user not provisioned?

mod answers;
mod event_line;
mod line;
mod reader;
mod words;

pub use self::answers::RefusedSignOn;
pub use self::answers::SubjectAnswer;
pub use self::answers::SubjectVerdict;
pub use self::event_line::EventLine;
pub(super) use self::event_line::Names;
pub use self::line::LogLine;
pub(crate) use self::line::time;
pub use self::reader::LogPart;
pub use self::reader::LogQuestion;
pub use self::reader::LogReader;
use super::Admin;
use super::Done;
use super::connections;

/// The latest of the log and the events.
pub struct LogPage {
    /// Entries and events, the earliest first.
    pub part: LogPart,
    /// The answers about the subject, if the question had one.
    pub answers: Vec<SubjectAnswer>,
    /// The reader that goes on behind them.
    pub reader: LogReader,
}

/// Reads the latest entries and events, and the answers. Fails on an unknown connection, and where the store does.
pub async fn latest(admin: &Admin, question: &LogQuestion) -> Done<LogPage> {
    if let Some(id) = &question.connection {
        connections::one(admin, id).await?;
    }
    let mut reader = LogReader::of(admin, question).await?;
    let part = reader.latest(admin).await?;
    let answers = match &question.subject {
        Some(subject) => answers::answers(admin, question.connection.as_ref(), subject).await?,
        None => Vec::new(),
    };
    Ok(LogPage {
        part,
        answers,
        reader,
    })
}
