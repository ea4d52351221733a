use portcullis_tests::artifact;

/// Whether the long form was asked for.
pub(crate) fn is_long() -> bool {
    match std::env::var("PORTCULLIS_CHAOS").as_deref() {
        Ok("long") => true,
        Ok("short") | Err(_) => false,
        Ok(other) => panic!("PORTCULLIS_CHAOS is short or long, not {other}"),
    }
}

/// How often something is done in the short and in the long form.
pub(crate) fn times(short: u32, long: u32) -> u32 {
    if is_long() { long } else { short }
}

/// What an experiment did and found.
pub(crate) struct Measured {
    /// The experiment.
    pub(crate) number: u8,
    /// What was done, on what: a few words.
    pub(crate) what: &'static str,
    /// The number to hit, as it was promised.
    pub(crate) target: &'static str,
    /// What came out.
    pub(crate) found: String,
}

impl Measured {
    /// Prints it, and writes it for the table. Whether the target is met is the test's to assert.
    pub(crate) fn note(&self) {
        let Self {
            number,
            what,
            target,
            found,
        } = self;
        let row = format!("{number}\t{what}\t{target}\t{found}\n");
        print!("{row}");
        let words: Vec<_> = what.split(|it: char| !it.is_alphanumeric()).collect();
        artifact(&format!("chaos/e{number:02}-{}.txt", words.join("-")), &row);
    }
}
