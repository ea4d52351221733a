//! Cases that take turns: a shared machine is noisy, but it is noisy for all of them alike.

use std::time::{Duration, Instant};

/// How long one turn of one case takes.
const SLICE: Duration = Duration::from_millis(4);

/// How often each case has its turn.
const ROUNDS: usize = 41;

/// Whether it is only to be seen that the tables work.
pub fn short() -> bool {
    std::env::var_os("PORTCULLIS_BENCH_SHORT").is_some()
}

/// Something to measure: runs itself so many times.
pub struct Case<'a> {
    pub name: &'static str,
    run: Box<dyn FnMut(u64) + 'a>,
}

/// What came out for one case.
pub struct Row {
    pub name: &'static str,
    /// Nanoseconds an iteration: median and fastest of the rounds.
    pub median: f64,
    pub fastest: f64,
    /// Allocations an iteration, and their bytes.
    pub allocations: f64,
    pub bytes: f64,
    /// Median over the rounds of the time above that of the first case in the same round.
    pub above_first: f64,
}

impl<'a> Case<'a> {
    pub fn new(name: &'static str, run: impl FnMut(u64) + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }

    pub fn repeat(&mut self, iterations: u64) {
        (self.run)(iterations);
    }

    fn time(&mut self, iterations: u64) -> f64 {
        let begin = Instant::now();
        (self.run)(iterations);
        begin.elapsed().as_nanos() as f64 / iterations as f64
    }

    /// How many iterations fill a slice.
    fn calibrate(&mut self) -> u64 {
        let mut iterations = 16;
        loop {
            let begin = Instant::now();
            (self.run)(iterations);
            let took = begin.elapsed();
            if took >= SLICE {
                return iterations;
            }
            let factor = SLICE.as_secs_f64() / took.as_secs_f64().max(1e-9);
            iterations = (iterations as f64 * factor.clamp(1.1, 8.0)).ceil() as u64;
        }
    }
}

/// Runs the cases in turns; in each round another one begins.
pub fn run(mut cases: Vec<Case<'_>>) -> Vec<Row> {
    let iterations: Vec<u64> = cases.iter_mut().map(Case::calibrate).collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for round in 0..ROUNDS {
        for turn in 0..cases.len() {
            let case = (turn + round) % cases.len();
            times[case].push(cases[case].time(iterations[case]));
        }
    }
    let first = times[0].clone();
    let row = |(case, times): (&mut Case<'_>, Vec<f64>)| {
        let count = 1_000;
        let counted = allocation_counter::measure(|| (case.run)(count));
        let above = times
            .iter()
            .zip(&first)
            .map(|(time, first)| time - first)
            .collect();
        Row {
            name: case.name,
            fastest: times.iter().copied().fold(f64::INFINITY, f64::min),
            median: median(times),
            allocations: counted.count_total as f64 / count as f64,
            bytes: counted.bytes_total as f64 / count as f64,
            above_first: median(above),
        }
    };
    cases.iter_mut().zip(times).map(row).collect()
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
