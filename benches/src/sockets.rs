//! Requests a second over loopback, by `wrk`: a signed-in `GET` that reads one value.
//!
//! Each server is a process with one thread for HTTP on one core, `wrk` has the other. The servers
//! are up all the while and take turns; in each round another one begins.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::process::{Time, can_pin, cargo, is_there, on_core, output, processor, root};
use crate::suite::{median, short};

const CONNECTIONS: &str = "-c32";

/// How many sessions the requests take turns with.
const SESSIONS: usize = 64;

/// Requests a second at least, as a multiple of the peer's.
const TARGET: f64 = 3.0;

struct Server {
    name: &'static str,
    child: Child,
    port: u16,
    script: PathBuf,
}

/// # Errors
///
/// Says that `wrk` is absent, or which program failed.
pub fn run() -> Result<(), String> {
    if !is_there("wrk") {
        return Err("wrk is not installed; `apt-get install wrk` brings it".into());
    }
    let peer = built(
        "benches/peers/Cargo.toml",
        "target/peers",
        "portcullis-bench-peers",
    )?;
    let this = built(
        "benches/server/Cargo.toml",
        "target/benches",
        "portcullis-bench-server",
    )?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = |name: &str| folder.path().join(name);
    let ours = |stack: &str| {
        let mut command = on_core(0, &this);
        command.arg(stack).arg(file("ours.db"));
        command
    };
    let mut theirs = on_core(0, peer);
    theirs.arg(file("theirs.db"));
    let servers = [
        Server::start("axum alone", ours("bare"), file("bare.lua"), false)?,
        Server::start("portcullis-sqlite", ours("sqlite"), file("ours.lua"), true)?,
        Server::start(
            "tower-sessions 0.14, sqlx store 0.15",
            theirs,
            file("theirs.lua"),
            true,
        )?,
    ];
    print(&turns(&servers)?, &servers);
    Ok(())
}

/// Builds a server. The peers are a workspace of their own: their SQLite and ours cannot be in one.
fn built(manifest: &str, target: &str, program: &str) -> Result<PathBuf, String> {
    eprintln!("building {program}");
    let target = root().join(target);
    let mut build = cargo();
    build.args(["build", "--release", "--manifest-path", manifest]);
    output(build.arg("--target-dir").arg(&target))?;
    Ok(target.join("release").join(program))
}

/// What one turn of `wrk` showed.
#[derive(Clone, Copy)]
struct Turn {
    /// Requests a second.
    rate: f64,
    /// Microseconds of the processor that the server took for each request.
    cpu: f64,
}

/// For each server its turns, round by round; a first round does not count.
fn turns(servers: &[Server; 3]) -> Result<[Vec<Turn>; 3], String> {
    let (rounds, duration) = if short() { (2, "-d1s") } else { (7, "-d2s") };
    let mut turns = [const { Vec::new() }; 3];
    for round in 0..=rounds {
        for turn in 0..servers.len() {
            let which = (turn + round) % servers.len();
            let turn = servers[which].turn(duration)?;
            if round > 0 {
                turns[which].push(turn);
            }
        }
    }
    Ok(turns)
}

fn print([bare, ours, theirs]: &[Vec<Turn>; 3], servers: &[Server; 3]) {
    let pinned = if can_pin() {
        "a core each"
    } else {
        "NOT PINNED"
    };
    println!("\n## Requests a second over loopback, signed in, one value read\n");
    println!(
        "WAL and `synchronous=FULL` in both; {SESSIONS} sessions; server and wrk: {pinned}.\n"
    );
    println!("| server | requests a second | of axum alone | server's processor, us a request |");
    println!("| --- | ---: | ---: | ---: |");
    for (server, turns) in servers.iter().zip([bare, ours, theirs]) {
        let rate = median(turns.iter().map(|turn| turn.rate).collect());
        let cpu = median(turns.iter().map(|turn| turn.cpu).collect());
        let share = ratio(turns, bare, |turn| turn.rate);
        println!("| {} | {rate:.0} | {share:.2} | {cpu:.1} |", server.name);
    }
    let rate = ratio(ours, theirs, |turn| turn.rate);
    let cpu = ratio(theirs, ours, |turn| turn.cpu);
    println!("\nMedians of {} rounds.", bare.len());
    println!("portcullis to tower-sessions: {rate:.2} of the requests a second; target {TARGET}.");
    println!("By the processor's time, which other programs disturb less: {cpu:.2}.");
}

/// Median over the rounds.
fn ratio(these: &[Turn], those: &[Turn], of: impl Fn(&Turn) -> f64) -> f64 {
    let pairs = these.iter().zip(those);
    median(pairs.map(|(this, that)| of(this) / of(that)).collect())
}

impl Server {
    /// Starts it and, if it knows how, logs the sessions in that `wrk` will use.
    fn start(
        name: &'static str,
        mut command: Command,
        script: PathBuf,
        logs_in: bool,
    ) -> Result<Self, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        let read = BufReader::new(stdout).read_line(&mut line);
        read.map_err(|error| format!("{name}: {error}"))?;
        let port = line
            .trim()
            .parse()
            .map_err(|_| format!("{name} did not start"))?;
        let server = Self {
            name,
            child,
            port,
            script,
        };
        let cookies: Vec<String> = (0..SESSIONS)
            .map(|_| {
                if logs_in {
                    server.log_in()
                } else {
                    Ok(format!("id={}", "0".repeat(43)))
                }
            })
            .collect::<Result<_, String>>()?;
        for cookie in &cookies {
            server.check(cookie)?;
        }
        write_script(&server.script, &cookies).map_err(|error| format!("{name}: {error}"))?;
        Ok(server)
    }

    fn log_in(&self) -> Result<String, String> {
        let answer = self.ask("/login", "")?;
        let mut lines = answer.lines().filter_map(|line| line.split_once(": "));
        let set = lines.find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let cookie = set.and_then(|(_, value)| value.split(';').next());
        let cookie = cookie.ok_or_else(|| format!("{}: no cookie in {answer}", self.name))?;
        Ok(cookie.to_owned())
    }

    /// What is measured must be the right answer.
    fn check(&self, cookie: &str) -> Result<(), String> {
        let answer = self.ask("/", cookie)?;
        if answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nocto") {
            return Ok(());
        }
        Err(format!(
            "{}: not the answer of a signed-in request: {answer}",
            self.name
        ))
    }

    fn ask(&self, path: &str, cookie: &str) -> Result<String, String> {
        let ask = || {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
            write!(stream, "{head}cookie: {cookie}\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().map_err(|error: std::io::Error| format!("{}: {error}", self.name))
    }

    /// One turn of `wrk`.
    fn turn(&self, duration: &str) -> Result<Turn, String> {
        let mut wrk = on_core(1, "wrk");
        wrk.args(["-t1", CONNECTIONS, duration, "-s"])
            .arg(&self.script);
        let before = self.processor()?;
        let said = output(wrk.arg(format!("http://127.0.0.1:{}/", self.port)))?;
        let took = self.processor()? - before;
        if said.contains("Non-2xx") || said.contains("Socket errors") {
            return Err(format!("{}: requests failed\n{said}", self.name));
        }
        let seen = figures(&said).ok_or_else(|| format!("{}: no rate\n{said}", self.name))?;
        let (rate, requests) = seen;
        let cpu = took * 1e6 / requests;
        Ok(Turn { rate, cpu })
    }

    fn processor(&self) -> Result<f64, String> {
        processor(&self.child.id().to_string(), Time::Own)
    }
}

/// Requests a second, and how many there were, as `wrk` wrote it.
fn figures(said: &str) -> Option<(f64, f64)> {
    let rate = said
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))?;
    let total = said.lines().find(|line| line.contains(" requests in "))?;
    let total = total.split_whitespace().next()?;
    Some((rate.trim().parse().ok()?, total.parse().ok()?))
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The cookies in turn, each request written out before the clock starts.
fn write_script(path: &Path, cookies: &[String]) -> std::io::Result<()> {
    let list: Vec<String> = cookies.iter().map(|cookie| format!("{cookie:?}")).collect();
    let script = format!(
        "local cookies = {{ {} }}
local requests, turn = {{}}, 0
function init()
  for i, cookie in ipairs(cookies) do
    requests[i] = wrk.format(\"GET\", \"/\", {{ Host = \"localhost\", Cookie = cookie }})
  end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
",
        list.join(", ")
    );
    fs::write(path, script)
}
