//! The rows of a directory that a transaction keeps from all others.

/// The rows that a transaction keeps from all others until it ends, so that what it read stays true.
///
/// A store whose changes run beside each other locks before the work runs, and all stores in one order, so that no two transactions
/// wait for each other: the settings of the site, the connection (its row stands for its whole directory and its configuration), users in the order of their
/// ids, sessions in that of their tokens. A store with one writer holds all of them at any time. Sessions that are opened or ended on their own need
/// no lock beforehand: each is locked when it is found, after its user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Lock {
    /// The connection: nobody else changes its directory. Rules about all users together need it: unique names, seats, the first user.
    Connection,
    /// The users that the work finds, each from when it is found: nobody else changes or removes them. And the connection, shared
    /// with others of this kind: a change of its groups, which has it for itself, finds every session that was opened before.
    Users,
}
