//! The verbs that write, each a part of a transaction that somebody else begins and ends.

mod change;
mod create;
mod mark;
#[cfg(test)]
mod plans;
mod purge;
mod remove;
mod renew;

use rusqlite::{Connection, Params};

use crate::renewals::Renewals;

pub(crate) use change::{rotate, update};
pub(crate) use create::create;
pub(crate) use mark::mark;
pub(crate) use purge::purge;
pub(crate) use remove::{delete, revoke};
pub(crate) use renew::{load, renew};

/// What a verb works on: the connection that writes, in a transaction, and the renewals.
#[derive(Clone, Copy)]
pub(crate) struct Db<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) renewals: &'a Renewals,
}

impl Db<'_> {
    /// Runs a statement, and says how many rows it changed.
    fn execute(self, sql: &'static str, params: impl Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(params)
    }
}
