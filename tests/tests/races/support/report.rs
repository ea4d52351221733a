use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use portcullis_testkit::interleave::Tried;
use portcullis_tests::artifact;

/// Of each case, by name and store, how much was tried.
static REPORT: Mutex<BTreeMap<(String, &'static str), Tried>> = Mutex::new(BTreeMap::new());

/// Notes what a case has tried without finding anything, prints it and writes all so far.
pub(super) fn add(case: &str, store: &'static str, tried: Tried) {
    println!("{}", row(case, store, tried));
    let mut report = REPORT.lock().unwrap_or_else(PoisonError::into_inner);
    report.insert((case.to_owned(), store), tried);
    artifact("interleaver.txt", &table(&report));
}

fn table(report: &BTreeMap<(String, &'static str), Tried>) -> String {
    let mut text = format!(
        "{:<5} {:<56} {:<7} {:>8} {:>6}\n",
        "line", "case", "store", "orders", "steps"
    );
    for ((case, store), tried) in report {
        text += &format!("{}\n", row(case, store, *tried));
    }
    for store in ["memory", "cached", "sqlite"] {
        let of_store = report.iter().filter(|((_, of), _)| *of == store);
        let (cases, orders) = of_store.fold((0, 0), |(cases, orders), (_, tried)| {
            (cases + 1, orders + tried.orders)
        });
        text += &format!("{store}: {cases} cases, {orders} orders, 0 failures\n");
    }
    text
}

fn row(case: &str, store: &str, tried: Tried) -> String {
    let (line, says) = case.split_once('_').unwrap_or(("", case));
    let Tried {
        orders,
        longest,
        left,
    } = tried;
    let more = if left { " and more" } else { "" };
    let says = says.replace('_', " ");
    format!("{line:<5} {says:<56} {store:<7} {orders:>8} {longest:>6}{more}")
}
