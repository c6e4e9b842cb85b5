//! A folder of a Zarr hierarchy. Every file is resolved (symlinks first) and checked against the
//! allowed roots before it is opened, because names come from metadata and links may lie within.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::error::DataError;
use crate::file::DataFile;
use crate::limits::Limits;
use crate::open::Roots;

#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    roots: Roots,
    metadata_bytes: u64,
}

impl Store {
    /// A store at `root`, which the caller has resolved.
    pub(super) fn new(root: &Path, roots: &Roots, limits: &Limits) -> Self {
        Self {
            root: root.to_path_buf(),
            roots: roots.clone(),
            metadata_bytes: limits.metadata_bytes as u64,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The file `name` (relative, `/` between folders), or `None` where there is none.
    pub(super) fn file(&self, name: &str) -> Result<Option<DataFile>, DataError> {
        let relative = Path::new(name);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(DataError::OutsideRoots { path: self.root.join(name) });
        }
        let path = self.root.join(relative);
        let resolved = match path.canonicalize() {
            Ok(resolved) => resolved,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(e) => return Err(DataError::io(&path, &e)),
        };
        self.roots.check(&path, &resolved)?;
        if resolved.is_dir() {
            return Ok(None);
        }
        DataFile::open(&resolved).map(Some)
    }

    /// The JSON document `name`, or `None` where there is none.
    pub(super) fn json(&self, name: &str) -> Result<Option<Value>, DataError> {
        let Some(file) = self.file(name)? else { return Ok(None) };
        if file.len() > self.metadata_bytes {
            return Err(DataError::too_large(
                file.path(),
                "the metadata, in bytes,",
                file.len(),
                self.metadata_bytes,
            ));
        }
        let bytes = file.bytes_at(0, file.len())?;
        let json = serde_json::from_slice(&bytes);
        json.map(Some)
            .map_err(|e| DataError::malformed(file.path(), format!("it is not JSON: {e}")))
    }

    /// The attributes of the group or array at `path`: version 3 under `attributes`, version 2 in
    /// a file of their own. `None` if nothing is there.
    pub(super) fn attributes(&self, path: &str) -> Result<Option<Node>, DataError> {
        let at = |name: &str| super::array::join(path, name);
        if let Some(mut json) = self.json(&at("zarr.json"))? {
            let array = json.get("node_type").and_then(Value::as_str) == Some("array");
            let attributes = json.get_mut("attributes").map(Value::take).unwrap_or_default();
            return Ok(Some(Node { array, attributes }));
        }
        let array = self.file(&at(".zarray"))?.is_some();
        let attributes = self.json(&at(".zattrs"))?;
        if !array && attributes.is_none() && self.file(&at(".zgroup"))?.is_none() {
            return Ok(None);
        }
        Ok(Some(Node { array, attributes: attributes.unwrap_or_default() }))
    }
}

/// A group or array, and its attributes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) array: bool,
    pub(super) attributes: Value,
}

impl Node {
    /// Where OME-NGFF keeps its keys: under `ome` since 0.5, at the root before.
    pub(super) fn ome(&self) -> &Value {
        self.attributes.get("ome").unwrap_or(&self.attributes)
    }
}
