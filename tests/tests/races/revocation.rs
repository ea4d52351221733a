//! After all sessions of a user were revoked, none of the older ones signs anybody in.

use portcullis_session::Revoke;
use portcullis_testkit::interleave::Verb;

use crate::log_out::over;
use crate::support::{Browser, Deed, Events, Said, Scene, Trial, Verdict, races};

races! {
    s26_revocation_against_a_read,
    s26_revocation_against_a_write,
    s26_revocation_against_a_rotation,
    s26_revocation_against_a_step_up,
    s26_revocation_by_the_service_against_a_rotation_and_a_write,
    s26_revocation_against_a_login,
    s26_revocation_against_a_login_in_an_old_browser,
    s26_revocation_of_the_others_against_a_rotation_of_the_own,
    s26_revocation_of_the_others_against_a_rotation_of_theirs,
    s26_revocation_of_the_others_by_both,
    s26_two_revocations,
}

/// A revocation of all by one device against requests of another.
fn against(trial: &Trial, deed: Deed) -> Verdict {
    trial.explore(move |stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let others = [ada.joins(stage, deed)];
        over(stage, &scene, &revoke, &ada.cookies, &others);
        over(stage, &scene, &revoke, &phone.cookies, &[]);
        stage.finally(move |history| {
            let revoked = history.did(revoke.id(), Verb::Revoke).unwrap();
            let answer = revoke.take().unwrap();
            answer.went_well();
            assert_eq!(answer.said, Said::Removal);
            assert_eq!(scene.sessions("ada"), []);
            let [other] = others;
            let looked = history.did(other.id(), Verb::Load).unwrap();
            let answer = other.take().unwrap();
            assert_eq!(answer.who.is_some(), looked < revoked);
        });
    })
}

pub(crate) fn s26_revocation_against_a_read(trial: &Trial) -> Verdict {
    against(trial, Deed::Read)
}

fn s26_revocation_against_a_write(trial: &Trial) -> Verdict {
    against(trial, Deed::Write)
}

pub(crate) fn s26_revocation_against_a_rotation(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let others = [ada.joins(stage, Deed::Rotate)];
        over(stage, &scene, &revoke, &ada.cookies, &others);
        stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
    })
}

fn s26_revocation_against_a_step_up(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let others = [ada.joins(stage, Deed::StepUp)];
        over(stage, &scene, &revoke, &ada.cookies, &others);
        stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
    })
}

/// By the service itself, which has no session.
fn s26_revocation_by_the_service_against_a_rotation_and_a_write(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let ada = scene.signed_in();
        let revoke = stage.request("revokes all", |gate| {
            let lifecycle = scene.gated(gate, &Events::default());
            let subject = scene.subject("ada");
            async move { lifecycle.revoke(&subject, Revoke::All).await.unwrap() }
        });
        let others = [Deed::Rotate, Deed::Write].map(|deed| ada.joins(stage, deed));
        over(stage, &scene, &revoke, &ada.cookies, &others);
        stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
    })
}

/// A login that came first is revoked with the rest; one that came after is a session of its own.
fn logins(trial: &Trial, make: fn(&Scene) -> Browser) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, browser) = (scene.signed_in(), make(&scene));
        let revoke = phone.joins(stage, Deed::RevokeAll);
        let login = browser.joins(stage, Deed::LogIn("ada"));
        over(stage, &scene, &revoke, &phone.cookies, &[]);
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
fn s26_revocation_of_the_others_against_a_rotation_of_the_own(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = ada.joins(stage, Deed::RevokeOthers);
        let rotation = ada.joins(stage, Deed::Rotate);
        over(stage, &scene, &revoke, &phone.cookies, &[]);
        stage.finally(move |_| {
            assert_eq!(scene.sessions("ada").len(), 1);
            let token = rotation.take().unwrap().token().unwrap();
            assert_eq!(scene.who(&token).as_deref(), Some("ada"));
        });
    })
}

/// A new token saves none of the others.
fn s26_revocation_of_the_others_against_a_rotation_of_theirs(trial: &Trial) -> Verdict {
    trial.explore(|stage, scene| {
        let (phone, ada) = (scene.signed_in(), scene.signed_in());
        let revoke = ada.joins(stage, Deed::RevokeOthers);
        let others = [phone.joins(stage, Deed::Rotate)];
        over(stage, &scene, &revoke, &phone.cookies, &others);
        stage.finally(move |_| {
            assert_eq!(scene.sessions("ada").len(), 1);
            assert_eq!(scene.who(&ada.cookie()).as_deref(), Some("ada"));
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
            over(stage, &scene, outcome, &device.cookies, &[]);
        }
        stage.finally(move |_| assert_eq!(scene.sessions("ada"), []));
    })
}
