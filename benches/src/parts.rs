//! What a signed-in request is made of, step by step.

use http::{HeaderMap, HeaderValue};
use portcullis_cookie::CookiePolicy;
use portcullis_core::{
    Authentication, Clock, Level, Method, Random, SubjectId, SystemClock, Token,
};
use portcullis_session::{Key, Lifecycle, Login, MemoryStore, SessionPolicy};

use crate::suite::{self, Case};

const LOGIN: Key<String> = Key::new("login");

pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let policy = SessionPolicy::new(CookiePolicy::new("id").build().unwrap());
    let lifecycle = Lifecycle::new(MemoryStore::new(), policy);
    let cookie = runtime.block_on(async {
        let session = lifecycle.session(&HeaderMap::new());
        let at = SystemClock.now();
        let how = Authentication {
            at,
            method: Method::GITHUB,
            level: Level::Single,
        };
        let login = Login::new(SubjectId::new("42").unwrap(), how);
        session
            .log_in(login.with_value(LOGIN, &"octo".to_owned()).unwrap())
            .await
            .unwrap();
        let mut headers = HeaderMap::new();
        session.finish(&mut headers);
        headers["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    });
    let mut headers = HeaderMap::new();
    let line = format!("theme=dark; _ga=GA1.2.3; {cookie}");
    headers.insert("cookie", HeaderValue::try_from(line).unwrap());
    let text = cookie.split_once('=').unwrap().1.as_bytes().to_vec();
    let token = Token::generate(&Random::system()).unwrap();
    let rows = suite::run(vec![
        Case::new("the clock", |n| repeat(n, || SystemClock.now())),
        Case::new("find the cookie", |n| {
            repeat(n, || portcullis_cookie::values(&headers, "id").count());
        }),
        Case::new("parse the token", |n| {
            repeat(n, || Token::parse(&text).unwrap())
        }),
        Case::new("write the token", |n| repeat(n, || token.encode())),
        Case::new("digest the token", |n| repeat(n, || token.digest())),
        Case::new("begin the session", |n| {
            repeat(n, || lifecycle.session(&headers))
        }),
        Case::new("begin, authenticate", |n| {
            runtime.block_on(async {
                for _ in 0..n {
                    let session = lifecycle.session(&headers);
                    std::hint::black_box(session.principal().await.unwrap());
                }
            });
        }),
        Case::new("begin, authenticate, read a value, finish", |n| {
            runtime.block_on(async {
                for _ in 0..n {
                    let session = lifecycle.session(&headers);
                    std::hint::black_box(session.principal().await.unwrap());
                    std::hint::black_box(session.value(LOGIN).await.unwrap());
                    let mut head = HeaderMap::with_capacity(8);
                    session.finish(&mut head);
                    std::hint::black_box(head);
                }
            });
        }),
    ]);
    println!("\n## The parts of a signed-in request\n");
    println!("| step | ns (median) | ns (fastest) | allocations |");
    println!("| --- | ---: | ---: | ---: |");
    for row in rows {
        println!(
            "| {} | {:.0} | {:.0} | {:.1} |",
            row.name, row.median, row.fastest, row.allocations
        );
    }
}

fn repeat<T>(times: u64, mut step: impl FnMut() -> T) {
    for _ in 0..times {
        std::hint::black_box(step());
    }
}
