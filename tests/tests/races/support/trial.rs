use std::cell::Cell;
use std::rc::Rc;

use portcullis_testkit::interleave::{
    Broken, Gate, Stage, Tried, drop_everywhere, explore_at_most, sample,
};

use super::{Fault, Ground, Scene, report};

/// How many orders are chosen by chance where not all are tried.
const SAMPLES: u64 = 100;

/// What came of a case.
pub(crate) type Verdict = Result<Tried, Broken>;

/// A store, with or without a fault, that a case is tried on.
pub(crate) struct Trial {
    ground: Rc<Ground>,
    fault: Fault,
    scenes: Cell<u64>,
}

impl Trial {
    pub(crate) fn new(ground: Ground) -> Self {
        Self::with_fault(ground, Fault::None)
    }

    pub(crate) fn with_fault(ground: Ground, fault: Fault) -> Self {
        Self {
            ground: Rc::new(ground),
            fault,
            scenes: Cell::new(0),
        }
    }

    /// The next scene; no other one has its users.
    fn scene(&self, gate: &Gate) -> Scene {
        self.scenes.set(self.scenes.get() + 1);
        Scene::new(&self.ground, gate, self.fault, self.scenes.get())
    }

    /// Tries every order. If there are more than `PORTCULLIS_ORDERS` (default 1500, 0 for no
    /// limit), it tries the first so many, and some by chance; below a cache, where a scene differs
    /// now and then because names share places, some by chance.
    pub(crate) fn explore(&self, mut play: impl FnMut(&mut Stage, Scene)) -> Verdict {
        let mut play = |stage: &mut Stage| {
            let scene = self.scene(&stage.gate());
            let end = scene.clone();
            stage.finally(move |_| end.end());
            play(stage, scene);
        };
        let first = match self.ground.is_cached {
            false => explore_at_most(orders(), &mut play)?,
            true => sample(SAMPLES, 1, &mut play)?,
        };
        if self.ground.is_cached || !first.left {
            return Ok(first);
        }
        Self::all([Ok(first), sample(SAMPLES, 1, &mut play)])
    }

    /// Drops a future at every poll; `make` gives it, and what to check afterwards.
    pub(crate) fn drop_everywhere<T, F, C>(&self, make: impl Fn(Scene, &Gate) -> (F, C)) -> Verdict
    where
        F: Future<Output = T>,
        C: FnOnce(Option<T>) + 'static,
    {
        let check = Cell::new(None::<(C, Scene)>);
        let made = |gate: &Gate| {
            let scene = self.scene(gate);
            let (future, after) = make(scene.clone(), gate);
            check.set(Some((after, scene)));
            future
        };
        drop_everywhere(made, |output| {
            let (after, scene) = check.take().unwrap();
            scene.settled();
            scene.end();
            after(output);
        })
    }

    /// The sum of several verdicts.
    pub(crate) fn all(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        verdicts
            .into_iter()
            .try_fold(Tried::default(), |sum, next| {
                let next = next?;
                Ok(Tried {
                    orders: sum.orders + next.orders,
                    longest: sum.longest.max(next.longest),
                    left: sum.left || next.left,
                })
            })
    }
}

/// How many orders of a case are tried at most.
fn orders() -> u64 {
    let chosen = std::env::var("PORTCULLIS_ORDERS")
        .ok()
        .and_then(|text| text.parse().ok());
    match chosen.unwrap_or(1_500) {
        0 => u64::MAX,
        most => most,
    }
}

/// Tries a case on a store, and reports it.
pub(crate) fn check(ground: Ground, name: &str, case: fn(&Trial) -> Verdict) {
    let store = ground.name;
    let tried = case(&Trial::new(ground)).unwrap();
    report::add(name, store, tried);
}

/// Makes one test of each case for each store.
macro_rules! races {
    ($($case:ident),+ $(,)?) => {
        mod memory {
            $(
                #[test]
                fn $case() {
                    let ground = $crate::support::Ground::memory();
                    $crate::support::check(ground, stringify!($case), super::$case);
                }
            )+
        }

        mod cached {
            $(
                #[test]
                fn $case() {
                    let ground = $crate::support::Ground::cached();
                    $crate::support::check(ground, stringify!($case), super::$case);
                }
            )+
        }

        mod sqlite {
            $(
                #[test]
                fn $case() {
                    let ground = $crate::support::Ground::sqlite();
                    $crate::support::check(ground, stringify!($case), super::$case);
                }
            )+
        }
    };
}

pub(crate) use races;
