//! Everything a command works with: the home, its database, its objects, the door for files.

use std::sync::Arc;
use std::time::Duration;

use jobs::Workshop;
use jobs::stac::AllowedHosts;
use objects::ObjectStore;
use raster::foreign::Foreign;
use store::Store;
use store::cluster::{self, Cluster, Mode};
use tokio::runtime::Runtime;

use crate::failure::Failure;
use crate::home::Home;
use crate::terminal::{Step, warn};

/// An opened home.
pub struct Office {
    /// The folder.
    pub home: Home,
    /// The database, up to date.
    pub store: Store,
    /// COGs and photos.
    pub objects: ObjectStore,
    /// Opens foreign files in a child process.
    pub foreign: Foreign,
    /// Where asynchronous work runs.
    pub runtime: Runtime,
    /// The private database, unless another server was given.
    cluster: Option<Cluster>,
}

impl Office {
    /// Opens the home: starts or joins the private database, or connects to the given one, and
    /// brings its schema up to date.
    ///
    /// `objects` is the place of the objects, unless they are in the home.
    pub fn open(
        home: Home,
        database_url: Option<&str>,
        objects: Option<&str>,
        mode: Mode,
    ) -> Result<Self, Failure> {
        let cluster = match database_url {
            Some(_) => None,
            None => Some(cluster::open(home.root(), mode, || {
                warn("等待另一个 xiangtu 命令结束… Waiting for another xiangtu command to end …");
            })?),
        };
        let url = database_url
            .map(str::to_owned)
            .or(cluster.as_ref().map(|c| c.url().to_owned()));
        let runtime = Runtime::new()?;
        let store = runtime.block_on(async {
            let store = Store::connect(&url.unwrap_or_default()).await?;
            store.migrate().await?;
            Ok::<_, store::Error>(store)
        })?;
        let objects = match objects {
            Some(place) => ObjectStore::open_place(place, &home.objects())?,
            None => ObjectStore::open(&home.objects())?,
        };
        let foreign = Foreign::new(std::env::current_exe()?);
        Ok(Self {
            home,
            store,
            objects,
            foreign,
            runtime,
            cluster,
        })
    }

    /// What work on imagery needs, telling the terminal how far it is.
    pub fn workshop(&self) -> Workshop {
        let step = Step::begin("正在准备 Preparing …");
        self.quiet_workshop().with_progress(Arc::new(step))
    }

    /// The same, telling nobody.
    pub fn quiet_workshop(&self) -> Workshop {
        Workshop::new(
            self.store.clone(),
            self.objects.clone(),
            self.foreign.clone(),
        )
        .with_hosts(hosts())
    }

    /// Closes the database, which ends with the program if the program started it.
    pub fn close(self) -> Result<(), Failure> {
        self.store.close();
        // A request to an object store that hangs is not worth waiting for.
        self.runtime.shutdown_timeout(Duration::from_secs(5));
        match self.cluster {
            Some(cluster) => Ok(cluster.stop()?),
            None => Ok(()),
        }
    }
}

/// Where recipes may look for scenes outside: `XIANGTU_STAC_HOSTS`; nowhere unless it is set.
fn hosts() -> AllowedHosts {
    let allowed = std::env::var("XIANGTU_STAC_HOSTS").unwrap_or_default();
    allowed.parse().unwrap_or_default()
}
