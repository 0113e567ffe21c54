//! The promises of every [`Store`], as tests that run against any of them. If you write a store of your own, run
//! [`check`] on it: each promise gets an empty store, made by your closure, and panics in words where the store
//! breaks it.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use std::sync::Arc;
//!
//! use entrada::store::SqliteStore;
//! use entrada::store::contract;
//!
//! contract::check(async || Arc::new(SqliteStore::in_memory().await.expect("a store"))).await;
//! # });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Durability cannot be seen from inside one process: test it with a second one that you kill.

mod access_tokens;
mod connections;
mod directory;
mod events;
mod group_changes;
mod kept;
mod leases;
mod lists;
mod membership;
mod memberships;
mod metadata;
mod pages;
mod people;
mod provisioning;
mod repeated_events;
mod replay;
mod requests;
mod samples;
mod sessions;
mod sign_on;
mod sweep;
mod told;
mod transactions;
mod user_sessions;

use std::pin::Pin;
use std::sync::Arc;

use super::Store;

/// One promise of the traits, named as a statement.
#[derive(Clone, Copy)]
pub struct Promise {
    /// The promise.
    pub name: &'static str,
    check: fn(Arc<dyn Store>) -> Running,
}

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Promise {
    /// Tests it on an empty store.
    ///
    /// # Panics
    /// Panics where the store breaks the promise, or does not answer.
    pub async fn check(&self, store: Arc<dyn Store>) {
        (self.check)(store).await;
    }
}

/// Tests every promise, each on a store that `make` has made for it. A store must be empty, and alone with its
/// data.
///
/// Moments in the tests are whole microseconds: a store need not keep finer ones.
///
/// # Panics
/// Panics at the first promise that is broken.
pub async fn check<S: Store + 'static>(make: impl AsyncFn() -> Arc<S>) {
    for promise in PROMISES {
        promise.check(make().await).await;
    }
}

macro_rules! promises {
    ($($module:ident::$name:ident,)*) => {
        /// All promises.
        pub const PROMISES: &[Promise] = &[$(Promise {
            name: stringify!($name),
            check: |store| Box::pin($module::$name(store)),
        }),*];
    };
}

promises! {
    replay::a_key_is_admitted_once,
    replay::of_fifty_callers_one_is_first,
    replay::a_key_is_kept_through_its_last_moment,
    replay::the_latest_deadline_of_a_key_counts,
    replay::a_key_outlives_its_connection,
    requests::a_request_is_taken_once_and_unchanged,
    requests::of_fifty_takers_one_gets_the_request,
    requests::a_request_of_another_connection_stays,
    requests::an_expired_request_is_gone_after_one_answer,
    requests::a_request_needs_its_connection_and_a_fresh_id,
    requests::beyond_capacity_the_oldest_requests_make_room,
    requests::long_pages_to_return_to_count_for_what_they_take,
    requests::an_answer_from_elsewhere_uses_no_request_up,
    requests::a_request_that_was_used_is_known_for_a_while,
    requests::hostile_message_ids_are_data,
    sessions::a_session_is_found_by_its_token_until_it_expires,
    sessions::a_session_needs_its_connection_and_a_fresh_token,
    sessions::a_session_ends_once_by_its_token,
    sessions::a_session_ends_once_by_its_handle,
    sessions::live_sessions_are_listed_newest_first_and_filtered,
    sessions::an_assertion_opens_one_session_and_ends_those_it_replaces,
    sessions::a_bad_opening_harms_none_that_comes_with_it,
    sessions::many_sign_ons_at_once_are_all_kept,
    sessions::a_logout_ends_the_sessions_of_its_connection_that_it_means,
    sessions::a_logout_request_ends_sessions_once,
    sessions::hostile_names_are_data,
    connections::connections_are_listed_in_order_and_replaced,
    connections::of_two_who_change_what_they_read_none_is_lost,
    connections::a_replaced_connection_keeps_what_is_below_it,
    connections::a_removed_connection_takes_everything_along,
    connections::the_revision_grows_with_every_change,
    connections::a_metadata_copy_is_kept_byte_for_byte_and_replaced,
    connections::a_metadata_copy_needs_its_connection,
    connections::a_connection_comes_with_its_copy_and_its_events_or_not_at_all,
    connections::pinned_certificates_come_with_their_connection_or_not_at_all,
    connections::an_end_of_a_pinned_certificate_alone_is_no_change_of_trust,
    kept::who_has_signed_on_over_a_connection_is_known_until_it_goes,
    kept::a_removed_connection_comes_back_with_its_directory_and_no_session,
    kept::a_restored_connection_knows_who_is_who_and_waits_for_no_refresh,
    kept::a_kept_connection_is_forgotten_after_thirty_days_and_no_earlier,
    kept::restoring_over_a_connection_writes_nothing,
    kept::a_connection_that_is_purged_leaves_no_copy,
    kept::hostile_texts_survive_being_kept,
    told::a_change_of_settings_is_told_with_its_author,
    told::an_event_names_the_one_who_did_it,
    connections::of_two_first_addresses_one_is_kept,
    connections::the_first_base_url_stays_until_another_is_put,
    directory::a_user_comes_back_as_it_was_and_only_to_its_connection,
    directory::a_user_name_is_taken_in_whatever_case,
    directory::work_goes_on_after_a_refusal,
    directory::work_that_ends_with_an_error_leaves_nothing,
    directory::a_user_needs_its_connection,
    directory::what_users_say_is_data,
    directory::fifty_requests_for_one_name_make_one_user,
    transactions::a_row_is_changed_only_where_it_is,
    transactions::work_counts_once_however_often_it_runs,
    transactions::work_that_wants_to_be_undone_leaves_nothing,
    transactions::work_that_was_in_the_way_of_other_work_runs_again,
    lists::filters_find_what_they_describe,
    lists::lists_have_one_order_and_parts,
    lists::a_walk_misses_nothing_that_was_there_throughout,
    pages::a_page_behind_the_one_before_is_the_page_of_its_number,
    pages::pages_by_number_miss_nothing_that_was_there_throughout,
    lists::what_no_index_answers_is_bounded,
    lists::filters_look_at_members_and_groups,
    membership::a_group_comes_back_as_it_was_and_keeps_its_members,
    membership::members_come_and_go_by_name,
    membership::members_that_a_filter_describes_go,
    membership::unknown_members_are_refused_by_name,
    membership::members_are_read_in_parts,
    membership::groups_of_a_user_are_direct_and_indirect_also_in_a_circle,
    memberships::a_user_belongs_to_groups_directly_and_through_others,
    memberships::provisioned_object_ids_are_known_in_whatever_case,
    memberships::an_object_id_that_a_group_once_had_stays_the_directorys,
    memberships::a_name_stands_for_one_group_of_a_connection_or_for_none,
    provisioning::a_credential_comes_back_as_it_was_and_goes_with_its_connection,
    provisioning::a_credential_is_extended_used_and_revoked,
    provisioning::a_rotation_is_one_step,
    provisioning::a_changed_credential_keeps_its_last_use,
    provisioning::of_two_rotations_at_once_one_succeeds,
    access_tokens::an_access_token_comes_back_with_its_credential_and_goes_with_its_connection,
    access_tokens::only_the_live_credential_of_a_client_gets_access_tokens,
    access_tokens::a_revoked_credential_is_found_with_its_access_tokens,
    access_tokens::of_a_clients_access_tokens_the_last_fifty_stay,
    access_tokens::access_tokens_that_are_over_are_swept_in_batches,
    provisioning::the_log_answers_by_subject_outcome_and_time,
    provisioning::the_log_forgets_what_is_old_in_batches,
    provisioning::what_the_log_holds_is_data,
    events::events_come_in_order_behind_a_number,
    events::events_are_asked_for_by_connection_user_group_kind_and_time,
    events::an_event_is_there_if_its_change_is,
    events::old_events_are_forgotten_in_batches_and_leave_a_mark,
    events::what_events_hold_is_data,
    events::every_kind_of_event_is_read_as_it_was_written,
    repeated_events::of_events_that_repeat_each_other_the_first_is_kept,
    repeated_events::a_connection_made_anew_is_told_of_anew,
    repeated_events::of_many_who_tell_the_same_at_once_one_is_heard,
    events::no_reader_passes_over_an_event_of_64_writers,
    metadata::a_copys_version_changes_with_the_copy_alone,
    metadata::the_right_to_refresh_is_recorded_and_one_holder_has_it,
    metadata::of_fifty_claimants_one_refreshes,
    metadata::a_lease_ends_by_itself_and_its_holder_writes_nothing_after_the_next,
    metadata::what_came_of_a_refresh_is_written_whole,
    metadata::a_pinned_certificate_is_written_down_once,
    metadata::a_refresh_needs_its_connection_and_goes_with_it,
    metadata::a_replaced_connection_keeps_its_keys_and_its_schedule,
    metadata::a_slow_refresh_of_another_source_writes_nothing,
    metadata::a_refresh_with_a_copy_of_another_source_writes_nothing,
    user_sessions::a_session_needs_a_user_who_is_active,
    user_sessions::deactivation_ends_all_sessions_and_reactivation_revives_none,
    user_sessions::a_user_who_is_gone_has_no_sessions,
    user_sessions::work_that_is_undone_ends_no_session,
    user_sessions::any_number_of_sessions_ends_with_one_change,
    user_sessions::sessions_of_a_user_are_listed_and_ended_together,
    user_sessions::a_request_is_noted_and_time_does_not_go_back,
    sign_on::users_are_found_by_each_name_of_theirs,
    sign_on::a_link_is_one_on_either_side_and_goes_with_its_user,
    sign_on::a_sign_on_admits_an_assertion_once,
    sign_on::the_last_sign_on_of_each_person_is_remembered,
    sign_on::seats_are_counted_on_active_users,
    group_changes::a_change_of_groups_reaches_the_sessions_of_all_whom_it_touches,
    group_changes::a_change_of_groups_reaches_any_number_of_sessions,
    group_changes::a_change_of_groups_leaves_all_other_claims_as_they_are,
    sweep::a_sweep_removes_the_expired_and_nothing_else,
    sweep::a_sweep_removes_more_than_one_batch,
    sweep::idle_sessions_are_over_and_swept_with_an_event,
    leases::of_fifty_processes_one_does_a_task,
    leases::a_lease_ends_by_itself,
    leases::a_lease_from_before_a_clock_was_set_back_does_not_count,
}
