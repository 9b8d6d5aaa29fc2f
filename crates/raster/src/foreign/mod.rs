//! Files that other people made, opened by GDAL in a child process.
//!
//! Drivers crash, leak and follow references, so GDAL never runs in the process that serves.
//! [`Foreign`] starts `PROGRAM gdal-child` for one question about one file, asks it on its
//! standard input and reads the answer from its standard output; the child has locked itself
//! into a small room before it opened anything ([`child::main`] tells how). A hostile or broken
//! file costs that file and nothing else.

mod archive;
pub mod child;
mod conversation;
mod description;
mod fault;
mod features;
mod lockdown;
mod protocol;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::{
    archive::{ArchiveAnswer, ForeignTile},
    description::{BandDescription, RasterDescription, Samples, Strip},
    fault::{Error, Fault},
    features::{
        FeatureAnswer, FeatureLayer, FeatureOptions, Features, ForeignFeature, RefusedFeature,
    },
};
use self::{
    conversation::Conversation,
    protocol::{Frame, Request, Task},
};

/// What one child may use before it is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Address space in bytes.
    pub memory: u64,
    /// Processor time in seconds.
    pub processor_seconds: u64,
    /// Time on the wall, enforced by the parent.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 2 << 30,
            processor_seconds: 900,
            time: Duration::from_mins(30),
        }
    }
}

/// The door through which foreign files come in. Cheap to clone; every question is its own child.
///
/// All functions block: call them from `spawn_blocking` or a worker thread.
#[derive(Debug, Clone)]
pub struct Foreign {
    program: PathBuf,
    limits: Limits,
}

impl Foreign {
    /// `program` is started as `program gdal-child` and must call [`child::main`] for it: in
    /// Xiangtu that is the program itself (`std::env::current_exe`).
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            limits: Limits::default(),
        }
    }

    /// The same door with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Size, place, coordinate system and bands of a raster file. No pixel is read, so a file
    /// that is cut short may still be described.
    ///
    /// # Errors
    /// [`Error::Refused`] says what is wrong with the file; the other variants say what went
    /// wrong around it.
    pub fn describe(&self, path: &Path) -> Result<RasterDescription, Error> {
        let path = local_file(path)?;
        let mut conversation = self.ask(&path, Task::Describe)?;
        let mut answer = None;
        while let Some(frame) = conversation.next()? {
            match frame {
                Frame::Description(description) => answer = Some(*description),
                other => return Err(conversation.unexpected(&other)),
            }
        }
        answer.ok_or_else(|| conversation.incomplete())
    }

    /// The pixels of one band (counted from 1), top to bottom, in strips of whole rows of at most
    /// a few megabytes. A file that cannot be read to its end is an error, never zeros.
    ///
    /// # Errors
    /// As [`Foreign::describe`], and whatever `sink` returns, which also stops the child.
    pub fn read_band<E, S>(&self, path: &Path, band: usize, mut sink: S) -> Result<(), E>
    where
        E: From<Error>,
        S: FnMut(Strip) -> Result<(), E>,
    {
        let path = local_file(path)?;
        let mut conversation = self.ask(&path, Task::ReadBand { band })?;
        let mut expected_row = 0;
        let mut height = None;
        while let Some(frame) = conversation.next()? {
            let Frame::Strip {
                first_row,
                rows,
                width,
                height: total,
                samples,
            } = frame
            else {
                return Err(conversation.unexpected(&frame).into());
            };
            if first_row != expected_row || height.is_some_and(|known| known != total) {
                return Err(conversation
                    .broken("strips that do not follow each other")
                    .into());
            }
            let samples = conversation.samples(samples, rows, width)?;
            expected_row += rows;
            height = Some(total);
            sink(Strip {
                first_row,
                rows,
                width,
                samples,
            })?;
        }
        if height == Some(expected_row) {
            Ok(())
        } else {
            Err(conversation.incomplete().into())
        }
    }

    /// The features of one layer of a vector file, in EPSG:4326 (longitude, latitude), flattened
    /// to two dimensions, curves made of short lines. Features without a usable geometry are
    /// listed in [`Features::refused`] with the reason.
    ///
    /// # Errors
    /// As [`Foreign::describe`].
    pub fn features(&self, path: &Path, options: &FeatureOptions) -> Result<Features, Error> {
        let mut layer = FeatureLayer::default();
        let (mut features, mut refused) = (Vec::new(), Vec::new());
        self.read_features(path, options, |answer| {
            match answer {
                FeatureAnswer::Layer(found) => layer = found,
                FeatureAnswer::Feature(feature) => features.push(feature),
                FeatureAnswer::Refused(feature) => refused.push(feature),
            }
            Ok::<(), Error>(())
        })?;
        Ok(Features {
            layer: layer.name,
            crs_name: layer.crs_name,
            encoding: layer.encoding,
            fields: layer.fields,
            features,
            refused,
        })
    }

    /// The same, one by one: memory does not grow with the file.
    ///
    /// # Errors
    /// As [`Foreign::describe`], and whatever `sink` returns, which also stops the child.
    pub fn read_features<E, S>(
        &self,
        path: &Path,
        options: &FeatureOptions,
        mut sink: S,
    ) -> Result<(), E>
    where
        E: From<Error>,
        S: FnMut(FeatureAnswer) -> Result<(), E>,
    {
        let path = local_file(path)?;
        let mut conversation = self.ask(&path, Task::Features(options.clone()))?;
        let mut begun = false;
        while let Some(frame) = conversation.next()? {
            let answer = match frame {
                Frame::Layer {
                    name,
                    crs_name,
                    encoding,
                    fields,
                    by_line,
                } if !begun => {
                    begun = true;
                    FeatureAnswer::Layer(FeatureLayer {
                        name,
                        crs_name,
                        encoding,
                        fields,
                        by_line,
                    })
                }
                Frame::Feature {
                    index,
                    properties,
                    bytes,
                } if begun => FeatureAnswer::Feature(ForeignFeature {
                    index,
                    properties,
                    geometry: conversation.geometry(bytes)?,
                }),
                Frame::Refused(refused) if begun => FeatureAnswer::Refused(refused),
                other => return Err(conversation.unexpected(&other).into()),
            };
            sink(answer)?;
        }
        if begun {
            Ok(())
        } else {
            Err(conversation.incomplete().into())
        }
    }

    /// What an `MBTiles` archive says of itself, and then its tiles, one by one.
    ///
    /// # Errors
    /// As [`Foreign::describe`], and whatever `sink` returns, which also stops the child.
    pub fn read_archive<E, S>(&self, path: &Path, mut sink: S) -> Result<(), E>
    where
        E: From<Error>,
        S: FnMut(ArchiveAnswer) -> Result<(), E>,
    {
        let path = local_file(path)?;
        let mut conversation = self.ask(&path, Task::Archive)?;
        let mut begun = false;
        while let Some(frame) = conversation.next()? {
            let answer = match frame {
                Frame::Archive { metadata } if !begun => {
                    begun = true;
                    ArchiveAnswer::About(metadata)
                }
                Frame::Tile {
                    zoom,
                    column,
                    row,
                    bytes,
                } if begun => ArchiveAnswer::Tile(ForeignTile {
                    zoom,
                    column,
                    row,
                    bytes: conversation.tile(bytes)?,
                }),
                other => return Err(conversation.unexpected(&other).into()),
            };
            sink(answer)?;
        }
        if begun {
            Ok(())
        } else {
            Err(conversation.incomplete().into())
        }
    }

    fn ask(&self, path: &Path, task: Task) -> Result<Conversation, Error> {
        let request = Request {
            path: path.to_owned(),
            task,
            memory: self.limits.memory,
            processor_seconds: self.limits.processor_seconds,
            parent: rustix::process::getpid().as_raw_nonzero().get(),
        };
        Conversation::start(&self.program, &request, self.limits.time)
    }
}

/// The real path of a file on this machine; names that GDAL would take for something else
/// (archives, addresses, connection strings) are refused before a child is started.
fn local_file(path: &Path) -> Result<PathBuf, Error> {
    let name = path.to_string_lossy();
    if name.starts_with("/vsi") || name.contains("://") {
        return Err(Error::NotLocal {
            name: name.into_owned(),
        });
    }
    let real = std::fs::canonicalize(path).map_err(|source| Error::Missing {
        path: path.to_owned(),
        source,
    })?;
    if real.starts_with("/proc") || real.starts_with("/dev") || real.to_str().is_none() {
        return Err(Error::NotLocal {
            name: name.into_owned(),
        });
    }
    Ok(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_virtual_file_systems_are_refused_by_name() {
        for name in [
            "/vsicurl/http://host/a.tif",
            "https://host/a.tif",
            "/vsizip/a.zip/a.tif",
        ] {
            let answer = local_file(Path::new(name));
            assert!(
                matches!(answer, Err(Error::NotLocal { .. })),
                "{name}: {answer:?}"
            );
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let answer = local_file(Path::new("nowhere/scene.tif"));
        let message = answer
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(message.contains("nowhere/scene.tif"), "{message}");
    }
}
