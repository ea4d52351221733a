//! Line 48: what holds of sessions holds over real HTTP, with a cookie jar that somebody else
//! wrote, alone and behind tower-http's `trace`, `compression` and `csrf` layers.

mod concurrency;
mod emission;
mod kinds;
mod parsing;

use portcullis_tests::{Site, SiteSetup, StoreKind};

/// Makes a test of each function on each store, alone and behind other layers.
macro_rules! on_every_stack {
    ($($name:ident),+ $(,)?) => {
        $crate::sessions::on_every_stack!(@ alone_in_memory, Memory, false, $($name),+);
        $crate::sessions::on_every_stack!(@ alone_on_sqlite, Sqlite, false, $($name),+);
        $crate::sessions::on_every_stack!(@ behind_others_in_memory, Memory, true, $($name),+);
        $crate::sessions::on_every_stack!(@ behind_others_on_sqlite, Sqlite, true, $($name),+);
    };
    (@ $module:ident, $kind:ident, $behind:literal, $($name:ident),+) => {
        mod $module {
            use portcullis_tests::StoreKind;

            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::sessions::Stack(StoreKind::$kind, $behind)).await;
            })+
        }
    };
}

use on_every_stack;

/// What a test runs on.
#[derive(Clone, Copy, Debug)]
struct Stack(StoreKind, bool);

impl Stack {
    fn setup(self) -> SiteSetup {
        SiteSetup::new(self.0).behind_others(self.1)
    }

    async fn start(self) -> Site {
        self.setup().start().await
    }
}
