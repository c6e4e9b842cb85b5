//! The header of an NPY file: magic, version, and a Python dictionary with the three keys
//! `descr`, `fortran_order` and `shape`.

use crate::convert::RawType;
use crate::error::DataError;
use crate::file::DataFile;
use crate::limits::Limits;
use crate::npy::MAGIC;

#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub(super) raw: RawType,
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
    /// Byte where the samples begin.
    pub(super) base: u64,
}

pub(super) fn read(file: &DataFile, limits: &Limits) -> Result<Header, DataError> {
    let path = file.path();
    let start = file.bytes_at(0, 8)?;
    if !start.starts_with(MAGIC) {
        return Err(DataError::malformed(path, "it does not begin like an NPY file"));
    }
    let (len, at): (u64, u64) = match start[6] {
        1 => {
            let len = file.bytes_at(8, 2)?;
            (u64::from(u16::from_le_bytes([len[0], len[1]])), 10)
        }
        2 | 3 => {
            let len = file.bytes_at(8, 4)?;
            (u64::from(u32::from_le_bytes([len[0], len[1], len[2], len[3]])), 12)
        }
        version => {
            return Err(DataError::unsupported(
                path,
                format!("NPY version {version} is not known"),
            ));
        }
    };
    if len > limits.metadata_bytes as u64 {
        return Err(DataError::too_large(
            path,
            "the header, in bytes,",
            len,
            limits.metadata_bytes as u64,
        ));
    }
    let text = file.bytes_at(at, len)?;
    let text = String::from_utf8_lossy(&text);
    let fields = parse(&text).ok_or_else(|| {
        DataError::malformed(path, "its header is not the dictionary that NPY wants")
    })?;
    let raw = RawType::from_numpy(&fields.descr).ok_or_else(|| {
        DataError::unsupported(path, format!("samples of type {:?} are not read", fields.descr))
    })?;
    Ok(Header { raw, fortran: fields.fortran, shape: fields.shape, base: at + len })
}

struct Fields {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

/// Parses `{'descr': '<u2', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order.
fn parse(text: &str) -> Option<Fields> {
    let mut rest = text.trim().strip_prefix('{')?.trim_start();
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    while !rest.starts_with('}') {
        let (key, after) = quoted(rest)?;
        rest = after.trim_start().strip_prefix(':')?.trim_start();
        rest = match key {
            "descr" => value_of(descr_value(rest)?, &mut descr),
            "fortran_order" => value_of(boolean(rest)?, &mut fortran),
            "shape" => value_of(tuple(rest)?, &mut shape),
            _ => return None,
        };
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(Fields { descr: descr?, fortran: fortran?, shape: shape? })
}

fn value_of<'a, T>((value, rest): (T, &'a str), into: &mut Option<T>) -> &'a str {
    *into = Some(value);
    rest
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text.get(1..)?.split_once(quote)
}

/// The type string; of a record type (a list) the text up to the next key, so that the message
/// about it can show it.
fn descr_value(text: &str) -> Option<(String, &str)> {
    if text.starts_with('[') {
        let (record, rest) = text.split_once(']')?;
        return Some((format!("{record}]"), rest));
    }
    quoted(text).map(|(descr, rest)| (descr.to_owned(), rest))
}

fn boolean(text: &str) -> Option<(bool, &str)> {
    let yes = text.strip_prefix("True").map(|rest| (true, rest));
    yes.or_else(|| text.strip_prefix("False").map(|rest| (false, rest)))
}

fn tuple(text: &str) -> Option<(Vec<usize>, &str)> {
    let (items, rest) = text.strip_prefix('(')?.split_once(')')?;
    let items = items.split(',').map(str::trim).filter(|item| !item.is_empty());
    // NumPy on Python 2 wrote long integers as `3L`.
    let shape = items.map(|item| item.trim_end_matches('L').parse().ok()).collect::<Option<_>>()?;
    Some((shape, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_may_come_in_any_order_and_spacing() {
        let fields = parse("{ 'shape': (3,), \"descr\":'<u2','fortran_order': True}  \n").unwrap();
        assert_eq!((fields.shape, fields.descr.as_str(), fields.fortran), (vec![3], "<u2", true));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "{", "{'descr'", "{'descr': 3}", "{'shape': (3, x)}", "{'a': 'b'}", "{}"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
