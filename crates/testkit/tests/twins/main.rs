//! The suite can fail: for each of many faults there is a rule that finds it.

#[path = "../../examples/own_store/store.rs"]
mod store;

mod marks;
mod twin;

use portcullis_testkit::suite::{rules, verdict};

use marks::{MarkFault, MarkTwin};
use twin::{Fault, Twin};

/// One test a fault and the rules that find it.
macro_rules! found {
    ($($fault:ident by $($rule:ident)+;)*) => {
        $(
            #[expect(non_snake_case, reason = "the test is called what the fault is called")]
            #[test]
            fn $fault() {
                $(
                    let said = verdict(async || Twin::new(Fault::$fault), rules::$rule);
                    let (twin, rule) = (stringify!($fault), stringify!($rule));
                    println!("{rule}: {said:?}");
                    assert!(said.is_err(), "{rule} finds nothing wrong");
                    // `cargo xtask twins` reads this.
                    println!("twin {twin}: caught by {rule}");
                )+
            }
        )*
    };
}

mod without_a_fault {
    use super::*;

    portcullis_testkit::session_store_suite!(async || Twin::new(Fault::None));
    portcullis_testkit::mark_store_suite!(async || MarkTwin::new(MarkFault::None));
}

mod with_a_fault {
    use super::*;

    found! {
        CapIsOneMore by s20_the_cap_ends_the_oldest_first s20_parallel_logins_never_exceed_the_cap;
        CapInTwoSteps by s18_a_dropped_login_is_whole s20_logins_under_way_keep_the_cap;
        CreateOverwrites by
            s19_of_parallel_creations_under_one_key_one_is_done
            s19_a_creation_that_is_refused_changes_nothing;
        CreateLosesLargeData by s40_a_megabyte_comes_back;
        CreateLosesPersistence by s40_every_standing_comes_back;
        CreateLosesStamp by s40_every_standing_comes_back;
        DeleteByCurrentKeyOnly by
            s13_log_out_by_an_older_key_ends_the_session
            s17_the_old_key_logs_out_in_grace;
        DeleteForgetsToDelete by
            s10_renewal_never_brings_a_deleted_session_back
            s13_a_deleted_session_is_gone_for_every_verb
            s13_a_log_out_wins_every_race;
        KeysCompareByPrefix by s40_similar_keys_are_kept_apart;
        ListFoldsCase by s40_similar_users_are_kept_apart;
        ListIsReversed by s03_sessions_are_listed_oldest_first;
        ListMissesPending by s26_a_login_under_way_is_revoked_too;
        LoadAlwaysRenews by s09_the_window_is_exact;
        LoadCountsRenewalsAsChanges by s10_renewal_changes_nothing_but_the_last_visit;
        LoadEndsLate by s07_the_idle_limit_is_exact s07_the_absolute_limit_is_exact;
        LoadForgetsReuse by
            s17_after_grace_the_old_key_is_reused_until_forgotten
            s17_without_grace_the_old_key_is_reused_at_once
            s17_a_second_rotation_ends_the_first_grace;
        LoadLetsVisitsFall by s12_the_last_visit_never_falls;
        LoadRenewsByOldKey by s17_the_old_key_never_renews;
        LoadRenewsInTwoSteps by s09_of_two_visits_under_way_one_renews;
        LoadRevivesTheDeleted by
            s10_renewal_never_brings_a_deleted_session_back
            s13_a_deleted_session_is_gone_for_every_verb
            s13_no_verb_under_way_outlives_a_log_out;
        LoadReturnsTheExpired by s08_what_has_expired_is_absent_for_every_verb;
        PurgeIgnoresItsLimit by s41_a_purge_is_bounded_and_counts;
        PurgeIsTooEarly by s41_a_purge_removes_nothing_alive;
        PurgeLooksThenRemoves by s41_a_purge_under_way_spares_what_is_renewed;
        PurgeRemovesNothing by s41_a_purge_is_bounded_and_counts;
        ReplaceInTwoSteps by
            s18_a_dropped_login_is_whole
            s19_a_creation_that_is_refused_changes_nothing
            s21_a_login_under_way_shows_one_session;
        ReplaceIsForgotten by s21_a_login_ends_the_session_before;
        RevokeAllButIsAll by s26_revocation_takes_effect_at_once;
        RevokeIgnoresTheOwner by s03_a_handle_is_revoked_only_for_its_owner;
        RevokeInSteps by
            s18_a_dropped_revocation_is_whole
            s26_a_revocation_under_way_shows_all_or_none;
        RotateByOldKey by s16_of_parallel_rotations_one_is_done s17_the_old_key_never_rotates;
        RotateForgetsTheStepUp by s16_a_step_up_comes_with_the_new_key;
        RotateGivesEndlessGrace by
            s17_after_grace_the_old_key_is_reused_until_forgotten
            s17_without_grace_the_old_key_is_reused_at_once;
        RotateInTwoSteps by
            s16_a_rotation_under_way_shows_one_session
            s16_of_two_rotations_under_way_one_is_done
            s18_a_dropped_rotation_is_whole
            s13_no_verb_under_way_outlives_a_log_out;
        RotateLeavesTheOldAlive by
            s16_rotation_keeps_everything_else
            s17_the_old_key_reads_the_successor_in_grace;
        UpdateIgnoresVersions by
            s15_a_stale_write_changes_nothing
            s15_of_parallel_writes_to_one_version_one_is_done
            s15_of_two_writes_under_way_one_is_done
            s15_two_requests_that_read_the_same_both_persist;
        UpdateInTwoSteps by s18_a_dropped_write_is_whole;
        UpdateIsAnUpsert by
            s13_a_deleted_session_is_gone_for_every_verb
            s13_no_verb_under_way_outlives_a_log_out;
        UpdateMovesTheVisit by s10_no_other_verb_moves_the_last_visit;
    }

    /// The random verbs find most faults by themselves.
    #[test]
    fn random_verbs_find_what_rules_find() {
        for fault in [
            Fault::CapIsOneMore,
            Fault::CreateOverwrites,
            Fault::DeleteByCurrentKeyOnly,
            Fault::ListIsReversed,
            Fault::LoadForgetsReuse,
            Fault::LoadRenewsByOldKey,
            Fault::LoadReturnsTheExpired,
            Fault::LoadEndsLate,
            Fault::PurgeIgnoresItsLimit,
            Fault::RevokeAllButIsAll,
            Fault::RotateByOldKey,
            Fault::RotateGivesEndlessGrace,
            Fault::UpdateIgnoresVersions,
            Fault::UpdateIsAnUpsert,
            Fault::UpdateMovesTheVisit,
        ] {
            let rule = rules::s40_random_verbs_are_answered_as_the_contract_says;
            let said = verdict(async || Twin::new(fault), rule);
            assert!(said.is_err(), "{fault:?} is not found");
            println!(
                "twin {fault:?}: caught by s40_random_verbs_are_answered_as_the_contract_says"
            );
        }
    }

    #[test]
    fn faults_of_marks_are_found() {
        macro_rules! found {
            ($fault:ident by $rule:ident) => {{
                let said = verdict(async || MarkTwin::new(MarkFault::$fault), rules::$rule);
                let (twin, rule) = (stringify!($fault), stringify!($rule));
                assert!(said.is_err(), "{twin} is not found");
                println!("twin Mark{twin}: caught by {rule}");
            }};
        }
        found!(ComparesByPrefix by o22_similar_digests_are_different_marks);
        found!(EndsEarly by o22_a_mark_is_set_once);
        found!(ForgetsAmongMany by o22_a_mark_holds_among_many);
        found!(LaterCallsShorten by o22_a_second_call_does_not_shorten_a_mark);
        found!(LooksThenSets by o22_of_two_marks_under_way_one_is_first);
    }
}
