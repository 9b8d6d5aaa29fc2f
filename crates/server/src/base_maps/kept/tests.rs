use tempfile::TempDir;

use super::*;

const DAY: Duration = Duration::from_hours(24);
const KEEPING: Keeping = Keeping {
    fresh: Duration::from_hours(24 * 2),
    keep: Duration::from_hours(24 * 8),
    bytes: 1 << 20,
};

fn at(column: u32) -> Key {
    let tile = Tile::new(12, column, 7).unwrap();
    (Part::Ground, tile)
}

/// A picture of so many bytes, each tile's with other ones.
fn picture(column: u32, bytes: usize) -> Known {
    let mut content = b"\x89PNG\r\n\x1a\n".to_vec();
    content.extend(column.to_be_bytes());
    content.resize(bytes, 7);
    Known {
        picture: Picture::of(content.into()),
        validators: Validators {
            etag: Some(format!("\"{column}\"")),
            modified: None,
        },
        checked: Moment::now(),
    }
}

fn open(folder: &TempDir, keeping: Keeping) -> Kept {
    Kept::open(&file(folder.path(), "one"), "address", keeping).unwrap()
}

fn size_on_disk(folder: &TempDir) -> u64 {
    file(folder.path(), "one").metadata().unwrap().len()
}

#[tokio::test]
async fn what_is_kept_is_found_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(&folder, KEEPING);
    assert_eq!(kept.get(at(1)).await, None);
    kept.put(at(1), picture(1, 100)).await;
    let nothing = Known::nothing(Moment::now());
    kept.put(at(2), nothing.clone()).await;
    kept.put((Part::Labels, at(1).1), picture(9, 50)).await;
    for kept in [kept.clone(), open(&folder, KEEPING)] {
        assert_eq!(
            kept.get(at(1)).await.unwrap().picture,
            picture(1, 100).picture
        );
        assert_eq!(
            kept.get(at(1)).await.unwrap().validators.etag.unwrap(),
            "\"1\""
        );
        assert_eq!(kept.get(at(2)).await, Some(nothing.clone()));
        let labels = kept.get((Part::Labels, at(1).1)).await.unwrap();
        assert_eq!(labels.picture, picture(9, 50).picture);
    }
}

#[tokio::test]
async fn nothing_is_kept_for_longer_than_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(&folder, KEEPING);
    let mut old = picture(1, 100);
    old.checked = Moment::now().before(DAY * 7);
    kept.put(at(1), old.clone()).await;
    assert_eq!(kept.get(at(1)).await, Some(old.clone()));
    old.checked = Moment::now().before(KEEPING.keep);
    kept.put(at(1), old.clone()).await;
    assert_eq!(kept.get(at(1)).await, None);
    // Of a clock that was a year ahead.
    old.checked = Moment::now().after(DAY * 365);
    kept.put(at(2), old).await;
    kept.put(at(3), picture(3, 100)).await;
    drop(kept);
    let kept = open(&folder, KEEPING);
    let rows = kept.with(|file| {
        let count = "select group_concat(x) from tile";
        file.database
            .query_row(count, [], |row| row.get::<_, String>(0))
    });
    assert_eq!(rows.unwrap(), "3", "they are gone from the disk, too");
}

#[tokio::test]
async fn the_bound_holds_and_the_oldest_leave_first() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(&folder, KEEPING);
    let now = Moment::now();
    for column in 0..200 {
        let mut tile = picture(column, 20_000);
        tile.checked = now.before(Duration::from_secs(u64::from(200 - column)));
        kept.put(at(column), tile).await;
        let used = kept.with(|file| used(&file.database)).unwrap();
        assert!(used <= KEEPING.bytes, "{column}: {used}");
    }
    assert_eq!(kept.get(at(0)).await, None);
    for column in 190..200 {
        let found = kept.get(at(column)).await.unwrap();
        assert_eq!(found.picture, picture(column, 20_000).picture);
    }
    kept.with(|file| {
        file.database
            .execute_batch("pragma wal_checkpoint(truncate)")
    })
    .unwrap();
    assert!(
        size_on_disk(&folder) <= KEEPING.bytes,
        "{}",
        size_on_disk(&folder)
    );
    drop(kept);
    let smaller = Keeping {
        bytes: 256 << 10,
        ..KEEPING
    };
    let kept = open(&folder, smaller);
    assert!(kept.with(|file| used(&file.database)).unwrap() <= smaller.bytes);
}

#[tokio::test]
async fn a_file_of_something_else_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "one");
    open(&folder, KEEPING).put(at(1), picture(1, 100)).await;
    let other = Kept::open(&path, "another address", KEEPING).unwrap();
    assert_eq!(other.get(at(1)).await, None);
    other.put(at(1), picture(1, 100)).await;
    drop(other);
    std::fs::write(
        &path,
        "no database, but longer than the header of one ".repeat(9),
    )
    .unwrap();
    let kept = open(&folder, KEEPING);
    kept.put(at(1), picture(1, 100)).await;
    assert!(kept.get(at(1)).await.is_some());
}

#[test]
fn what_belongs_to_nobody_any_more_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let there = |name: &str| folder.path().join(name).exists();
    for name in [
        "one.sqlite",
        "one.sqlite-wal",
        "two.sqlite",
        "two.sqlite-shm",
        "note.txt",
    ] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    forget_others(folder.path(), &["one"]).unwrap();
    assert!(there("one.sqlite") && there("one.sqlite-wal") && there("note.txt"));
    assert!(!there("two.sqlite") && !there("two.sqlite-shm"));
    forget_others(&folder.path().join("none"), &[]).unwrap();
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone").join("one.sqlite");
    let said = Kept::open(&path, "address", KEEPING)
        .unwrap_err()
        .to_string();
    assert!(said.contains("one.sqlite"), "{said}");
}
