//! A view's still on its way: from the renderer to the actor that codes it, and from there to each
//! viewer, who takes tile after tile.

use std::sync::Arc;

use bytes::Bytes;
use parfocal_base::{FrameLease, ViewId};
use parfocal_encode::still::{Still, Tile};
use parfocal_sync::message::PixelCodec;
use parfocal_sync::pixel::PixelHeader;
use parking_lot::Mutex;

/// A still of a view.
#[derive(Debug)]
pub struct StillPicture {
    /// Which.
    pub view: ViewId,
    /// Its tiles.
    pub still: Still,
    /// How long coding took.
    pub encode_us: u32,
}

/// What viewers of a view share.
#[derive(Debug, Default)]
pub struct Stills {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts pictures of the view: a still of an earlier one shows what is past.
    generation: u64,
    /// To be coded.
    frame: Option<(FrameLease, u64)>,
    shown: Option<Arc<StillPicture>>,
}

impl Stills {
    /// The view shows another picture: no still until it rests again.
    pub fn moved(&self) {
        let mut state = self.state.lock();
        state.generation += 1;
        (state.frame, state.shown) = (None, None);
    }

    /// Which picture the view shows.
    pub fn generation(&self) -> u64 {
        self.state.lock().generation
    }

    /// Puts a frame that is to be coded, of the picture `generation`; false if that is past.
    pub fn put(&self, frame: FrameLease, generation: u64) -> bool {
        let mut state = self.state.lock();
        let current = state.generation == generation;
        if current {
            state.frame = Some((frame, generation));
        }
        current
    }

    /// The frame to be coded.
    pub fn take(&self) -> Option<(FrameLease, u64)> {
        self.state.lock().frame.take()
    }

    /// Shows a still of the picture `generation` to everybody; false if that is past.
    pub fn show(&self, still: StillPicture, generation: u64) -> bool {
        let mut state = self.state.lock();
        let current = state.generation == generation;
        if current {
            state.shown = Some(Arc::new(still));
        }
        current
    }

    /// What is shown to everybody now.
    pub fn shown(&self) -> Option<Arc<StillPicture>> {
        self.state.lock().shown.clone()
    }
}

/// What there is of a still for one viewer.
#[derive(Debug)]
pub enum Next {
    /// A tile: its header but for the sequence, and its bytes; none where the viewer has them.
    Tile(PixelHeader, Bytes),
    /// A tile that does not fit now.
    Waits,
    /// The view moves, or all was sent.
    Nothing,
}

/// How far one viewer is.
#[derive(Debug, Default)]
pub struct Progress {
    stills: Option<Arc<Stills>>,
    sending: Option<Arc<StillPicture>>,
    next: usize,
    /// What the viewer has of the last stills: versions of tiles, for this view and size.
    had: Vec<u64>,
    of: Option<(ViewId, [u32; 2])>,
}

impl Progress {
    /// The viewer watches another view, or none whose stills it wants.
    pub fn watch(&mut self, stills: Option<Arc<Stills>>) {
        *self = Self { stills, had: std::mem::take(&mut self.had), of: self.of, ..Self::default() };
    }

    /// The viewer is shown a picture of the stream again, over the still: it follows once more, as
    /// the names of tiles that the viewer has.
    pub const fn again(&mut self) {
        self.next = 0;
    }

    /// Whether there may be a tile to be sent.
    pub fn has_more(&self) -> bool {
        let Some(current) = self.stills.as_ref().and_then(|stills| stills.shown()) else {
            return false;
        };
        let same = self.sending.as_ref().is_some_and(|sending| Arc::ptr_eq(sending, &current));
        !same || self.next < current.still.tiles.len()
    }

    /// The viewer has nothing (any more) of what was sent.
    pub fn forget(&mut self) {
        self.had.clear();
        (self.sending, self.next) = (None, 0);
    }

    /// The next tile, if its bytes fit. It counts as sent.
    pub fn next_tile(&mut self, fits: impl FnOnce(usize) -> bool) -> Next {
        self.look(fits).unwrap_or(Next::Nothing)
    }

    fn look(&mut self, fits: impl FnOnce(usize) -> bool) -> Option<Next> {
        let current = self.stills.as_ref()?.shown();
        let same = match (&current, &self.sending) {
            (Some(current), Some(sending)) => Arc::ptr_eq(current, sending),
            (current, sending) => current.is_none() && sending.is_none(),
        };
        if !same {
            (self.sending, self.next) = (current, 0);
        }
        let picture = Arc::clone(self.sending.as_ref()?);
        let tile = picture.still.tiles.get(self.next)?;
        let frame = &picture.still.frame;
        let of = Some((picture.view, [frame.width(), frame.height()]));
        if self.of != of || self.had.len() != picture.still.tiles.len() {
            self.of = of;
            self.had = vec![u64::MAX; picture.still.tiles.len()];
        }
        let had = self.had.get_mut(self.next)?;
        let data = if *had == tile.version { Bytes::new() } else { tile.data.clone() };
        if !fits(data.len()) {
            return Some(Next::Waits);
        }
        *had = tile.version;
        self.next += 1;
        Some(Next::Tile(header(&picture, tile), data))
    }
}

fn header(picture: &StillPicture, tile: &Tile) -> PixelHeader {
    let frame = &picture.still.frame;
    let short = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    PixelHeader {
        codec: PixelCodec::Png,
        key: true,
        complete: frame.meta.complete,
        exact: true,
        sequence: 0,
        view: picture.view,
        width: short(tile.width),
        height: short(tile.height),
        revision: frame.meta.revision,
        captured_us: frame.meta.captured.as_micros(),
        render_us: frame.meta.render_us,
        encode_us: picture.encode_us,
        tile: Some([short(tile.x), short(tile.y)]),
        canvas: [short(frame.width()), short(frame.height())],
    }
}

#[cfg(test)]
mod tests {
    use parfocal_base::{FramePool, PixelFormat};
    use parfocal_encode::still::StillMaker;

    use super::*;

    fn still(maker: &mut StillMaker, grey: u8) -> StillPicture {
        let mut frame = FramePool::new(1).take(PixelFormat::Rgba8, 512, 256).unwrap();
        frame.frame().data_mut().fill(255);
        frame.frame().data_mut()[..3].fill(grey);
        let still = maker.make(&frame.publish(), 1).unwrap();
        StillPicture { view: ViewId::STAGE, still, encode_us: 1 }
    }

    /// Whether a tile with bytes, or one without, if any.
    fn next(progress: &mut Progress) -> Option<bool> {
        match progress.next_tile(|_| true) {
            Next::Tile(_, data) => Some(!data.is_empty()),
            Next::Waits | Next::Nothing => None,
        }
    }

    fn sent(progress: &mut Progress) -> Vec<bool> {
        std::iter::from_fn(|| next(progress)).collect()
    }

    #[test]
    fn a_viewer_gets_each_tile_once_and_of_the_next_still_what_changed() {
        let (stills, mut maker) = (Arc::new(Stills::default()), StillMaker::new(0));
        let mut progress = Progress::default();
        assert!(next(&mut progress).is_none());
        progress.watch(Some(Arc::clone(&stills)));
        assert!(stills.show(still(&mut maker, 1), 0));
        assert!(matches!(progress.next_tile(|_| false), Next::Waits));
        assert_eq!(sent(&mut progress), [true, true]);
        assert!(next(&mut progress).is_none());
        stills.moved();
        assert!(stills.show(still(&mut maker, 2), 1));
        assert_eq!(sent(&mut progress), [true, false]);
        progress.again();
        assert_eq!(sent(&mut progress), [false, false]);
        progress.forget();
        assert_eq!(sent(&mut progress), [true, true]);
    }

    #[test]
    fn a_movement_cancels_what_was_not_sent() {
        let (stills, mut maker) = (Arc::new(Stills::default()), StillMaker::new(0));
        let mut progress = Progress::default();
        progress.watch(Some(Arc::clone(&stills)));
        stills.show(still(&mut maker, 1), 0);
        assert!(next(&mut progress).is_some());
        stills.moved();
        assert!(next(&mut progress).is_none());
        // A still of before the movement comes too late.
        assert!(!stills.show(still(&mut maker, 1), 0));
        assert!(next(&mut progress).is_none());
        stills.show(still(&mut maker, 1), 1);
        assert_eq!(sent(&mut progress), [false, true]);
    }
}
