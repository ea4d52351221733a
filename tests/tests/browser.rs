//! The pages of Masker and Contox in headless Chromium: each script of `tests/browser`, with a server
//! of its own.
//!
//! Screenshots are left in `artifacts`.

use portcullis_cookie::{CookiePolicy, SameSite};
use portcullis_tests::{Node, Program, SiteSetup, StoreKind, chromium, workspace};

/// Runs a script against a fresh server, on which `carol-admin` is an admin.
fn run(script: &str) {
    let _ = chromium();
    let node = Node::script(&format!("browser/{script}.mjs"), &["playwright-core"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = format!("sqlite:{}", folder.path().join("browser.db").display());
    let variables = [("MASKER_ADMIN_IDS", "1003"), ("DATABASE_URL", &database)];
    let mut program = Program::start(env!("CARGO_BIN_EXE_server-under-test"), &variables);
    // The public address is this one: browsers keep `Secure` cookies of localhost.
    let base = format!(
        "http://{}",
        program.address().replace("127.0.0.1", "localhost")
    );
    node.with(base).with(workspace().join("artifacts")).run();
}

#[test]
fn a_person_signs_in_and_out_and_the_cookie_is_dead() {
    run("signin");
}

#[test]
fn o23_o24_two_tabs_both_finish() {
    run("two-tabs");
}

#[test]
fn o22_back_button_reload_and_used_callbacks_exchange_nothing() {
    run("back-button");
}

#[test]
fn s26_a_revoked_device_is_out_at_its_next_action() {
    run("devices");
}

#[test]
fn the_page_is_usable_by_keyboard_and_screen_reader() {
    run("accessibility");
}

#[test]
fn agents_are_created_listed_and_deleted_by_an_admin() {
    run("agents");
}

#[test]
fn contox_shows_and_rotates_a_secret_and_what_it_says_to_type_is_taken() {
    run("contox");
}

#[test]
fn the_page_says_what_went_wrong() {
    run("states");
}

#[tokio::test(flavor = "multi_thread")]
async fn o29_a_strict_cookie_is_sent_after_the_page_that_leads_on() {
    let _ = chromium();
    let cookie = CookiePolicy::host("session").with_same_site(SameSite::Strict);
    let setup = SiteSetup::new(StoreKind::Memory).with_cookie(cookie.build().expect("a policy"));
    let site = setup.start().await;
    let script = Node::script("browser/strict.mjs", &["playwright-core"]);
    let script = script
        .with(&site.base)
        .with(workspace().join("artifacts"))
        .with(site.github.web_url());
    let ran = tokio::task::spawn_blocking(|| script.run()).await;
    ran.expect("the script's checks hold");
}
