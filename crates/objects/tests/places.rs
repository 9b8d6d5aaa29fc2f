//! The same functions over a folder and over a bucket of somebody else's S3 service.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::mem;
use std::time::Duration;

use objects::testing::{S3, Web};
use objects::{Error, ObjectName, ObjectStore, PartName, is_outage};
use tempfile::TempDir;

/// printf abc | sha256sum
const ABC: &str = "ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.txt";

/// More than one part of an upload.
const LARGE: usize = 40 << 20;

struct Place {
    store: ObjectStore,
    folder: TempDir,
    _service: Option<S3>,
}

impl Place {
    fn unfinished(&self) -> usize {
        let folder = self.store.scratch().join(".unfinished");
        std::fs::read_dir(folder).unwrap().count()
    }
}

fn folder() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place {
        store: ObjectStore::open(&folder.path().join("objects")).unwrap(),
        folder,
        _service: None,
    }
}

fn bucket() -> Place {
    let (service, folder) = (S3::start(), tempfile::tempdir().unwrap());
    Place {
        store: service.store("county/objects", &folder.path().join("scratch")),
        folder,
        _service: Some(service),
    }
}

/// Bytes that no packing makes smaller and no two offsets share.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn everywhere(check: impl Fn(Place)) {
    check(folder());
    check(bucket());
}

#[test]
fn bytes_come_back_under_their_hash() {
    everywhere(|place| {
        let store = &place.store;
        let name = store.put(b"abc", "txt").unwrap();
        assert_eq!(name.as_str(), ABC);
        assert_eq!(store.read(&name).unwrap(), b"abc");
        assert_eq!(store.names().unwrap(), std::slice::from_ref(&name));
        assert!(store.exists(&name).unwrap());
        store.remove(&name).unwrap();
        store.remove(&name).unwrap();
        assert!(!store.exists(&name).unwrap());
        let error = store.source(&name).unwrap_err();
        assert!(matches!(error, Error::Missing { .. }), "{error}");
        assert!(error.to_string().contains(&store.place()), "{error}");
    });
}

#[test]
fn nothing_at_all_is_an_object_too() {
    everywhere(|place| {
        let name = place.store.put(b"", "txt").unwrap();
        assert_eq!(place.store.read(&name).unwrap(), b"");
        assert_eq!(place.store.source(&name).unwrap().length(), 0);
    });
}

#[test]
fn the_name_is_of_the_final_bytes_when_a_writer_goes_back() {
    everywhere(|place| {
        let mut writer = place.store.create("txt").unwrap();
        writer.write_all(b"xbc").unwrap();
        writer.seek(SeekFrom::Start(0)).unwrap();
        writer.write_all(b"a").unwrap();
        assert_eq!(writer.finish_fresh().unwrap(), (ABC.parse().unwrap(), true));
        assert_eq!(place.unfinished(), 0);
        let mut again = place.store.create("txt").unwrap();
        again.write_all(b"abc").unwrap();
        let fresh = again.finish_fresh().unwrap().1;
        assert!(!fresh, "it was kept before");
    });
}

#[test]
fn a_dropped_writer_leaves_nothing() {
    everywhere(|place| {
        let mut writer = place.store.create("tif").unwrap();
        writer.write_all(&[7; 10_000]).unwrap();
        assert_eq!(place.unfinished(), 1);
        assert!(place.store.names().unwrap().is_empty());
        drop(writer);
        assert_eq!(place.unfinished(), 0);
        assert!(place.store.names().unwrap().is_empty());
    });
}

#[test]
fn a_writer_that_never_runs_its_drop_makes_no_object() {
    let place = folder();
    let mut writer = place.store.create("tif").unwrap();
    writer.write_all(b"half").unwrap();
    mem::forget(writer);
    let again = ObjectStore::open(place.store.scratch()).unwrap();
    assert!(again.names().unwrap().is_empty());
}

#[test]
fn many_writers_of_the_same_bytes_make_one_object() {
    everywhere(|place| {
        let bytes = vec![42; 300_000];
        let store = &place.store;
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| store.put(&bytes, "tif").unwrap()))
                .collect();
            let names: Vec<_> = writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .collect();
            assert!(names.iter().all(|name| *name == names[0]));
        });
        let names = store.names().unwrap();
        assert_eq!(names.len(), 1);
        assert_eq!(store.read(&names[0]).unwrap(), bytes);
        assert_eq!(place.unfinished(), 0);
    });
}

#[test]
fn an_extension_cannot_lead_elsewhere() {
    let place = folder();
    for extension in ["", "../x", "t.f", "TIF", "verylongone"] {
        assert!(
            place.store.create(extension).is_err(),
            "{extension:?} was taken"
        );
    }
}

#[test]
fn any_part_of_a_large_object_can_be_read() {
    everywhere(|place| {
        let bytes = noise(LARGE + 12_345);
        let name = place.store.put(&bytes, "tif").unwrap();
        let source = place.store.source(&name).unwrap();
        assert_eq!(source.length(), bytes.len() as u64);
        let end = bytes.len();
        let block = 64 * 1024;
        let ranges = [
            0..1,
            0..end,
            block - 1..block + 1,
            3 * block..4 * block,
            3 * block + 5..5 * block + 7,
            1_000_000..1_900_000,
            end - 1..end,
            end - block - 3..end,
            end..end,
        ];
        for range in ranges {
            let mut read = vec![0; range.len()];
            source.read_at(range.start as u64, &mut read).unwrap();
            assert!(read == bytes[range.clone()], "{range:?}");
        }
        for (offset, length) in [(end, 1), (end - 1, 2), (1 << 40, 1), (0, end + 1)] {
            let error = source
                .read_at(offset as u64, &mut vec![0; length])
                .unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
        }
    });
}

#[test]
fn an_object_is_a_stream_and_a_file() {
    everywhere(|place| {
        let bytes = noise(3_000_000);
        let name = place.store.put(&bytes, "tif").unwrap();
        let mut reader = place.store.source(&name).unwrap().reader();
        reader.seek(SeekFrom::End(-1_500_000)).unwrap();
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert!(rest == bytes[1_500_000..]);
        let mut whole = Vec::new();
        place
            .store
            .file(&name)
            .unwrap()
            .read_to_end(&mut whole)
            .unwrap();
        assert!(whole == bytes);
        assert_eq!(place.unfinished(), 0);
    });
}

#[test]
fn a_head_and_its_neighbourhood_cost_one_request() {
    let (service, folder) = (S3::start(), tempfile::tempdir().unwrap());
    let store = service.store("", folder.path());
    let bytes = noise(1 << 20);
    let name = store.put(&bytes, "tif").unwrap();
    let before = service.requests();
    let source = store.source(&name).unwrap();
    for offset in [0, 8, 16, 300, 60_000] {
        source.read_at(offset, &mut [0; 100]).unwrap();
    }
    assert_eq!(service.requests() - before, 1);
    // Across the end of what is known, and beside it.
    let mut read = [0; 200];
    source.read_at(65_500, &mut read).unwrap();
    assert_eq!(read, bytes[65_500..65_700]);
    source.read_at(131_000, &mut [0; 72]).unwrap();
    assert_eq!(service.requests() - before, 2);
    let again = store.source(&name).unwrap();
    again.read_at(70_000, &mut [0; 10]).unwrap();
    assert_eq!(
        service.requests() - before,
        3,
        "opening asks for the length"
    );
}

#[test]
fn only_objects_below_the_prefix_are_listed() {
    let (service, folder) = (S3::start(), tempfile::tempdir().unwrap());
    let (one, other) = (
        service.store("one", folder.path()),
        service.store("other/one", folder.path()),
    );
    let name = one.put(b"abc", "txt").unwrap();
    assert!(other.names().unwrap().is_empty());
    std::fs::write(service.folder("one").join("README"), "somebody's").unwrap();
    assert_eq!(one.names().unwrap(), [name]);
}

#[tokio::test]
async fn a_thread_of_a_runtime_may_wait() {
    // The only thread of this runtime: the requests must not need it.
    let place = bucket();
    let name = place.store.put(b"abc", "txt").unwrap();
    assert_eq!(place.store.read(&name).unwrap(), b"abc");
}

#[test]
fn an_interruption_is_ridden_out() {
    let (mut service, folder) = (S3::start(), tempfile::tempdir().unwrap());
    let patient = service
        .store("", folder.path())
        .patient(Duration::from_mins(1));
    let bytes = noise(LARGE);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| patient.put(&bytes, "tif").unwrap());
        // Once the upload has begun: its parts lie as files in the service's folder.
        while std::fs::read_dir(service.folder("").parent().unwrap())
            .unwrap()
            .count()
            < 3
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        service.pause();
        std::thread::sleep(Duration::from_secs(1));
        service.go_on();
        let name = writing.join().unwrap();
        assert!(patient.read(&name).unwrap() == bytes);
    });
    assert_eq!(patient.names().unwrap().len(), 1);
}

#[test]
fn an_outage_is_told_from_other_failures_and_leaves_nothing() {
    let (mut service, folder) = (S3::start(), tempfile::tempdir().unwrap());
    let store = service.store("", folder.path()).patient(Duration::ZERO);
    let name = store.put(b"abc", "txt").unwrap();
    let source = store.source(&store.put(&noise(1 << 20), "tif").unwrap());
    service.pause();
    let error = store.put(b"def", "txt").unwrap_err();
    assert!(is_outage(&error), "{error}");
    let said = error.to_string();
    assert!(said.contains("AWS_ENDPOINT_URL"), "{said}");
    assert!(is_outage(&store.read(&name).unwrap_err()));
    let error = source.unwrap().read_at(900_000, &mut [0; 9]).unwrap_err();
    assert!(is_outage(&error), "{error}");
    service.go_on();
    assert_eq!(store.names().unwrap().len(), 2);
    assert_eq!(
        std::fs::read_dir(folder.path().join(".unfinished"))
            .unwrap()
            .count(),
        0
    );
    store.remove(&name).unwrap();
    assert!(!is_outage(&store.read(&name).unwrap_err()));
}

#[test]
fn wrong_keys_are_a_clear_failure_and_no_outage() {
    let (service, folder) = (S3::start(), tempfile::tempdir().unwrap());
    let store = service.store_with_key("nobody", folder.path());
    let error = store.put(b"abc", "txt").unwrap_err();
    assert!(!is_outage(&error), "{error}");
    assert!(error.to_string().contains("AWS_ACCESS_KEY_ID"), "{error}");
}

#[test]
fn an_address_of_another_kind_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for place in ["gs://bucket", "s3://", "s3:///prefix", "s3://b/a//c"] {
        let error = ObjectStore::open_place(place, folder.path()).unwrap_err();
        assert!(error.to_string().contains(place), "{error}");
        assert!(matches!(error, Error::Place { .. }), "{error}");
    }
    let path = folder.path().join("objects");
    let store = ObjectStore::open_place(path.to_str().unwrap(), folder.path()).unwrap();
    assert_eq!(store.scratch(), path);
}

#[test]
fn a_copy_of_what_is_in_a_bucket_is_the_same_object() {
    let (here, there) = (folder(), bucket());
    let name: ObjectName = there.store.put(&noise(100_000), "tif").unwrap();
    let mut writer = here.store.create("tif").unwrap();
    std::io::copy(
        &mut there.store.source(&name).unwrap().reader(),
        &mut writer,
    )
    .unwrap();
    assert_eq!(writer.finish().unwrap(), name);
    assert!(there.folder.path().exists());
}

#[test]
fn the_parts_of_a_group_go_away_together_and_are_no_objects() {
    everywhere(|place| {
        let store = &place.store;
        let object = store.put(b"abc", "txt").unwrap();
        let part = |group, file| PartName::new(group, file).unwrap();
        let (one, two) = (part("job-1", "0-0.part"), part("job-1", "0-1.part"));
        let other = part("job-10", "0-0.part");
        for name in [&one, &two, &other] {
            store.put_part(name, b"abc").unwrap();
        }
        let large = noise(20 << 20);
        store.put_part(&one, &large).unwrap();
        let source = store.part(&one).unwrap();
        let mut read = vec![0; large.len()];
        source.read_at(0, &mut read).unwrap();
        assert!(read == large, "what was written last");
        assert_eq!(place.unfinished(), 0);

        assert_eq!(store.names().unwrap(), std::slice::from_ref(&object));
        let mut groups = store.part_groups().unwrap();
        groups.sort();
        assert_eq!(groups, ["job-1", "job-10"]);
        store.remove_parts("job-1").unwrap();
        store.remove_parts("job-1").unwrap();
        assert!(matches!(
            store.part(&one).unwrap_err(),
            Error::Missing { .. }
        ));
        assert_eq!(store.part_groups().unwrap(), ["job-10"]);
        assert_eq!(store.part(&other).unwrap().length(), 3);
        assert_eq!(store.read(&object).unwrap(), b"abc");
        assert!(store.remove_parts("../ba").is_err());
    });
}

#[test]
fn what_others_keep_on_a_web_server_is_read_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = noise(300_000);
    std::fs::create_dir(folder.path().join("county")).unwrap();
    std::fs::write(folder.path().join("county/a.tif"), &bytes).unwrap();
    let web = Web::start(folder.path(), true);
    let source = objects::open_elsewhere(&web.url("county/a.tif")).unwrap();
    assert_eq!(source.length(), 300_000);
    let mut part = [0; 1000];
    source.read_at(123_456, &mut part).unwrap();
    assert_eq!(part, bytes[123_456..124_456]);
    assert_eq!(web.parts(), 2, "the beginning, and one block");
    assert!(source.read_at(299_999, &mut part).is_err());

    let error = objects::open_elsewhere(&web.url("b.tif")).unwrap_err();
    assert!(matches!(error, Error::Web { .. }), "{error}");
    let whole = Web::start(folder.path(), false);
    let error = objects::open_elsewhere(&whole.url("county/a.tif")).unwrap_err();
    assert!(error.to_string().contains("Accept-Ranges"), "{error}");
    for address in [
        "ftp://host/a.tif",
        "https://host",
        "https://host/",
        "https:///a.tif",
        "https://me:word@host/a.tif",
        "https://host/a.tif?key=word",
    ] {
        let error = objects::open_elsewhere(address).unwrap_err();
        assert!(matches!(error, Error::Place { .. }), "{address}: {error}");
    }
}

#[test]
fn what_others_keep_in_a_bucket_has_the_same_kind_of_address() {
    // Where buckets are is in the environment, as for our own.
    let error = objects::open_elsewhere("s3://").unwrap_err();
    assert!(matches!(error, Error::Place { .. }), "{error}");
}
