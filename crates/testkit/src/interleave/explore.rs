//! Trying all orders of a scene.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Stage;
use super::stage::{Script, random};

/// More orders than this are taken to be a mistake.
const MOST: u64 = 2_000_000;

/// How much was tried, without a rule being broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Tried {
    /// How many orders were tried, each once.
    pub orders: u64,
    /// How many steps the longest has.
    pub longest: usize,
    /// Whether there are, or may be, more orders, which were not tried.
    pub left: bool,
}

/// An order in which a rule was broken.
///
/// Its text has the complaint, the order line by line, and the choices that [`replay`] takes.
#[derive(Clone, PartialEq, Eq)]
pub struct Broken {
    /// The how-many-th order it was.
    pub order: u64,
    /// The choices that lead to it.
    pub choices: Vec<usize>,
    /// What the requests did, one line a step.
    pub history: String,
    /// What the check said.
    pub complaint: String,
}

/// Tries every order of the requests that `scene` puts on its stage.
///
/// `scene` is called once an order, and makes everything anew: what an order leaves behind must
/// not matter to the next. It must do the same each time, but for random keys.
///
/// # Errors
///
/// [`Broken`] with the first order in which a request or a check panicked; also if there are more
/// than 2,000,000 orders, or a replayed choice is no longer there.
pub fn explore(scene: impl FnMut(&mut Stage)) -> Result<Tried, Broken> {
    explore_at_most(MOST + 1, scene)
}

/// Tries the first so many orders; [`Tried::left`] says whether there are more.
///
/// # Errors
///
/// [`Broken`] as [`explore`].
pub fn explore_at_most(most: u64, mut scene: impl FnMut(&mut Stage)) -> Result<Tried, Broken> {
    let (mut tried, mut choices) = (Tried::default(), Vec::new());
    loop {
        let mut stage = Stage::new(Script::Given(choices));
        let complaint = play(&mut stage, &mut scene);
        tried.add(&stage);
        let complaint = complaint.or_else(|| {
            (tried.orders > MOST).then(|| "there are too many orders to try them all".to_owned())
        });
        if let Some(complaint) = complaint {
            return Err(Broken::new(tried.orders, &stage, complaint));
        }
        match next(&stage.made) {
            Some(_) if tried.orders >= most => {
                tried.left = true;
                return Ok(tried);
            }
            Some(following) => choices = following,
            None => return Ok(tried),
        }
    }
}

/// Plays the one order of a scene that these choices lead to; beyond them the first that can go on
/// does so.
///
/// # Errors
///
/// [`Broken`] as [`explore`].
pub fn replay(choices: &[usize], mut scene: impl FnMut(&mut Stage)) -> Result<Tried, Broken> {
    let mut stage = Stage::new(Script::Given(choices.to_vec()));
    if let Some(complaint) = play(&mut stage, &mut scene) {
        return Err(Broken::new(1, &stage, complaint));
    }
    Ok(Tried {
        orders: 1,
        longest: stage.steps(),
        left: false,
    })
}

/// Tries so many orders of a scene, chosen by chance, one perhaps more than once: for scenes with
/// more orders than can be tried, or that differ now and then. The same `seed` makes the same
/// choices.
///
/// # Errors
///
/// [`Broken`] as [`explore`].
pub fn sample(orders: u64, seed: u64, mut scene: impl FnMut(&mut Stage)) -> Result<Tried, Broken> {
    let (mut tried, mut seed) = (Tried::default(), seed);
    while tried.orders < orders {
        let mut stage = Stage::new(Script::Chance(random(&mut seed)));
        let complaint = play(&mut stage, &mut scene);
        tried.add(&stage);
        if let Some(complaint) = complaint {
            return Err(Broken::new(tried.orders, &stage, complaint));
        }
    }
    tried.left = true;
    Ok(tried)
}

/// Plays one order; gives the complaint if a rule is broken.
fn play(stage: &mut Stage, scene: &mut impl FnMut(&mut Stage)) -> Option<String> {
    let played = catch_unwind(AssertUnwindSafe(|| {
        scene(stage);
        stage.play();
    }));
    played.err().map(|panic| message(&*panic))
}

/// The text of a panic.
pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref().cloned())
        .unwrap_or_default()
}

/// The choices of the next order: the last one that has a further possibility takes it.
fn next(made: &[(usize, usize)]) -> Option<Vec<usize>> {
    let last = made.iter().rposition(|(index, of)| index + 1 < *of)?;
    let mut choices: Vec<usize> = made
        .iter()
        .take(last + 1)
        .map(|(index, _)| *index)
        .collect();
    if let Some(index) = choices.last_mut() {
        *index += 1;
    }
    Some(choices)
}

impl Tried {
    fn add(&mut self, stage: &Stage) {
        self.orders += 1;
        self.longest = self.longest.max(stage.steps());
    }
}

impl Broken {
    fn new(order: u64, stage: &Stage, complaint: String) -> Self {
        Self {
            order,
            choices: stage.made.iter().map(|(index, _)| *index).collect(),
            history: stage.story(),
            complaint,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            order,
            choices,
            history,
            complaint,
        } = self;
        writeln!(f, "order {order} breaks a rule: {complaint}")?;
        write!(f, "{history}replay with {choices:?}")
    }
}

/// As it is displayed, so that `unwrap` shows the order.
impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Error for Broken {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_order_differs_as_late_as_it_can() {
        assert_eq!(next(&[(0, 2), (0, 1), (0, 2), (0, 1)]), Some(vec![0, 0, 1]));
        assert_eq!(next(&[(0, 2), (0, 1), (1, 2)]), Some(vec![1]));
        assert_eq!(next(&[(1, 2), (0, 1), (1, 2)]), None);
        assert_eq!(next(&[]), None);
    }
}
