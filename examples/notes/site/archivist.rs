//! The care for notes whose author leaves. It follows the events of Entrada, from the last one that was dealt with on.
//! That number is in the board's own database, and changes with what the event changes: an event that is met a second
//! time says the same again, and none is missed while the site is down.

use std::convert::Infallible;
use std::time::Duration;

use entrada::event::EventKind;
use entrada::web::Entrada;
use entrada::web::EventsError;

use super::board::Board;
use super::board::Failure;
use super::board::Standing;

/// Follows the events for as long as the site runs; begins anew where a database does not answer.
pub(super) async fn follow(entrada: Entrada, board: Board) {
    loop {
        let Err(error) = follow_until_failure(&entrada, &board).await;
        tracing::warn!(%error, "events are not followed; trying again");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow_until_failure(entrada: &Entrada, board: &Board) -> Result<Infallible, Failure> {
    let mut events = entrada.events().after(board.last_event().await?);
    loop {
        match events.next().await {
            Ok(recorded) => {
                let event = &recorded.event;
                let standing = standing_after(event.kind());
                let change = event.user().map(str::to_owned).zip(standing);
                board.note_event(recorded.id, change).await?;
            }
            Err(EventsError::Forgotten { .. }) => compare_with_directory(entrada, board).await?,
            Err(error) => return Err(error.into()),
        }
    }
}

/// The standing of somebody after this event, if it says so.
fn standing_after(kind: EventKind) -> Option<Standing> {
    match kind {
        EventKind::UserDeactivated => Some(Standing::Away),
        EventKind::UserReactivated => Some(Standing::Here),
        EventKind::UserDeleted => Some(Standing::Gone),
        _ => None,
    }
}

/// The site was down for so long that events are gone: asks the directory about every author.
async fn compare_with_directory(entrada: &Entrada, board: &Board) -> Result<(), Failure> {
    for (connection, author) in board.authors().await? {
        let found = entrada.store().user(&connection, &author).await?;
        let standing = match found {
            Some(user) if user.record().resource.is_active() => Standing::Here,
            Some(_) => Standing::Away,
            None => Standing::Gone,
        };
        board.set_standing(author, standing).await?;
    }
    Ok(())
}

/// The time that it waits before it tries again.
const PAUSE: Duration = Duration::from_secs(5);
