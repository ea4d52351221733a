//! After all sessions of a user were revoked, none of the older ones signs anybody in.

use portcullis_testkit::interleave::{Outcome, Stage, Verb};

use crate::support::{Answer, Browser, Deed, Said, Scene, Trial, Verdict, races};

races! {
    s26_revocation_against_a_read,
    s26_revocation_against_a_write,
    s26_revocation_against_a_rotation,
    s26_revocation_against_a_step_up,
    s26_revocation_against_a_rotation_and_a_write,
    s26_revocation_against_a_login,
    s26_revocation_against_a_login_in_an_old_browser,
    s26_revocation_of_the_others_against_a_rotation,
    s26_revocation_of_the_others_by_both,
    s26_two_revocations,
}

/// From when all are revoked, neither these cookies nor what these requests got sign anybody in.
fn over(
    stage: &mut Stage,
    scene: &Scene,
    end: &Outcome<Answer>,
    of: &[(Browser, Outcome<Answer>)],
) {
    for (browser, outcome) in of {
        crate::log_out::over(
            stage,
            scene,
            end,
            &browser.cookies,
            std::slice::from_ref(outcome),
        );
    }
}

/// A revocation of all by one device against requests of another.
fn against(trial: &Trial, deeds: &[Deed]) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let join = |deed: &Deed| (ada.clone(), ada.joins(stage, *deed));
        let others: Vec<_> = deeds.iter().map(join).collect();
        over(stage, &scene, &revoke, &others);
        crate::log_out::over(stage, &scene, &revoke, &phone.cookies, &[]);
        stage.finally(move |history| {
            let revoked = history.did(revoke.id(), Verb::Revoke).unwrap();
            let answer = revoke.take().unwrap();
            answer.went_well();
            assert_eq!(answer.said, Said::Removal);
            assert_eq!(scene.sessions("ada"), []);
            for (_, outcome) in others {
                let looked = history.did(outcome.id(), Verb::Load).unwrap();
                let answer = outcome.take().unwrap();
                let is_seen = answer.who.is_some() || answer.error.is_none();
                assert!(looked < revoked || answer.who.is_none());
                assert!(looked > revoked || is_seen);
            }
        });
    })
}

pub(crate) fn s26_revocation_against_a_read(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Read])
}

fn s26_revocation_against_a_write(trial: &Trial) -> Verdict {
    against(trial, &[Deed::Write])
}

pub(crate) fn s26_revocation_against_a_rotation(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let rotation = ada.joins(stage, Deed::Rotate);
        over(stage, &scene, &revoke, &[(ada, rotation)]);
        stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
    })
}

fn s26_revocation_against_a_step_up(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let step = ada.joins(stage, Deed::StepUp);
        over(stage, &scene, &revoke, &[(ada, step)]);
        stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
    })
}

fn s26_revocation_against_a_rotation_and_a_write(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let rotation = ada.joins(stage, Deed::Rotate);
        let write = ada.joins(stage, Deed::Write);
        over(
            stage,
            &scene,
            &revoke,
            &[(ada.clone(), rotation), (ada, write)],
        );
        stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
    })
}

/// A login that came first is revoked with the rest; one that came after is a session of its own.
fn logins(trial: &Trial, make: fn(&Scene) -> Browser) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, browser) = (scene.signed_in(), make(&scene));
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let login = browser.joins(stage, Deed::LogIn("ada"));
        crate::log_out::over(stage, &scene, &revoke, &phone.cookies, &[]);
        stage.finally(move |history| {
            let revoked = history.did(revoke.id(), Verb::Revoke).unwrap();
            let created = history.did(login.id(), Verb::Create).unwrap();
            let token = login.take().unwrap().token().unwrap();
            let lives = created > revoked;
            assert_eq!(scene.who(&token).is_some(), lives);
            assert_eq!(scene.sessions("ada").len(), usize::from(lives));
            for cookie in &browser.cookies {
                assert_eq!(scene.who(cookie), None);
            }
        });
    })
}

pub(crate) fn s26_revocation_against_a_login(trial: &Trial) -> Verdict {
    logins(trial, Scene::visitor)
}

fn s26_revocation_against_a_login_in_an_old_browser(trial: &Trial) -> Verdict {
    logins(trial, Scene::signed_in)
}

/// Who revokes the others keeps its own session, under whichever token.
fn s26_revocation_of_the_others_against_a_rotation(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = ada.joins(stage, Deed::RevokeOthers);
        let rotations = [&ada, &phone].map(|it| it.joins(stage, Deed::Rotate));
        let [own, others] = rotations;
        over(stage, &scene, &revoke, &[(phone, others)]);
        stage.finally(move |_| {
            assert_eq!(scene.sessions("ada").len(), 1);
            let token = own.take().unwrap().token().unwrap();
            assert_eq!(scene.who(&token).as_deref(), Some("ada"));
        });
    })
}

/// Two devices that revoke each other: one is left, or none.
fn s26_revocation_of_the_others_by_both(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let devices = [scene.signed_in(), scene.signed_in()];
        let outcomes = devices
            .clone()
            .map(|it| it.joins(stage, Deed::RevokeOthers));
        for (own, other) in [(0, 1), (1, 0)] {
            let (done, gone) = (outcomes[own].clone(), devices[other].cookie());
            let scene = scene.clone();
            stage.always(move |_| {
                let went_well = done.peek().is_some_and(|answer| answer.error.is_none());
                assert!(!went_well || scene.who(&gone).is_none());
            });
        }
        stage.finally(move |_| assert!(scene.sessions("ada").len() <= 1));
    })
}

fn s26_two_revocations(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let devices = [scene.signed_in(), scene.signed_in()];
        let outcomes = devices.clone().map(|it| it.joins(stage, Deed::RevokeAll));
        for (device, outcome) in devices.iter().zip(&outcomes) {
            crate::log_out::over(stage, &scene, outcome, &device.cookies, &[]);
        }
        stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
    })
}
