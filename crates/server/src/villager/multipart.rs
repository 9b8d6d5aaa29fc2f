//! The one way a report's fields come in: the form's POST and the interface's PUT send the same.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use geo::InteriorPoint;
use participation::{Draft, PHOTO_LIMIT, PlaceSource, photo};
use store::{Scope, Store, area};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Most bytes of a whole request: the photos, their frame and the text.
pub const BODY_LIMIT: usize = PHOTO_LIMIT * photo::BYTES_LIMIT + 4 * 1024 * 1024;

/// Most bytes of one text field: more than the longest description in UTF-8.
const TEXT_LIMIT: usize = 16 * 1024;

/// Memory for what is arriving, over all requests, in blocks: slow phones hold theirs for minutes.
static ARRIVING: Semaphore = Semaphore::const_new(256 * 1024 * 1024 / BLOCK);

/// Bytes of a block.
const BLOCK: usize = 64 * 1024;

/// Why a report did not arrive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It broke off, or is larger than the route allows.
    #[error("the report did not arrive whole: {0}; send it again")]
    Broken(#[from] MultipartError),
    /// No memory is left for it just now.
    #[error("too many reports are arriving at once; send it again in a while")]
    Busy,
}

impl ReadError {
    /// Larger than a request may be: sending it again does not help.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::Broken(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE)
    }
}

/// What was filled in, as it was filled in.
#[derive(Debug, Default)]
pub struct Filled {
    /// The fields of a report.
    pub draft: Draft,
    /// Code of the area chosen from the list, or empty.
    pub area: String,
    /// Given back when this is dropped: keep it until the report is stored.
    memory: Vec<SemaphorePermit<'static>>,
}

impl Filled {
    /// Reads every field. Photos beyond the limits are read past but not kept whole, so that
    /// what else was written survives; checking the draft says what was wrong with them.
    ///
    /// # Errors
    /// [`ReadError`], with what had arrived until then.
    pub async fn read(mut multipart: Multipart) -> Result<Self, (Self, ReadError)> {
        let mut filled = Self::default();
        loop {
            match multipart.next_field().await {
                Ok(None) => return Ok(filled),
                Ok(Some(field)) => {
                    if let Err(error) = filled.take(field).await {
                        return Err((filled, error));
                    }
                }
                Err(error) => return Err((filled, error.into())),
            }
        }
    }

    async fn take(&mut self, mut field: Field<'_>) -> Result<(), ReadError> {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "photo" {
            let room = self.draft.photos.len() <= PHOTO_LIMIT;
            let limit = if room { photo::BYTES_LIMIT + 1 } else { 0 };
            let bytes = self.bounded(&mut field, limit).await?;
            // A browser sends an empty part where no file was chosen.
            if !bytes.is_empty() {
                self.draft.photos.push(bytes);
            }
            return Ok(());
        }
        let bytes = self.bounded(&mut field, TEXT_LIMIT).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let draft = &mut self.draft;
        match name.as_str() {
            "id" => draft.id = text,
            "service" => draft.service = text,
            "description" => draft.description = text,
            "lon" => draft.lon = text,
            "lat" => draft.lat = text,
            "accuracy" => draft.accuracy = text,
            "place_source" => draft.place_source = text,
            "phone" => draft.phone = text,
            "area" => self.area = text,
            // Fields of newer pages than this program: passed over.
            _ => {}
        }
        Ok(())
    }

    /// At most `limit` bytes of a field; the rest is read past.
    async fn bounded(&mut self, field: &mut Field<'_>, limit: usize) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        let mut granted = 0;
        while let Some(chunk) = field.chunk().await? {
            let taken = chunk.len().min(limit - bytes.len());
            while granted < bytes.len() + taken {
                self.memory.push(
                    ARRIVING
                        .try_acquire()
                        .map_err(|_none_left| ReadError::Busy)?,
                );
                granted += BLOCK;
            }
            bytes.extend_from_slice(&chunk[..taken]);
        }
        Ok(bytes)
    }

    /// The report to check: where no point was given but an area was chosen from the list, a
    /// point on that area's ground stands for it. What was filled in moves there.
    ///
    /// # Errors
    /// [`store::Error`] when the area cannot be looked up.
    pub async fn placed(&mut self, store: &Store) -> Result<Draft, store::Error> {
        let mut draft = std::mem::take(&mut self.draft);
        let pointed = !draft.lon.trim().is_empty() || !draft.lat.trim().is_empty();
        if pointed || self.area.trim().is_empty() {
            return Ok(draft);
        }
        if let Some((lon, lat)) = ground(store, self.area.trim()).await? {
            draft.lon = format!("{lon:.6}");
            draft.lat = format!("{lat:.6}");
            draft.accuracy = String::new();
            draft.place_source = PlaceSource::List.to_string();
        }
        Ok(draft)
    }
}

/// A point that surely lies within an area, in degrees.
async fn ground(store: &Store, code: &str) -> Result<Option<(f64, f64)>, store::Error> {
    let Some(area) = area::by_code(store, &Scope::Everything, code).await? else {
        return Ok(None);
    };
    let outlines = area::outlines(store, &Scope::Everything, Some(area.id)).await?;
    let own = outlines
        .into_iter()
        .find(|outline| outline.area.id == area.id);
    Ok(own
        .and_then(|outline| outline.polygons.interior_point())
        .map(geo::Point::x_y))
}
