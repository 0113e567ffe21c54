use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn after(by: Duration) -> Timestamp {
    later(at(0), by)
}

fn claim(trigger: RefreshTrigger, now: Timestamp) -> Claim {
    Claim {
        source: "https://idp.example/metadata".to_owned(),
        trigger,
        policy: RefreshPolicy::default(),
        holder: 7,
        now,
    }
}

fn succeeded(now: Timestamp) -> RefreshState {
    let mut state = RefreshState::default()
        .claimed(&claim(RefreshTrigger::Scheduled, now))
        .unwrap();
    state.succeed(now, None, &RefreshPolicy::default(), 0.0);
    state
}

#[test]
fn a_refresh_comes_hourly_and_up_to_a_fifth_earlier() {
    let policy = RefreshPolicy::default();
    assert_eq!(policy.after_success(at(0), None, 0.0), after(HOUR));
    assert_eq!(policy.after_success(at(0), None, 1.0), after(48 * MINUTE));
    for odd in [f64::NAN, f64::INFINITY, -1.0, 2.0] {
        let due = policy.after_success(at(0), None, odd);
        assert!(after(48 * MINUTE) <= due && due <= after(HOUR), "{odd}");
    }
}

#[test]
fn what_the_publisher_says_makes_it_sooner_and_never_less_than_the_floor_or_later() {
    let policy = RefreshPolicy::default();
    for (freshness, expected) in [
        (10 * MINUTE, 10 * MINUTE),
        (Duration::ZERO, 5 * MINUTE),
        (24 * HOUR, HOUR),
    ] {
        let due = policy.after_success(at(0), Some(freshness), 0.0);
        assert_eq!(due, after(expected), "{freshness:?}");
    }
    let due = policy.after_success(at(0), Some(5 * MINUTE), 1.0);
    assert_eq!(due, after(5 * MINUTE), "jitter does not undercut the floor");
}

#[test]
fn failures_wait_twice_as_long_each_time_up_to_the_interval() {
    let policy = RefreshPolicy::default();
    for (failures, minutes) in [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (u32::MAX, 60)] {
        let due = policy.after_failure(at(0), failures, None, 0.0);
        assert_eq!(due, after(minutes * MINUTE), "{failures}");
    }
    assert_eq!(
        policy.after_failure(at(0), 3, None, 1.0),
        after(16 * MINUTE)
    );
}

#[test]
fn a_retry_after_is_honoured_up_to_six_hours() {
    let policy = RefreshPolicy::default();
    for (asked, expected) in [
        (MINUTE, 5 * MINUTE),
        (2 * HOUR, 2 * HOUR),
        (1000 * HOUR, 6 * HOUR),
    ] {
        let due = policy.after_failure(at(0), 1, Some(asked), 0.0);
        assert_eq!(due, after(expected), "{asked:?}");
    }
}

#[test]
fn nothing_is_claimed_before_it_is_due() {
    let state = succeeded(at(0));
    let due = after(HOUR);
    let early = state.claimed(&claim(RefreshTrigger::Scheduled, at(3599)));
    assert_eq!(early, Err(NotClaimed::NotDue { at: due }));
    let claimed = state
        .claimed(&claim(RefreshTrigger::Scheduled, due))
        .unwrap();
    assert_eq!(claimed.last_attempt, Some(due));
    assert_eq!(claimed.last_success, Some(at(0)));
    assert!(claimed.is_held_by(7) && !claimed.is_held_by(8));
}

#[test]
fn of_two_claimants_one_waits_until_the_lease_ends_by_itself() {
    let first = RefreshState::default()
        .claimed(&claim(RefreshTrigger::Scheduled, at(0)))
        .unwrap();
    for trigger in [
        RefreshTrigger::Scheduled,
        RefreshTrigger::UnknownKey,
        RefreshTrigger::Manual,
    ] {
        let second = first.claimed(&claim(trigger, at(59)));
        assert_eq!(second, Err(NotClaimed::Held { until: at(60) }));
    }
    assert!(
        first
            .claimed(&claim(RefreshTrigger::Scheduled, at(60)))
            .is_ok()
    );
}

#[test]
fn one_early_refresh_is_given_in_five_minutes_and_an_admin_need_not_wait() {
    let state = succeeded(at(0));
    let mut early = state
        .claimed(&claim(RefreshTrigger::UnknownKey, at(1)))
        .unwrap();
    early.succeed(at(2), None, &RefreshPolicy::default(), 0.0);
    let again = early.claimed(&claim(RefreshTrigger::UnknownKey, at(300)));
    assert_eq!(again, Err(NotClaimed::TooEarly { at: at(301) }));
    assert!(early.claimed(&claim(RefreshTrigger::Manual, at(3))).is_ok());
    assert!(
        early
            .claimed(&claim(RefreshTrigger::UnknownKey, at(301)))
            .is_ok()
    );
}

#[test]
fn a_server_that_asks_for_patience_is_spared_early_refreshes_too() {
    let policy = RefreshPolicy::default();
    let mut state = RefreshState::default()
        .claimed(&claim(RefreshTrigger::Scheduled, at(0)))
        .unwrap();
    let failure = RefreshFailure::new(at(1), "busy", "429");
    state.fail(failure, Some(20 * MINUTE), &policy, 0.0);
    assert_eq!((state.failures, state.lease), (1, None));
    let early = state.claimed(&claim(RefreshTrigger::UnknownKey, at(60)));
    assert_eq!(early, Err(NotClaimed::TooEarly { at: at(1201) }));
    state.succeed(at(1300), None, &policy, 0.0);
    assert_eq!((state.failures, state.quiet_until), (0, None));
    assert!(state.last_failure.is_some(), "the reason stays on record");
}

#[test]
fn another_source_begins_anew() {
    let mut elsewhere = claim(RefreshTrigger::Scheduled, at(1));
    elsewhere.source = "https://other.example/metadata".to_owned();
    let state = succeeded(at(0)).claimed(&elsewhere).unwrap();
    assert_eq!(state.last_success, None);
    assert_eq!(state.source, elsewhere.source);
}

#[test]
fn a_clock_that_was_set_back_stops_neither_refreshes_nor_early_ones_nor_leases() {
    let year = 365 * 24 * 3600;
    let mut state = succeeded(at(year));
    state.last_early = Some(at(year));
    state.quiet_until = Some(at(year));
    let now = at(0);
    let due = state.claimed(&claim(RefreshTrigger::Scheduled, now));
    assert!(due.is_ok());
    let early = state.claimed(&claim(RefreshTrigger::UnknownKey, now));
    assert!(early.is_ok());
    let held = RefreshState::default()
        .claimed(&claim(RefreshTrigger::Scheduled, at(year)))
        .unwrap();
    assert!(held.claimed(&claim(RefreshTrigger::Scheduled, now)).is_ok());
}

#[test]
fn a_clock_that_jumps_forward_is_one_refresh_and_not_all_that_were_missed() {
    let day = at(24 * 3600);
    let mut state = succeeded(at(0))
        .claimed(&claim(RefreshTrigger::Scheduled, day))
        .unwrap();
    state.succeed(day, None, &RefreshPolicy::default(), 1.0);
    assert_eq!(state.next_due, Some(later(day, 48 * MINUTE)));
    let again = state.claimed(&claim(RefreshTrigger::Scheduled, day));
    assert!(matches!(again, Err(NotClaimed::NotDue { .. })));
}

/// Six hours of a thousand connections that are all due when the server starts, with a third of the answers
/// failures, through the very values that the server uses.
#[test]
fn a_thousand_connections_never_make_more_than_twenty_requests_in_a_second() {
    let policy = RefreshPolicy::default();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut fraction = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        f64::from(u32::try_from(random >> 40).unwrap()) / f64::from(1 << 24)
    };
    let gap = Duration::from_millis(50);
    let mut states: Vec<RefreshState> = vec![RefreshState::default(); 1000];
    // The time at which each is looked at again. It stands for asking all of them every second, which takes a minute.
    let mut next = vec![i64::MIN; 1000];
    let mut departures: Vec<Duration> = Vec::new();
    let mut pacer = Pacer::default();
    for second in 0..6 * 3600_u32 {
        if second == 3 * 3600 {
            // The clock is set back by a day.
            next.fill(i64::MIN);
        }
        let jump = if second < 3 * 3600 { 0 } else { -86_400 };
        let now = at(i64::from(second) + jump);
        for (state, next) in states.iter_mut().zip(&mut next) {
            if now.as_second() < *next {
                continue;
            }
            let mut claimed = state
                .claimed(&claim(RefreshTrigger::Scheduled, now))
                .unwrap();
            departures.push(pacer.leave(Duration::from_secs(second.into()), gap));
            if fraction() < 0.33 {
                let failure = RefreshFailure::new(now, "fetch", "no answer");
                claimed.fail(failure, None, &policy, fraction());
            } else {
                claimed.succeed(now, None, &policy, fraction());
            }
            *next = claimed.next_due.unwrap().as_second() + 1;
            *state = claimed;
        }
    }
    assert!(departures.len() > 7 * 1000, "{} requests", departures.len());
    for (index, first) in departures.iter().enumerate() {
        let second = departures[index..]
            .iter()
            .take_while(|at| **at < *first + Duration::from_secs(1));
        assert!(second.count() <= 20, "from {first:?} on");
    }
}
