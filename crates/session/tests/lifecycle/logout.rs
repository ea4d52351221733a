//! The end of a session, and what was on its way meanwhile.

use futures_util::future::join;
use portcullis_session::{Event, Lookup, Remember, SessionErrorKind, Standing};

use crate::support::{
    Answer, Browser, CART, SIDES, Said, THEME, Verb, WINDOW, When, World, every_request, finish,
    finish_with, login, on_every_store, request_with, together, who,
};

/// What a request does while another one logs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Read,
    Write,
    Rotate,
    Remember,
    Everything,
}

const DEEDS: [(Deed, &[Verb]); 5] = [
    (Deed::Read, &[Verb::Load]),
    (Deed::Write, &[Verb::Load, Verb::Update]),
    (Deed::Rotate, &[Verb::Load, Verb::Rotate]),
    (Deed::Remember, &[Verb::Load, Verb::Update]),
    (Deed::Everything, &[Verb::Load, Verb::Rotate, Verb::Update]),
];

/// Does it, and answers however it went.
async fn serve(browser: &Browser, deed: Deed) -> Answer {
    let session = browser.request();
    who(&session).await;
    if matches!(deed, Deed::Write | Deed::Everything) {
        session.set_value(THEME, &"dark".to_owned()).unwrap();
    }
    if matches!(deed, Deed::Rotate | Deed::Everything)
        && let Err(error) = session.rotate().await
    {
        assert_eq!(error.kind(), SessionErrorKind::NoSession);
    }
    if matches!(deed, Deed::Remember | Deed::Everything)
        && let Err(error) = session.set_remember(Remember::Browser).await
    {
        assert_eq!(error.kind(), SessionErrorKind::NoSession);
    }
    finish(&session).await
}

async fn log_out(browser: &Browser) -> Answer {
    let session = browser.request();
    session.log_out().await.unwrap();
    finish(&session).await
}

/// Nothing that the browser holds or an answer gives opens the session, and nobody is listed.
///
/// What a request wrote that found no session any more may be in a new one of nobody's.
async fn over(world: &World, browser: &Browser, answers: &[&Answer], what: &str) {
    assert!(world.is_dead(&browser.token()).await, "{what}");
    assert_eq!(browser.who().await, None, "{what}");
    for token in answers.iter().filter_map(|answer| answer.token()) {
        let found = world.stored(&token).await;
        let of_nobody = matches!(&found, Lookup::Current { loaded, .. }
            if loaded.record.standing == Standing::Anonymous);
        assert!(of_nobody || found == Lookup::Absent, "{what}: {found:?}");
        assert_eq!(
            who(&request_with(&browser.lifecycle, &[&token])).await,
            None,
            "{what}"
        );
    }
    assert_eq!(world.sessions("ada").await, [], "{what}");
}

/// A request is held anywhere in the store while a log-out runs to its end: the session is over.
async fn s13_a_log_out_passes_whatever_is_on_its_way(world: World) {
    for policy in [crate::support::policy(), every_request()] {
        for (deed, verbs) in DEEDS {
            for (verb, when) in verbs
                .iter()
                .flat_map(|verb| SIDES.map(|when| (*verb, when)))
            {
                let ada = world.signed_in_with("ada", policy.clone()).await;
                let gate = world.store.hold(verb, when);
                let passing = async {
                    gate.reached().await;
                    let answer = log_out(&ada).await;
                    gate.open();
                    answer
                };
                let (late, out) = join(serve(&ada, deed), passing).await;
                assert_eq!(out.said(), Said::Removal);
                over(
                    &world,
                    &ada,
                    &[&late, &out],
                    &format!("{deed:?} held at {verb:?} {when:?}"),
                )
                .await;
            }
        }
    }
}

/// A log-out is held in the store while a request runs to its end: the session is over.
async fn s13_whatever_passes_a_log_out_is_over_with_it(world: World) {
    for (deed, _) in DEEDS {
        for when in SIDES {
            let ada = world.signed_in_with("ada", every_request()).await;
            let gate = world.store.hold(Verb::Delete, when);
            let passing = async {
                gate.reached().await;
                let answer = serve(&ada, deed).await;
                gate.open();
                answer
            };
            let (out, early) = join(log_out(&ada), passing).await;
            assert_eq!(out.said(), Said::Removal);
            over(
                &world,
                &ada,
                &[&early, &out],
                &format!("log-out held {when:?}, {deed:?}"),
            )
            .await;
        }
    }
}

/// A log-out under the old token, in the grace window or after it, ends what the new one opens;
/// and the other way round.
async fn s13_a_log_out_by_either_token_ends_the_session(world: World) {
    for (by_old, wait) in [(true, 0), (true, 60), (false, 0), (false, 60)] {
        let old = world.signed_in("ada").await;
        let mut new = old.clone();
        let session = new.request();
        session.rotate().await.unwrap();
        let answer = new.finish(&session).await;
        world.clock.advance(std::time::Duration::from_secs(wait));
        log_out(if by_old { &old } else { &new }).await;
        over(
            &world,
            &old,
            &[&answer],
            &format!("by the old token: {by_old}, {wait} s"),
        )
        .await;
    }
}

/// A log-out ends what the same request has made: nothing of it is left, whatever it was.
async fn s13_a_log_out_ends_what_its_own_request_made(world: World) {
    let ada = world.signed_in("ada").await;
    for deed in ["write", "rotate", "log in"] {
        let session = ada.request();
        match deed {
            "write" => session.set_value(THEME, &"dark".to_owned()).unwrap(),
            "rotate" => drop(session.rotate().await),
            _ => session.log_in(login("ada")).await.unwrap(),
        }
        session.log_out().await.unwrap();
        assert_eq!(who(&session).await, None);
        assert_eq!(session.value(THEME).await.unwrap(), None);
        let answer = finish(&session).await;
        assert_eq!(answer.said(), Said::Removal, "{deed}");
        over(&world, &ada, &[&answer], deed).await;
    }
}

/// Against requests on several threads a log-out wins each time.
async fn s13_a_log_out_wins_every_race(world: World) {
    for _ in 0..40 {
        let ada = world.signed_in_with("ada", every_request()).await;
        let deeds = [
            None,
            Some(Deed::Write),
            Some(Deed::Rotate),
            Some(Deed::Everything),
        ];
        let answers = together(deeds.len(), async |index| match deeds[index] {
            None => log_out(&ada).await,
            Some(deed) => serve(&ada, deed).await,
        });
        over(&world, &ada, &answers.iter().collect::<Vec<_>>(), "a race").await;
    }
}

/// The request that loses goes on as it began; its write is dropped, and its answer sets no cookie.
async fn s14_the_loser_goes_on_without_its_write(world: World) {
    for policy in [crate::support::policy(), every_request()] {
        for when in SIDES {
            let ada = world.signed_in_with("ada", policy.clone()).await;
            let handle = world.handle("ada").await;
            world.clock.advance(WINDOW);
            let session = ada.request();
            assert_eq!(who(&session).await.as_deref(), Some("ada"));
            session.set_value(THEME, &"dark".to_owned()).unwrap();
            let gate = world.store.hold(Verb::Update, When::Before);
            let passing = async {
                gate.reached().await;
                log_out(&ada).await;
                if when == When::After {
                    // Somebody else signs in meanwhile: the loser has nothing to do with them.
                    world.browser().log_in(login("bob")).await;
                }
                gate.open();
            };
            let (answer, ()) = join(finish(&session), passing).await;
            assert_eq!(answer.said(), Said::Nothing);
            let dropped = Event::WriteDropped(handle);
            let events = world.events.take();
            assert_eq!(
                events.iter().filter(|event| **event == dropped).count(),
                1,
                "{events:?}"
            );
            assert!(!session.is_dirty());
        }
    }
}

/// A loser that writes once more makes no session of it.
async fn s14_a_loser_that_writes_again_makes_no_session(world: World) {
    let ada = world.signed_in("ada").await;
    let handle = world.handle("ada").await;
    let session = ada.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    log_out(&ada).await;
    session.commit().await.unwrap();
    session.set_value(CART, &vec!["book".to_owned()]).unwrap();
    world.store.take_calls();
    world.events.take();
    let answer = finish(&session).await;
    assert_eq!(answer.said(), Said::Nothing);
    assert_eq!(world.store.take_calls(), []);
    assert_eq!(world.events.take(), [Event::WriteDropped(handle)]);
    assert_eq!(session.value(CART).await.unwrap(), None);
}

/// A loser may sign somebody in: that is a session of its own.
async fn s14_a_loser_may_sign_in_anew(world: World) {
    let mut ada = world.signed_in("ada").await;
    let session = ada.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    log_out(&ada).await;
    session.commit().await.unwrap();
    session.log_in(login("ada")).await.unwrap();
    session.set_value(THEME, &"light".to_owned()).unwrap();
    ada.finish(&session).await;
    let session = ada.request();
    assert_eq!(
        session.value(THEME).await.unwrap().as_deref(),
        Some("light")
    );
}

/// A rotation and a change of memory that lose say so, in the error and by an event, and send no
/// cookie.
async fn s14_a_rotation_that_loses_sends_no_cookie(world: World) {
    for (verb, deed) in [(Verb::Rotate, Deed::Rotate), (Verb::Update, Deed::Remember)] {
        let ada = world.signed_in_with("ada", every_request()).await;
        let handle = world.handle("ada").await;
        let gate = world.store.hold(verb, When::Before);
        let passing = async {
            gate.reached().await;
            log_out(&ada).await;
            gate.open();
        };
        let (answer, ()) = join(serve(&ada, deed), passing).await;
        assert_eq!(answer.said(), Said::Nothing, "{deed:?}");
        let events = world.events.take();
        assert_eq!(
            events,
            [Event::LoggedOut, Event::WriteDropped(handle)],
            "{deed:?}"
        );
    }
}

/// What a request signed in is revoked before its answer is written: the answer sets no cookie.
async fn s14_a_login_that_is_revoked_at_once_sends_no_cookie(world: World) {
    let visitor = world.browser();
    let session = visitor.request();
    session.log_in(login("ada")).await.unwrap();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    let ada = crate::support::subject("ada");
    visitor
        .lifecycle
        .revoke(&ada, portcullis_session::Revoke::All)
        .await
        .unwrap();
    assert_eq!(finish(&session).await.said(), Said::Nothing);
}

/// A log-out in the same request wins over a write that is under way: the cookie goes.
async fn s14_a_write_under_way_does_not_undo_the_removal(world: World) {
    let ada = world.signed_in("ada").await;
    let session = ada.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    let gate = world.store.hold(Verb::Update, When::Before);
    let passing = async {
        gate.reached().await;
        session.log_out().await.unwrap();
        gate.open();
    };
    let (committed, ()) = join(session.commit(), passing).await;
    committed.unwrap();
    let answer = finish(&session).await;
    assert_eq!(answer.said(), Said::Removal);
    over(&world, &ada, &[&answer], "in one request").await;
}

/// The server forgets first; the cookie goes with the answer; and there is an event.
async fn s23_the_server_forgets_before_the_browser(world: World) {
    let mut ada = world.signed_in("ada").await;
    let token = ada.token();
    let session = ada.request();
    session.log_out().await.unwrap();
    assert_eq!(
        world.store.take_calls(),
        [Verb::Delete],
        "before the answer is written"
    );
    assert!(world.is_dead(&token).await);
    assert_eq!(ada.finish(&session).await.said(), Said::Removal);
    assert_eq!(
        (ada.cookie.as_deref(), world.events.take()),
        (None, vec![Event::LoggedOut])
    );
    assert_eq!(
        who(&request_with(&ada.lifecycle, &[&token])).await,
        None,
        "replayed"
    );
}

/// A log-out that the store fails is told as such, and the cookie goes all the same.
async fn s23_a_failing_log_out_is_told_and_clears_the_cookie(world: World) {
    for when in SIDES {
        let mut ada = world.signed_in("ada").await;
        let token = ada.token();
        world.store.fail(Verb::Delete, when);
        let session = ada.request();
        let error = session.log_out().await.unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::Store);
        assert_eq!(world.events.take(), [], "nobody was told that it went well");
        assert_eq!(
            who(&session).await,
            None,
            "nor is the request anybody's any more"
        );
        let (answer, committed) = finish_with(&session, Default::default()).await;
        committed.unwrap();
        ada.take(&answer);
        assert_eq!(answer.said(), Said::Removal);
        assert_eq!(world.is_dead(&token).await, when == When::After);
        // What the browser still has in another jar can be ended by another try.
        let again = request_with(&ada.lifecycle, &[&token]);
        again.log_out().await.unwrap();
        assert!(world.is_dead(&token).await);
        world.events.take();
    }
}

/// Logging out without a session, or twice, is no error.
async fn s23_logging_out_twice_is_no_error(world: World) {
    let ada = world.signed_in("ada").await;
    for _ in 0..2 {
        let session = ada.request();
        session.log_out().await.unwrap();
        session.log_out().await.unwrap();
        assert_eq!(finish(&session).await.said(), Said::Removal);
    }
    assert_eq!(world.events.take(), [Event::LoggedOut]);
    let visitor = world.browser().request();
    visitor.log_out().await.unwrap();
    assert_eq!(world.events.take(), []);
}

on_every_store!(
    s13_a_log_out_passes_whatever_is_on_its_way,
    s13_whatever_passes_a_log_out_is_over_with_it,
    s13_a_log_out_by_either_token_ends_the_session,
    s13_a_log_out_ends_what_its_own_request_made,
    s13_a_log_out_wins_every_race,
    s14_the_loser_goes_on_without_its_write,
    s14_a_loser_that_writes_again_makes_no_session,
    s14_a_loser_may_sign_in_anew,
    s14_a_rotation_that_loses_sends_no_cookie,
    s14_a_login_that_is_revoked_at_once_sends_no_cookie,
    s14_a_write_under_way_does_not_undo_the_removal,
    s23_the_server_forgets_before_the_browser,
    s23_a_failing_log_out_is_told_and_clears_the_cookie,
    s23_logging_out_twice_is_no_error,
);
