//! Logins that meet: no more sessions than the cap, and one for each response.

use std::num::NonZeroU32;

use portcullis_session::Loaded;
use portcullis_testkit::interleave::{Outcome, Stage, Verb};

use crate::support::{Answer, Browser, Deed, Scene, Trial, Verdict, policy, races};

races! {
    s20_two_logins_under_a_cap_of_one,
    s20_two_logins_beyond_a_cap_of_two,
    s20_three_logins_under_a_cap_of_two,
    s20_two_logins_beyond_the_cap_and_a_read,
    s20_two_logins_beyond_the_cap_and_a_log_out,
    s20_two_logins_beyond_the_cap_and_a_rotation,
    s21_two_logins_in_one_browser,
    s21_two_logins_in_a_visitors_browser,
    s21_logins_of_two_users_in_one_browser,
    s21_a_login_against_a_step_up_in_one_browser,
}

fn capped(scene: Scene, cap: u32) -> Scene {
    scene.with_policy(policy().with_cap(NonZeroU32::new(cap).unwrap()))
}

/// After every step, this user has no more sessions than the cap.
fn at_most(stage: &mut Stage, scene: &Scene, cap: usize) {
    let scene = scene.clone();
    stage.always(move |_| {
        let sessions = scene.sessions("ada").len();
        assert!(
            sessions <= cap,
            "{sessions} sessions where {cap} are allowed"
        );
    });
}

/// Of these cookies, as many sign Ada in as she has sessions.
fn alive<'a>(scene: &Scene, cookies: impl IntoIterator<Item = &'a String>) -> usize {
    let alive = cookies
        .into_iter()
        .filter(|cookie| scene.who(cookie).is_some());
    let alive = alive.count();
    assert_eq!(
        scene.sessions("ada").len(),
        alive,
        "sessions that no cookie opens"
    );
    alive
}

fn tokens(logins: &[Outcome<Answer>]) -> Vec<String> {
    let answers = logins.iter().map(|login| login.peek().unwrap());
    answers.map(|answer| answer.token().unwrap()).collect()
}

/// Some logins in browsers of their own, while Ada is signed in elsewhere.
fn logins(trial: &Trial, cap: u32, before: usize, at_once: usize) -> Verdict {
    let most = usize::try_from(cap).unwrap();
    trial.explore(|stage, scene| {
        let scene = capped(scene, cap);
        let there: Vec<_> = (0..before).map(|_| scene.signed_in().cookie()).collect();
        let logins: Vec<_> = (0..at_once)
            .map(|_| scene.visitor().joins(stage, Deed::LogIn("ada")))
            .collect();
        at_most(stage, &scene, most);
        stage.finally(move |history| {
            let given = tokens(&logins);
            assert_eq!(alive(&scene, there.iter().chain(&given)), most);
            // Those that were there are older than those that came now.
            let old = most.saturating_sub(at_once);
            assert_eq!(
                there.iter().filter(|it| scene.who(it).is_some()).count(),
                old
            );
            let evicted = evictions(history, &logins);
            assert_eq!(evicted, (before + at_once - most) as u64);
        });
    })
}

/// How many sessions the logins say that they ended.
fn evictions(history: &portcullis_testkit::interleave::History, logins: &[Outcome<Answer>]) -> u64 {
    let answers = logins
        .iter()
        .flat_map(|it| history.all(it.id(), Verb::Create));
    let evicted = answers.filter_map(|(_, answer)| {
        let count = answer.strip_prefix("Done, ")?.strip_suffix(" evicted")?;
        count.parse::<u64>().ok()
    });
    evicted.sum()
}

pub(crate) fn s20_two_logins_under_a_cap_of_one(trial: &Trial) -> Verdict {
    logins(trial, 1, 0, 2)
}

pub(crate) fn s20_two_logins_beyond_a_cap_of_two(trial: &Trial) -> Verdict {
    logins(trial, 2, 2, 2)
}

fn s20_three_logins_under_a_cap_of_two(trial: &Trial) -> Verdict {
    logins(trial, 2, 0, 3)
}

/// Two logins and a request of the session that has to go for them.
fn with_the_oldest(
    trial: &Trial,
    deed: Deed,
    judge: fn(&Scene, &Browser, Answer, &[String]),
) -> Verdict {
    trial.explore(move |stage, scene| {
        let scene = capped(scene, 2);
        let [oldest, _] = [(); 2].map(|()| scene.signed_in());
        let logins = [(); 2].map(|()| scene.visitor().joins(stage, Deed::LogIn("ada")));
        let other = oldest.joins(stage, deed);
        at_most(stage, &scene, 2);
        stage.finally(move |_| {
            let given = tokens(&logins);
            let answer = other.take().unwrap();
            judge(&scene, &oldest, answer, &given);
        });
    })
}

fn both_live(scene: &Scene, given: &[String]) {
    assert!(given.iter().all(|token| scene.who(token).is_some()));
    assert_eq!(scene.sessions("ada").len(), 2);
}

fn s20_two_logins_beyond_the_cap_and_a_read(trial: &Trial) -> Verdict {
    with_the_oldest(trial, Deed::Read, |scene, oldest, _, given| {
        assert_eq!(scene.who(&oldest.cookie()), None);
        both_live(scene, given);
    })
}

fn s20_two_logins_beyond_the_cap_and_a_log_out(trial: &Trial) -> Verdict {
    with_the_oldest(trial, Deed::LogOut, |scene, oldest, _, given| {
        assert_eq!(scene.who(&oldest.cookie()), None);
        both_live(scene, given);
    })
}

fn s20_two_logins_beyond_the_cap_and_a_rotation(trial: &Trial) -> Verdict {
    with_the_oldest(trial, Deed::Rotate, |scene, oldest, answer, given| {
        assert_eq!(scene.who(&oldest.cookie()), None);
        let rotated = answer.token().and_then(|token| scene.who(&token));
        assert_eq!(rotated, None, "a new token makes no session younger");
        both_live(scene, given);
    })
}

/// Two logins in one browser: each response has a session of its own, and the old one is over.
fn in_one_browser(trial: &Trial, make: fn(&Scene) -> Browser, users: [&'static str; 2]) -> Verdict {
    trial.explore(move |stage, scene| {
        let browser = make(&scene);
        let logins = users.map(|user| browser.joins(stage, Deed::LogIn(user)));
        stage.always({
            let (scene, logins, old) = (scene.clone(), logins.clone(), browser.cookie());
            move |_| {
                let is_over = logins.iter().any(Outcome::is_there);
                assert!(!is_over || scene.handle(&old).is_none());
            }
        });
        stage.finally(move |_| {
            let given = tokens(&logins);
            assert_ne!(given[0], given[1]);
            for (token, user) in given.iter().zip(users) {
                assert_eq!(scene.who(token).as_deref(), Some(user));
                let expected = users.iter().filter(|other| **other == user).count();
                assert_eq!(scene.sessions(user).len(), expected);
            }
        });
    })
}

pub(crate) fn s21_two_logins_in_one_browser(trial: &Trial) -> Verdict {
    in_one_browser(trial, Scene::signed_in, ["ada", "ada"])
}

fn s21_two_logins_in_a_visitors_browser(trial: &Trial) -> Verdict {
    let visitor = |scene: &Scene| {
        let token = scene.visitor().does(Deed::Fill).token().unwrap();
        Browser::new(scene, &[&token])
    };
    in_one_browser(trial, visitor, ["ada", "ada"])
}

fn s21_logins_of_two_users_in_one_browser(trial: &Trial) -> Verdict {
    in_one_browser(trial, |scene| scene.signed_in_as("carol"), ["ada", "bob"])
}

/// Whatever the step-up got is over with the login, or the login came first and it got nothing.
fn s21_a_login_against_a_step_up_in_one_browser(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let step = ada.joins(stage, Deed::StepUp);
        let login = ada.joins(stage, Deed::LogIn("ada"));
        stage.finally(move |_| {
            let given = login.take().unwrap().token().unwrap();
            let sessions: Vec<Loaded> = scene.sessions("ada");
            assert_eq!(sessions.len(), 1);
            assert_eq!(Some(sessions[0].record.handle), scene.handle(&given));
            let stepped = step.take().unwrap().token();
            assert_eq!(stepped.and_then(|token| scene.who(&token)), None);
            assert_eq!(scene.who(&ada.cookie()), None);
        });
    })
}
