//! The one way a report's fields come in: the form's POST and the interface's PUT send the same.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use geo::InteriorPoint;
use participation::{Draft, PHOTO_LIMIT, PlaceSource, photo};
use store::{Scope, Store, area};

/// Most bytes of a whole request: the photos, their frame and the text.
pub const BODY_LIMIT: usize = PHOTO_LIMIT * photo::BYTES_LIMIT + 4 * 1024 * 1024;

/// Most bytes of one text field: more than the longest description in UTF-8.
const TEXT_LIMIT: usize = 16 * 1024;

/// What was filled in, as it was filled in.
#[derive(Debug, Default)]
pub struct Filled {
    /// The fields of a report.
    pub draft: Draft,
    /// Code of the area chosen from the list, or empty.
    pub area: String,
}

impl Filled {
    /// Reads every field. Photos beyond the limits are read past but not kept whole, so that
    /// what else was written survives; checking the draft says what was wrong with them.
    ///
    /// # Errors
    /// When the request breaks off or is larger than the route allows.
    pub async fn read(mut multipart: Multipart) -> Result<Self, (Self, MultipartError)> {
        let mut filled = Self::default();
        loop {
            match multipart.next_field().await {
                Ok(None) => return Ok(filled),
                Ok(Some(field)) => {
                    if let Err(error) = filled.take(field).await {
                        return Err((filled, error));
                    }
                }
                Err(error) => return Err((filled, error)),
            }
        }
    }

    async fn take(&mut self, mut field: Field<'_>) -> Result<(), MultipartError> {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "photo" {
            let room = self.draft.photos.len() <= PHOTO_LIMIT;
            let bytes = bounded(&mut field, if room { photo::BYTES_LIMIT + 1 } else { 0 }).await?;
            // A browser sends an empty part where no file was chosen.
            if !bytes.is_empty() {
                self.draft.photos.push(bytes);
            }
            return Ok(());
        }
        let bytes = bounded(&mut field, TEXT_LIMIT).await?;
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

    /// The report to check: where no point was given but an area was chosen from the list, a
    /// point on that area's ground stands for it.
    ///
    /// # Errors
    /// [`store::Error`] when the area cannot be looked up.
    pub async fn placed(self, store: &Store) -> Result<Draft, store::Error> {
        let mut draft = self.draft;
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

/// At most `limit` bytes of a field; the rest is read past.
async fn bounded(field: &mut Field<'_>, limit: usize) -> Result<Vec<u8>, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let room = limit - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(bytes)
}
