//! Requests that are dropped on their way, at every poll, alone and against others: the session is
//! as it was or as it was to be, never between, and never gone.

use std::num::NonZeroU32;

use portcullis_core::Level;
use portcullis_testkit::interleave::{Outcome, Stage};

use crate::rotation::one_session;
use crate::support::{
    Answer, Browser, CART, COUNT, Deed, Scene, THEME, Trial, Verdict, policy, races,
};

races! {
    s18_a_dropped_read,
    s18_a_dropped_write,
    s18_a_dropped_first_write,
    s18_a_dropped_rotation,
    s18_a_dropped_step_up,
    s18_a_dropped_change_of_memory,
    s18_a_dropped_everything,
    s18_a_dropped_login,
    s18_a_dropped_login_of_somebody_else,
    s18_a_dropped_login_that_keeps_values,
    s18_a_dropped_login_beyond_the_cap,
    s18_a_dropped_log_out,
    s18_a_dropped_revocation,
    s18_a_dropped_revocation_of_the_others,
    s18_a_write_against_a_dropped_write,
    s18_a_write_against_a_dropped_rotation,
    s18_a_read_against_a_dropped_login,
    s18_a_log_out_against_a_dropped_rotation,
    s18_a_write_against_a_dropped_log_out,
}

/// Drops one request of a browser at every poll.
fn dropped(
    trial: &Trial,
    deed: Deed,
    make: fn(&Scene) -> Browser,
    judge: fn(&Scene, &Browser, Option<Answer>),
) -> Verdict {
    trial.drop_everywhere(|scene, gate| {
        let browser = make(&scene);
        let future = browser.gated(gate, deed);
        let check = move |answer: Option<Answer>| {
            answer.iter().for_each(Answer::went_well);
            judge(&scene, &browser, answer);
        };
        (future, check)
    })
}

/// The browser's next request is as if nothing had been.
fn goes_on(scene: &Scene, browser: &Browser) {
    let answer = browser.does(Deed::Fill);
    answer.went_well();
    assert_eq!(answer.who.as_deref(), Some("ada"));
    assert!(scene.value(&browser.cookie(), CART).is_some());
    assert_eq!(scene.sessions("ada").len(), 1);
}

fn s18_a_dropped_read(trial: &Trial) -> Verdict {
    dropped(trial, Deed::Read, Scene::signed_in, |scene, ada, _| {
        goes_on(scene, ada);
    })
}

fn s18_a_dropped_write(trial: &Trial) -> Verdict {
    dropped(
        trial,
        Deed::Write,
        Scene::signed_in,
        |scene, ada, answer| {
            let theme = scene.value(&ada.cookie(), THEME);
            assert!(theme.is_some() || answer.is_none());
            goes_on(scene, ada);
        },
    )
}

fn s18_a_dropped_first_write(trial: &Trial) -> Verdict {
    trial.drop_everywhere(|scene, gate| {
        let future = scene.visitor().gated(gate, Deed::Write);
        let rows = scene.rows();
        let check = move |answer: Option<Answer>| {
            let made = scene.rows() - rows;
            assert!(made <= 1);
            if let Some(answer) = answer {
                assert_eq!(made, 1);
                assert!(scene.handle(&answer.token().unwrap()).is_some());
            }
        };
        (future, check)
    })
}

/// The browser that never got the new token goes on by the old one.
pub(crate) fn s18_a_dropped_rotation(trial: &Trial) -> Verdict {
    dropped(
        trial,
        Deed::Rotate,
        Scene::signed_in,
        |scene, ada, answer| {
            if let Some(answer) = answer {
                let token = answer.token().unwrap();
                assert_eq!(scene.handle(&token), scene.handle(&ada.cookie()));
            }
            goes_on(scene, ada);
        },
    )
}

/// There is no grace for the old token: it has the old authentication or opens nothing.
fn s18_a_dropped_step_up(trial: &Trial) -> Verdict {
    dropped(
        trial,
        Deed::StepUp,
        Scene::signed_in,
        |scene, ada, answer| {
            assert_eq!(scene.sessions("ada").len(), 1);
            let old = scene.level(&ada.cookie());
            assert_ne!(old, Some(Level::Multi));
            match answer {
                Some(answer) => {
                    assert_eq!(old, None);
                    let token = answer.token().unwrap();
                    assert_eq!(scene.level(&token), Some(Level::Multi));
                }
                None if old.is_some() => goes_on(scene, ada),
                None => {}
            }
        },
    )
}

fn s18_a_dropped_change_of_memory(trial: &Trial) -> Verdict {
    dropped(
        trial,
        Deed::Remember,
        Scene::signed_in,
        |scene, ada, answer| {
            let idle = scene.sessions("ada")[0].record.lifetime.idle_secs;
            assert!(idle == 8 * 3600 || (idle == 3600 && answer.is_none()));
            goes_on(scene, ada);
        },
    )
}

fn s18_a_dropped_everything(trial: &Trial) -> Verdict {
    dropped(
        trial,
        Deed::Everything,
        Scene::signed_in,
        |scene, ada, answer| {
            let count = scene.value(&ada.cookie(), COUNT);
            assert!(count == Some(2) || (answer.is_none() && count != Some(0)));
            goes_on(scene, ada);
        },
    )
}

/// The old session or the new one, and one of them.
fn replaced(scene: &Scene, browser: &Browser, user: &str, answer: Option<Answer>) {
    let (old, new) = (scene.who(&browser.cookie()), scene.sessions(user).len());
    if let Some(answer) = answer {
        assert_eq!(old, None);
        let token = answer.token().unwrap();
        assert_eq!(scene.who(&token).as_deref(), Some(user));
    }
    if user == "ada" {
        assert_eq!(new, 1);
    } else {
        assert_eq!(new, usize::from(old.is_none()));
        assert_eq!(scene.sessions("ada").len(), usize::from(old.is_some()));
    }
}

pub(crate) fn s18_a_dropped_login(trial: &Trial) -> Verdict {
    let deed = Deed::LogIn("ada");
    dropped(trial, deed, Scene::signed_in, |scene, ada, answer| {
        replaced(scene, ada, "ada", answer);
    })
}

fn s18_a_dropped_login_of_somebody_else(trial: &Trial) -> Verdict {
    let deed = Deed::LogIn("bob");
    dropped(trial, deed, Scene::signed_in, |scene, ada, answer| {
        replaced(scene, ada, "bob", answer);
    })
}

fn s18_a_dropped_login_that_keeps_values(trial: &Trial) -> Verdict {
    let visitor = |scene: &Scene| {
        let token = scene.visitor().does(Deed::Fill).token().unwrap();
        Browser::new(scene, &[&token])
    };
    let deed = Deed::LogInKeeping("ada");
    dropped(trial, deed, visitor, |scene, visitor, answer| {
        let old = scene.handle(&visitor.cookie());
        assert_eq!(scene.sessions("ada").len(), usize::from(old.is_none()));
        if let Some(answer) = answer {
            let token = answer.token().unwrap();
            assert!(scene.value(&token, CART).is_some());
        }
    })
}

fn s18_a_dropped_login_beyond_the_cap(trial: &Trial) -> Verdict {
    trial.drop_everywhere(|scene, gate| {
        let scene = scene.with_policy(policy().with_cap(NonZeroU32::new(2).unwrap()));
        let [oldest, newer] = [(); 2].map(|()| scene.signed_in());
        let future = scene.visitor().gated(gate, Deed::LogIn("ada"));
        let check = move |answer: Option<Answer>| {
            let oldest = scene.who(&oldest.cookie());
            assert!(oldest.is_none() || answer.is_none());
            assert!(scene.who(&newer.cookie()).is_some());
            assert_eq!(scene.sessions("ada").len(), 2);
        };
        (future, check)
    })
}

fn s18_a_dropped_log_out(trial: &Trial) -> Verdict {
    dropped(
        trial,
        Deed::LogOut,
        Scene::signed_in,
        |scene, ada, answer| {
            let is_in = scene.who(&ada.cookie()).is_some();
            assert_eq!(scene.sessions("ada").len(), usize::from(is_in));
            assert!(!is_in || answer.is_none());
            // Once more, and it is over.
            ada.does(Deed::LogOut).went_well();
            assert_eq!(scene.who(&ada.cookie()), None);
        },
    )
}

pub(crate) fn s18_a_dropped_revocation(trial: &Trial) -> Verdict {
    let three = |scene: &Scene| {
        let [_, _, last] = [(); 3].map(|()| scene.signed_in());
        last
    };
    dropped(trial, Deed::RevokeAll, three, |scene, _, answer| {
        let left = scene.sessions("ada").len();
        assert!(
            left == 0 || (left == 3 && answer.is_none()),
            "{left} are left"
        );
    })
}

fn s18_a_dropped_revocation_of_the_others(trial: &Trial) -> Verdict {
    let three = |scene: &Scene| {
        let [_, _, last] = [(); 3].map(|()| scene.signed_in());
        last
    };
    dropped(trial, Deed::RevokeOthers, three, |scene, ada, answer| {
        let left = scene.sessions("ada").len();
        assert!(
            left == 1 || (left == 3 && answer.is_none()),
            "{left} are left"
        );
        assert_eq!(scene.who(&ada.cookie()).as_deref(), Some("ada"));
    })
}

/// A request against one whose client may go at any time.
fn against_dropped(
    trial: &Trial,
    [deed, dropped]: [Deed; 2],
    always: fn(&mut Stage, &Scene, &Browser, [&Outcome<Answer>; 2]),
    judge: fn(&Scene, &Browser, Answer, Option<Answer>),
) -> Verdict {
    trial.explore(move |stage, scene| {
        let ada = scene.signed_in();
        let outcome = ada.joins(stage, deed);
        let gone = ada.joins_droppable(stage, dropped);
        always(stage, &scene, &ada, [&outcome, &gone]);
        stage.finally(move |_| judge(&scene, &ada, outcome.take().unwrap(), gone.take()));
    })
}

fn s18_a_write_against_a_dropped_write(trial: &Trial) -> Verdict {
    let deeds = [Deed::Write, Deed::Count(1)];
    let always = |stage: &mut Stage, scene: &Scene, _: &Browser, _: [&Outcome<Answer>; 2]| {
        one_session(stage, scene, "ada");
    };
    against_dropped(trial, deeds, always, |scene, ada, answer, gone| {
        answer.went_well();
        assert_eq!(scene.value(&ada.cookie(), THEME).as_deref(), Some("dark"));
        assert!(gone.is_none() || scene.value(&ada.cookie(), COUNT) == Some(1));
    })
}

fn s18_a_write_against_a_dropped_rotation(trial: &Trial) -> Verdict {
    let deeds = [Deed::Write, Deed::Rotate];
    let always = |stage: &mut Stage, scene: &Scene, _: &Browser, _: [&Outcome<Answer>; 2]| {
        one_session(stage, scene, "ada");
    };
    against_dropped(trial, deeds, always, |scene, ada, answer, _| {
        answer.went_well();
        assert_eq!(scene.value(&ada.cookie(), THEME).as_deref(), Some("dark"));
        goes_on(scene, ada);
    })
}

fn s18_a_read_against_a_dropped_login(trial: &Trial) -> Verdict {
    let deeds = [Deed::Read, Deed::LogIn("ada")];
    let always = |stage: &mut Stage, scene: &Scene, _: &Browser, _: [&Outcome<Answer>; 2]| {
        one_session(stage, scene, "ada");
    };
    against_dropped(trial, deeds, always, |scene, ada, _, gone| {
        replaced(scene, ada, "ada", gone);
    })
}

/// A rotation that nobody hears of is over with the session as well.
fn s18_a_log_out_against_a_dropped_rotation(trial: &Trial) -> Verdict {
    let deeds = [Deed::LogOut, Deed::Rotate];
    let always = |stage: &mut Stage, scene: &Scene, ada: &Browser, of: [&Outcome<Answer>; 2]| {
        let others = [of[1].clone()];
        crate::log_out::over(stage, scene, of[0], &ada.cookies, &others);
    };
    against_dropped(trial, deeds, always, |scene, _, answer, _| {
        answer.went_well();
        assert_eq!(scene.sessions("ada"), []);
    })
}

fn s18_a_write_against_a_dropped_log_out(trial: &Trial) -> Verdict {
    let deeds = [Deed::Write, Deed::LogOut];
    let always = |_: &mut Stage, _: &Scene, _: &Browser, _: [&Outcome<Answer>; 2]| {};
    against_dropped(trial, deeds, always, |scene, ada, answer, gone| {
        answer.went_well();
        let is_in = scene.who(&ada.cookie()).is_some();
        assert!(!is_in || gone.is_none());
        assert_eq!(scene.sessions("ada").len(), usize::from(is_in));
        let is_written = scene.value(&ada.cookie(), THEME).is_some();
        assert_eq!(is_written, is_in, "what is there has the write");
    })
}
