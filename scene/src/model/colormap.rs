//! The names of colormaps that an image layer can have.

use super::{Reject, RejectCode, Scene};

/// The renderer makes one table for each of these names.
const COLORMAPS: [&str; 17] = [
    "gray",
    "gray_r",
    "viridis",
    "plasma",
    "inferno",
    "magma",
    "cividis",
    "turbo",
    "red",
    "green",
    "blue",
    "cyan",
    "magenta",
    "yellow",
    "bop blue",
    "bop orange",
    "bop purple",
];

impl Scene {
    /// Every named colormap. Besides these, `#rrggbb` is a ramp from black to that colour.
    pub fn colormaps() -> &'static [&'static str] {
        &COLORMAPS
    }

    /// The colormap `name` as it is stored (`#rrggbb` in lower case).
    pub(super) fn known_colormap(name: &str) -> Result<String, Reject> {
        if COLORMAPS.contains(&name) {
            return Ok(name.to_owned());
        }
        if ramp_colour(name).is_some() {
            return Ok(name.to_ascii_lowercase());
        }
        let message = format!(
            "there is no colormap {:?}; known are {}, and #rrggbb",
            clipped(name),
            COLORMAPS.join(", ")
        );
        Err(Reject::new(RejectCode::UnknownColormap, message))
    }
}

/// Red, green and blue of a ramp name `#rrggbb`; `None` where `name` is not one.
pub fn ramp_colour(name: &str) -> Option<[u8; 3]> {
    let digits = name.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let rgb = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([rgb[1], rgb[2], rgb[3]])
}

/// At most the first 40 characters: a message repeats no more of a peer's text.
pub(super) fn clipped(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_maps_and_hex_ramps_are_known_and_nothing_else() {
        for name in Scene::colormaps() {
            assert_eq!(Scene::known_colormap(name).unwrap(), *name);
        }
        assert_eq!(Scene::known_colormap("#00FFaa").unwrap(), "#00ffaa");
        assert_eq!(ramp_colour("#00FFaa"), Some([0, 255, 170]));
        for bad in ["", "Gray", "#fff", "#00ff0g", "#+0ff00", "#00ff00ff", "#äöü"] {
            let code = Scene::known_colormap(bad).unwrap_err().code;
            assert_eq!(code, RejectCode::UnknownColormap, "{bad}");
        }
    }
}
