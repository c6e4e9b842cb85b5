//! When a view needs a frame.
//!
//! [`ViewScheduler`] is a machine without a clock: put an [`Input`] in, act on the [`Output`] that
//! comes out. Nothing dirty, nothing rendered; nobody watching, nothing rendered; nobody with room,
//! nothing rendered (a frame is dropped before it is painted, never after).

use std::time::Duration;

use parfocal_base::Instant;

/// The times of a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Least time from the start of one frame to the start of the next.
    pub frame: Duration,
    /// The same for a frame that only refines: chunks arrive in bursts.
    pub refine: Duration,
    /// Wait after a first failure; doubled after each further one.
    pub retry: Duration,
    /// Longest wait after failures.
    pub retry_most: Duration,
}

impl Default for Pace {
    /// 60 frames a second, 30 for refinements; retries after 100 ms to 5 s.
    fn default() -> Self {
        Self {
            frame: Duration::from_micros(16_600),
            refine: Duration::from_millis(33),
            retry: Duration::from_millis(100),
            retry_most: Duration::from_secs(5),
        }
    }
}

/// What a scheduler is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Something that the view shows was changed: the scene, the point, the camera, a look.
    Edited,
    /// A chunk that the view wants has arrived.
    ChunkArrived,
    /// Whether somebody can take a frame (there is a free buffer, and an encoder with room).
    Room(bool),
    /// How many watch the view.
    Viewers(usize),
    /// The frame that was asked for is there.
    Finished {
        /// No chunk was missing: no other one changes it.
        complete: bool,
    },
    /// The frame that was asked for will not come: an error, or the renderer died.
    Failed,
    /// The time of a [`Output::WakeAt`] has come.
    Woken,
}

/// What the shell is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Render now; answer with [`Input::Finished`] or [`Input::Failed`].
    Render {
        /// Whether nothing but chunks has changed since the last frame.
        refine: bool,
    },
    /// Send [`Input::Woken`] at this time; replaces an earlier `WakeAt`.
    WakeAt(Instant),
}

/// What has changed since the last frame began; the greater one needs a frame sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dirt {
    Clean,
    Chunks,
    Edits,
}

/// Decides when one view is rendered.
#[derive(Clone, Debug)]
pub struct ViewScheduler {
    pace: Pace,
    dirt: Dirt,
    room: bool,
    viewers: usize,
    /// What the frame being rendered is to clean.
    in_flight: Option<Dirt>,
    /// Whether the last frame lacks no chunk of what is to be seen.
    complete: bool,
    last_start: Option<Instant>,
    failures: u32,
    /// No frame before this, after failures.
    not_before: Instant,
}

impl ViewScheduler {
    /// A view that was never rendered, so it is dirty; nobody watches, nobody has room.
    pub const fn new(pace: Pace) -> Self {
        Self {
            pace,
            dirt: Dirt::Edits,
            room: false,
            viewers: 0,
            in_flight: None,
            complete: false,
            last_start: None,
            failures: 0,
            not_before: Instant::ZERO,
        }
    }

    /// Takes `input` and says what to do.
    pub fn handle(&mut self, now: Instant, input: Input) -> Option<Output> {
        self.handle_all(now, [input])
    }

    /// Takes what happened at one time, and then says what to do: a frame that is begun after the
    /// first of two inputs would show both of them, and the second would ask for one more.
    pub fn handle_all(
        &mut self,
        now: Instant,
        inputs: impl IntoIterator<Item = Input>,
    ) -> Option<Output> {
        for input in inputs {
            self.take(now, input);
        }
        self.decide(now)
    }

    fn take(&mut self, now: Instant, input: Input) {
        match input {
            Input::Edited => (self.dirt, self.complete) = (Dirt::Edits, false),
            // News of a chunk may come after the frame that shows it.
            Input::ChunkArrived if self.complete => {}
            Input::ChunkArrived => self.dirt = self.dirt.max(Dirt::Chunks),
            Input::Room(room) => self.room = room,
            Input::Viewers(viewers) => self.viewers = viewers,
            Input::Finished { complete } => self.finish(complete),
            Input::Failed => self.fail(now),
            Input::Woken => {}
        }
    }

    /// Whether a frame is being rendered.
    pub const fn in_flight(&self) -> bool {
        self.in_flight.is_some()
    }

    fn finish(&mut self, complete: bool) {
        if self.in_flight.take().is_none() {
            return;
        }
        self.failures = 0;
        self.complete = complete && self.dirt != Dirt::Edits;
        if self.complete {
            self.dirt = Dirt::Clean;
        }
    }

    fn fail(&mut self, now: Instant) {
        let Some(dirt) = self.in_flight.take() else { return };
        self.dirt = self.dirt.max(dirt);
        let wait = self.pace.retry.saturating_mul(1 << self.failures.min(MAX_DOUBLINGS));
        self.not_before = now + wait.min(self.pace.retry_most);
        self.failures = self.failures.saturating_add(1);
    }

    fn decide(&mut self, now: Instant) -> Option<Output> {
        let idle = self.viewers == 0 || !self.room || self.in_flight.is_some();
        let interval = match self.dirt {
            Dirt::Clean => return None,
            _ if idle => return None,
            Dirt::Chunks => self.pace.refine,
            Dirt::Edits => self.pace.frame,
        };
        let paced = self.last_start.map_or(now, |start| start + interval);
        let due = paced.max(self.not_before);
        if due > now {
            return Some(Output::WakeAt(due));
        }
        self.last_start = Some(now);
        let dirt = std::mem::replace(&mut self.dirt, Dirt::Clean);
        self.in_flight = Some(dirt);
        Some(Output::Render { refine: dirt == Dirt::Chunks })
    }
}

/// Keeps the shift in range; the longest wait is reached long before.
const MAX_DOUBLINGS: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    /// A frame is there, and chunks of it are still missing.
    const DONE: Input = Input::Finished { complete: false };

    fn watched() -> ViewScheduler {
        let mut machine = ViewScheduler::new(Pace::default());
        assert_eq!(machine.handle(at(0), Input::Room(true)), None);
        let first = machine.handle(at(0), Input::Viewers(1));
        assert_eq!(first, Some(Output::Render { refine: false }));
        assert_eq!(machine.handle(at(5_000), DONE), None);
        machine
    }

    #[test]
    fn a_clean_view_renders_nothing() {
        let mut machine = watched();
        for input in [Input::Woken, Input::Room(false), Input::Room(true), Input::Viewers(3)] {
            assert_eq!(machine.handle(at(1_000_000), input), None);
        }
    }

    #[test]
    fn what_comes_together_costs_one_frame() {
        let mut machine = watched();
        machine.handle(at(900_000), Input::Room(false));
        assert_eq!(machine.handle(at(900_001), Input::Edited), None);
        let together = [Input::Room(true), Input::Edited];
        let render = Some(Output::Render { refine: false });
        assert_eq!(machine.handle_all(at(900_002), together), render);
        assert_eq!(machine.handle(at(950_000), Input::Finished { complete: true }), None);
    }

    #[test]
    fn edits_are_paced_and_only_the_last_of_an_interval_is_rendered() {
        let mut machine = watched();
        assert_eq!(machine.handle(at(6_000), Input::Edited), Some(Output::WakeAt(at(16_600))));
        assert_eq!(machine.handle(at(9_000), Input::Edited), Some(Output::WakeAt(at(16_600))));
        let render = Some(Output::Render { refine: false });
        assert_eq!(machine.handle(at(16_600), Input::Woken), render);
        assert_eq!(machine.handle(at(20_000), DONE), None);
    }

    #[test]
    fn an_edit_after_rest_is_rendered_at_once() {
        let mut machine = watched();
        let render = Some(Output::Render { refine: false });
        assert_eq!(machine.handle(at(900_000), Input::Edited), render);
    }

    #[test]
    fn chunks_are_gathered_and_an_edit_overtakes_them() {
        let mut machine = watched();
        let later = Some(Output::WakeAt(at(33_000)));
        assert_eq!(machine.handle(at(6_000), Input::ChunkArrived), later);
        assert_eq!(machine.handle(at(17_000), Input::ChunkArrived), later);
        let render = Some(Output::Render { refine: false });
        assert_eq!(machine.handle(at(18_000), Input::Edited), render);
        assert_eq!(machine.handle(at(19_000), DONE), None);
        machine.handle(at(19_500), Input::ChunkArrived);
        let refine = Some(Output::Render { refine: true });
        assert_eq!(machine.handle(at(51_000), Input::Woken), refine);
    }

    #[test]
    fn without_room_nothing_is_rendered_until_there_is_some() {
        let mut machine = watched();
        machine.handle(at(100_000), Input::Room(false));
        assert_eq!(machine.handle(at(110_000), Input::Edited), None);
        let render = Some(Output::Render { refine: false });
        assert_eq!(machine.handle(at(120_000), Input::Room(true)), render);
    }

    #[test]
    fn an_edit_during_a_frame_makes_another_one() {
        let mut machine = watched();
        machine.handle(at(100_000), Input::Edited);
        assert_eq!(machine.handle(at(101_000), Input::Edited), None);
        let next = machine.handle(at(130_000), DONE);
        assert_eq!(next, Some(Output::Render { refine: false }));
    }

    #[test]
    fn chunks_change_nothing_about_a_frame_that_lacked_none() {
        let mut machine = watched();
        machine.handle(at(100_000), Input::Edited);
        machine.handle(at(101_000), Input::ChunkArrived);
        let whole = Input::Finished { complete: true };
        assert_eq!(machine.handle(at(105_000), whole), None);
        assert_eq!(machine.handle(at(106_000), Input::ChunkArrived), None);
        let render = Some(Output::Render { refine: false });
        assert_eq!(machine.handle(at(200_000), Input::Edited), render);
        // The frame of the scene before the edit says nothing about the one after.
        machine.handle(at(201_000), Input::Edited);
        assert_eq!(machine.handle(at(220_000), whole), render);
        machine.handle(at(221_000), Input::ChunkArrived);
        let refine = Some(Output::Render { refine: true });
        assert_eq!(machine.handle(at(260_000), DONE), refine);
    }

    #[test]
    fn failures_are_retried_ever_later_and_forgotten_after_a_success() {
        let mut machine = watched();
        let mut now = at(1_000_000);
        machine.handle(now, Input::Edited);
        for wait in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            let due = now + Duration::from_millis(wait);
            assert_eq!(machine.handle(now, Input::Failed), Some(Output::WakeAt(due)));
            assert_eq!(machine.handle(now, Input::Edited), Some(Output::WakeAt(due)));
            now = due;
            assert_eq!(machine.handle(now, Input::Woken), Some(Output::Render { refine: false }));
        }
        machine.handle(now, DONE);
        now = now + Duration::from_secs(1);
        machine.handle(now, Input::Edited);
        let due = now + Duration::from_millis(100);
        assert_eq!(machine.handle(now, Input::Failed), Some(Output::WakeAt(due)));
    }

    fn input() -> impl Strategy<Value = (u64, Input)> {
        let input = prop_oneof![
            3 => Just(Input::Edited),
            3 => Just(Input::ChunkArrived),
            2 => any::<bool>().prop_map(Input::Room),
            1 => (0_usize..3).prop_map(Input::Viewers),
            4 => any::<bool>().prop_map(|complete| Input::Finished { complete }),
            1 => Just(Input::Failed),
            2 => Just(Input::Woken),
        ];
        (0_u64..40_000, input)
    }

    proptest! {
        #[test]
        fn never_two_in_flight_and_never_without_dirt_viewers_and_room(
            inputs in proptest::collection::vec(input(), 0..200),
        ) {
            let pace = Pace::default();
            let mut machine = ViewScheduler::new(pace);
            let (mut now, mut busy, mut whole) = (at(0), false, false);
            // What a frame is wanted for, and what the one under way was wanted for.
            let (mut edited, mut chunks, mut under_way) = (true, false, (false, false));
            let (mut room, mut viewers, mut last) = (false, 0, None);
            for (wait, input) in inputs {
                now = now + Duration::from_micros(wait);
                match input {
                    Input::Edited => (edited, whole) = (true, false),
                    Input::ChunkArrived => chunks |= !whole,
                    Input::Room(r) => room = r,
                    Input::Viewers(n) => viewers = n,
                    Input::Finished { complete } if busy => {
                        (busy, whole) = (false, complete && !edited);
                        chunks &= !whole;
                    }
                    Input::Failed if busy => {
                        busy = false;
                        (edited, chunks) = (edited | under_way.0, chunks | under_way.1);
                    }
                    Input::Finished { .. } | Input::Failed | Input::Woken => {}
                }
                let dirty = edited || chunks;
                match machine.handle(now, input) {
                    Some(Output::Render { .. }) => {
                        prop_assert!(!busy && dirty && room && viewers > 0);
                        if let Some(last) = last {
                            prop_assert!(now.since(last) >= pace.frame);
                        }
                        (busy, last, under_way) = (true, Some(now), (edited, chunks));
                        (edited, chunks) = (false, false);
                    }
                    Some(Output::WakeAt(due)) => {
                        prop_assert!(due > now && !busy && dirty && room && viewers > 0);
                    }
                    // Whatever is wanted and possible is under way or has its time.
                    None => prop_assert!(busy || !dirty || !room || viewers == 0),
                }
                prop_assert_eq!(machine.in_flight(), busy);
            }
        }

        #[test]
        fn a_dirty_view_with_room_is_rendered_within_one_interval(
            inputs in proptest::collection::vec(input(), 0..50),
        ) {
            let mut machine = ViewScheduler::new(Pace::default());
            let mut now = at(0);
            for (wait, input) in inputs {
                now = now + Duration::from_micros(wait);
                machine.handle(now, if input == Input::Failed { DONE } else { input });
            }
            machine.handle(now, Input::Viewers(1));
            machine.handle(now, Input::Room(true));
            machine.handle(now, DONE);
            let mut output = machine.handle(now, Input::Edited);
            if let Some(Output::WakeAt(due)) = output {
                prop_assert!(due.since(now) <= Pace::default().frame);
                output = machine.handle(due, Input::Woken);
            }
            // Rendering, or it began already when the frame before finished, with this edit after.
            prop_assert!(machine.in_flight());
            if output.is_none() {
                let done = now + Duration::from_millis(17);
                let next = machine.handle(done, DONE);
                prop_assert_eq!(next, Some(Output::Render { refine: false }));
            }
        }
    }
}
