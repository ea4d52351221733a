//! A request that loses a race with the end of its session.

use portcullis_session::{Event, Handle, SessionErrorKind};
use portcullis_testkit::interleave::Verb;

use crate::support::{Answer, Deed, Said, Scene, THEME, Trial, Verdict, races};

races! {
    s14_a_read_against_a_log_out,
    s14_a_write_against_a_log_out,
    s14_a_write_against_a_revocation,
    s14_a_rotation_against_a_log_out,
    s14_a_step_up_against_a_log_out,
    s14_a_change_of_memory_against_a_log_out,
    s14_two_writes_of_one_request_against_a_log_out,
}

/// What became of a request, by when its session ended.
struct Race {
    scene: Scene,
    handle: Handle,
    cookie: String,
    answer: Answer,
    /// How the request and the end of its session met.
    met: Met,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    /// The session was over before the request looked.
    TooLate,
    /// The session ended after the request looked and before it changed it.
    Lost,
    /// The change was done before the session ended.
    Done,
}

/// One request, which at last does this verb, against the end of its session.
fn race(trial: &Trial, deed: Deed, verb: Verb, end: Deed, judge: fn(Race)) -> Verdict {
    trial.explore(move |stage, scene| {
        let ada = scene.signed_in();
        let by = match end {
            Deed::RevokeAll => scene.signed_in(),
            _ => ada.clone(),
        };
        let (handle, cookie) = (scene.handle(&ada.cookie()).unwrap(), ada.cookie());
        let ends = by.joins(stage, end);
        let outcome = ada.joins(stage, deed);
        stage.finally(move |history| {
            let did = |verb| history.did(ends.id(), verb);
            let over = did(Verb::Delete).or_else(|| did(Verb::Revoke)).unwrap();
            let looked = history.did(outcome.id(), Verb::Load).unwrap();
            let done = history.all(outcome.id(), verb).last();
            let met = match done {
                _ if over < looked => Met::TooLate,
                Some((done, _)) if done < over => Met::Done,
                _ => Met::Lost,
            };
            let answer = outcome.take().unwrap();
            judge(Race {
                scene,
                handle,
                cookie,
                answer,
                met,
            });
        });
    })
}

impl Race {
    /// The loser has told so, once, and sends no cookie.
    fn is_lost(&self) {
        assert_eq!(self.answer.events, [Event::WriteDropped(self.handle)]);
        assert_eq!(self.answer.said, Said::Nothing);
    }

    /// Nobody's request: it has no session, and nothing happened to it.
    fn is_strangers(&self) {
        assert_eq!((&self.answer.who, &self.answer.events), (&None, &vec![]));
    }
}

fn s14_a_read_against_a_log_out(trial: &Trial) -> Verdict {
    race(trial, Deed::Read, Verb::Load, Deed::LogOut, |race| {
        race.answer.went_well();
        if race.met == Met::TooLate {
            race.is_strangers();
            return assert_eq!(race.answer.said, Said::Nothing);
        }
        assert_eq!(race.answer.who.as_deref(), Some("ada"));
        assert_eq!(race.answer.said, Said::Token(race.cookie));
    })
}

/// It keeps its own answer in every order.
fn write(race: Race) {
    race.answer.went_well();
    match race.met {
        Met::TooLate => {
            race.is_strangers();
            // A visitor's first write: under a token of its own.
            let token = race.answer.token().unwrap();
            assert_ne!(token, race.cookie);
            assert_eq!(race.scene.value(&token, THEME).as_deref(), Some("dark"));
            assert_eq!(race.scene.who(&token), None);
        }
        Met::Lost => {
            assert_eq!(race.answer.who.as_deref(), Some("ada"));
            race.is_lost();
        }
        Met::Done => {
            assert_eq!(race.answer.events, []);
            assert_eq!(race.answer.said, Said::Token(race.cookie));
        }
    }
}

pub(crate) fn s14_a_write_against_a_log_out(trial: &Trial) -> Verdict {
    race(trial, Deed::Write, Verb::Update, Deed::LogOut, write)
}

fn s14_a_write_against_a_revocation(trial: &Trial) -> Verdict {
    race(trial, Deed::Write, Verb::Update, Deed::RevokeAll, write)
}

/// It is told that there is no session.
fn turn(race: Race) {
    let error = (race.met != Met::Done).then_some(SessionErrorKind::NoSession);
    assert_eq!(race.answer.error, error);
    match race.met {
        Met::TooLate => {
            race.is_strangers();
            assert_eq!(race.answer.said, Said::Nothing);
        }
        Met::Lost => race.is_lost(),
        Met::Done => {
            assert_eq!(race.answer.events, [Event::Rotated(race.handle)]);
            assert_ne!(race.answer.token().unwrap(), race.cookie);
        }
    }
}

pub(crate) fn s14_a_rotation_against_a_log_out(trial: &Trial) -> Verdict {
    race(trial, Deed::Rotate, Verb::Rotate, Deed::LogOut, turn)
}

fn s14_a_step_up_against_a_log_out(trial: &Trial) -> Verdict {
    race(trial, Deed::StepUp, Verb::Rotate, Deed::LogOut, turn)
}

fn s14_a_change_of_memory_against_a_log_out(trial: &Trial) -> Verdict {
    race(trial, Deed::Remember, Verb::Update, Deed::LogOut, |race| {
        let error = (race.met != Met::Done).then_some(SessionErrorKind::NoSession);
        assert_eq!(race.answer.error, error);
        match race.met {
            Met::TooLate => race.is_strangers(),
            Met::Lost => race.is_lost(),
            Met::Done => assert_eq!(race.answer.said, Said::Token(race.cookie)),
        }
    })
}

/// Once it has lost, what it sets is dropped as well, and makes no session.
fn s14_two_writes_of_one_request_against_a_log_out(trial: &Trial) -> Verdict {
    race(
        trial,
        Deed::WriteTwice,
        Verb::Update,
        Deed::LogOut,
        |race| {
            race.answer.went_well();
            let dropped = Event::WriteDropped(race.handle);
            let events = race.answer.events.as_slice();
            match race.met {
                Met::TooLate => return race.is_strangers(),
                Met::Lost => {
                    assert!(events == [dropped.clone()] || events == [dropped.clone(), dropped])
                }
                Met::Done => return assert_eq!(events, []),
            }
            assert_eq!(race.answer.said, Said::Nothing);
        },
    )
}
