//! One base map: what is kept of it, and asking for what is not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use grid::tile::Tile;
use moka::future::Cache;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::breaker::Breaker;
use super::config::{Keeping, Source};
use super::kept::{Kept, Key};
use super::picture::{Known, Picture};
use super::upstream::{Asked, Failure, Upstream};
use super::{Moment, Part};

/// Requests to one host at a time, as a browser would make.
const CONNECTIONS: usize = 8;
/// A host that has no tile here may have one soon.
const NOTHING: Duration = Duration::from_hours(1);

/// A base map and everything that belongs to it.
#[derive(Debug)]
pub struct BaseMap {
    /// What the administrator wrote.
    pub source: Source,
    upstream: Upstream,
    kept: Option<Kept>,
    /// What is being asked for: whoever asks for the same waits for the same answer.
    asking: Cache<Key, Asked>,
    connections: Semaphore,
    breaker: Mutex<Breaker>,
}

/// A tile for a person.
#[derive(Debug, Clone)]
pub struct Shown {
    /// `None` where there is nothing.
    pub picture: Option<Picture>,
    /// How old it is.
    pub age: Duration,
    /// How good it still is.
    pub state: State,
}

/// How good a tile still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was kept, or just asked for (`asked`), and is good for as long as this.
    Fresh {
        /// How long.
        left: Duration,
        /// Whether the host was asked just now.
        asked: bool,
    },
    /// It is too old by so much, and shown because the host does not answer.
    Stale(Duration),
    /// Nobody may keep it.
    Unkept,
}

impl Shown {
    fn is_fresh(&self) -> bool {
        matches!(self.state, State::Fresh { .. })
    }
}

impl BaseMap {
    /// A base map whose tiles are kept in `kept`.
    ///
    /// # Errors
    ///
    /// What the HTTP library says.
    pub fn new(source: Source, kept: Option<Kept>) -> Result<Self, reqwest::Error> {
        Ok(Self {
            upstream: Upstream::new(&source)?,
            source,
            kept,
            // It holds nothing: only what is under way is shared.
            asking: Cache::new(0),
            connections: Semaphore::new(CONNECTIONS),
            breaker: Mutex::default(),
        })
    }

    /// A tile, kept or asked for. Without asking, there is nothing outside of the base map's bounds.
    ///
    /// # Errors
    ///
    /// Why there is none, and nothing kept that could be shown.
    pub async fn tile(&self, part: Part, tile: Tile) -> Result<Shown, Failure> {
        let now = Moment::now();
        if !self.covers(tile) {
            return Ok(self.show(Known::nothing(now), now));
        }
        let key = (part, tile);
        let known = self.known(key).await.map(|known| self.show(known, now));
        if let Some(known) = known.as_ref().filter(|known| known.is_fresh()) {
            return Ok(known.clone());
        }
        match (self.asking.try_get_with(key, self.ask(key)).await, known) {
            (Ok(asked), _) => Ok(self.show_asked(asked)),
            (Err(_), Some(known)) => Ok(known),
            (Err(failure), None) => Err(Failure::clone(&failure)),
        }
    }

    async fn known(&self, key: Key) -> Option<Known> {
        match &self.kept {
            Some(kept) => kept.get(key).await,
            None => None,
        }
    }

    fn covers(&self, tile: Tile) -> bool {
        let bounds = self.source.bounds.as_ref();
        bounds.is_none_or(|bounds| bounds.intersects(&tile.bounds()))
    }

    fn show(&self, tile: Known, now: Moment) -> Shown {
        let age = now.since(tile.checked);
        let state = match self.kept.as_ref().map(Kept::keeping) {
            None => State::Unkept,
            Some(keeping) => {
                let good = good_for(&tile, keeping);
                match good.checked_sub(age).filter(|left| !left.is_zero()) {
                    Some(left) => State::Fresh { left, asked: false },
                    None => State::Stale(age.saturating_sub(good)),
                }
            }
        };
        Shown {
            picture: tile.picture,
            age,
            state,
        }
    }

    fn show_asked(&self, Asked { tile, may_keep }: Asked) -> Shown {
        let now = tile.checked;
        let mut shown = self.show(tile, now);
        shown.state = match shown.state {
            State::Fresh { left, .. } if may_keep => State::Fresh { left, asked: true },
            _ => State::Unkept,
        };
        shown
    }

    /// Asks the host, and keeps what it says.
    async fn ask(&self, key: Key) -> Result<Asked, Failure> {
        self.rest()?;
        let connection = timeout(self.source.timeout, self.connections.acquire());
        let Ok(Ok(_connection)) = connection.await else {
            return Err(Failure::Busy);
        };
        // It may have failed meanwhile.
        self.rest()?;
        let known = self.known(key).await;
        // Somebody else may have asked meanwhile.
        if let Some(tile) = &known
            && self.show(tile.clone(), Moment::now()).is_fresh()
        {
            let tile = tile.clone();
            return Ok(Asked {
                tile,
                may_keep: true,
            });
        }
        let asked = self.upstream.ask(self.address(key), known).await;
        self.learn(asked.as_ref().err());
        let asked = asked?;
        if let Some(kept) = self.kept.as_ref().filter(|_| asked.may_keep) {
            kept.put(key, asked.tile.clone()).await;
        }
        Ok(asked)
    }

    fn address(&self, (part, tile): Key) -> String {
        let template = match (part, &self.source.labels) {
            (Part::Labels, Some(labels)) => labels,
            _ => &self.source.ground,
        };
        template.fill(tile, &self.source.subdomains, self.source.key.reveal())
    }

    fn rest(&self) -> Result<(), Failure> {
        let rests = self.breaker().rests(Instant::now());
        rests.map_or(Ok(()), |left| Err(Failure::Resting(left)))
    }

    /// Notes whether the host works, and says so once when that changes.
    fn learn(&self, failure: Option<&Failure>) {
        let base_map = self.source.id.as_str();
        match failure {
            None => {
                if self.breaker().answered() {
                    tracing::warn!(base_map, "the host of a base map answers again");
                }
            }
            Some(failure) => {
                let asked = match failure {
                    Failure::Status { retry_after, .. } => *retry_after,
                    _ => None,
                };
                let rest = self.breaker().failed(Instant::now(), asked);
                if let Some(rest) = rest {
                    let seconds = rest.as_secs();
                    tracing::warn!(base_map, %failure, seconds, "the host of a base map fails and rests");
                }
            }
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long after it was asked for a tile needs no new asking.
fn good_for(tile: &Known, keeping: Keeping) -> Duration {
    if tile.picture.is_some() {
        keeping.fresh
    } else {
        keeping.fresh.min(NOTHING)
    }
}
