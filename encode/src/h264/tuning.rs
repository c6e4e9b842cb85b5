//! Settings of the software encoder that trade time for size. Measured, not guessed: the example
//! `measure` prints what each costs on a noisy moving picture.
//!
//! Not among them, for reasons that were measured or read:
//! - **Threads.** Two slices on two threads take 40 % less time by the clock and the same on the
//!   cores, but the library's worker touches an encoder after it has reported a picture as done,
//!   so dropping the encoder just then would be a use after free. One thread an encoder is sound,
//!   leaves the other cores to the renderer, and keeps the largest packets up to a third smaller.
//! - **Arithmetic coding** (High profile): a quarter slower, and 4 dB worse at the same size.
//! - **No deblocking**: a tenth faster, but blocks show.

/// What the pictures are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Natural pictures with noise.
    #[default]
    Camera,
    /// Flat areas, sharp edges and scrolling. On noisy pictures a few percent slower, no better.
    Screen,
}

/// How long the encoder searches. (The library's highest does what its middle one does.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// The fastest.
    #[default]
    Low,
    /// Takes 1.7 times as long for 0.1 dB on noisy pictures.
    Medium,
}

/// The settings; the default is what was measured to be best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tuning {
    /// What the pictures are like.
    pub content: Content,
    /// How long the encoder searches.
    pub effort: Effort,
    /// Whether still background is looked for, to spend less on it. No gain on noisy pictures.
    pub background: bool,
}
