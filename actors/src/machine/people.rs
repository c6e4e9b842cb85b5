//! Who is in a session, whose view each looks at, where they point, and how large the canvas of
//! each view is. A pure machine: the presence actor feeds it and performs its [`Effect`]s.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use parfocal_base::{Instant, ParticipantId, ViewId};
use parfocal_scene::{Watch, resolve_watch};
use parfocal_sync::message::{Cursor, Doing, Participant};

/// How long the watch and the own view of somebody who left are kept: a reload, a dead spot in
/// the train, a server that restarts.
pub const LEAVE_GRACE: Duration = Duration::from_secs(120);
/// Cursors are sent at most this often; at 20 a second a hand's movement still looks smooth.
pub const CURSOR_INTERVAL: Duration = Duration::from_millis(50);
/// The list of participants is sent to everybody at most so often, for each who is here: 500 people
/// who come at once would else be told 500 times, all of them.
pub const LIST_INTERVAL_EACH: Duration = Duration::from_millis(2);
/// Largest canvas of a view in pixels, so that one 4K window does not make the stage four times
/// as costly for everybody.
pub const MAX_CANVAS: [u32; 2] = [1920, 1200];

/// Given in this order to whoever comes: twelve colours that differ in hue and stay legible as
/// text and as ring on a dark ground.
const COLORS: [&str; 12] = [
    "#4cc2ff", "#ff9f5a", "#7ee787", "#d2a8ff", "#ff7b9c", "#f2cc60", "#5ce1d4", "#a5b4fc",
    "#f5a3e0", "#b8e35a", "#ffb3a7", "#8fd3ff",
];

/// The colour of somebody who is not on the list: always the same for one subject.
pub fn color_of(subject: &str) -> &'static str {
    let sum =
        subject.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    COLORS.get(sum % COLORS.len()).copied().unwrap_or_default()
}

/// What the shell does for the machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell everybody who is here.
    Participants(Vec<Participant>),
    /// Tell everybody which cursors moved.
    Cursors(Vec<Cursor>),
    /// From now on this participant is shown this view.
    Watching(ParticipantId, ViewId),
    /// Open a view as a copy of another, if it is not open.
    OpenView {
        /// The own view to open.
        view: ViewId,
        /// What its owner looked at.
        from: ViewId,
    },
    /// Forget a view: its owner has been away too long.
    CloseView(ViewId),
    /// Give a view another canvas.
    SetCanvas(ViewId, [u32; 2]),
}

/// Somebody who comes in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Their number.
    pub id: ParticipantId,
    /// From their token.
    pub name: String,
    /// From their token.
    pub subject: String,
    /// From their token.
    pub role: String,
    /// Whether they may move the stage.
    pub leads: bool,
    /// What they looked at when they were here last, if that is known from elsewhere.
    pub watch: Watch,
}

#[derive(Debug)]
struct Person {
    who: Participant,
    leads: bool,
    /// Who came before has a lower one.
    came: u64,
    canvas: Option<[u32; 2]>,
    cursor: Option<Vec<f64>>,
    laser: bool,
    view: ViewId,
}

impl Person {
    fn cursor_as(&self, participant: ParticipantId) -> Cursor {
        let (view, position, laser) = (self.view, self.cursor.clone(), self.laser);
        Cursor { participant, view, position, laser }
    }
}

/// The people of one session.
#[derive(Debug, Default)]
pub struct People {
    here: BTreeMap<ParticipantId, Person>,
    /// How often somebody came.
    arrivals: u64,
    /// Of those here and of those who left within the grace time.
    watches: BTreeMap<ParticipantId, Watch>,
    left: BTreeMap<ParticipantId, Instant>,
    moved: BTreeSet<ParticipantId>,
    list_due: Option<Instant>,
    list_sent: Option<Instant>,
    cursors_due: Option<Instant>,
    cursors_sent: Option<Instant>,
    canvases: BTreeMap<ViewId, [u32; 2]>,
}

impl People {
    /// How many are here.
    pub fn len(&self) -> usize {
        self.here.len()
    }

    /// Whether nobody is here.
    pub fn is_empty(&self) -> bool {
        self.here.is_empty()
    }

    /// Somebody came.
    pub fn join(&mut self, now: Instant, arrival: Arrival) -> Vec<Effect> {
        let Arrival { id, name, subject, role, leads, watch } = arrival;
        let watch = *self.watches.entry(id).or_insert(watch);
        self.left.remove(&id);
        let color = self.free_color(id);
        let doing = Doing::default();
        let who = Participant { id, name, subject, color, role, watch, doing };
        let view = resolve_watch(&self.present_watches(), id);
        self.arrivals += 1;
        let came = self.arrivals;
        let person = Person { who, leads, came, canvas: None, cursor: None, laser: false, view };
        self.here.insert(id, person);
        let mut effects = Vec::new();
        if watch == Watch::Own {
            effects.push(Effect::OpenView { view: ViewId::own(id), from: ViewId::STAGE });
        }
        effects.push(Effect::Watching(id, view));
        self.settle(now, &mut effects);
        effects
    }

    /// An own view is open whose owner is not here (after a restart of the server).
    pub fn absent(&mut self, now: Instant, id: ParticipantId) {
        if !self.here.contains_key(&id) {
            self.left.entry(id).or_insert(now);
        }
    }

    /// The scene was reloaded, and may lack what was changed in passing: everything again.
    pub fn again(&mut self) -> Vec<Effect> {
        let own = |(id, _): &(&ParticipantId, &Person)| self.watches.get(id) == Some(&Watch::Own);
        let open = |(&id, _)| Effect::OpenView { view: ViewId::own(id), from: ViewId::STAGE };
        let mut effects: Vec<_> = self.here.iter().filter(own).map(open).collect();
        self.canvases.clear();
        self.set_canvases(&mut effects);
        effects
    }

    /// Whose view somebody wants to look at.
    pub fn watch_of(&self, id: ParticipantId) -> Watch {
        self.watches.get(&id).copied().unwrap_or_default()
    }

    /// Everybody, for somebody who just came.
    pub fn list(&self) -> Vec<Participant> {
        self.here.values().map(|person| person.who.clone()).collect()
    }

    /// Somebody's connection ended.
    pub fn leave(&mut self, now: Instant, id: ParticipantId) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(person) = self.here.remove(&id) else { return effects };
        self.left.insert(id, now);
        self.moved.remove(&id);
        if person.cursor.is_some() {
            let gone = Cursor { participant: id, view: person.view, position: None, laser: false };
            effects.push(Effect::Cursors(vec![gone]));
        }
        self.settle(now, &mut effects);
        effects
    }

    /// Somebody wants to look at something else.
    pub fn watch(&mut self, now: Instant, id: ParticipantId, target: Watch) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(person) = self.here.get_mut(&id) else { return effects };
        let from = person.view;
        person.who.watch = target;
        self.watches.insert(id, target);
        if target == Watch::Own {
            effects.push(Effect::OpenView { view: ViewId::own(id), from });
        }
        self.settle(now, &mut effects);
        effects
    }

    /// The place where somebody sees the picture has this size in pixels.
    pub fn canvas(&mut self, id: ParticipantId, canvas: [u32; 2]) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(person) = self.here.get_mut(&id) {
            person.canvas = Some(bounded(canvas));
            self.set_canvases(&mut effects);
        }
        effects
    }

    /// Somebody points somewhere else.
    pub fn cursor(
        &mut self,
        now: Instant,
        id: ParticipantId,
        position: Option<Vec<f64>>,
        laser: bool,
    ) {
        let Some(person) = self.here.get_mut(&id) else { return };
        let position = position.filter(|p| p.iter().all(|c| c.is_finite()));
        if person.cursor == position && person.laser == laser {
            return;
        }
        (person.cursor, person.laser) = (position, laser);
        self.moved.insert(id);
        let earliest = self.cursors_sent.map_or(now, |sent| sent + CURSOR_INTERVAL);
        self.cursors_due.get_or_insert(earliest.max(now));
    }

    /// Somebody is busy with something else.
    pub fn doing(&mut self, now: Instant, id: ParticipantId, doing: Doing) {
        let Some(person) = self.here.get_mut(&id) else { return };
        if person.who.doing != doing {
            person.who.doing = doing;
            self.tell_list(now);
        }
    }

    /// When [`People::tick`] wants to be called, if at all.
    pub fn next_timeout(&self) -> Option<Instant> {
        let forget = self.left.values().min().map(|&at| at + LEAVE_GRACE);
        [self.list_due, self.cursors_due, forget].into_iter().flatten().min()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.list_due.is_some_and(|due| due <= now) {
            self.list_due = None;
            self.list_sent = Some(now);
            effects.push(Effect::Participants(self.list()));
        }
        if self.cursors_due.is_some_and(|due| due <= now) {
            self.cursors_due = None;
            self.cursors_sent = Some(now);
            let moved = std::mem::take(&mut self.moved);
            let cursor = |id: &ParticipantId| {
                let person = self.here.get(id)?;
                Some(person.cursor_as(*id))
            };
            effects.push(Effect::Cursors(moved.iter().filter_map(cursor).collect()));
        }
        let gone: Vec<_> = self
            .left
            .iter()
            .filter(|(_, at)| **at + LEAVE_GRACE <= now)
            .map(|(&id, _)| id)
            .collect();
        for id in gone {
            self.left.remove(&id);
            self.watches.remove(&id);
            self.canvases.remove(&ViewId::own(id));
            effects.push(Effect::CloseView(ViewId::own(id)));
        }
        effects
    }

    /// The cursors of all who point somewhere, for somebody who just came.
    pub fn cursors(&self) -> Vec<Cursor> {
        let cursor = |(&participant, person): (&ParticipantId, &Person)| {
            person.cursor.is_some().then(|| person.cursor_as(participant))
        };
        self.here.iter().filter_map(cursor).collect()
    }

    fn present_watches(&self) -> BTreeMap<ParticipantId, Watch> {
        let mut watches = self.watches.clone();
        watches.retain(|id, _| !self.left.contains_key(id));
        watches
    }

    /// Resolves who sees what, sizes the canvases, and has everybody told soon.
    fn settle(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let watches = self.present_watches();
        for (&id, person) in &mut self.here {
            let view = resolve_watch(&watches, id);
            if person.view != view {
                person.view = view;
                effects.push(Effect::Watching(id, view));
            }
        }
        self.set_canvases(effects);
        self.tell_list(now);
    }

    /// Has everybody told soon who is here.
    fn tell_list(&mut self, now: Instant) {
        let interval = LIST_INTERVAL_EACH * u32::try_from(self.here.len()).unwrap_or(u32::MAX);
        let earliest = self.list_sent.map_or(now, |sent| sent + interval);
        self.list_due.get_or_insert(earliest.max(now));
    }

    /// The stage is as large as the window of one who may move it, if any shows it; as a window that
    /// is wider than high, if any is: a phone does not turn everybody's picture upright; and of these
    /// as that of who was here first, so that nothing jumps when somebody comes. An own view is as
    /// large as its owner's window. Without a window a canvas stays as it was.
    fn set_canvases(&mut self, effects: &mut Vec<Effect>) {
        let mut wanted: BTreeMap<ViewId, [u32; 2]> = BTreeMap::new();
        let mut stage = None;
        for (&id, person) in &self.here {
            let Some(canvas) = person.canvas else { continue };
            if self.watches.get(&id) == Some(&Watch::Own) {
                wanted.insert(ViewId::own(id), canvas);
            }
            let claim = (person.leads, canvas[0] >= canvas[1], Reverse(person.came), canvas);
            if person.view.is_stage() && stage.is_none_or(|best| claim > best) {
                stage = Some(claim);
            }
        }
        wanted.extend(stage.map(|(.., canvas)| (ViewId::STAGE, canvas)));
        for (view, canvas) in wanted {
            if self.canvases.insert(view, canvas) != Some(canvas) {
                effects.push(Effect::SetCanvas(view, canvas));
            }
        }
    }

    fn free_color(&self, id: ParticipantId) -> String {
        let taken: BTreeSet<&str> = self.here.values().map(|p| p.who.color.as_str()).collect();
        let free = COLORS.iter().find(|color| !taken.contains(*color));
        let any = COLORS.iter().cycle().nth(id.0 as usize % COLORS.len());
        free.or(any).map_or_else(String::new, |color| (*color).to_owned())
    }
}

/// A window's size within [`MAX_CANVAS`], in its own proportion.
fn bounded([width, height]: [u32; 2]) -> [u32; 2] {
    let [w, h] = [width, height].map(|side| f64::from(side.max(1)));
    let [most_w, most_h] = MAX_CANVAS.map(f64::from);
    let scale = (most_w / w).min(most_h / h).min(1.0);
    [(w * scale) as u32, (h * scale) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: ParticipantId = ParticipantId(1);
    const BOB: ParticipantId = ParticipantId(2);

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    fn arrival(id: ParticipantId) -> Arrival {
        Arrival {
            id,
            name: format!("p{id}"),
            subject: "lab".into(),
            role: "presenter".into(),
            leads: true,
            watch: Watch::Stage,
        }
    }

    fn two() -> People {
        let mut people = People::default();
        people.join(at(0), arrival(ADA));
        people.join(at(0), arrival(BOB));
        people
    }

    #[test]
    fn who_comes_sees_the_stage() {
        let effects = People::default().join(at(0), arrival(ADA));
        assert!(effects.contains(&Effect::Watching(ADA, ViewId::STAGE)));
    }

    #[test]
    fn a_follower_goes_where_the_leader_goes() {
        let mut people = two();
        people.watch(at(0), BOB, Watch::Follow(ADA));
        let effects = people.watch(at(0), ADA, Watch::Own);
        let own = ViewId::own(ADA);
        assert!(effects.contains(&Effect::OpenView { view: own, from: ViewId::STAGE }));
        assert!(effects.contains(&Effect::Watching(ADA, own)));
        assert!(effects.contains(&Effect::Watching(BOB, own)));
    }

    #[test]
    fn a_follower_of_somebody_who_left_is_back_on_the_stage() {
        let mut people = two();
        people.watch(at(0), ADA, Watch::Own);
        people.watch(at(0), BOB, Watch::Follow(ADA));
        let effects = people.leave(at(0), ADA);
        assert!(effects.contains(&Effect::Watching(BOB, ViewId::STAGE)));
    }

    #[test]
    fn who_comes_back_in_time_looks_where_they_looked() {
        let mut people = two();
        people.watch(at(0), ADA, Watch::Own);
        people.leave(at(0), ADA);
        people.tick(at(1000));
        let effects = people.join(at(0), arrival(ADA));
        assert!(effects.contains(&Effect::Watching(ADA, ViewId::own(ADA))));
    }

    #[test]
    fn the_view_of_somebody_who_stays_away_is_closed() {
        let mut people = two();
        people.leave(at(0), ADA);
        people.tick(at(0));
        let due = people.next_timeout().unwrap();
        assert_eq!(people.tick(due), vec![Effect::CloseView(ViewId::own(ADA))]);
        assert_eq!(people.next_timeout(), None);
    }

    #[test]
    fn the_stage_is_as_large_as_the_first_window_on_it() {
        let mut people = two();
        let stage = |canvas| vec![Effect::SetCanvas(ViewId::STAGE, canvas)];
        assert_eq!(people.canvas(BOB, [3840, 1600]), stage([1920, 800]));
        assert_eq!(people.canvas(ADA, [600, 400]), stage([600, 400]), "she was here before");
        assert!(people.canvas(BOB, [1920, 1200]).is_empty());
        let effects = people.watch(at(0), ADA, Watch::Own);
        assert!(effects.contains(&Effect::SetCanvas(ViewId::STAGE, [1920, 1200])));
        assert!(effects.contains(&Effect::SetCanvas(ViewId::own(ADA), [600, 400])));
    }

    #[test]
    fn a_phone_does_not_turn_the_stage_upright_whoever_comes_first() {
        for phone in [ADA, BOB] {
            let desk = if phone == ADA { BOB } else { ADA };
            let mut people = two();
            people.canvas(phone, [1170, 2532]);
            people.canvas(desk, [880, 720]);
            people.canvas(phone, [1170, 2400]);
            assert_eq!(people.canvases.get(&ViewId::STAGE), Some(&[880, 720]));
            people.watch(at(0), phone, Watch::Own);
            assert_eq!(people.canvases.get(&ViewId::own(phone)), Some(&[585, 1200]));
            people.watch(at(0), phone, Watch::Stage);
            people.leave(at(0), desk);
            assert_eq!(people.canvases.get(&ViewId::STAGE), Some(&[585, 1200]), "nobody else");
        }
    }

    #[test]
    fn a_viewers_phone_does_not_turn_the_stage_of_those_who_lead() {
        let mut people = People::default();
        people.join(at(0), arrival(ADA));
        people.join(at(0), Arrival { leads: false, ..arrival(BOB) });
        let upright = vec![Effect::SetCanvas(ViewId::STAGE, [554, 1200])];
        assert_eq!(people.canvas(BOB, [1170, 2532]), upright, "nobody else has a window");
        people.canvas(ADA, [900, 600]);
        assert!(people.canvas(BOB, [1200, 2600]).is_empty());
        let effects = people.leave(at(0), ADA);
        assert!(effects.iter().any(|e| matches!(e, Effect::SetCanvas(ViewId::STAGE, [553, 1200]))));
    }

    #[test]
    fn a_crowd_that_comes_at_once_is_listed_once() {
        let mut people = People::default();
        for n in 1..=500 {
            people.join(at(0), arrival(ParticipantId(n)));
        }
        assert!(matches!(&people.tick(at(0))[..], [Effect::Participants(all)] if all.len() == 500));
        people.leave(at(1), ADA);
        assert_eq!(people.next_timeout(), Some(at(998)));
        assert_eq!(people.list().len(), 499);
    }

    #[test]
    fn after_a_reload_of_the_scene_own_views_and_canvases_are_asked_for_again() {
        let mut people = two();
        people.watch(at(0), ADA, Watch::Own);
        people.canvas(ADA, [400, 300]);
        let own = ViewId::own(ADA);
        let again = people.again();
        assert!(again.contains(&Effect::OpenView { view: own, from: ViewId::STAGE }));
        assert!(again.contains(&Effect::SetCanvas(own, [400, 300])));
    }

    #[test]
    fn the_view_of_somebody_who_was_here_before_a_restart_is_closed_in_time() {
        let mut people = People::default();
        people.absent(at(0), ADA);
        let due = people.next_timeout().unwrap();
        assert_eq!(people.tick(due), vec![Effect::CloseView(ViewId::own(ADA))]);
    }

    #[test]
    fn cursors_are_gathered_and_sent_at_most_every_interval() {
        let mut people = two();
        people.tick(at(0));
        people.cursor(at(0), ADA, Some(vec![1.0, 2.0]), false);
        people.cursor(at(1), BOB, Some(vec![3.0, 4.0]), false);
        assert_eq!(people.next_timeout(), Some(at(0)));
        let sent = people.tick(at(2));
        assert!(matches!(&sent[..], [Effect::Cursors(c)] if c.len() == 2));
        people.cursor(at(3), ADA, Some(vec![1.5, 2.0]), false);
        assert_eq!(people.next_timeout(), Some(at(52)));
        assert!(people.tick(at(51)).is_empty());
        assert!(matches!(&people.tick(at(52))[..], [Effect::Cursors(c)] if c.len() == 1));
    }

    #[test]
    fn a_cursor_that_is_not_a_number_is_nowhere() {
        let mut people = two();
        people.tick(at(0));
        people.cursor(at(0), ADA, Some(vec![f64::NAN, 0.0]), false);
        assert_eq!(people.next_timeout(), None);
    }
}
