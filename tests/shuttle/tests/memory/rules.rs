//! Races that have a rule of their own, and all that two or three threads may do at once by chance.

use portcullis_session::Revoke;
use shuttle::rand::{Rng, thread_rng};

use crate::fixtures::{
    create, delete, handle, list, load, login, revoke, rotate, rotate_with, visit, write,
};
use crate::race::Race;
use crate::verb::Verb;

fn race(before: &[Verb], threads: &[&[Verb]]) {
    let threads = threads.iter().map(|verbs| verbs.to_vec()).collect();
    let before = before.to_vec();
    Race { before, threads }.check();
}

/// Whatever a log-out meets, it is over with the session.
#[test]
fn s13_a_log_out_against_everything() {
    for other in [
        vec![visit(1), visit(1)],
        vec![load(1), write(1, 0, b'a'), write(1, 1, b'b')],
        vec![rotate(1, 3), rotate(3, 4), write(3, 2, b'a')],
        vec![rotate_with(1, 3, 0), load(1)],
        vec![login(3, "ada", Some(1), None)],
        vec![revoke("ada", Revoke::All)],
        vec![delete(1)],
    ] {
        let out = [delete(1), load(1)];
        race(&[create(1, "ada"), create(2, "ada")], &[&out, &other]);
        race(
            &[create(1, "ada")],
            &[&out, &other, &[visit(1), list("ada")]],
        );
    }
}

#[test]
fn s09_one_of_three_visits_renews() {
    race(
        &[create(1, "ada")],
        &[&[visit(1)], &[visit(1)], &[visit(1)]],
    );
}

#[test]
fn s15_no_write_is_lost() {
    let (a, b) = (write(1, 0, b'a'), write(1, 0, b'b'));
    race(
        &[create(1, "ada")],
        &[&[a.clone()], &[b.clone()], &[load(1)]],
    );
    race(
        &[create(1, "ada")],
        &[&[a], &[rotate(1, 3)], &[b, write(1, 1, b'c')]],
    );
}

#[test]
fn s16_a_rotation_is_one_step() {
    let reads = [load(1), load(3), list("ada"), load(1)];
    race(&[create(1, "ada")], &[&[rotate(1, 3)], &reads]);
    race(
        &[create(1, "ada")],
        &[&[rotate(1, 3)], &[rotate(1, 4)], &[list("ada"), load(1)]],
    );
    race(
        &[create(1, "ada")],
        &[&[rotate(1, 3), rotate(3, 4), rotate(4, 5)], &reads],
    );
}

#[test]
fn s20_the_cap_holds() {
    let third = login(5, "ada", Some(2), Some(2));
    race(
        &[create(1, "ada"), create(2, "ada")],
        &[
            &[login(3, "ada", None, Some(2))],
            &[login(4, "ada", None, Some(2))],
            &[third],
        ],
    );
    race(
        &[create(1, "ada"), create(2, "ada")],
        &[
            &[login(3, "ada", None, Some(2))],
            &[rotate(1, 4), rotate(4, 5)],
            &[list("ada")],
        ],
    );
}

#[test]
fn s26_a_revocation_is_one_step() {
    for which in [
        Revoke::All,
        Revoke::AllBut(handle(1)),
        Revoke::One(handle(1)),
    ] {
        race(
            &[create(1, "ada"), create(2, "ada"), create(3, "bob")],
            &[
                &[revoke("ada", which)],
                &[rotate(1, 4), write(1, 1, b'a'), load(4)],
                &[login(5, "ada", Some(2), None), list("ada"), load(3)],
            ],
        );
    }
}

/// A list is how the sessions were at one instant, also while one takes the place of another.
#[test]
fn a_list_is_of_one_instant() {
    race(
        &[create(1, "ada"), create(2, "ada")],
        &[
            &[
                login(3, "ada", Some(1), None),
                login(4, "ada", Some(2), None),
            ],
            &[list("ada")],
        ],
    );
    race(
        &[create(1, "ada")],
        &[
            &[create(2, "ada"), delete(1), create(3, "ada"), delete(2)],
            &[list("ada"), list("ada")],
        ],
    );
}

/// Users change places in one browser.
#[test]
fn a_login_in_the_place_of_another_users_session() {
    race(
        &[create(1, "ada"), create(2, "bob")],
        &[
            &[login(3, "bob", Some(1), Some(2))],
            &[login(4, "ada", Some(2), Some(2))],
            &[rotate(1, 5), list("bob"), list("ada")],
        ],
    );
}

/// Anything at once, as shuttle's own dice have it.
#[test]
fn s40_whatever_happens_at_once() {
    shuttle::check_random(|| by_chance().run(), 20 * crate::race::schedules());
    shuttle::check_pct(|| by_chance().run(), 20 * crate::race::schedules(), 4);
}

fn by_chance() -> Race {
    let mut fresh = 3..=12;
    let threads = [2, 2, 1].map(|count| {
        // Nobody knows a key that another one is still making.
        let mut known = vec![1, 2];
        (0..count).map(|_| any(&mut fresh, &mut known)).collect()
    });
    Race {
        before: vec![create(1, "ada"), create(2, "ada")],
        threads: threads.to_vec(),
    }
}

/// A call that names keys that its thread knows; new keys are given out once.
fn any(fresh: &mut impl Iterator<Item = u64>, known: &mut Vec<u64>) -> Verb {
    let mut dice = thread_rng();
    let old = known[dice.gen_range(0..known.len())];
    let mut new = || {
        let new = fresh.next().expect("as many as there are calls");
        known.push(new);
        new
    };
    let cap = [None, Some(1), Some(2)][dice.gen_range(0..3)];
    let replaces = [None, Some(old)][dice.gen_range(0..2)];
    let grace = [0, 10][dice.gen_range(0..2)];
    let which = [
        Revoke::All,
        Revoke::AllBut(handle(old)),
        Revoke::One(handle(old)),
    ];
    match dice.gen_range(0..10) {
        0 | 1 => login(new(), ["ada", "bob"][dice.gen_range(0..2)], replaces, cap),
        2 | 3 => rotate_with(old, new(), grace),
        4 => visit(old),
        5 => write(old, dice.gen_range(0..3), b'a'),
        6 => delete(old),
        7 => revoke("ada", which[dice.gen_range(0..3)]),
        8 => list("ada"),
        _ => load(old),
    }
}
