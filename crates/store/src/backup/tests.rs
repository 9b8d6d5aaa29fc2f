use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use diesel_async::SimpleAsyncConnection as _;
use objects::ObjectStore;

use super::*;
use crate::area::{self, Level};
use crate::testing::{TestDatabase, database, rectangle};
use crate::{Scope, Store};

/// A home with one area, one object and one key.
struct Home {
    database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Home {
    async fn empty() -> Self {
        Self {
            database: database().await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    async fn with(code: &str) -> Self {
        let home = Self::empty().await;
        home.add_area(code).await;
        ObjectStore::open(&home.objects())
            .unwrap()
            .put(code.as_bytes(), "tif")
            .unwrap();
        fs::create_dir_all(home.keys().join("authority")).unwrap();
        let key = home.keys().join("authority/root.pem");
        fs::write(&key, format!("secret of {code}")).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        home
    }

    async fn add_area(&self, code: &str) {
        let area = rectangle(code, Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
        area::upsert(self.database.store(), &[area]).await.unwrap();
    }

    fn objects(&self) -> PathBuf {
        self.folder.path().join("objects")
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    fn backup(&self) -> PathBuf {
        self.folder.path().join("backup")
    }

    async fn write(&self) -> Result<Manifest, Error> {
        write(
            self.database.url(),
            &ObjectStore::open(&self.objects()).unwrap(),
            &self.keys(),
            &self.backup(),
        )
        .await
    }

    async fn restore(&self, from: &Home, replace: bool) -> Result<Manifest, Error> {
        // As the program does: what was prepared before would speak of tables that are gone.
        self.database.store().close();
        let url = self.database.url();
        let objects = ObjectStore::open(&self.objects()).unwrap();
        restore(url, &objects, &self.keys(), &from.backup(), replace).await
    }

    /// Codes of areas, contents of objects, contents of keys.
    async fn content(&self) -> (Vec<String>, Vec<String>, Option<String>) {
        let store = Store::connect(self.database.url()).await.unwrap();
        let areas = area::list(&store, &Scope::Everything).await.unwrap();
        let objects = ObjectStore::open(&self.objects()).unwrap();
        let names = objects.names().unwrap();
        let text = |name| String::from_utf8(objects.read(name).unwrap()).unwrap();
        (
            areas.into_iter().map(|area| area.code).collect(),
            names.iter().map(text).collect(),
            fs::read_to_string(self.keys().join("authority/root.pem")).ok(),
        )
    }
}

fn holding(code: &str) -> (Vec<String>, Vec<String>, Option<String>) {
    (
        vec![code.to_owned()],
        vec![code.to_owned()],
        Some(format!("secret of {code}")),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back_into_an_empty_home() {
    let (old, new) = (Home::with("old").await, Home::empty().await);
    let manifest = old.write().await.unwrap();
    assert_eq!((manifest.objects.len(), manifest.keys.len()), (1, 1));
    assert_eq!(Manifest::read(&old.backup()).unwrap(), manifest);
    let mode = fs::metadata(old.backup()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "the keys are in it");

    assert_eq!(new.restore(&old, false).await.unwrap(), manifest);
    assert_eq!(new.content().await, holding("old"));
    let key = fs::metadata(new.keys().join("authority/root.pem")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    // It is a database like any other again.
    let store = Store::connect(new.database.url()).await.unwrap();
    store.migrate().await.unwrap();
    let found = area::containing(&store, 108.05, 31.05).await.unwrap();
    assert_eq!(found.map(|area| area.code).as_deref(), Some("old"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_replaced_only_when_told_and_then_wholly() {
    let (old, new) = (Home::with("old").await, Home::with("new").await);
    // Somebody else's schema, in both.
    for home in [&old, &new] {
        let mut connection = home.database.store().connection().await.unwrap();
        let theirs =
            "create schema cadastre; create table cadastre.parcels (geom geometry(Point, 4547))";
        connection.batch_execute(theirs).await.unwrap();
    }
    old.write().await.unwrap();
    let error = new.restore(&old, false).await.unwrap_err();
    assert!(matches!(error, Error::NotEmpty { .. }), "{error}");
    assert_eq!(new.content().await, holding("new"));
    new.restore(&old, true).await.unwrap();
    assert_eq!(new.content().await, holding("old"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_changes_nothing() {
    let (old, new) = (Home::with("old").await, Home::with("new").await);
    let manifest = old.write().await.unwrap();
    let object = format!("objects/{}", manifest.objects[0]);
    for file in ["database.dump", &object, "keys/authority/root.pem"] {
        let path = old.backup().join(file);
        let good = fs::read(&path).unwrap();
        fs::write(&path, &good[..good.len() - 1]).unwrap();
        let error = new.restore(&old, true).await.unwrap_err();
        assert!(
            matches!(&error, Error::Damaged { path: named } if *named == path),
            "{error}"
        );
        assert_eq!(new.content().await, holding("new"), "after {error}");
        fs::write(&path, good).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_leaves_everything_as_it_was() {
    let (old, new) = (Home::with("old").await, Home::with("new").await);
    let dump = old.write().await.unwrap().database;
    // A dump that is whole and whose last statement fails.
    let path = old.backup().join(DATABASE);
    let (client, connection) = tokio_postgres::connect(old.database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let statements = "create function broken() returns boolean language sql as 'select true';
        create table zzz (n int check (broken())); insert into zzz values (1);
        create or replace function broken() returns boolean language plpgsql
            as 'begin raise exception ''on purpose''; end'";
    client.batch_execute(statements).await.unwrap();
    database::dump(old.database.url(), &path).unwrap();
    let manifest = fs::read_to_string(old.backup().join(MANIFEST)).unwrap();
    let manifest = manifest.replace(&dump, &files::hash(&path).unwrap());
    fs::write(old.backup().join(MANIFEST), manifest).unwrap();

    let error = new.restore(&old, true).await.unwrap_err();
    assert!(error.to_string().contains("on purpose"), "{error}");
    assert_eq!(new.content().await, holding("new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_never_written_over_something_nor_left_half() {
    let home = Home::with("old").await;
    home.write().await.unwrap();
    let error = home.write().await.unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error}");

    let objects = ObjectStore::open(&home.objects()).unwrap();
    let name = objects.names().unwrap().remove(0);
    fs::write(home.objects().join(name.as_str()), "not what the name says").unwrap();
    let elsewhere = home.folder.path().join("second");
    let error = write(home.database.url(), &objects, &home.keys(), &elsewhere)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    let left: Vec<_> = fs::read_dir(home.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("second"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
