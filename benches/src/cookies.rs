//! Whether the time to read cookies grows with their bytes alone, whoever wrote them.

use http::{HeaderMap, HeaderValue};

use crate::suite::{self, Case};

const SMALL: usize = 8 * 1024;
const LARGE: usize = portcullis_cookie::Pairs::MAX_BYTES;

/// What is repeated until the header is full.
const SHAPES: [(&str, &str); 5] = [
    ("ordinary cookies", "name=value-0123; "),
    ("nothing but `;`", ";"),
    ("nothing but `=`", "="),
    ("nothing but spaces", " "),
    ("`a=` and a space, over and over", "a= ;"),
];

pub fn run() {
    println!("\n## Cookie headers of 8 KiB and of 64 KiB\n");
    println!(
        "| header | read by | cookies | 8 KiB, ns | 64 KiB, ns | ratio | of fastest | allocations |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (name, piece) in SHAPES {
        row(name, "`pairs`", piece, |headers| {
            portcullis_cookie::pairs(headers).count()
        });
        row(name, "`values`", piece, |headers| {
            portcullis_cookie::values(headers, "id").count()
        });
    }
    println!(
        "\nRatio of the medians: target below 12; of the fastest rounds, where the machine is busy. Allocations: of one reading of 64 KiB, target 0."
    );
}

fn row(name: &str, reader: &str, piece: &str, read: impl Fn(&HeaderMap) -> usize) {
    let headers = [SMALL, LARGE].map(|bytes| header(piece, bytes));
    let [small, large] = headers.each_ref();
    let case = |name, headers| {
        let read = &read;
        Case::new(name, move |n| {
            for _ in 0..n {
                std::hint::black_box(read(std::hint::black_box(headers)));
            }
        })
    };
    let rows = suite::run(vec![case("8 KiB", small), case("64 KiB", large)]);
    let [at_small, at_large] = &rows[..] else {
        unreachable!("two cases make two rows")
    };
    println!(
        "| {name} | {reader} | {} | {:.0} | {:.0} | {:.1} | {:.1} | {} |",
        portcullis_cookie::pairs(large).count(),
        at_small.median,
        at_large.median,
        at_large.median / at_small.median,
        at_large.fastest / at_small.fastest,
        at_large.allocations
    );
}

/// One line of so many bytes, its last cookie the one that is looked for.
fn header(piece: &str, bytes: usize) -> HeaderMap {
    const OURS: &str = "; id=0123456789";
    let mut line: String = piece.chars().cycle().take(bytes - OURS.len()).collect();
    line.push_str(OURS);
    let mut headers = HeaderMap::new();
    headers.insert(
        "cookie",
        HeaderValue::try_from(line).expect("visible ASCII"),
    );
    assert_eq!(portcullis_cookie::values(&headers, "id").count(), 1);
    headers
}
