//! Twins: stores and lifecycles that are right but for one fault, and the cases that find it.
//!
//! Each has a test of its name; `cargo xtask twins` lists them.

use portcullis_tests::caught;

use crate::support::{Fault, Ground, Trial};
use crate::{drops, log_out, logins, loser, revocation, rotation, visitors, writes};

/// One test a fault.
macro_rules! caught {
    ($($fault:ident by $($file:ident::$case:ident)+;)*) => {
        mod with_a_fault {
            use super::*;

            $(
                #[expect(non_snake_case, reason = "the test is called what the fault is called")]
                #[test]
                fn $fault() {
                    $(
                        let trial = Trial::with_fault(Ground::memory(), Fault::$fault);
                        let case = stringify!($case);
                        match $file::$case(&trial) {
                            Ok(tried) => panic!("{case} finds nothing wrong: {tried:?}"),
                            Err(broken) => {
                                println!("{case}: {broken}\n");
                                caught(stringify!($fault), case);
                            }
                        }
                    )+
                }
            )*
        }
    };
}

caught! {
    CapIsCheckedAfter by logins::s20_two_logins_under_a_cap_of_one;
    CapIsCheckedBefore by logins::s20_two_logins_under_a_cap_of_one
        logins::s20_two_logins_beyond_a_cap_of_two;
    CreationIsTriedTwice by visitors::s19_first_writes_of_three_visitors;
    EveryReadRenews by writes::s09_reads_at_once_renew_once;
    EveryVisitMakesASession by visitors::s19_first_reads_of_three_visitors;
    GoneIsDone by loser::s14_a_write_against_a_log_out;
    LoadsAreCachedTooLate by log_out::s13_log_out_against_a_read;
    LogOutByTheNewestTokenOnly by log_out::s13_log_out_against_a_rotation;
    LogOutClearsTheCookieOnly by log_out::s13_log_out_against_a_read
        log_out::s13_log_out_against_a_write;
    LosersGetACookie by loser::s14_a_write_against_a_log_out
        loser::s14_a_rotation_against_a_log_out;
    ReplacementInTwoSteps by drops::s18_a_dropped_login
        rotation::s16_a_login_against_a_read_in_the_same_browser;
    ReplacementIsForgotten by logins::s21_two_logins_in_one_browser
        rotation::s16_a_login_against_a_read_in_the_same_browser;
    RevocationByKeys by revocation::s26_revocation_against_a_rotation;
    RevocationOneByOne by drops::s18_a_dropped_revocation;
    RotationByTheOldToken by rotation::s17_of_two_rotations_one_gives_a_token
        rotation::s16_two_rotations;
    RotationForgetsTheGrace by rotation::s17_of_two_rotations_one_gives_a_token
        drops::s18_a_dropped_rotation;
    RotationInTwoSteps by rotation::s16_a_rotation_against_a_read
        log_out::s13_log_out_against_a_rotation;
    RotationLeavesTheOldAlive by rotation::s16_a_rotation_against_a_read
        log_out::s13_log_out_against_a_rotation;
    SaveIsAnUpsert by log_out::s13_log_out_against_a_write;
    StepUpKeepsTheGrace by rotation::s17_a_step_up_leaves_the_old_token_nothing;
    TouchIsAnUpsert by log_out::s13_log_out_against_a_read;
    TouchSavesTheWholeSession by writes::s15_a_write_against_a_read_that_renews;
    WritesIgnoreVersions by writes::s15_writes_of_different_values
        writes::s15_strict_writes_of_one_value;
}
