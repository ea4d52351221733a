//! First requests of visitors that meet.

use portcullis_testkit::interleave::Outcome;

use crate::support::{
    Answer, Browser, COUNT, Deed, Events, Said, Scene, THEME, Trial, Verdict, races,
};

races! {
    s19_first_writes_of_three_visitors,
    s19_first_reads_of_three_visitors,
    s19_a_first_write_among_first_reads,
    s19_first_writes_with_one_dead_cookie,
    s19_two_first_writes_of_one_request,
    s19_writes_of_one_visitor,
}

/// First requests at once; each that stores something has a session of its own, no other has one.
fn visits(trial: &Trial, deeds: [Deed; 3], cookie: fn(&Scene) -> Option<String>) -> Verdict {
    trial.explore(move |stage, scene| {
        let cookie = cookie(&scene);
        let cookies: Vec<&str> = cookie.iter().map(String::as_str).collect();
        let browser = Browser::new(&scene, &cookies);
        let rows = scene.rows();
        let visits = deeds.map(|deed| browser.joins(stage, deed));
        stage.finally(move |_| {
            let answers = visits.map(|visit| visit.take().unwrap());
            answers.iter().for_each(Answer::went_well);
            let tokens: Vec<_> = answers.iter().filter_map(Answer::token).collect();
            let writes = deeds.iter().filter(|deed| **deed != Deed::Read).count();
            assert_eq!(tokens.len(), writes);
            assert_eq!(scene.rows() - rows, u64::try_from(writes).unwrap());
            let mut handles: Vec<_> = tokens.iter().map(|it| scene.handle(it).unwrap()).collect();
            handles.sort_unstable();
            handles.dedup();
            assert_eq!(handles.len(), writes, "one session each");
            for token in &tokens {
                assert_eq!(scene.who(token), None);
                assert!(!cookies_have(&browser, token), "a dead id is not adopted");
            }
        });
    })
}

fn cookies_have(browser: &Browser, token: &str) -> bool {
    browser.cookies.iter().any(|cookie| cookie == token)
}

pub(crate) fn s19_first_writes_of_three_visitors(trial: &Trial) -> Verdict {
    visits(trial, [Deed::Write, Deed::Fill, Deed::Count(1)], |_| None)
}

pub(crate) fn s19_first_reads_of_three_visitors(trial: &Trial) -> Verdict {
    visits(trial, [Deed::Read; 3], |_| None)
}

fn s19_a_first_write_among_first_reads(trial: &Trial) -> Verdict {
    visits(trial, [Deed::Read, Deed::Write, Deed::Read], |_| None)
}

/// A browser whose session is over, with several requests at once.
fn s19_first_writes_with_one_dead_cookie(trial: &Trial) -> Verdict {
    visits(trial, [Deed::Write, Deed::Count(1), Deed::Read], |scene| {
        let ada = scene.signed_in();
        ada.does(Deed::LogOut).went_well();
        Some(ada.cookie())
    })
}

/// Two parts of one request that both write and commit: one session has both values.
fn s19_two_first_writes_of_one_request(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (visitor, events, rows) = (scene.visitor(), Events::default(), scene.rows());
        let outcome: Outcome<Answer> = stage.request("writes twice at once", |gate| {
            let session = visitor.session(&scene.gated(gate, &events));
            async move {
                let part = async |deed: Deed| {
                    deed.act(&session, "").await.unwrap();
                    session.commit().await.unwrap();
                };
                futures_util::future::join(part(Deed::Write), part(Deed::Count(1))).await;
                Answer::end(&session, None, Ok(()), &events).await
            }
        });
        stage.finally(move |_| {
            let token = outcome.take().unwrap().token().unwrap();
            assert_eq!(scene.rows() - rows, 1);
            assert_eq!(scene.value(&token, THEME).as_deref(), Some("dark"));
            assert_eq!(scene.value(&token, COUNT), Some(1));
        });
    })
}

/// Later requests of a visitor write to the one session.
fn s19_writes_of_one_visitor(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let token = scene.visitor().does(Deed::Fill).token().unwrap();
        let (visitor, rows) = (Browser::new(&scene, &[&token]), scene.rows());
        let writes = [Deed::Write, Deed::Count(1)].map(|deed| visitor.joins(stage, deed));
        stage.finally(move |_| {
            for write in writes {
                assert_eq!(write.take().unwrap().said, Said::Nothing);
            }
            assert_eq!(scene.rows(), rows);
            assert_eq!(scene.value(&token, THEME).as_deref(), Some("dark"));
            assert_eq!(scene.value(&token, COUNT), Some(1));
        });
    })
}
