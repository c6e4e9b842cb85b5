//! Maps by layer, as they are read. Keys are text in JSON, and stay text where serde keeps a part
//! of a message to read it later (it does so with every enum that is told apart by a field within
//! it): there a number does not read itself.

use std::collections::BTreeMap;
use std::num::ParseIntError;

use parfocal_base::LayerId;
use serde::{Deserialize, Deserializer};

#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Key(LayerId);

impl TryFrom<String> for Key {
    type Error = ParseIntError;

    fn try_from(text: String) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn deserialize<'de, D, T>(from: D) -> Result<BTreeMap<LayerId, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let all = BTreeMap::<Key, T>::deserialize(from)?;
    Ok(all.into_iter().map(|(Key(layer), value)| (layer, value)).collect())
}
