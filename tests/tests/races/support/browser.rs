use portcullis_session::{Event, Session, SessionErrorKind};
use portcullis_testkit::interleave::{Gate, Outcome, Stage, block_on};

use super::scene::headers;
use super::{Answer, Deed, Events, Fault, Said, Scene};

/// A browser with some cookies of ours.
#[derive(Clone)]
pub(crate) struct Browser {
    scene: Scene,
    pub(crate) cookies: Vec<String>,
}

impl Browser {
    pub(crate) fn new(scene: &Scene, cookies: &[&str]) -> Self {
        let cookies = cookies.iter().map(|&cookie| cookie.to_owned()).collect();
        Self {
            scene: scene.clone(),
            cookies,
        }
    }

    /// Its one cookie.
    pub(crate) fn cookie(&self) -> String {
        assert_eq!(self.cookies.len(), 1);
        self.cookies[0].clone()
    }

    /// Has a request of this browser take part in the race.
    pub(crate) fn joins(&self, stage: &mut Stage, deed: Deed) -> Outcome<Answer> {
        stage.request(&deed.says(), |gate| self.gated(gate, deed))
    }

    /// The same, with a client that may be gone at any time.
    pub(crate) fn joins_droppable(&self, stage: &mut Stage, deed: Deed) -> Outcome<Answer> {
        stage.droppable(&deed.says(), |gate| self.gated(gate, deed))
    }

    /// A request behind a gate.
    pub(crate) fn gated(
        &self,
        gate: &Gate,
        deed: Deed,
    ) -> impl Future<Output = Answer> + 'static + use<> {
        let events = Events::default();
        let session = self.session(&self.scene.gated(gate, &events));
        self.clone().serve(session, events, deed)
    }

    /// A request past the gates.
    pub(crate) fn does(&self, deed: Deed) -> Answer {
        let events = Events::default();
        let session = self.session(&self.scene.quiet(&events));
        block_on(self.clone().serve(session, events, deed))
    }

    pub(crate) fn session(&self, lifecycle: &portcullis_session::Lifecycle) -> Session {
        let cookies: Vec<&str> = self.cookies.iter().map(String::as_str).collect();
        lifecycle.session(&headers(&cookies))
    }

    async fn serve(self, session: Session, events: Events, deed: Deed) -> Answer {
        let who = self.look(&session, deed).await;
        if deed == Deed::LogOut && self.scene.fault() == Fault::LogOutClearsTheCookieOnly {
            return self.only_cleared(who);
        }
        if matches!(deed, Deed::Strictly(_)) {
            session.refuse_conflicts();
        }
        if self.scene.fault() == Fault::EveryVisitMakesASession {
            session.set_value(super::COUNT, &0).unwrap();
        }
        let done = deed.act(&session, &self.scene.name).await;
        let done = done.map_err(|error| error.kind());
        let mut answer = Answer::end(&session, who, done, &events).await;
        if self.scene.fault() == Fault::LosersGetACookie {
            self.add_cookie(&mut answer);
        }
        answer
    }

    async fn look(&self, session: &Session, deed: Deed) -> Option<String> {
        if !deed.looks() {
            return None;
        }
        let principal = session.principal().await.unwrap()?;
        Some(self.scene.short(principal.subject()))
    }

    const fn only_cleared(&self, who: Option<String>) -> Answer {
        Answer {
            who,
            said: Said::Removal,
            error: None,
            events: Vec::new(),
        }
    }

    fn add_cookie(&self, answer: &mut Answer) {
        let lost = |event: &Event| matches!(event, Event::WriteDropped(_));
        if answer.said == Said::Nothing && answer.events.iter().any(lost) {
            answer.said = Said::Token(self.cookie());
        }
    }
}

impl Answer {
    /// That the request did what it was to do.
    pub(crate) fn went_well(&self) {
        assert_eq!(self.error, None::<SessionErrorKind>, "{self:?}");
    }
}
