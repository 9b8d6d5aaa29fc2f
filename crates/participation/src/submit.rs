//! Taking a report: once, whole, in the village that contains its place.

use objects::{ObjectName, ObjectStore};
use store::Store;
use store::area::{self, Area};
use store::report::{self, Channel, Inserted, NewPhoto, NewReport, Receipt};
use tokio::sync::RwLock;
use uuid::Uuid;

use crate::{Invalid, Problem, Submission, content, photo, reference};

/// Who sends a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A villager, by the form; nobody asks for a name.
    Villager,
    /// An official on a villager's behalf.
    Official {
        /// Their account.
        account_id: i64,
        /// Their name, for the history.
        name: String,
    },
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored now.
    Created(Receipt),
    /// It was stored before, with the same content: the same receipt again.
    Same(Receipt),
}

impl Outcome {
    /// The receipt, new or old.
    pub fn receipt(&self) -> &Receipt {
        match self {
            Self::Created(receipt) | Self::Same(receipt) => receipt,
        }
    }
}

/// Why a submission was not taken. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// Something a person can correct.
    #[error("{}", listed(.0))]
    Invalid(Vec<Invalid>),
    /// The id belongs to a report that says something else.
    #[error("the id {0} belongs to another report; make a new id for this one")]
    Conflict(Uuid),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The photos could not be kept.
    #[error(transparent)]
    Objects(#[from] objects::Error),
    /// The program is ending.
    #[error("the work was interrupted; send the report again")]
    Interrupted(#[from] tokio::task::JoinError),
}

fn listed(invalid: &[Invalid]) -> String {
    invalid
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

impl From<Problem> for SubmitError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem.into()])
    }
}

/// Objects are named by their content, so two reports may refer to one. Whoever stores holds this
/// for reading until the rows are there; whoever clears away holds it for writing, so that nothing
/// is removed between another report's object and its row.
static CLEARING: RwLock<()> = RwLock::const_new(());

/// Reference numbers tried before giving up: a second one is needed once in 100,000 times.
const REFERENCE_ATTEMPTS: usize = 5;

/// Takes a report. The same id with the same content gives the same receipt however often it is
/// sent, also at the same moment.
///
/// # Errors
/// [`SubmitError`]; nothing is left in the database or the object store then.
pub async fn submit(
    store: &Store,
    objects: &ObjectStore,
    submission: Submission,
    sender: Sender,
) -> Result<Outcome, SubmitError> {
    let (store, objects) = (store.clone(), objects.clone());
    // A task of its own: a phone that hangs up half-way does not leave half a report.
    tokio::spawn(async move { take(&store, &objects, submission, sender).await }).await?
}

async fn take(
    store: &Store,
    objects: &ObjectStore,
    mut submission: Submission,
    sender: Sender,
) -> Result<Outcome, SubmitError> {
    let id = submission.id;
    let photo_hashes = content::photo_hashes(&submission.photos);
    let content_hash = content::hash(&submission, &photo_hashes);
    // Before any work on photos: a phone on a weak network asks again and again.
    if let Some(known) = report::known(store, id, &content_hash).await? {
        return outcome(id, known);
    }
    let place = submission.place;
    let area = area::containing(store, place.lon, place.lat)
        .await?
        .ok_or(Problem::OutsideServedAreas)?;
    let photos = processed(std::mem::take(&mut submission.photos)).await?;

    let storing = CLEARING.read().await;
    let mut kept = Vec::with_capacity(photos.len() * 2);
    let inserted = async {
        let photos = keep(objects, photos, &photo_hashes, &mut kept).await?;
        insert(
            store,
            new_report(submission, &area, content_hash, sender, photos),
        )
        .await
    }
    .await;
    drop(storing);
    if !matches!(inserted, Ok(Inserted::Created(_))) {
        clear(store, objects, kept).await;
    }
    outcome(id, inserted?)
}

fn outcome(id: Uuid, inserted: Inserted) -> Result<Outcome, SubmitError> {
    match inserted {
        Inserted::Created(receipt) => Ok(Outcome::Created(receipt)),
        Inserted::Same(receipt) => Ok(Outcome::Same(receipt)),
        Inserted::Different => Err(SubmitError::Conflict(id)),
    }
}

/// Every photo made small and clean, or a list of those that cannot be read.
async fn processed(photos: Vec<Vec<u8>>) -> Result<Vec<photo::Processed>, SubmitError> {
    let mut done = Vec::with_capacity(photos.len());
    let mut refused = Vec::new();
    for (index, bytes) in photos.into_iter().enumerate() {
        match photo::process(bytes).await {
            Ok(photo) => done.push(photo),
            Err(refusal) => refused.push(Problem::Photo(index + 1, refusal).into()),
        }
    }
    if refused.is_empty() {
        Ok(done)
    } else {
        Err(SubmitError::Invalid(refused))
    }
}

/// Puts pictures and thumbnails into the object store; `kept` lists what is there, also when a
/// later one fails.
async fn keep(
    objects: &ObjectStore,
    photos: Vec<photo::Processed>,
    hashes: &[[u8; 32]],
    kept: &mut Vec<ObjectName>,
) -> Result<Vec<NewPhoto>, SubmitError> {
    let mut rows = Vec::with_capacity(photos.len());
    for (photo, sha256) in photos.into_iter().zip(hashes) {
        let (width, height, bytes) = (photo.width, photo.height, photo.picture.len() as u64);
        let object = put(objects, photo.picture).await?;
        kept.push(object.clone());
        let thumbnail = put(objects, photo.thumbnail).await?;
        kept.push(thumbnail.clone());
        rows.push(NewPhoto {
            object: object.to_string(),
            thumbnail: thumbnail.to_string(),
            width,
            height,
            bytes,
            sha256: *sha256,
        });
    }
    Ok(rows)
}

async fn put(objects: &ObjectStore, bytes: Vec<u8>) -> Result<ObjectName, SubmitError> {
    let objects = objects.clone();
    Ok(tokio::task::spawn_blocking(move || objects.put(&bytes, "jpg")).await??)
}

fn new_report(
    submission: Submission,
    area: &Area,
    content_hash: [u8; 32],
    sender: Sender,
    photos: Vec<NewPhoto>,
) -> NewReport {
    let (channel, actor, account_id) = match sender {
        Sender::Villager => (Channel::Web, "villager".to_owned(), None),
        Sender::Official { account_id, name } => (Channel::Assisted, name, Some(account_id)),
    };
    NewReport {
        id: submission.id,
        reference: reference::new(),
        area_id: area.id,
        service_code: submission.service_code,
        description: submission.description,
        longitude: submission.place.lon,
        latitude: submission.place.lat,
        accuracy_m: submission.place.accuracy_m,
        place_source: submission.place.source,
        phone: submission.phone,
        channel,
        content_hash,
        actor,
        account_id,
        photos,
    }
}

/// Inserts, with another reference number where the first is taken.
async fn insert(store: &Store, mut new: NewReport) -> Result<Inserted, SubmitError> {
    for _ in 1..REFERENCE_ATTEMPTS {
        match report::insert(store, &new).await {
            Err(store::Error::Taken { .. }) => new.reference = reference::new(),
            other => return Ok(other?),
        }
    }
    Ok(report::insert(store, &new).await?)
}

/// Removes the objects no report refers to. A failure costs disk space, not the answer.
async fn clear(store: &Store, objects: &ObjectStore, kept: Vec<ObjectName>) {
    if kept.is_empty() {
        return;
    }
    let _alone = CLEARING.write().await;
    let names: Vec<String> = kept.iter().map(ToString::to_string).collect();
    let used = match report::objects_in_use(store, &names).await {
        Ok(used) => used,
        Err(error) => {
            tracing::warn!(%error, "photos of a report that was not taken stay in the object store");
            return;
        }
    };
    let objects = objects.clone();
    let removal = tokio::task::spawn_blocking(move || {
        for name in kept.iter().filter(|name| !used.contains(&name.to_string())) {
            if let Err(error) = objects.remove(name) {
                tracing::warn!(%error, "a photo of a report that was not taken stays");
            }
        }
    });
    if let Err(error) = removal.await {
        tracing::warn!(%error, "clearing away photos was interrupted");
    }
}

#[cfg(test)]
mod tests;
