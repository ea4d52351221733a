//! Whether time tells how much of a guess was right: Welch's t of two classes of inputs, measured
//! in random order, as dudect does (Reparaz, Balasch, Verbauwhede 2017).
//!
//! Below 4.5 nothing is shown. The broken twin, which stops at the first byte that differs, must
//! be far above: if it is not, the instrument is broken.

use std::hint::black_box;
use std::sync::atomic::{Ordering, fence};
use std::time::Instant;

use http::HeaderValue;
use portcullis_cookie::{KeyRing, SealKey, Sealer};
use portcullis_core::{Random, Timestamp, Token};
use portcullis_session::{MemoryStore, Renewal, SessionStore};
use portcullis_webhook::{
    Delivery, Head, Scheme, SecretSet, Signer, Verifier, VerifyErrorKind, WebhookSecret, schemes,
};

use crate::memory::{key, record};

const SAMPLES: usize = 1_000_000;
const LIMIT: f64 = 4.5;
const SESSIONS: u64 = 1_000;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const PURPOSE: &str = "timing";
const COOKIE: &str = "__Host-flow";

/// Crops at these shares of the smallest samples, and once not at all.
const CROPS: usize = 100;

pub fn run() {
    println!("\n## Does time tell how much of a guess was right? {SAMPLES} samples a row\n");
    println!("| what | classes | largest t of all crops | samples in it | verdict |");
    println!("| --- | --- | ---: | ---: | --- |");
    let bytes = "30 bytes right / none";
    row(
        "a guessed token: parse, digest, MemoryStore",
        bytes,
        &lookups(),
        false,
    );
    row(
        "Sealer::open, wrong tag",
        "first byte / last byte",
        &seals(),
        false,
    );
    for scheme in [schemes::GITHUB, schemes::STANDARD_WEBHOOKS] {
        row(
            &format!("Verifier::verify, {}", scheme.title()),
            "first byte / last byte",
            &signatures(scheme),
            false,
        );
    }
    row("broken twin: early exit", bytes, &twins(), true);
}

fn row(what: &str, classes: &str, samples: &[Sample], leaks: bool) {
    let Highest { t, of } = highest(samples);
    let verdict = match (t >= LIMIT, leaks) {
        (false, false) => "nothing shown",
        (true, true) => "shown, as it must be",
        (true, false) => "LEAK",
        (false, true) => "THE INSTRUMENT IS BLIND",
    };
    println!("| {what} | {classes} | {t:.2} | {of} | {verdict} |");
}

/// A value that is like another in so many bytes, and different in each of the others by chance.
fn alike(live: &[u8; 32], bytes: usize, chance: &mut Chance) -> [u8; 32] {
    let mut other = *live;
    let rest = other.iter_mut().skip(bytes);
    rest.for_each(|byte| *byte ^= chance.next().max(1));
    other
}

/// What a guesser can choose is the token; the store is asked for its digest.
///
/// No guess comes twice. A set of guesses that did would be looked for in the same places of the map
/// again and again, and two such sets differ in the places, not in how right they are.
fn lookups() -> Vec<Sample> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let store = MemoryStore::new();
    let live: Vec<[u8; 32]> = (0..SESSIONS)
        .map(|index| {
            let live: [u8; 32] = Random::system().bytes().unwrap();
            let mut record = record(index);
            record.key = Token::parse(text(&live).as_bytes()).unwrap().digest();
            let _ = runtime
                .block_on(store.create(record, None, None, NOW))
                .unwrap();
            live
        })
        .collect();
    let mut chance = Chance::new();
    measure(|class, round| {
        // Both are made, so that what goes before the measurement is the same.
        let live = &live[round % live.len()];
        let guesses = [30, 0].map(|bytes| text(&alike(live, bytes, &mut chance)));
        let mut guess = [0; Token::CHARS];
        guess.copy_from_slice(guesses[class].as_bytes());
        let guess = black_box(guess);
        let (took, found) = timed(|| {
            let key = Token::parse(&guess).map(|token| token.digest());
            key.map(|key| store.try_load(&key, Renewal::Never, NOW))
        });
        assert!(found.is_ok());
        took
    })
}

/// Random bytes without a call of the system for each.
struct Chance(Vec<u8>);

impl Chance {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn next(&mut self) -> u8 {
        if self.0.is_empty() {
            self.0.resize(1 << 20, 0);
            Random::system().fill(&mut self.0).unwrap();
        }
        self.0.pop().unwrap()
    }
}

/// A token on the wire: 43 characters of URL-safe base64.
fn text(bytes: &[u8; 32]) -> String {
    let random = Random::test({
        let bytes = *bytes;
        move |out| {
            out.copy_from_slice(&bytes);
            Ok(())
        }
    });
    Token::generate(&random)
        .unwrap()
        .encode()
        .expose_secret()
        .to_owned()
}

fn seals() -> Vec<Sample> {
    let random = Random::system();
    let ring = KeyRing::new(SealKey::generate(&random).unwrap());
    let sealer = Sealer::new(ring, PURPOSE);
    let sealed = sealer.seal(COOKIE, &[7; 201], &random).unwrap();
    // 246 bytes are 328 characters; the tag is bytes 230 to 245. Character 307 is six bits of the
    // first of them, character 327 of the last.
    assert_eq!(sealed.len(), 328);
    let wrong = |place: usize| {
        let mut text = sealed.clone().into_bytes();
        text[place] = if text[place] == b'A' { b'E' } else { b'A' };
        assert!(sealer.open(COOKIE, &text).is_none());
        text
    };
    let inputs = [wrong(307), wrong(327)];
    let mut text = sealed.into_bytes();
    measure(|class, _| {
        text.copy_from_slice(&inputs[class]);
        let (took, opened) = timed(|| sealer.open(COOKIE, black_box(&text)));
        assert!(opened.is_none());
        took
    })
}

/// The right signature but for its first or its last byte: what a guesser who goes on byte by byte
/// would like to tell apart.
fn signatures(scheme: Scheme<'_>) -> Vec<Sample> {
    const BODY: &[u8; 256] = &[b'x'; 256];
    let secret = WebhookSecret::new(scheme.secret_format(), "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkw");
    let secrets = SecretSet::new("", secret.unwrap());
    let signer = Signer::new(&scheme, secrets.clone()).unwrap();
    let verifier = Verifier::new(&scheme, secrets).unwrap();
    let signed = signer.sign(Delivery::new("msg_1", NOW), BODY).unwrap();
    let (name, value) = signed
        .iter()
        .find(|(name, _)| name.as_str().contains("signature"))
        .unwrap();
    let right = value.as_bytes();
    let start = right.iter().position(|byte| b"=,".contains(byte)).unwrap() + 1;
    // The last two characters of base64 are four bits, of which two do not count, and padding.
    let places = [start, right.len() - 3];
    let (mut headers, mut text) = (signed.clone(), right.to_vec());
    measure(|class, _| {
        let place = black_box(places[class]);
        // Every byte is written, whichever is changed, and to one place. Two texts that lay in two
        // places showed a t of 14 without any difference between them.
        for (index, (to, from)) in text.iter_mut().zip(right).enumerate() {
            *to = from ^ u8::from(index == place);
        }
        *headers.get_mut(name).unwrap() = HeaderValue::from_bytes(&text).unwrap();
        let head = Head::new(black_box(&headers));
        let (took, verified) = timed(|| verifier.verify(head, BODY, NOW));
        let kind = verified.map(drop).map_err(|error| error.kind());
        assert_eq!(kind, Err(VerifyErrorKind::Signature));
        took
    })
}

/// How many nanoseconds something takes that begins when all before it is done.
fn timed<T>(run: impl FnOnce() -> T) -> (f64, T) {
    fence(Ordering::SeqCst);
    let begin = Instant::now();
    let outcome = black_box(run());
    (begin.elapsed().as_nanos() as f64, outcome)
}

fn twins() -> Vec<Sample> {
    let live = *key(1).as_bytes();
    let mut chance = Chance::new();
    let inputs = [30, 0].map(|bytes| alike(&live, bytes, &mut chance));
    measure(|class, _| {
        let guess = black_box(inputs[class]);
        let (took, same) = timed(|| early_exit(black_box(&live), black_box(&guess)));
        assert!(!same);
        took
    })
}

/// What nobody should write.
#[inline(never)]
fn early_exit(one: &[u8; 32], other: &[u8; 32]) -> bool {
    for (a, b) in one.iter().zip(other) {
        if black_box(a != b) {
            return false;
        }
    }
    true
}

#[derive(Clone, Copy)]
struct Sample {
    class: usize,
    nanos: f64,
}

/// Takes the samples, the class of each drawn by chance.
fn measure(mut run: impl FnMut(usize, usize) -> f64) -> Vec<Sample> {
    let mut chance = vec![0; SAMPLES];
    Random::system().fill(&mut chance).unwrap();
    let mut sample = |(round, chance): (usize, &u8)| {
        let class = usize::from(chance & 1);
        let nanos = run(class, round);
        Sample { class, nanos }
    };
    let warm = SAMPLES / 20;
    chance.iter().take(warm).enumerate().for_each(|first| {
        black_box(sample(first));
    });
    chance.iter().enumerate().map(sample).collect()
}

struct Highest {
    t: f64,
    of: usize,
}

/// The largest t over all crops: what is slow is noise, and where noise begins nobody knows.
fn highest(samples: &[Sample]) -> Highest {
    let mut sorted: Vec<f64> = samples.iter().map(|sample| sample.nanos).collect();
    sorted.sort_by(f64::total_cmp);
    let crop = |step: usize| {
        // As in dudect: 1 - 0.5^(10 (step + 1) / 100).
        let share = 1.0 - 0.5_f64.powf(10.0 * (step + 1) as f64 / CROPS as f64);
        sorted[((sorted.len() - 1) as f64 * share) as usize]
    };
    let limits = (0..CROPS).map(crop).chain([f64::INFINITY]);
    let all = limits.map(|limit| welch(samples, limit));
    all.fold(Highest { t: 0.0, of: 0 }, |most, one| {
        if one.t > most.t { one } else { most }
    })
}

/// Welch's t, without its sign, of the samples up to `limit`.
fn welch(samples: &[Sample], limit: f64) -> Highest {
    let mut moments = [Moments::default(); 2];
    for sample in samples.iter().filter(|sample| sample.nanos <= limit) {
        moments[sample.class].add(sample.nanos);
    }
    let [one, other] = moments;
    let of = one.count + other.count;
    let error = (one.error() + other.error()).sqrt();
    let t = (one.mean - other.mean).abs() / error;
    // As in dudect: a crop with few samples says nothing.
    let t = if of > 10_000 && t.is_finite() { t } else { 0.0 };
    Highest { t, of }
}

/// Mean and variance, by Welford.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: usize,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1;
        let delta = value - self.mean;
        self.mean += delta / self.count as f64;
        self.squares += delta * (value - self.mean);
    }

    /// The variance of the mean.
    fn error(&self) -> f64 {
        let count = self.count as f64;
        self.squares / (count - 1.0) / count
    }
}
