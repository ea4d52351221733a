//! A namespace is a store like any other, and what is in another one is not there.

#[cfg(test)]
mod apart;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod support;

/// Every rule of the suite but two, which want subjects of 255 characters; `limits` has those with
/// as many as there is room for.
#[cfg(test)]
mod suite {
    use portcullis_session::{MemoryStore, Namespaced};

    /// Another one's sessions are in the same store.
    async fn fresh() -> Namespaced<MemoryStore> {
        let store = MemoryStore::new();
        let other = Namespaced::new("other", store.clone()).unwrap();
        crate::support::fill(&other).await;
        Namespaced::new("own", store).unwrap()
    }

    portcullis_testkit::__rules_as_tests! {
        run, fresh,
        [
            s02_nothing_that_a_store_gives_back_opens_a_session
            s03_a_handle_is_revoked_only_for_its_owner
            s03_a_handle_outlives_every_key
            s03_sessions_are_listed_oldest_first
            s06_an_unknown_key_is_absent_and_never_adopted
            s07_a_visit_moves_the_idle_limit
            s07_limits_without_end_do_not_wrap
            s07_the_absolute_limit_is_exact
            s07_the_idle_limit_is_exact
            s07_what_ends_before_it_begins_is_absent
            s08_an_expired_session_is_in_nobodys_way
            s08_old_keys_of_an_expired_session_are_absent
            s08_what_has_expired_is_absent_for_every_verb
            s09_of_parallel_visits_one_renews
            s09_of_two_visits_under_way_one_renews
            s09_the_window_is_exact
            s10_no_other_verb_moves_the_last_visit
            s10_renewal_changes_nothing_but_the_last_visit
            s10_renewal_never_brings_a_deleted_session_back
            s11_a_changed_lifetime_counts_at_once
            s12_a_clock_that_steps_back_extends_nothing
            s12_a_session_from_a_clock_ahead_is_found
            s12_the_last_visit_never_falls
            s13_a_deleted_session_is_gone_for_every_verb
            s13_a_forgotten_key_ends_nothing
            s13_a_log_out_wins_every_race
            s13_a_session_outlives_neither_log_out_nor_login
            s13_an_anonymous_session_is_deleted_alike
            s13_in_every_order_a_logged_out_session_is_over
            s13_log_out_by_an_older_key_ends_the_session
            s13_no_verb_under_way_outlives_a_log_out
            s13_no_verb_under_way_outlives_a_revocation
            s15_a_stale_write_changes_nothing
            s15_a_write_leaves_what_it_does_not_name
            s15_of_parallel_writes_to_one_version_one_is_done
            s15_of_two_writes_under_way_one_is_done
            s15_two_requests_that_read_the_same_both_persist
            s15_writers_of_different_keys_all_persist
            s16_a_rotating_session_is_listed_once_at_every_instant
            s16_a_rotation_under_way_shows_one_session
            s16_a_step_up_comes_with_the_new_key
            s16_a_step_up_signs_nobody_in
            s16_a_taken_key_refuses_rotation
            s16_of_parallel_rotations_one_is_done
            s16_of_two_rotations_under_way_one_is_done
            s16_readers_see_one_session_at_every_instant
            s16_rotation_keeps_everything_else
            s17_a_purge_forgets_no_key_too_early
            s17_a_second_rotation_ends_the_first_grace
            s17_after_grace_the_old_key_is_reused_until_forgotten
            s17_every_remembered_key_is_told_apart
            s17_old_keys_end_with_their_session
            s17_the_old_key_logs_out_in_grace
            s17_the_old_key_never_renews
            s17_the_old_key_never_rotates
            s17_the_old_key_reads_the_successor_in_grace
            s17_the_old_key_writes_in_grace
            s17_without_grace_the_old_key_is_reused_at_once
            s18_a_dropped_log_out_is_whole
            s18_a_dropped_login_is_whole
            s18_a_dropped_purge_does_no_harm
            s18_a_dropped_revocation_is_whole
            s18_a_dropped_rotation_is_whole
            s18_a_dropped_visit_is_whole
            s18_a_dropped_write_is_whole
            s19_a_created_session_is_there
            s19_a_creation_that_is_refused_changes_nothing
            s19_of_parallel_creations_under_one_key_one_is_done
            s19_of_parallel_creations_with_one_handle_one_is_done
            s19_of_two_creations_under_way_one_is_done
            s20_an_evicted_session_is_over_under_all_its_keys
            s20_logins_under_way_keep_the_cap
            s20_parallel_logins_never_exceed_the_cap
            s20_the_cap_counts_what_it_should
            s20_the_cap_ends_the_oldest_first
            s20_the_new_session_is_kept
            s21_a_login_ends_the_session_before
            s21_a_login_need_not_replace_anything
            s21_a_login_replaces_in_one_step
            s21_a_login_under_way_shows_one_session
            s21_a_rotation_under_way_does_not_outlive_a_login
            s26_a_login_under_way_is_revoked_too
            s26_a_revocation_under_way_shows_all_or_none
            s26_all_but_a_strangers_session_are_all
            s26_hundreds_of_sessions_are_listed_and_revoked
            s26_parallel_revocations_count_each_session_once
            s26_revocation_ends_whatever_began_before
            s26_revocation_takes_effect_at_once
            s40_a_megabyte_comes_back
            s40_every_standing_comes_back
            s40_random_verbs_are_answered_as_the_contract_says
            s40_similar_handles_are_kept_apart
            s40_similar_keys_are_kept_apart
            s41_a_purge_changes_nothing_alive
            s41_a_purge_is_bounded_and_counts
            s41_a_purge_removes_nothing_alive
            s41_a_purge_under_way_spares_what_is_renewed
            s41_parallel_purges_count_each_entry_once
            s41_what_is_purged_stays_away
            s41_what_is_renewed_meanwhile_is_not_purged
            s44_values_come_back_byte_for_byte
        ]
    }
}
