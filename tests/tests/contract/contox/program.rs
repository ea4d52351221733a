//! What outlives the program: sessions, projects, their secrets, and events.

use portcullis_core::{Clock, SystemClock};
use portcullis_tests::{Answer, Browser, Masker, Program};

use super::support::*;
use crate::masker::program::press;

const PATH: &str = env!("CARGO_BIN_EXE_server-under-test");

fn base(program: &mut Program) -> String {
    format!(
        "http://{}",
        program.address().replace("127.0.0.1", "localhost")
    )
}

async fn send(browser: &Browser, project: &str, secret: &str, time: u64) -> Answer {
    let time = time.to_string();
    let signature = signature(secret, &time, BODY);
    browser
        .ask(delivery(project, &time, &signature, BODY))
        .await
}

/// Also what was taken is known afterwards: a restart does not let copies in.
#[tokio::test]
async fn projects_secrets_events_and_sessions_outlive_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let database = format!("sqlite:{}", file.display());
    let variables = [("DATABASE_URL", &*database)];
    let mut program = Program::start(PATH, &variables);
    let browser = Browser::new(&base(&mut program));
    let started = browser.get(START).await;
    let back = press(started.location(), Masker::ALICE).await;
    assert_eq!(browser.get(&back).await.location(), "/contox");
    let project = create(&browser, "Notes").await;
    let old = secret(&browser, &project).await;
    let new = rotate(&browser, &project).await;
    let now = SystemClock.now().as_secs();
    let (event, session) = taken(&send(&browser, &project, &old, now).await);
    let projects = browser.get("/api/projects").await.json();
    program.terminate();
    assert!(program.end().0.success());

    let mut program = Program::start(PATH, &variables);
    let browser = browser.at(&base(&mut program));
    assert_eq!(browser.get("/api/projects").await.json(), projects);
    assert_eq!(secret(&browser, &project).await, new);
    refused(&send(&browser, &project, &old, now).await);
    for secret in [&old, &new] {
        taken(&send(&browser, &project, secret, now + 1).await);
    }
    let rows = rusqlite::Connection::open(&file).unwrap();
    let sql = "SELECT project, session, body FROM contox_event WHERE id = ?1";
    let row = rows.query_row(sql, [&event], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, Vec<u8>>(2)?,
        ))
    });
    assert_eq!(row.unwrap(), (project, session, BODY.as_bytes().to_vec()));
}

#[tokio::test]
async fn it_says_where_the_dashboard_is() {
    let mut program = Program::start(PATH, &[]);
    let address = program.address();
    let port = address.strip_prefix("127.0.0.1:").unwrap();
    let wanted = format!("open http://localhost:{port}/contox");
    let mut lines = (0..4).map(|_| program.line());
    assert!(lines.any(|line| line == wanted));
}
