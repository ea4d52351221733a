//! How SQLite carries the statements out: by indexes, none by looking through a table.

use rusqlite::Connection;

use super::{change, create, mark, purge, remove, renew};
use crate::fixtures::Fixture;
use crate::lookup::LOOKUP;
use crate::store::LIST;

fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.raw_query().mapped(|row| row.get("detail"));
    steps.collect::<Result<_, _>>().unwrap()
}

#[test]
fn no_statement_looks_through_a_table() {
    let (_fixture, db) = Fixture::new();
    for sql in [
        LOOKUP,
        LIST,
        change::SET_BODY,
        change::SET_LIFETIME,
        change::SET_KEY,
        change::DELETE_DEAD,
        create::BY_HANDLE,
        create::OF_SUBJECT,
        create::DELETE_DEAD,
        purge::DEAD,
        purge::RETIRED,
        purge::MARKS,
        remove::DELETE_ID,
        remove::REVOKE,
        renew::RENEW,
    ] {
        let plan = plan(&db, sql);
        assert!(
            plan.iter().any(|step| step.starts_with("SEARCH")),
            "{sql}: {plan:?}"
        );
        assert!(
            !plan.iter().any(|step| step.contains("SCAN")),
            "{sql}: {plan:?}"
        );
    }
    // These look for nothing but what would be in their way.
    for sql in [change::RETIRE, create::INSERT, mark::MARK] {
        assert!(
            plan(&db, sql).iter().all(|step| !step.contains("SCAN")),
            "{sql}"
        );
    }
}

#[test]
fn a_lookup_is_three_searches_by_a_digest() {
    let (_fixture, db) = Fixture::new();
    let plan = plan(&db, LOOKUP);
    let searches: Vec<_> = plan
        .iter()
        .filter(|step| step.starts_with("SEARCH"))
        .collect();
    assert_eq!(
        searches,
        [
            "SEARCH session USING INDEX sqlite_autoindex_session_1 (digest=?)",
            "SEARCH session USING INDEX session_predecessor (predecessor=?)",
            "SEARCH retired USING PRIMARY KEY (digest=?)",
            "SEARCH session USING INTEGER PRIMARY KEY (rowid=?)",
        ]
    );
    assert!(
        !plan.iter().any(|step| step.contains("TEMP B-TREE")),
        "{plan:?}"
    );
}
