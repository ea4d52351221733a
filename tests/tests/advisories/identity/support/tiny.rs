use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use portcullis_core::{Random, Token};

use super::{Account, Ask, Deed, Door, NAME, Reply, Said};

const IDLE: Duration = Duration::from_secs(30 * 86_400);
const ABSOLUTE: Duration = Duration::from_secs(90 * 86_400);

/// What is wrong with a [`Tiny`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// An id that nobody knows becomes the id of the new session.
    AdoptsTheId,
    /// What is not of an id's form is looked for as well.
    AnyTextIsAKey,
    /// A session slides for ever.
    ExpiryOnlySlides,
    /// Who comes with a session that failed is shown the door, and the session lives on.
    FailedCheckKeepsTheRow,
    /// A log-out leaves an empty session under the empty id.
    FlushLeavesAnEmptyKey,
    /// Every visit makes a session.
    EveryVisitMakesARow,
    /// A login puts the user into the session that is there.
    LoginKeepsTheId,
    /// A login makes a new session, and the one before lives on.
    LoginKeepsTheOldRow,
    /// A log-out tells the browser alone.
    LogOutClearsTheCookieAlone,
    /// A log-out looks for the id under a name that nothing writes any more.
    LogOutReadsAnotherName,
    /// A cookie without the prefix counts as well.
    NameWithoutThePrefix,
    /// A user is whoever has the name.
    NamesAreUsers,
    /// An id that begins like one that is known is that one.
    PrefixesAreEnough,
    /// What a log-out changes is not written unless the handler wrote something else, too.
    UnchangedIsNotSaved,
}

/// A tiny implementation of sessions that is right but for one flaw.
pub(crate) struct Tiny {
    flaw: Flaw,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rows: BTreeMap<String, Row>,
    accounts: BTreeMap<String, Account>,
    now: Duration,
    calls: usize,
}

#[derive(Clone, Default)]
struct Row {
    user: Option<(String, Account)>,
    born: Duration,
    seen: Duration,
}

impl State {
    fn account(&self, user: &str) -> Account {
        *self.accounts.get(user).unwrap_or(&Account::Open(0))
    }
}

impl Tiny {
    pub(crate) fn with(flaw: Flaw) -> Self {
        let state = Mutex::default();
        Self { flaw, state }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked")
    }

    /// The id that a request presents.
    fn presented(&self, cookies: &str) -> Option<String> {
        let value = |name: &str| {
            let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(known, _)| *known == name);
            found.map(|(_, value)| value.to_owned())
        };
        let bare = || value("session").filter(|_| self.has(Flaw::NameWithoutThePrefix));
        let any = self.has(Flaw::AnyTextIsAKey) || self.has(Flaw::PrefixesAreEnough);
        let id = value(NAME).or_else(bare)?;
        (any || Token::parse(id.as_bytes()).is_ok()).then_some(id)
    }

    /// The id of the session that lives under what is presented.
    fn alive(&self, state: &mut State, id: &str) -> Option<String> {
        state.calls += 1;
        let now = state.now;
        let slides = self.has(Flaw::ExpiryOnlySlides);
        let lives = |row: &Row| now < row.seen + IDLE && (slides || now < row.born + ABSOLUTE);
        let is_it = |known: &String| match self.has(Flaw::PrefixesAreEnough) {
            true => known.get(..32.min(id.len())) == id.get(..32) && id.len() >= 32,
            false => known == id,
        };
        let mut rows = state.rows.iter();
        let (known, row) = rows.find(|(known, row)| is_it(known) && lives(row))?;
        let known = known.clone();
        let is_good = row.user.as_ref().is_none_or(|(user, then)| {
            let account = state.account(user);
            let is_same = self.has(Flaw::NamesAreUsers) || account == *then;
            is_same && account != Account::Closed
        });
        if is_good {
            state.rows.get_mut(&known)?.seen = now;
            return Some(known);
        }
        if !self.has(Flaw::FailedCheckKeepsTheRow) {
            state.rows.remove(&known);
        }
        None
    }

    /// A new session under a new id, or under the one that was presented.
    fn begin(&self, state: &mut State, presented: Option<&str>, user: Option<&str>) -> String {
        let adopted = presented.filter(|_| self.has(Flaw::AdoptsTheId));
        let id = adopted.map_or_else(new_id, str::to_owned);
        let user = user.map(|user| (user.to_owned(), state.account(user)));
        let (born, seen) = (state.now, state.now);
        state.rows.insert(id.clone(), Row { user, born, seen });
        state.calls += 1;
        id
    }

    fn log_in(&self, state: &mut State, presented: Option<&str>, user: &str) -> Said {
        let live = presented.and_then(|id| self.alive(state, id));
        let id = self.begin(state, presented, Some(user));
        match live {
            Some(live) if self.has(Flaw::LoginKeepsTheId) => {
                let row = state.rows.remove(&id).expect("it was made just now");
                state.rows.insert(live.clone(), row);
                return Said::Token(live);
            }
            Some(live) if !self.has(Flaw::LoginKeepsTheOldRow) => {
                state.rows.remove(&live);
            }
            _ => {}
        }
        Said::Token(id)
    }

    fn log_out(&self, state: &mut State, cookies: &str, looked: bool) -> Said {
        let id = match self.has(Flaw::LogOutReadsAnotherName) {
            true => cookies.strip_prefix("sid=").map(str::to_owned),
            false => self.presented(cookies),
        };
        let skips = self.has(Flaw::LogOutClearsTheCookieAlone)
            || (self.has(Flaw::UnchangedIsNotSaved) && looked);
        if let Some(id) = id.filter(|_| !skips) {
            state.rows.remove(&id);
            if self.has(Flaw::FlushLeavesAnEmptyKey) {
                state.rows.insert(String::new(), Row::default());
            }
        }
        Said::Removal
    }
}

fn new_id() -> String {
    let token = Token::generate(&Random::system()).expect("random bytes");
    token.encode().expose_secret().to_owned()
}

impl Ask for Tiny {
    async fn ask(&self, cookies: &str, deed: Deed) -> Reply {
        let state = &mut *self.state();
        let presented = self.presented(cookies);
        let id = presented.as_deref();
        let said = match deed {
            Deed::LogIn(user) => self.log_in(state, id, user),
            Deed::LogOut => self.log_out(state, cookies, false),
            Deed::Look | Deed::LookAndLogOut | Deed::Write => Said::Nothing,
        };
        if said != Said::Nothing {
            return Reply { who: None, said };
        }
        let live = id.and_then(|id| self.alive(state, id));
        let row = live.as_ref().and_then(|live| state.rows.get(live));
        let who = row.and_then(|row| row.user.as_ref().map(|(user, _)| user.clone()));
        let said = match deed {
            Deed::LookAndLogOut => self.log_out(state, cookies, true),
            Deed::Write if live.is_none() => Said::Token(self.begin(state, id, None)),
            Deed::Look if live.is_none() && self.has(Flaw::EveryVisitMakesARow) => {
                Said::Token(self.begin(state, None, None))
            }
            _ => Said::Nothing,
        };
        Reply { who, said }
    }
}

impl Door for Tiny {
    fn rows(&self) -> usize {
        self.state().rows.len()
    }

    fn calls(&self) -> usize {
        self.state().calls
    }

    fn pass(&self, time: Duration) {
        self.state().now += time;
    }

    fn account(&self, user: &str, account: Account) {
        self.state().accounts.insert(user.to_owned(), account);
    }
}
