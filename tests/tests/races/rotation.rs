//! At every instant there is one session, whatever rotates it; and its old token, in its grace.

use portcullis_core::Level;
use portcullis_session::{Event, SessionErrorKind};
use portcullis_testkit::interleave::{Outcome, Stage, Verb};

use crate::support::{Answer, Browser, Deed, GRACE, Said, Scene, THEME, Trial, Verdict, races};

races! {
    s16_a_rotation_against_a_read,
    s16_a_rotation_against_a_write,
    s16_two_rotations,
    s16_two_rotations_and_a_read,
    s16_two_step_ups,
    s16_a_step_up_against_a_rotation,
    s16_a_rotation_against_a_login_in_the_same_browser,
    s16_a_login_against_a_read_in_the_same_browser,
    s16_a_rotation_by_each_of_two_tokens,
    s17_of_two_rotations_one_gives_a_token,
    s17_a_write_that_meets_a_rotation_leaves_the_cookie_alone,
    s17_a_read_by_the_old_token,
    s17_after_the_grace_the_old_token_is_dead,
    s17_a_step_up_leaves_the_old_token_nothing,
}

/// After every step, this user has one session.
pub(crate) fn one_session(stage: &mut Stage, scene: &Scene, user: &'static str) {
    let scene = scene.clone();
    stage.always(move |_| assert_eq!(scene.sessions(user).len(), 1, "not one session"));
}

/// After every step, the cookie and whatever was answered by then open the one session.
fn never_gone(stage: &mut Stage, scene: &Scene, cookie: &str, others: &[Outcome<Answer>]) {
    one_session(stage, scene, "ada");
    let (scene, cookie, others) = (scene.clone(), cookie.to_owned(), others.to_vec());
    let handle = scene.handle(&cookie);
    stage.always(move |_| {
        let answers = others.iter().filter_map(Outcome::peek);
        let given = answers.filter_map(|answer| answer.token());
        for cookie in given.chain([cookie.clone()]) {
            assert_eq!(scene.handle(&cookie), handle);
            assert_eq!(scene.who(&cookie).as_deref(), Some("ada"));
        }
    });
}

/// Requests of one browser that is never without its session, one of which gives a new token.
fn rotate(trial: &Trial, deeds: &[Deed], judge: fn(&Scene, &str, Vec<Answer>)) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let join = |deed: &Deed| ada.joins(stage, *deed);
        let outcomes: Vec<_> = deeds.iter().map(join).collect();
        never_gone(stage, &scene, &ada.cookie(), &outcomes);
        stage.finally(move |_| {
            let answers: Vec<_> = outcomes.iter().map(|it| it.take().unwrap()).collect();
            answers.iter().for_each(Answer::went_well);
            let fresh = |answer: &Answer| answer.token().filter(|token| *token != ada.cookie());
            let tokens: Vec<_> = answers.iter().filter_map(fresh).collect();
            assert_eq!(tokens.len(), 1, "one new token");
            assert!(answers.iter().all(|answer| answer.said != Said::Removal));
            judge(&scene, &tokens[0], answers);
        });
    })
}

pub(crate) fn s16_a_rotation_against_a_read(trial: &Trial) -> Verdict {
    rotate(trial, &[Deed::Rotate, Deed::Read], |_, _, answers| {
        assert_eq!(answers[1].who.as_deref(), Some("ada"));
    })
}

fn s16_a_rotation_against_a_write(trial: &Trial) -> Verdict {
    rotate(trial, &[Deed::Rotate, Deed::Write], |scene, token, _| {
        assert_eq!(scene.value(token, THEME).as_deref(), Some("dark"));
    })
}

pub(crate) fn s16_two_rotations(trial: &Trial) -> Verdict {
    rotate(trial, &[Deed::Rotate, Deed::Rotate], |_, _, _| {})
}

fn s16_two_rotations_and_a_read(trial: &Trial) -> Verdict {
    let deeds = [Deed::Rotate, Deed::Rotate, Deed::Read];
    rotate(trial, &deeds, |_, _, answers| {
        assert_eq!(answers[2].who.as_deref(), Some("ada"));
    })
}

/// Two requests of which one at least authenticates again; there is one session all the time.
fn step_up(trial: &Trial, other: Deed, judge: fn(&Scene, &str, [Answer; 2])) -> Verdict {
    trial.explore(move |stage, scene| {
        let ada = scene.signed_in();
        let outcomes = [Deed::StepUp, other].map(|deed| ada.joins(stage, deed));
        one_session(stage, &scene, "ada");
        stage.finally(move |_| {
            let answers = outcomes.map(|outcome| outcome.take().unwrap());
            judge(&scene, &ada.cookie(), answers);
        });
    })
}

/// One of them has stepped up, under a token of its own; the other is told that it has not.
fn s16_two_step_ups(trial: &Trial) -> Verdict {
    step_up(trial, Deed::StepUp, |scene, old, answers| {
        let tokens: Vec<_> = answers.iter().filter_map(Answer::token).collect();
        let [token] = tokens.as_slice() else {
            panic!("{} tokens", tokens.len())
        };
        assert_eq!(scene.level(token), Some(Level::Multi));
        assert_eq!(scene.handle(old), None);
        let errors: Vec<_> = answers.iter().filter_map(|answer| answer.error).collect();
        assert_eq!(errors, [SessionErrorKind::NoSession]);
    })
}

/// Only who has stepped up has a token that has; if both got one, the rotation's was first.
fn s16_a_step_up_against_a_rotation(trial: &Trial) -> Verdict {
    step_up(trial, Deed::Rotate, |scene, _, [step, rotation]| {
        let tokens = [step.token(), rotation.token()];
        match tokens.each_ref().map(Option::as_deref) {
            [Some(token), None] => assert_eq!(scene.level(token), Some(Level::Multi)),
            [None, Some(token)] => {
                assert_eq!(step.error, Some(SessionErrorKind::NoSession));
                assert_eq!(scene.level(token), Some(Level::Single));
            }
            [step, rotation] => panic!("{} and {}", step.is_some(), rotation.is_some()),
        }
    })
}

/// The login takes the session's place under whichever token: one is left, the login's.
fn s16_a_rotation_against_a_login_in_the_same_browser(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let rotation = ada.joins(stage, Deed::Rotate);
        let login = ada.joins(stage, Deed::LogIn("ada"));
        one_session(stage, &scene, "ada");
        stage.finally(move |_| {
            let given = login.take().unwrap().token().unwrap();
            assert_eq!(scene.who(&given).as_deref(), Some("ada"));
            let rotated = rotation.take().unwrap().token();
            for dead in rotated.into_iter().chain([ada.cookie()]) {
                assert_eq!(scene.who(&dead), None);
            }
        });
    })
}

/// A login is one step: who reads meanwhile finds the old session or none, and there is one.
pub(crate) fn s16_a_login_against_a_read_in_the_same_browser(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let login = ada.joins(stage, Deed::LogIn("ada"));
        let read = ada.joins(stage, Deed::Read);
        one_session(stage, &scene, "ada");
        stage.finally(move |history| {
            let created = history.did(login.id(), Verb::Create).unwrap();
            let looked = history.did(read.id(), Verb::Load).unwrap();
            let seen = read.take().unwrap().who;
            assert_eq!(seen.is_some(), looked < created);
            assert_eq!(scene.who(&ada.cookie()), None);
            let given = login.take().unwrap().token().unwrap();
            assert_eq!(scene.who(&given).as_deref(), Some("ada"));
        });
    })
}

/// The new token rotates, the old one does not.
fn s16_a_rotation_by_each_of_two_tokens(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let old = scene.signed_in();
        let token = old.does(Deed::Rotate).token().unwrap();
        let new = Browser::new(&scene, &[&token]);
        let by_old = old.joins(stage, Deed::Rotate);
        let by_new = new.joins(stage, Deed::Rotate);
        one_session(stage, &scene, "ada");
        stage.finally(move |_| {
            assert_eq!(by_old.take().unwrap().token(), None);
            let newest = by_new.take().unwrap().token().unwrap();
            assert_eq!(scene.who(&newest).as_deref(), Some("ada"));
            assert_eq!(scene.who(&token).as_deref(), Some("ada"), "in its grace");
            assert_eq!(
                scene.who(&old.cookie()),
                None,
                "its grace is over with the next"
            );
        });
    })
}

/// The loser's response says nothing of the cookie, also if it had renewed it before: the winner's
/// has the new token, and may have arrived already.
pub(crate) fn s17_of_two_rotations_one_gives_a_token(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let outcomes = [Deed::Rotate, Deed::Rotate].map(|deed| ada.joins(stage, deed));
        stage.finally(move |history| {
            let rotated = outcomes
                .each_ref()
                .map(|it| history.did(it.id(), Verb::Rotate).unwrap());
            let answers = outcomes.map(|it| it.take().unwrap());
            answers.iter().for_each(Answer::went_well);
            let [one, two] = answers.map(|answer| answer.said);
            let (won, lost) = match rotated[0] < rotated[1] {
                true => (one, two),
                false => (two, one),
            };
            assert!(matches!(won, Said::Token(token) if token != ada.cookie()));
            assert_eq!(lost, Said::Nothing);
        });
    })
}

/// A write that finds out by its answer that there is a newer token does not renew the old one.
fn s17_a_write_that_meets_a_rotation_leaves_the_cookie_alone(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let rotation = ada.joins(stage, Deed::Rotate);
        let write = ada.joins(stage, Deed::Write);
        stage.finally(move |history| {
            let rotated = history.did(rotation.id(), Verb::Rotate).unwrap();
            let written = history.all(write.id(), Verb::Update).last().unwrap().0;
            let answer = write.take().unwrap();
            answer.went_well();
            if rotated < written {
                assert_eq!(answer.said, Said::Nothing);
            }
        });
    })
}

/// It reads the successor, does not renew, and its response leaves the cookie alone.
pub(crate) fn s17_a_read_by_the_old_token(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let rotation = ada.joins(stage, Deed::Rotate);
        let read = ada.joins(stage, Deed::Read);
        stage.finally(move |history| {
            let rotated = history.did(rotation.id(), Verb::Rotate).unwrap();
            let looked = history.did(read.id(), Verb::Load).unwrap();
            let answer = read.take().unwrap();
            assert_eq!(answer.who.as_deref(), Some("ada"));
            assert_eq!(answer.events, []);
            if rotated < looked {
                assert_eq!(answer.said, Said::Nothing);
            }
            assert!(rotation.take().unwrap().token().is_some());
            assert_eq!(scene.who(&ada.cookie()).as_deref(), Some("ada"));
        });
    })
}

fn s17_after_the_grace_the_old_token_is_dead(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let handle = scene.handle(&ada.cookie()).unwrap();
        let outcomes = [Deed::Rotate, Deed::Rotate, Deed::Read].map(|it| ada.joins(stage, it));
        stage.finally(move |_| {
            let answers = outcomes.map(|outcome| outcome.take().unwrap());
            let fresh = answers.iter().filter_map(Answer::token);
            let fresh: Vec<_> = fresh.filter(|token| *token != ada.cookie()).collect();
            scene.clock.advance(GRACE);
            assert_eq!(scene.events(&ada.cookie()), [Event::Reused(handle)]);
            assert_eq!(scene.who(&ada.cookie()), None);
            assert_eq!(
                ada.does(Deed::Read).said,
                Said::Nothing,
                "it removes nothing"
            );
            assert_eq!(scene.who(&fresh[0]).as_deref(), Some("ada"));
        });
    })
}

/// Whoever else holds the old token does not get the new authentication by it.
pub(crate) fn s17_a_step_up_leaves_the_old_token_nothing(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let step = ada.joins(stage, Deed::StepUp);
        let read = ada.joins(stage, Deed::Read);
        stage.always({
            let (scene, step, cookie) = (scene.clone(), step.clone(), ada.cookie());
            move |_| assert!(!step.is_there() || scene.handle(&cookie).is_none())
        });
        stage.finally(move |history| {
            let stepped = history.did(step.id(), Verb::Rotate).unwrap();
            let looked = history.did(read.id(), Verb::Load).unwrap();
            assert_eq!(read.take().unwrap().who.is_some(), looked < stepped);
            let token = step.take().unwrap().token().unwrap();
            assert_eq!(scene.level(&token), Some(Level::Multi));
        });
    })
}
