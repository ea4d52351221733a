//! Every two calls at once, in every order in which their threads may get on.

use portcullis_session::Revoke;

use crate::fixtures::{
    create, delete, handle, list, load, login, revoke, rotate, rotate_with, visit, write,
};
use crate::race::Race;
use crate::verb::Verb;

/// A pair with more orders than this is not tried in all of them, and is told.
const MOST: usize = 1_000;

/// Calls on a session that is there, each with the number of a new key that no other has.
///
/// All are of one user: whether two share a lock is chance, and orders must not differ by that.
fn calls(new: u64) -> Vec<(&'static str, Verb)> {
    vec![
        ("visit", visit(1)),
        ("write", write(1, 0, b'a')),
        ("rotate", rotate(1, new)),
        ("rotate without grace", rotate_with(1, new, 0)),
        ("delete", delete(1)),
        ("log in", login(new, "ada", None, None)),
        ("log in in its place", login(new, "ada", Some(1), None)),
        ("log in under a cap", login(new, "ada", None, Some(1))),
        ("revoke all", revoke("ada", Revoke::All)),
        ("revoke it", revoke("ada", Revoke::One(handle(1)))),
        (
            "revoke the others",
            revoke("ada", Revoke::AllBut(handle(1))),
        ),
        ("list", list("ada")),
        ("load", load(1)),
    ]
}

#[test]
fn every_two_calls_at_once() {
    let (mut orders, mut unfinished) = (0, Vec::new());
    for (index, (one_says, one)) in calls(3).into_iter().enumerate() {
        for (two_says, two) in calls(4).into_iter().skip(index) {
            let race = Race {
                before: vec![create(1, "ada"), create(2, "ada")],
                threads: vec![vec![one.clone()], vec![two]],
            };
            let tried = race.check_all(MOST);
            orders += tried;
            if tried >= MOST {
                unfinished.push(format!("{one_says} and {two_says}"));
            }
        }
    }
    println!("{orders} orders of two calls; not all of: {unfinished:?}");
}
