//! The metadata of one Zarr array, versions 2 and 3, and the reading of one chunk.
//! Format: <https://zarr-specs.readthedocs.io>, versions 2 and 3.1, and the sharding codec ZEP 2.

use parfocal_base::Samples;
use serde_json::Value;

use super::codecs::{Chain, Codec, name};
use super::store::Store;
use crate::block::{Block, checked_bytes, gather, strides};
use crate::codec::most_encoded;
use crate::convert::{RawKind, RawType, constant};
use crate::error::DataError;
use crate::file::DataFile;
use crate::limits::Limits;

/// An opened array.
#[derive(Debug)]
pub(super) struct Array {
    /// Folder of the array within the store.
    path: String,
    pub(super) shape: Vec<usize>,
    /// Shape of what is read at a time: a chunk, or an inner chunk of a shard.
    pub(super) chunk: Vec<usize>,
    pub(super) raw: RawType,
    /// Names of the axes, where the array has them (version 3).
    pub(super) names: Vec<String>,
    fill: f64,
    /// Axis of the chunk that each stored axis is; empty for C order.
    order: Vec<usize>,
    chain: Chain,
    key: Key,
    shard: Option<Shard>,
}

#[derive(Debug)]
struct Key {
    /// Version 3 keys begin with `c`.
    prefixed: bool,
    separator: char,
}

#[derive(Debug)]
struct Shard {
    /// Inner chunks along each axis.
    grid: Vec<usize>,
    at_end: bool,
    index_bytes: u64,
}

type Parsed<T> = Result<T, String>;

impl Array {
    /// Reads the metadata of the array in folder `path` of `store`.
    pub(super) fn open(store: &Store, path: &str, limits: &Limits) -> Result<Self, DataError> {
        let (file, parsed) = match store.json(&join(path, "zarr.json"))? {
            Some(json) => ("zarr.json", v3(path, &json)),
            None => {
                let json = store.json(&join(path, ".zarray"))?;
                let json = json.ok_or_else(|| {
                    DataError::malformed(
                        store.root(),
                        format!("the array {path:?} has neither zarr.json nor .zarray"),
                    )
                })?;
                (".zarray", v2(path, &json))
            }
        };
        let array = parsed.map_err(|reason| {
            DataError::unsupported(&store.root().join(path).join(file), reason)
        })?;
        let bytes = checked_bytes(&array.chunk, array.raw.bytes()).unwrap_or(u64::MAX);
        if bytes > limits.chunk_bytes as u64 {
            let path = store.root().join(path);
            return Err(DataError::too_large(
                &path,
                "a chunk, in bytes,",
                bytes,
                limits.chunk_bytes as u64,
            ));
        }
        Ok(array)
    }

    /// Reads the chunk of `block`; one that is not stored holds the fill value.
    pub(super) fn read(&self, store: &Store, block: &Block) -> Result<Samples, DataError> {
        let Some(data) = self.stored(store, &block.chunk)? else {
            return Ok(constant(self.raw.kind.dtype(), block.len(), self.fill));
        };
        let path = store.root().join(&self.path);
        let damaged = |reason: String| {
            DataError::malformed(&path, format!("chunk {:?}: {reason}", block.chunk))
        };
        let len = self.chunk.iter().product();
        let samples = self.raw.read(&path, len, |out| {
            self.chain.decode(&data, out).map_err(|e| damaged(e.to_string()))
        })?;
        if self.order.is_empty() && block.shape == self.chunk {
            return Ok(samples);
        }
        // Chunks at the end of an axis are stored full size.
        let mut steps = strides(&self.chunk);
        if !self.order.is_empty() {
            let stored: Vec<usize> = self.order.iter().map(|&axis| self.chunk[axis]).collect();
            for (&axis, step) in self.order.iter().zip(strides(&stored)) {
                steps[axis] = step;
            }
        }
        gather(&samples, 0, &steps, &block.shape)
            .ok_or_else(|| damaged("it came out short".to_owned()))
    }

    /// The stored bytes of a chunk, or `None` where the store has none.
    fn stored(&self, store: &Store, chunk: &[usize]) -> Result<Option<Vec<u8>>, DataError> {
        let Some(shard) = &self.shard else {
            let Some(file) = store.file(&self.key(chunk))? else { return Ok(None) };
            return self.encoded(&file, 0, file.len()).map(Some);
        };
        let outer: Vec<usize> = chunk.iter().zip(&shard.grid).map(|(&i, &n)| i / n).collect();
        let Some(file) = store.file(&self.key(&outer))? else { return Ok(None) };
        let inner =
            chunk.iter().zip(&shard.grid).fold(0, |at, (&i, &n)| at * n as u64 + (i % n) as u64);
        let index = if shard.at_end { file.len().checked_sub(shard.index_bytes) } else { Some(0) };
        let index = index.ok_or_else(|| {
            DataError::malformed(file.path(), "the shard is shorter than its index")
        })?;
        // One entry is read, not the index: its checksum is not verified, but the entry must lie
        // within the file, and the chunk's own codecs must be satisfied.
        let entry = file.bytes_at(index + 16 * inner, 16)?;
        let number = |b: &[u8]| b.iter().rev().fold(0_u64, |n, &b| (n << 8) | u64::from(b));
        let (offset, len) = (number(&entry[..8]), number(&entry[8..]));
        if offset == u64::MAX && len == u64::MAX {
            return Ok(None);
        }
        self.encoded(&file, offset, len).map(Some)
    }

    /// Stored bytes, unless they are more than a chunk can need.
    fn encoded(&self, file: &DataFile, offset: u64, len: u64) -> Result<Vec<u8>, DataError> {
        let most = most_encoded(checked_bytes(&self.chunk, self.raw.bytes()).unwrap_or(0));
        if len > most {
            return Err(DataError::too_large(file.path(), "a stored chunk, in bytes,", len, most));
        }
        file.bytes_at(offset, len)
    }

    fn key(&self, chunk: &[usize]) -> String {
        let mut key = String::from(if self.key.prefixed { "c" } else { "" });
        for index in chunk {
            if !key.is_empty() {
                key.push(self.key.separator);
            }
            key.push_str(&index.to_string());
        }
        join(&self.path, &key)
    }
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn lengths(json: Option<&Value>, what: &str) -> Parsed<Vec<usize>> {
    let numbers = json.and_then(Value::as_array).ok_or_else(|| format!("{what} is missing"))?;
    let length = |v: &Value| v.as_u64().and_then(|n| usize::try_from(n).ok());
    numbers
        .iter()
        .map(length)
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{what} is not a list of lengths"))
}

fn chunk_lengths(json: Option<&Value>, n: usize) -> Parsed<Vec<usize>> {
    let chunk = lengths(json, "the chunk shape")?;
    match chunk.len() == n && !chunk.contains(&0) {
        true => Ok(chunk),
        false => Err(format!("the chunk shape {chunk:?} does not fit {n} axes")),
    }
}

fn v2(path: &str, json: &Value) -> Parsed<Array> {
    let shape = lengths(json.get("shape"), "the shape")?;
    let chunk = chunk_lengths(json.get("chunks"), shape.len())?;
    let dtype = json.get("dtype").and_then(Value::as_str).unwrap_or("a record");
    let raw = RawType::from_numpy(dtype)
        .ok_or_else(|| format!("samples of type {dtype:?} are not read"))?;
    if let Some(filter) = json.get("filters").and_then(Value::as_array).and_then(|f| f.first()) {
        return Err(format!("the filter {:?} is not read", name(filter, "id")));
    }
    let codecs = match json.get("compressor") {
        None | Some(Value::Null) => Vec::new(),
        Some(codec) => vec![codec_named(name(codec, "id"))?],
    };
    let fortran = json.get("order").and_then(Value::as_str) == Some("F");
    let separator = json.get("dimension_separator").and_then(Value::as_str);
    Ok(Array {
        path: path.to_owned(),
        order: if fortran { (0..shape.len()).rev().collect() } else { Vec::new() },
        shape,
        chunk,
        raw,
        names: Vec::new(),
        fill: fill_value(json.get("fill_value")),
        chain: Chain::new(codecs)?,
        key: Key {
            prefixed: false,
            separator: separator.and_then(|s| s.chars().next()).unwrap_or('.'),
        },
        shard: None,
    })
}

fn codec_named(name: &str) -> Parsed<Codec> {
    Codec::named(name).ok_or_else(|| {
        format!("the codec {name:?} is not read; blosc, gzip, zlib, zstd and lz4 are")
    })
}

fn v3(path: &str, json: &Value) -> Parsed<Array> {
    if json.get("node_type").and_then(Value::as_str) != Some("array") {
        return Err("it is a group, an array was expected".to_owned());
    }
    let shape = lengths(json.get("shape"), "the shape")?;
    let grid = json.get("chunk_grid").ok_or("the chunk grid is missing")?;
    if name(grid, "name") != "regular" {
        return Err(format!("the chunk grid {:?} is not read", name(grid, "name")));
    }
    let chunk = chunk_lengths(grid.pointer("/configuration/chunk_shape"), shape.len())?;
    let codecs = json.get("codecs").and_then(Value::as_array).ok_or("the codecs are missing")?;
    let steps = Steps::parse(codecs, shape.len())?;
    let (chunk, steps, shard) = match &steps.shard {
        None => (chunk, steps, None),
        Some(config) => sharded(&chunk, &steps, config)?,
    };
    let names = json
        .get("dimension_names")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let names: Vec<String> = names.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect();
    let kind = kind_v3(json.get("data_type"))?;
    Ok(Array {
        path: path.to_owned(),
        names: if names.len() == shape.len() { names } else { Vec::new() },
        shape,
        chunk,
        raw: RawType { kind, big_endian: steps.big_endian },
        fill: fill_value(json.get("fill_value")),
        order: steps.order,
        chain: Chain::new(steps.codecs)?,
        key: key_v3(json.get("chunk_key_encoding")),
        shard,
    })
}

fn key_v3(json: Option<&Value>) -> Key {
    let prefixed = json.is_none_or(|json| name(json, "name") != "v2");
    let separator =
        json.and_then(|json| json.pointer("/configuration/separator")).and_then(Value::as_str);
    let default = if prefixed { '/' } else { '.' };
    Key { prefixed, separator: separator.and_then(|s| s.chars().next()).unwrap_or(default) }
}

fn kind_v3(json: Option<&Value>) -> Parsed<RawKind> {
    let text = json.and_then(Value::as_str).unwrap_or("an extension");
    Ok(match text {
        "bool" => RawKind::Bool,
        "uint8" => RawKind::U8,
        "int8" => RawKind::I8,
        "uint16" => RawKind::U16,
        "int16" => RawKind::I16,
        "uint32" => RawKind::U32,
        "int32" => RawKind::I32,
        "uint64" => RawKind::U64,
        "int64" => RawKind::I64,
        "float16" => RawKind::F16,
        "float32" => RawKind::F32,
        "float64" => RawKind::F64,
        _ => return Err(format!("samples of type {text:?} are not read")),
    })
}

/// A version 3 codec list, sorted by what it does.
struct Steps {
    order: Vec<usize>,
    big_endian: bool,
    codecs: Vec<Codec>,
    shard: Option<Value>,
}

impl Steps {
    fn parse(codecs: &[Value], n: usize) -> Parsed<Self> {
        let mut steps =
            Self { order: Vec::new(), big_endian: false, codecs: Vec::new(), shard: None };
        for codec in codecs {
            let config = codec.get("configuration");
            match name(codec, "name") {
                "transpose" if steps.order.is_empty() => {
                    steps.order = permutation(config.and_then(|c| c.get("order")), n)?;
                }
                "bytes" => {
                    let endian = config.and_then(|c| c.get("endian")).and_then(Value::as_str);
                    steps.big_endian = endian == Some("big");
                }
                "sharding_indexed" => steps.shard = Some(config.cloned().unwrap_or_default()),
                other => steps.codecs.push(codec_named(other)?),
            }
        }
        Ok(steps)
    }
}

fn permutation(json: Option<&Value>, n: usize) -> Parsed<Vec<usize>> {
    let order = lengths(json, "the transpose order")?;
    let complete = order.len() == n && (0..n).all(|axis| order.contains(&axis));
    if complete {
        Ok(order)
    } else {
        Err(format!("the transpose order {order:?} does not fit {n} axes"))
    }
}

fn sharded(
    outer: &[usize],
    steps: &Steps,
    config: &Value,
) -> Parsed<(Vec<usize>, Steps, Option<Shard>)> {
    if !steps.codecs.is_empty() || !steps.order.is_empty() {
        return Err("shards that are transposed or compressed as a whole are not read".to_owned());
    }
    let chunk = chunk_lengths(config.get("chunk_shape"), outer.len())?;
    if outer.iter().zip(&chunk).any(|(o, c)| o % c != 0) {
        return Err(format!("shards of {outer:?} are no multiple of chunks of {chunk:?}"));
    }
    let list = |key: &str| {
        config.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    };
    let inner = Steps::parse(list("codecs"), outer.len())?;
    let index = Steps::parse(list("index_codecs"), outer.len() + 1)?;
    if inner.shard.is_some() || index.shard.is_some() || !index.order.is_empty() || index.big_endian
    {
        return Err("shards within shards, or with an unusual index, are not read".to_owned());
    }
    if index.codecs.iter().any(|c| *c != Codec::Crc32c) {
        return Err("shards with a compressed index are not read".to_owned());
    }
    let grid: Vec<usize> = outer.iter().zip(&chunk).map(|(o, c)| o / c).collect();
    let entries = checked_bytes(&grid, 16).ok_or("the shard index is too large")?;
    let index_bytes = entries + 4 * index.codecs.len() as u64;
    let at_end = config.get("index_location").and_then(Value::as_str) != Some("start");
    Ok((chunk, inner, Some(Shard { grid, at_end, index_bytes })))
}

/// The fill value as a number; 0 where there is none or it is no number.
fn fill_value(json: Option<&Value>) -> f64 {
    match json {
        Some(Value::Number(n)) => n.as_f64().unwrap_or(0.0),
        Some(Value::Bool(b)) => f64::from(u8::from(*b)),
        Some(Value::String(s)) if s == "NaN" => f64::NAN,
        Some(Value::String(s)) if s == "Infinity" => f64::INFINITY,
        Some(Value::String(s)) if s == "-Infinity" => f64::NEG_INFINITY,
        _ => 0.0,
    }
}
