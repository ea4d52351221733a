//! After a log-out has returned, nothing signs its session in.

use portcullis_session::SessionErrorKind;
use portcullis_testkit::interleave::{Outcome, Stage};

use crate::support::{
    Answer, Browser, Deed, Events, Said, Scene, THEME, Trial, Verdict, WINDOW, races,
};

races! {
    s13_log_out_against_a_read,
    s13_log_out_against_a_write,
    s13_log_out_against_a_rotation,
    s13_log_out_against_a_step_up,
    s13_log_out_against_a_change_of_memory,
    s13_log_out_against_everything_at_once,
    s13_log_out_against_another_log_out,
    s13_log_out_against_a_revocation_by_itself,
    s13_log_out_against_a_revocation_by_another_device,
    s13_log_out_against_a_read_and_a_write,
    s13_log_out_against_a_rotation_and_a_read,
    s13_log_out_against_a_rotation_and_a_write,
    s13_log_out_against_two_rotations,
    s13_a_request_after_the_log_out_against_a_read,
    s13_a_request_after_the_log_out_against_a_write,
    s13_a_request_after_the_log_out_against_a_rotation,
    s13_a_request_after_the_log_out_against_two_reads,
    s13_log_out_against_a_login_in_the_same_browser,
    s13_log_out_by_the_old_token_in_grace,
    s13_log_out_by_two_tokens,
    s13_log_out_of_a_visitor_against_a_write,
    s13_log_out_and_rotation_in_one_request,
    s13_log_out_and_login_in_one_request,
    s13_log_out_and_write_in_one_request,
}

/// From when a log-out has returned, none of these cookies and none of what these requests were
/// answered with signs anybody in.
pub(crate) fn over<T: 'static>(
    stage: &mut Stage,
    scene: &Scene,
    out: &Outcome<T>,
    cookies: &[String],
    others: &[Outcome<Answer>],
) {
    let (scene, out) = (scene.clone(), out.clone());
    let (cookies, others) = (cookies.to_vec(), others.to_vec());
    stage.always(move |_| {
        if !out.is_there() {
            return;
        }
        let answers = others.iter().filter_map(Outcome::peek);
        let given = answers.filter_map(|answer| answer.token());
        for cookie in cookies.iter().cloned().chain(given) {
            assert_eq!(scene.who(&cookie), None, "after the log-out has returned");
        }
    });
}

/// One log-out against requests of the same browser, each of which would renew.
fn against(trial: &Trial, deeds: &[Deed]) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let out = ada.joins(stage, Deed::LogOut);
        let join = |deed: &Deed| ada.joins(stage, *deed);
        let others: Vec<_> = deeds.iter().map(join).collect();
        over(stage, &scene, &out, &ada.cookies, &others);
        stage.finally(move |_| {
            let out = out.take().unwrap();
            out.went_well();
            assert_eq!(out.said, Said::Removal);
            assert_eq!(scene.sessions("ada"), []);
        });
    })
}

pub(crate) fn s13_log_out_against_a_read(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Read])
}

pub(crate) fn s13_log_out_against_a_write(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Write])
}

pub(crate) fn s13_log_out_against_a_rotation(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Rotate])
}

fn s13_log_out_against_a_step_up(trial: &Trial) -> Verdict {
    against(trial, &[Deed::StepUp])
}

fn s13_log_out_against_a_change_of_memory(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Remember])
}

fn s13_log_out_against_everything_at_once(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Everything])
}

fn s13_log_out_against_another_log_out(trial: &Trial) -> Verdict {
    against(trial, &[Deed::LogOut])
}

fn s13_log_out_against_a_revocation_by_itself(trial: &Trial) -> Verdict {
    against(trial, &[Deed::RevokeAll])
}

fn s13_log_out_against_a_read_and_a_write(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Read, Deed::Write])
}

fn s13_log_out_against_a_rotation_and_a_read(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Rotate, Deed::Read])
}

fn s13_log_out_against_a_rotation_and_a_write(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Rotate, Deed::Write])
}

fn s13_log_out_against_two_rotations(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Rotate, Deed::Rotate])
}

/// A log-out and then another request of the same browser, against requests that began before.
fn and_then(trial: &Trial, deeds: &[Deed]) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let after = stage.request("LogOut, then Read", |gate| {
            let requests = [Deed::LogOut, Deed::Read].map(|deed| ada.gated(gate, deed));
            async move {
                let [out, read] = requests;
                out.await.went_well();
                read.await
            }
        });
        let others: Vec<_> = deeds.iter().map(|deed| ada.joins(stage, *deed)).collect();
        stage.finally(move |_| {
            assert_eq!(
                after.take().unwrap().who,
                None,
                "after the log-out has returned"
            );
            for other in others {
                let token = other.take().unwrap().token();
                assert_eq!(token.and_then(|token| scene.who(&token)), None);
            }
            assert_eq!(scene.who(&ada.cookie()), None);
        });
    })
}

fn s13_a_request_after_the_log_out_against_a_read(trial: &Trial) -> Verdict {
    and_then(trial, &[Deed::Read])
}

fn s13_a_request_after_the_log_out_against_a_write(trial: &Trial) -> Verdict {
    and_then(trial, &[Deed::Write])
}

fn s13_a_request_after_the_log_out_against_a_rotation(trial: &Trial) -> Verdict {
    and_then(trial, &[Deed::Rotate])
}

fn s13_a_request_after_the_log_out_against_two_reads(trial: &Trial) -> Verdict {
    and_then(trial, &[Deed::Read, Deed::Read])
}

fn s13_log_out_against_a_revocation_by_another_device(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (ada, phone) = (scene.signed_in(), scene.signed_in());
        let out = ada.joins(stage, Deed::LogOut);
        let revocation = phone.joins(stage, Deed::RevokeAll);
        over(stage, &scene, &out, &ada.cookies, &[]);
        over(stage, &scene, &revocation, &phone.cookies, &[]);
        stage.finally(move |_| {
            assert_eq!(out.take().unwrap().said, Said::Removal);
            assert_eq!(revocation.take().unwrap().said, Said::Removal);
            assert_eq!(scene.sessions("ada"), []);
        });
    })
}

/// The login is a session of its own: it lives in every order, and nothing else does.
fn s13_log_out_against_a_login_in_the_same_browser(trial: &Trial) -> Verdict {
    let race = |user: &'static str| {
        trial.explore(move |stage, scene| {
            let ada = scene.signed_in();
            let out = ada.joins(stage, Deed::LogOut);
            let login = ada.joins(stage, Deed::LogIn(user));
            over(stage, &scene, &out, &ada.cookies, &[]);
            over(stage, &scene, &login, &ada.cookies, &[]);
            stage.finally(move |_| {
                out.take().unwrap().went_well();
                let token = login.take().unwrap().token().unwrap();
                assert_eq!(scene.who(&token).as_deref(), Some(user));
                assert_eq!(scene.sessions(user).len(), 1);
                let others = scene.sessions("ada").len();
                assert_eq!(others, usize::from(user == "ada"));
            });
        })
    };
    Trial::all(["ada", "bob"].map(race))
}

/// A browser that has not heard of the new token signs out by the old one.
fn s13_log_out_by_the_old_token_in_grace(trial: &Trial) -> Verdict {
    let race = |deed: Deed| {
        trial.explore(move |stage, scene| {
            let old = scene.signed_in();
            let new = old.does(Deed::Rotate).token().unwrap();
            let new = Browser::new(&scene, &[&new]);
            let out = old.joins(stage, Deed::LogOut);
            let other = new.joins(stage, deed);
            let cookies = [old.cookie(), new.cookie()];
            over(stage, &scene, &out, &cookies, &[other]);
            stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
        })
    };
    Trial::all([Deed::Read, Deed::Write, Deed::Rotate, Deed::Everything].map(race))
}

/// A browser with two tokens, of the same session or of two, ends what both open.
fn s13_log_out_by_two_tokens(trial: &Trial) -> Verdict {
    let race = |same: bool| {
        trial.explore(move |stage, scene| {
            let one = scene.signed_in();
            let two = match same {
                true => one.does(Deed::Rotate).token().unwrap(),
                false => scene.signed_in().cookie(),
            };
            let both = Browser::new(&scene, &[&one.cookie(), &two]);
            let out = both.joins(stage, Deed::LogOut);
            let other = Browser::new(&scene, &[&two]).joins(stage, Deed::Write);
            over(stage, &scene, &out, &both.cookies, &[other]);
            stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
        })
    };
    Trial::all([true, false].map(race))
}

/// A visitor's session ends as well: what was in it is not read by its cookie any more.
fn s13_log_out_of_a_visitor_against_a_write(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let token = scene.visitor().does(Deed::Write).token().unwrap();
        scene.clock.advance(WINDOW);
        let visitor = Browser::new(&scene, &[&token]);
        let out = visitor.joins(stage, Deed::LogOut);
        let other = visitor.joins(stage, Deed::Count(1));
        stage.always({
            let (scene, out) = (scene.clone(), out.clone());
            move |_| assert!(!out.is_there() || scene.handle(&token).is_none())
        });
        stage.finally(move |_| {
            out.take().unwrap().went_well();
            let given = other.take().unwrap().token();
            // Whoever came too late to find the session may have begun another one.
            let theme = given.and_then(|token| scene.value(&token, THEME));
            assert_eq!(theme, None);
        });
    })
}

/// What two parts of one request do at once, and what comes of the request.
fn in_one_request(
    trial: &Trial,
    deed: Deed,
    judge: fn(&Scene, Result<(), SessionErrorKind>, Option<String>, Answer),
) -> Verdict {
    trial.explore(|stage, scene| {
        let (ada, events) = (scene.signed_in(), Events::default());
        let outcome = stage.request(&format!("LogOut and {deed:?}"), |gate| {
            let lifecycle = scene.gated(gate, &events);
            let session = ada.session(&lifecycle);
            let (name, nobody) = (scene.name.clone(), scene.subject("nobody"));
            async move {
                let act = async {
                    let done = deed.act(&session, &name).await;
                    let committed = session.commit().await;
                    done.and(committed).map_err(|error| error.kind())
                };
                let out = async {
                    // So that it may come at any point of the other.
                    assert!(lifecycle.list(&nobody).await.unwrap().is_empty());
                    session.log_out().await
                };
                let (out, done) = futures_util::future::join(out, act).await;
                out.unwrap();
                let principal = session.principal().await.unwrap();
                let who = principal.map(|it| it.subject().as_str().to_owned());
                let answer = Answer::end(&session, None, Ok(()), &events).await;
                (done, who, answer)
            }
        });
        stage.finally(move |_| {
            let (done, who, answer) = outcome.take().unwrap();
            assert_eq!(scene.who(&ada.cookie()), None);
            judge(&scene, done, who, answer);
        });
    })
}

/// A request that signs out and rotates at once is signed out, and says so.
fn s13_log_out_and_rotation_in_one_request(trial: &Trial) -> Verdict {
    in_one_request(trial, Deed::Rotate, |scene, _, who, answer| {
        assert_eq!(who, None, "the request itself is signed in");
        assert_eq!(answer.said, Said::Removal);
        assert_eq!(scene.sessions("ada"), []);
    })
}

/// A request that signs out and writes at once is signed out, and says so.
fn s13_log_out_and_write_in_one_request(trial: &Trial) -> Verdict {
    in_one_request(trial, Deed::Write, |scene, _, who, answer| {
        assert_eq!(who, None, "the request itself is signed in");
        assert_eq!(scene.sessions("ada"), []);
        let theme = answer.token().map(|token| scene.who(&token));
        assert_eq!(theme.flatten(), None);
    })
}

/// Who signs in and out at once is either, and cookie and store say the same.
fn s13_log_out_and_login_in_one_request(trial: &Trial) -> Verdict {
    in_one_request(trial, Deed::LogIn("ada"), |scene, done, who, answer| {
        assert_eq!(done, Ok(()));
        let given = answer.token().map(|token| scene.who(&token));
        match who {
            Some(_) => assert_eq!(given.flatten().as_deref(), Some("ada")),
            None => assert_eq!(answer.said, Said::Removal),
        }
        assert_eq!(scene.sessions("ada").len(), usize::from(who.is_some()));
    })
}
