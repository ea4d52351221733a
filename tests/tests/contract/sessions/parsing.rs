//! Lines 33 to 36: what browsers, neighbours and attackers put into `Cookie`.

use portcullis_session::Event;
use portcullis_tests::{Ask, Masker, Site, StoreKind};

use super::{Stack, on_every_stack};
use crate::support::on_every_store;

on_every_stack!(
    s48_s33_forged_names_are_not_ours,
    s48_s34_a_neighbours_broken_cookie_hides_nothing,
    s48_s35_several_lines_are_one,
    s48_s36_dead_duplicates_are_harmless_and_two_live_ones_are_no_session,
);

on_every_store!(s48_s33_s34_s36_the_example_server_reads_cookies_so);

fn me(lines: &[&[u8]]) -> Ask {
    lines
        .iter()
        .fold(Ask::get("/me"), |ask, line| ask.with("cookie", line))
}

/// The cookie of a user who is signed in, as `name=value`.
async fn live(site: &Site, user: &str) -> Vec<u8> {
    let browser = site.logged_in(user).await;
    format!("{}={}", Site::COOKIE, browser.cookie(Site::COOKIE).unwrap()).into_bytes()
}

async fn s48_s33_forged_names_are_not_ours(stack: Stack) {
    let site = stack.start().await;
    let ours = live(&site, "usr").await;
    let value = ours.strip_prefix(b"__Host-session=").unwrap();
    for name in [
        &b"%5F%5FHost-session"[..],
        b"__Host%2Dsession",
        b"__host-session",
        b"\xe2\x80\x80__Host-session",
        b"\xc2\xa0__Host-session",
        b"\xa0__Host-session",
        b"=__Host-session",
        b"$Version=1; x",
        b"\x0b__Host-session",
        b"\x0c__Host-session",
        b"\"__Host-session\"",
        b"__Host-session\x85",
        b"x__Host-session",
    ] {
        let line = [name, b"=", value].concat();
        if http::HeaderValue::from_bytes(&line).is_err() {
            // No HTTP client or server of ours lets it through at all.
            continue;
        }
        let answer = site.browser().ask(me(&[&line])).await;
        assert_eq!(answer.status, 401, "{}", String::from_utf8_lossy(name));
    }
    for line in [
        &ours[..],
        &[b" \t", &ours[..], b"\t"].concat(),
        &[b"a=b;", &ours[..]].concat(),
    ] {
        assert_eq!(site.browser().ask(me(&[line])).await.status, 200);
    }
}

async fn s48_s34_a_neighbours_broken_cookie_hides_nothing(stack: Stack) {
    let site = stack.start().await;
    let ours = live(&site, "usr").await;
    for broken in [
        &b"theirs=\xff\xfe"[..],
        b"theirs=\xc3\xa9",
        b"theirs=\"unclosed",
        b"theirs",
        b"=theirs",
        b";;;",
        b"theirs={\"a\":1,\"b\":2}",
        b"theirs=%zz",
        b"\xff\xff\xff=\xff",
    ] {
        for lines in [[broken, &ours], [&ours, broken]] {
            let joined = [lines[0], b"; ", lines[1]].concat();
            let what = String::from_utf8_lossy(broken);
            assert_eq!(
                site.browser().ask(me(&[&joined])).await.status,
                200,
                "{what}"
            );
            assert_eq!(site.browser().ask(me(&lines)).await.status, 200, "{what}");
        }
    }
}

async fn s48_s35_several_lines_are_one(stack: Stack) {
    let site = stack.start().await;
    let (ours, theirs) = (live(&site, "usr").await, live(&site, "other").await);
    assert_eq!(
        site.browser()
            .ask(me(&[b"a=1", &ours, b"b=2"]))
            .await
            .status,
        200
    );
    // Two live ones in two lines are as little a session as in one.
    assert_eq!(site.browser().ask(me(&[&ours, &theirs])).await.status, 401);
}

async fn s48_s36_dead_duplicates_are_harmless_and_two_live_ones_are_no_session(stack: Stack) {
    let site = stack.start().await;
    let (ours, theirs) = (live(&site, "usr").await, live(&site, "other").await);
    let gone = site.logged_in("gone").await;
    let dead = format!("{}={}", Site::COOKIE, gone.cookie(Site::COOKIE).unwrap()).into_bytes();
    gone.post("/logout").await;
    let garbage = b"__Host-session=garbage".to_vec();
    let forged = format!("{}={}", Site::COOKIE, "A".repeat(43)).into_bytes();
    let _ = site.events();
    for tossed in [&dead, &garbage, &forged, &ours] {
        for pair in [[tossed, &ours], [&ours, tossed]] {
            let line = [&pair[0][..], b"; ", pair[1]].concat();
            let answer = site.browser().ask(me(&[&line])).await;
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(tossed));
            assert_eq!(answer.json()["user"], "usr");
            assert_eq!(answer.set_cookies(), [""; 0]);
        }
    }
    assert_eq!(site.events(), []);
    let both = [&ours[..], b"; ", &theirs].concat();
    let answer = site.browser().ask(me(&[&both])).await;
    assert_eq!(
        (answer.status.as_u16(), answer.set_cookies()),
        (401, vec![])
    );
    assert_eq!(site.events(), [Event::Ambiguous]);
    // Neither of them ended by it.
    assert_eq!(site.browser().ask(me(&[&ours])).await.status, 200);
    assert_eq!(site.browser().ask(me(&[&theirs])).await.status, 200);
    // Whoever signs out with both is rid of both.
    let logout = Ask::post("/logout").with("cookie", &both);
    assert_eq!(site.browser().ask(logout).await.status, 204);
    assert_eq!(site.browser().ask(me(&[&ours])).await.status, 401);
    assert_eq!(site.browser().ask(me(&[&theirs])).await.status, 401);
}

async fn s48_s33_s34_s36_the_example_server_reads_cookies_so(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let cookie = async |user| {
        let browser = masker.signed_in(user).await;
        browser.cookie(Masker::COOKIE).unwrap()
    };
    let (ours, theirs) = (cookie(Masker::ALICE).await, cookie(Masker::BOB).await);
    for (line, status) in [
        (format!("masker_session={ours}"), 200),
        (format!("masker_session={ours}; masker_session={ours}"), 200),
        (format!("masker_session=x; masker_session={ours}"), 200),
        (
            format!("masker_session={ours}; masker_session={}", "A".repeat(43)),
            200,
        ),
        (format!("a=\u{e9}; masker_session={ours}"), 200),
        (
            format!("masker_session={ours}; masker_session={theirs}"),
            401,
        ),
        (format!("Masker_session={ours}"), 401),
        (format!("masker%5fsession={ours}"), 401),
        (format!("=masker_session={ours}"), 401),
    ] {
        let ask = Ask::get("/api/v1/me").with("cookie", &line);
        let answer = masker.browser().ask(ask).await;
        assert_eq!(answer.status, status, "{}", line.replace(&ours, "…"));
    }
}
