//! Cookie headers that are far larger than any browser's.

use std::time::{Duration, Instant};

use portcullis_tests::{Masker, StoreKind};

use crate::load::Wire;
use crate::measured::{Measured, times};

/// Headers that nobody sends in good faith, around the cookie of a user who is signed in.
///
/// With each: whether that cookie may still be found in it.
fn bombs(ours: &str) -> Vec<(&'static str, Vec<Vec<u8>>, bool)> {
    let repeat = |text: &str, times: usize| text.repeat(times).into_bytes();
    let around = |bomb: &[u8]| [ours.as_bytes(), b"; ", bomb, b"; ", ours.as_bytes()].concat();
    let many = |name: &dyn Fn(usize) -> String, count: usize| {
        let pairs: Vec<_> = (0..count).map(name).collect();
        pairs.join("; ").into_bytes()
    };
    let forged = |number: usize| format!("{}={number:0>43}", Masker::COOKIE);
    vec![
        ("64 KiB header", vec![around(&repeat("a", 65_536))], true),
        (
            "1,000 cookies",
            vec![around(&many(&|n| format!("c{n}=x"), 1_000))],
            true,
        ),
        ("one of 60 KiB", vec![around(&repeat("b", 61_440))], true),
        (
            "one of 60 KiB of our name",
            vec![around(
                &[b"masker_session=", &repeat("b", 61_440)[..]].concat(),
            )],
            true,
        ),
        (
            "10,000 semicolons",
            vec![around(&repeat(";", 10_000))],
            true,
        ),
        (
            "10,000 equals signs",
            vec![around(&repeat("=", 10_000))],
            true,
        ),
        ("1,000 forged", vec![around(&many(&forged, 1_000))], false),
        ("60 lines", vec![ours.into(); 60], true),
        // More of our name than a browser sends by itself are none.
        ("90 lines", vec![ours.into(); 90], false),
        ("1,000 lines", vec![ours.into(); 1_000], true),
        ("1 MiB", vec![around(&repeat("a", 1 << 20))], true),
        (
            "64 KiB of bytes beyond ASCII",
            vec![around(&vec![0xFF; 65_536])],
            true,
        ),
    ]
}

#[tokio::test]
async fn e18_a_cookie_bomb_is_refused_or_ignored() {
    let masker = Masker::start(StoreKind::Memory).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let ours = format!(
        "{}={}",
        Masker::COOKIE,
        browser.cookie(Masker::COOKIE).unwrap()
    );
    let address = masker.address();
    let (mut found, mut longest) = (Vec::new(), Duration::ZERO);
    for (what, lines, is_ours) in bombs(&ours) {
        let lines: Vec<(&str, &[u8])> = lines.iter().map(|line| ("cookie", &line[..])).collect();
        let mut quickest = Duration::MAX;
        let mut status = 0;
        for _ in 0..times(5, 1_000) {
            let mut wire = Wire::to(&address).await;
            let begun = Instant::now();
            let reply = match wire.send("GET /api/v1/me", &lines, b"").await {
                // The server may answer and hang up before it has read everything.
                Ok(()) | Err(_) => wire.reply().await,
            };
            quickest = quickest.min(begun.elapsed());
            status = reply.as_ref().map_or(0, |reply| reply.status);
            match reply {
                Ok(reply) if reply.status == 200 => {
                    assert!(is_ours, "{what}");
                    assert_eq!(reply.text("/github_login"), "alice-dev", "{what}");
                }
                Ok(reply) => assert!(
                    matches!(reply.status, 400 | 431) || (!is_ours && reply.status == 401),
                    "{what}: {}",
                    reply.status
                ),
                // Its answer may be lost with the connection when it hangs up on a MiB.
                Err(_) => assert!(what == "1 MiB" || what == "1,000 lines", "{what}"),
            }
        }
        longest = longest.max(quickest);
        found.push(format!("{what} {status}"));
    }
    assert_eq!(browser.get("/api/v1/me").await.status, 200);
    Measured {
        number: 18,
        what: "cookie bombs over HTTP",
        target: "400, 431 or ignored; ≤ 1 ms each*",
        found: format!(
            "{}; {longest:.1?} for the slowest kind (best of its runs)",
            found.join(", ")
        ),
    }
    .note();
}
