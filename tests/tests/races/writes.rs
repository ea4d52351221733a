//! Writes that meet are all kept.

use portcullis_session::SessionErrorKind;
use portcullis_testkit::interleave::{History, Outcome, Stage, Verb};

use crate::support::{
    Answer, Browser, CART, COUNT, Deed, Said, Scene, THEME, Trial, Verdict, WINDOW, races,
};

races! {
    s09_reads_at_once_renew_once,
    s15_writes_of_different_values,
    s15_writes_of_different_values_and_a_read,
    s15_writes_of_one_value,
    s15_strict_writes_of_one_value,
    s15_a_strict_write_against_one_of_another_value,
    s15_a_write_against_a_removal,
    s15_a_write_against_a_rotation,
    s15_a_write_by_the_old_token_against_one_by_the_new,
    s15_a_write_against_a_change_of_memory,
    s15_a_write_against_a_read_that_renews,
    s15_a_write_of_a_visitor_against_a_login,
}

/// Requests of one browser that write, and what must have come of it.
fn together<const N: usize>(
    trial: &Trial,
    deeds: [Deed; N],
    judge: impl Fn(&Scene, &str, [Answer; N], &History, [Outcome<Answer>; N]) + Clone + 'static,
) -> Verdict {
    trial.explore(move |stage, scene| {
        let (ada, judge) = (scene.signed_in(), judge.clone());
        let outcomes = deeds.map(|deed| ada.joins(stage, deed));
        stage.finally(move |history| {
            let answers = outcomes.clone().map(|outcome| outcome.take().unwrap());
            judge(&scene, &ada.cookie(), answers, history, outcomes);
        });
    })
}

/// Of three requests that all find a renewal due, one renews and sets the cookie.
pub(crate) fn s09_reads_at_once_renew_once(trial: &Trial) -> Verdict {
    together(trial, [Deed::Read; 3], |_, cookie, answers, _, _| {
        let token = Said::Token(cookie.to_owned());
        let renewed = answers.iter().filter(|answer| answer.said == token);
        assert_eq!(renewed.count(), 1);
    })
}

pub(crate) fn s15_writes_of_different_values(trial: &Trial) -> Verdict {
    let deeds = [Deed::Write, Deed::Count(1)];
    together(trial, deeds, |scene, cookie, answers, _, _| {
        answers.iter().for_each(Answer::went_well);
        assert_eq!(scene.value(cookie, THEME).as_deref(), Some("dark"));
        assert_eq!(scene.value(cookie, COUNT), Some(1));
    })
}

fn s15_writes_of_different_values_and_a_read(trial: &Trial) -> Verdict {
    let deeds = [Deed::Write, Deed::Count(1), Deed::Read];
    together(trial, deeds, |scene, cookie, answers, _, _| {
        answers.iter().for_each(Answer::went_well);
        assert_eq!(scene.value(cookie, THEME).as_deref(), Some("dark"));
        assert_eq!(scene.value(cookie, COUNT), Some(1));
    })
}

/// At which step the store did the write of a request.
fn written(history: &History, outcome: &Outcome<Answer>) -> Option<usize> {
    let mut updates = history.all(outcome.id(), Verb::Update);
    updates
        .find(|(_, answer)| answer.starts_with("Done"))
        .map(|(at, _)| at)
}

/// The last one to be committed counts.
fn s15_writes_of_one_value(trial: &Trial) -> Verdict {
    let deeds = [Deed::Count(1), Deed::Count(2)];
    together(trial, deeds, |scene, cookie, answers, history, outcomes| {
        answers.iter().for_each(Answer::went_well);
        let [one, two] = outcomes.map(|outcome| written(history, &outcome).unwrap());
        let last = if one < two { 2 } else { 1 };
        assert_eq!(scene.value(cookie, COUNT), Some(last));
    })
}

/// Who would not have it so is told of the other, exactly when both had found the same value.
pub(crate) fn s15_strict_writes_of_one_value(trial: &Trial) -> Verdict {
    let deeds = [Deed::Strictly(1), Deed::Strictly(2)];
    together(trial, deeds, |scene, cookie, answers, history, outcomes| {
        let looked = outcomes
            .clone()
            .map(|it| history.did(it.id(), Verb::Load).unwrap());
        let written = outcomes.map(|it| written(history, &it));
        let won = match written {
            [Some(first), Some(second)] if first < second => {
                assert!(first < looked[1]);
                2
            }
            [Some(first), Some(second)] => {
                assert!(second < looked[0] && second < first);
                1
            }
            [Some(first), None] => {
                assert!(looked[1] < first);
                assert_eq!(answers[1].error, Some(SessionErrorKind::Conflict));
                1
            }
            [None, Some(second)] => {
                assert!(looked[0] < second);
                assert_eq!(answers[0].error, Some(SessionErrorKind::Conflict));
                2
            }
            [None, None] => panic!("both have lost"),
        };
        assert_eq!(scene.value(cookie, COUNT), Some(won));
        let failed = answers.iter().filter(|answer| answer.error.is_some());
        assert_eq!(
            failed.count(),
            written.iter().filter(|it| it.is_none()).count()
        );
    })
}

/// Another value is nobody's business.
fn s15_a_strict_write_against_one_of_another_value(trial: &Trial) -> Verdict {
    let deeds = [Deed::Strictly(1), Deed::Write];
    together(trial, deeds, |scene, cookie, answers, _, _| {
        answers.iter().for_each(Answer::went_well);
        assert_eq!(scene.value(cookie, THEME).as_deref(), Some("dark"));
        assert_eq!(scene.value(cookie, COUNT), Some(1));
    })
}

fn s15_a_write_against_a_removal(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        ada.does(Deed::Write).went_well();
        let outcomes = [Deed::Unset, Deed::Count(1)].map(|deed| ada.joins(stage, deed));
        stage.finally(move |_| {
            outcomes
                .iter()
                .for_each(|it| it.take().unwrap().went_well());
            assert_eq!(scene.value(&ada.cookie(), THEME), None);
            assert_eq!(scene.value(&ada.cookie(), COUNT), Some(1));
        });
    })
}

/// The write is there under the new token, and under the old one in its grace.
fn s15_a_write_against_a_rotation(trial: &Trial) -> Verdict {
    let deeds = [Deed::Write, Deed::Rotate];
    together(trial, deeds, |scene, cookie, answers, _, _| {
        answers.iter().for_each(Answer::went_well);
        let token = answers[1].token().unwrap();
        for cookie in [cookie, &token] {
            assert_eq!(scene.value(cookie, THEME).as_deref(), Some("dark"));
        }
    })
}

fn s15_a_write_by_the_old_token_against_one_by_the_new(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let old = scene.signed_in();
        let token = old.does(Deed::Rotate).token().unwrap();
        let new = Browser::new(&scene, &[&token]);
        let outcomes = [
            old.joins(stage, Deed::Write),
            new.joins(stage, Deed::Count(1)),
        ];
        stage.finally(move |_| {
            outcomes
                .iter()
                .for_each(|it| it.take().unwrap().went_well());
            assert_eq!(scene.value(&token, THEME).as_deref(), Some("dark"));
            assert_eq!(scene.value(&token, COUNT), Some(1));
        });
    })
}

fn s15_a_write_against_a_change_of_memory(trial: &Trial) -> Verdict {
    let deeds = [Deed::Write, Deed::Remember];
    together(trial, deeds, |scene, cookie, answers, _, _| {
        answers.iter().for_each(Answer::went_well);
        assert_eq!(scene.value(cookie, THEME).as_deref(), Some("dark"));
        let [session] = scene.sessions("ada").try_into().unwrap();
        assert_eq!(session.record.lifetime.idle_secs, 8 * 3600);
    })
}

/// A renewal is of the last visit and nothing else.
pub(crate) fn s15_a_write_against_a_read_that_renews(trial: &Trial) -> Verdict {
    let deeds = [Deed::Write, Deed::Read];
    together(trial, deeds, |scene, cookie, answers, _, _| {
        answers.iter().for_each(Answer::went_well);
        assert_eq!(scene.value(cookie, THEME).as_deref(), Some("dark"));
        let [session] = scene.sessions("ada").try_into().unwrap();
        assert_eq!(session.seen_at, crate::support::START.after(WINDOW));
    })
}

/// A visitor fills the cart while signing in, in another tab, with the cart to be kept: what was
/// acknowledged before the login looked is in the new session.
fn s15_a_write_of_a_visitor_against_a_login(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let token = scene.visitor().does(Deed::Write).token().unwrap();
        let visitor = Browser::new(&scene, &[&token]);
        let fill = visitor.joins(stage, Deed::Fill);
        let login = visitor.joins(stage, Deed::LogInKeeping("ada"));
        ends_the_old(stage, &scene, &login, &token);
        stage.finally(move |history| {
            let given = login.take().unwrap().token().unwrap();
            assert_eq!(scene.who(&given).as_deref(), Some("ada"));
            let looked = history.did(login.id(), Verb::Load).unwrap();
            let kept = scene.value(&given, CART).is_some();
            let filled = written(history, &fill);
            if filled.is_some_and(|filled| filled < looked) {
                assert!(kept, "what was there is kept");
            }
            if kept {
                assert!(filled.is_some());
            }
            assert_eq!(scene.value(&given, THEME), None, "it is not to be kept");
        });
    })
}

fn ends_the_old(stage: &mut Stage, scene: &Scene, login: &Outcome<Answer>, old: &str) {
    let (scene, login, old) = (scene.clone(), login.clone(), old.to_owned());
    stage.always(move |_| assert!(!login.is_there() || scene.handle(&old).is_none()));
}
