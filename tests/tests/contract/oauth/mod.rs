//! GitHub sign-in where it shows in HTTP: browser, service and the stand-in, with reqwest between
//! the last two.

mod callback;
mod exchange;
mod identity;
mod interface;
mod link;
mod outages;
mod secrets;
mod start;
mod success;
mod tabs;

use portcullis_tests::{Site, SiteSetup, StoreKind};

const ALICE: u64 = 1001;
const BOB: u64 = 1002;
const CAROL: u64 = 1003;

/// A site with the defaults, in memory.
async fn site() -> Site {
    SiteSetup::new(StoreKind::Memory).start().await
}
