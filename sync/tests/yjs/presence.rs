//! Awareness: nobody speaks for somebody else, and nobody stays who is gone.

use std::collections::BTreeMap;
use std::time::Duration;

use parfocal_base::Instant;
use parfocal_sync::yjs::awareness::{self, AwarenessEntry};
use parfocal_sync::yjs::{Awareness, AwarenessChange, Identity};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::recorded;

const ADA: u64 = 1;
const BOB: u64 = 2;

fn identity(subject: &str) -> Identity {
    Identity { subject: subject.into(), name: subject.to_uppercase(), color: "#123456".into() }
}

fn world() -> Awareness {
    let mut awareness = Awareness::new();
    awareness.join(ADA, identity("ada"));
    awareness.join(BOB, identity("bob"));
    awareness
}

fn says(client: u64, clock: u32, state: &str) -> Vec<u8> {
    awareness::encode([AwarenessEntry { client, clock, state }].into_iter())
}

fn at(seconds: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(seconds)
}

/// The one entry of an update.
fn one(update: &[u8]) -> (u64, u32, Value) {
    let entries = awareness::decode(update).unwrap();
    assert_eq!(entries.len(), 1);
    (entries[0].client, entries[0].clock, serde_json::from_str(entries[0].state).unwrap())
}

/// What y-protocols keeps: a state and a clock for each client.
#[derive(Clone, Default, Debug, PartialEq)]
struct Peer(BTreeMap<u64, (u32, Option<Value>)>);

impl Peer {
    fn take(&mut self, update: &[u8]) {
        for entry in awareness::decode(update).unwrap() {
            let state: Option<Value> = serde_json::from_str(entry.state).unwrap();
            let known = self.0.get(&entry.client);
            let clock = known.map_or(0, |(clock, _)| *clock);
            let removes = state.is_none() && known.is_some_and(|(_, state)| state.is_some());
            if clock < entry.clock || (clock == entry.clock && removes) {
                self.0.insert(entry.client, (entry.clock, state));
            }
        }
    }

    fn here(&self) -> BTreeMap<u64, Value> {
        let here = self.0.iter().filter_map(|(id, (_, state))| Some((*id, state.clone()?)));
        here.collect()
    }
}

#[test]
fn the_user_of_a_state_is_who_the_token_says_and_the_sender_hears_it_too() {
    let mut awareness = world();
    let sent = &recorded("y", "open")[1];
    let update = &sent[2..];
    let change = awareness.apply(ADA, update, at(0)).unwrap().unwrap();
    assert_eq!(change.origin, ADA);
    let (client, clock, state) = one(&change.update);
    let user = json!({"name": "ADA", "color": "#123456", "subject": "ada"});
    assert_eq!((client, clock, &state), (2001, 2, &json!({"user": user, "cursor": null})));
    assert_eq!(one(&change.echo), (2001, 1, state));
    let next = &recorded("y", "cursor")[0][2..];
    let change = awareness.apply(ADA, next, at(1)).unwrap().unwrap();
    assert_eq!(one(&change.update).2["cursor"], json!([1.5, 2]));
    assert_eq!(one(&awareness.all(BOB)), one(&change.update));
}

#[test]
fn nobody_sets_the_state_of_somebody_else() {
    let mut awareness = world();
    awareness.apply(ADA, &says(10, 1, r#"{"cursor":1}"#), at(0)).unwrap().unwrap();
    let before = awareness.all(BOB);
    // Before having a client id, and with one of his own.
    for own in [false, true] {
        if own {
            awareness.apply(BOB, &says(20, 1, "{}"), at(0)).unwrap().unwrap();
        }
        for state in [r#"{"cursor":2}"#, "null", "{}"] {
            let forged = says(10, 9, state);
            assert_eq!(awareness.apply(BOB, &forged, at(0)).unwrap(), None);
        }
    }
    assert!(awareness.all(BOB).windows(before.len() - 1).any(|part| part == &before[1..]));
    assert!(awareness.is_taken(10, "bob") && !awareness.is_taken(10, "ada"));
    // Nor does he get a second one.
    assert_eq!(awareness.apply(BOB, &says(21, 1, "{}"), at(0)).unwrap(), None);
}

#[test]
fn what_a_provider_sends_back_of_others_is_passed_over() {
    let mut awareness = world();
    awareness.apply(ADA, &says(10, 1, "{}"), at(0)).unwrap();
    let echo = awareness.all(BOB);
    // Bob has said nothing of his own yet, and ada has left meanwhile.
    assert_eq!(awareness.apply(BOB, &echo, at(0)).unwrap(), None);
    awareness.leave(ADA);
    assert_eq!(awareness.apply(BOB, &echo, at(0)).unwrap(), None);
    assert_eq!(awareness.apply(BOB, &says(10, 1, "null"), at(0)).unwrap(), None);
    assert_eq!(awareness.all(BOB), awareness::NOTHING);
    // His own, among others.
    let both = awareness::encode(
        [
            AwarenessEntry { client: 10, clock: 5, state: "{}" },
            AwarenessEntry { client: 20, clock: 1, state: "{}" },
        ]
        .into_iter(),
    );
    let change = awareness.apply(BOB, &both, at(0)).unwrap().unwrap();
    assert_eq!(one(&change.update).0, 20);
}

#[test]
fn two_pages_of_one_person_are_two() {
    let mut awareness = world();
    awareness.join(3, identity("ada"));
    awareness.apply(ADA, &says(10, 1, "{}"), at(0)).unwrap().unwrap();
    awareness.apply(3, &says(11, 1, "{}"), at(0)).unwrap().unwrap();
    // What each sends back of the other changes nothing.
    assert_eq!(awareness.apply(3, &awareness.all(3), at(1)).unwrap(), None);
    assert_eq!(awareness.apply(ADA, &awareness.all(ADA), at(1)).unwrap(), None);
    let change = awareness.leave(3).unwrap();
    assert_eq!(one(&change.update).0, 11);
    assert_eq!(one(&awareness.all(BOB)).0, 10);
}

#[test]
fn clocks_rise_and_what_is_no_state_is_passed_over() {
    let mut awareness = world();
    awareness.apply(ADA, &says(10, 5, "{}"), at(0)).unwrap().unwrap();
    for (clock, state) in
        [(4, r#"{"old":1}"#), (5, r#"{"again":1}"#), (6, "[]"), (6, "7"), (6, "{")]
    {
        assert_eq!(awareness.apply(ADA, &says(10, clock, state), at(0)).unwrap(), None, "{state}");
    }
    let large = format!(r#"{{"x":"{}"}}"#, "y".repeat(9000));
    assert_eq!(awareness.apply(ADA, &says(10, 6, &large), at(0)).unwrap(), None);
    assert!(awareness.apply(ADA, &says(10, 6, "null"), at(0)).unwrap().is_some());
    assert_eq!(awareness.apply(ADA, &says(10, 6, "null"), at(0)).unwrap(), None);
    assert!(awareness.apply(ADA, &says(10, 7, "{}"), at(0)).unwrap().is_some());
}

#[test]
fn who_is_silent_for_half_a_minute_is_gone_until_heard_again() {
    let mut awareness = world();
    assert_eq!(awareness.deadline(), None);
    awareness.apply(ADA, &says(10, 1, "{}"), at(0)).unwrap();
    awareness.apply(BOB, &says(20, 1, "{}"), at(9)).unwrap();
    awareness.apply(ADA, &says(10, 2, "{}"), at(15)).unwrap();
    assert_eq!(awareness.deadline(), Some(at(39)));
    assert_eq!(awareness.tick(at(38)), []);
    let changes = awareness.tick(at(39));
    assert_eq!(changes.len(), 1);
    assert_eq!(one(&changes[0].update), (20, 2, Value::Null));
    // Others have seen clock 2: they hear of him under a higher one.
    let change = awareness.apply(BOB, &says(20, 1, "{}"), at(50)).unwrap().unwrap();
    assert_eq!((one(&change.echo).1, one(&change.update).1), (1, 3));
}

#[test]
fn a_client_that_comes_back_with_its_old_clock_is_seen_again() {
    let mut awareness = world();
    let mut peer = Peer::default();
    let change = awareness.apply(ADA, &says(10, 7, "{}"), at(0)).unwrap().unwrap();
    peer.take(&change.update);
    peer.take(&awareness.leave(ADA).unwrap().update);
    assert_eq!(peer.here().len(), 0);
    awareness.join(3, identity("ada"));
    let change = awareness.apply(3, &says(10, 7, "{}"), at(1)).unwrap().unwrap();
    peer.take(&change.update);
    assert_eq!(peer.here().len(), 1);
    // Even before its old connection has ended.
    awareness.join(4, identity("ada"));
    let change = awareness.apply(4, &says(10, 7, r#"{"new":1}"#), at(2)).unwrap().unwrap();
    peer.take(&change.update);
    assert_eq!(awareness.leave(3), None);
    assert_eq!(peer.here()[&10]["new"], json!(1));
    // And a program that counts from the start again.
    peer.take(&awareness.leave(4).unwrap().update);
    awareness.join(5, identity("ada"));
    let change = awareness.apply(5, &says(10, 0, "{}"), at(3)).unwrap().unwrap();
    peer.take(&change.update);
    assert_eq!(peer.here().len(), 1);
    let change = awareness.apply(5, &says(10, 1, "{}"), at(3)).unwrap().unwrap();
    assert_eq!(one(&change.echo).1, 1);
    peer.take(&change.update);
    peer.take(&awareness.leave(5).unwrap().update);
    assert_eq!(peer.here().len(), 0);
}

#[derive(Clone, Debug)]
enum Step {
    Join(u64, bool),
    Leave(u64),
    Say { connection: u64, client: u64, clock: u32, gone: bool },
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let connection = 0..4_u64;
    prop_oneof![
        3 => (connection.clone(), any::<bool>()).prop_map(|(c, ada)| Step::Join(c, ada)),
        1 => connection.clone().prop_map(Step::Leave),
        12 => (connection, 10..13_u64, 0..12_u32, prop::bool::weighted(0.2))
            .prop_map(|(connection, client, clock, gone)| Step::Say { connection, client, clock, gone }),
        1 => (0..40_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn whoever_listens_sees_those_who_are_here_and_each_as_who_they_are(
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let mut awareness = Awareness::new();
        let mut listener = Peer::default();
        let mut subjects = BTreeMap::new();
        let mut now = Instant::ZERO;
        awareness.join(99, identity("listener"));
        for step in steps {
            let changes: Vec<AwarenessChange> = match step {
                Step::Join(connection, ada) => {
                    let left = awareness.leave(connection);
                    let subject = if ada { "ada" } else { "bob" };
                    awareness.join(connection, identity(subject));
                    subjects.insert(connection, subject);
                    left.into_iter().collect()
                }
                Step::Leave(connection) => awareness.leave(connection).into_iter().collect(),
                Step::Say { connection, client, clock, gone } => {
                    let state = if gone { "null" } else { r#"{"user":{"name":"forged"}}"# };
                    let update = says(client, clock, state);
                    let change = awareness.apply(connection, &update, now).unwrap();
                    if let Some(change) = &change {
                        let (_, _, state) = one(&change.update);
                        prop_assert!(gone || state["user"]["subject"] == subjects[&connection]);
                        prop_assert_eq!(change.origin, connection);
                    }
                    change.into_iter().collect()
                }
                Step::Wait(seconds) => {
                    now = now + Duration::from_secs(seconds);
                    awareness.tick(now)
                }
            };
            for change in changes {
                listener.take(&change.update);
            }
            let mut fresh = Peer::default();
            for entry in awareness::decode(&awareness.all(99)).unwrap() {
                let state = serde_json::from_str(entry.state).unwrap();
                fresh.0.insert(entry.client, (entry.clock, state));
            }
            prop_assert_eq!(listener.here(), fresh.here());
        }
    }
}
