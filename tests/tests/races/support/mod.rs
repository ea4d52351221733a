//! What the cases are played with.

mod answer;
mod browser;
mod deed;
mod events;
mod ground;
mod report;
mod scene;
mod trial;
mod twin;

pub(crate) use answer::{Answer, Said};
pub(crate) use browser::Browser;
pub(crate) use deed::Deed;
pub(crate) use events::Events;
pub(crate) use ground::Ground;
pub(crate) use scene::{
    CART, COUNT, GRACE, START, Scene, THEME, WINDOW, headers, login, policy, subject,
};
pub(crate) use trial::{Trial, Verdict, check, races};
pub(crate) use twin::{Fault, Twin};
