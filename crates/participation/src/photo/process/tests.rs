use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use image::{ImageEncoder, ImageFormat, Rgba, RgbaImage};

use super::*;

/// A JPEG whose left half is red and whose right half is blue, `width` × `height`, with the given
/// EXIF orientation and a GPS position in its metadata.
fn tagged(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            image::Rgb([220, 20, 20])
        } else {
            image::Rgb([20, 20, 220])
        }
    });
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    encoder.encode_image(&picture).unwrap();
    bytes
}

/// A big-endian TIFF block: orientation, and a GPS directory with a latitude reference.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    block.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    block.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    block.extend([0, 0, 0, 0]);
    block.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
    block
}

fn decoded(bytes: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(bytes, ImageFormat::Jpeg)
        .unwrap()
        .into_rgb8()
}

fn is_red(pixel: image::Rgb<u8>) -> bool {
    pixel.0[0] > 150 && pixel.0[2] < 100
}

#[test]
fn a_picture_is_turned_upright() {
    let straight = decoded(&processed(&tagged(64, 32, 1)).unwrap().picture);
    assert_eq!(straight.dimensions(), (64, 32));
    assert!(is_red(*straight.get_pixel(8, 16)));

    // Orientation 6: turned a quarter clockwise to be upright, so the left half comes to the top.
    let turned = decoded(&processed(&tagged(64, 32, 6)).unwrap().picture);
    assert_eq!(turned.dimensions(), (32, 64));
    assert!(is_red(*turned.get_pixel(16, 8)));
    assert!(!is_red(*turned.get_pixel(16, 56)));

    // Orientation 3: upside down.
    let over = decoded(&processed(&tagged(64, 32, 3)).unwrap().picture);
    assert!(is_red(*over.get_pixel(56, 16)));
}

#[test]
fn nothing_the_camera_noted_is_left() {
    let sent = tagged(64, 32, 6);
    assert!(contains(&sent, b"Exif"), "the test photo carries EXIF");
    let kept = processed(&sent).unwrap();
    for bytes in [&kept.picture, &kept.thumbnail] {
        assert_eq!(segments(bytes), BARE_SEGMENTS);
    }
}

#[test]
fn large_pictures_are_shrunk_and_small_ones_left() {
    let large = processed(&tagged(4000, 1000, 1)).unwrap();
    assert_eq!((large.width, large.height), (1600, 400));
    assert_eq!(decoded(&large.thumbnail).dimensions(), (400, 100));
    let small = processed(&tagged(300, 200, 1)).unwrap();
    assert_eq!((small.width, small.height), (300, 200));
    assert_eq!(decoded(&small.thumbnail).dimensions(), (300, 200));
}

#[test]
fn transparency_becomes_white() {
    let clear = RgbaImage::from_pixel(40, 40, Rgba([0, 0, 0, 0]));
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(clear.as_raw(), 40, 40, image::ExtendedColorType::Rgba8)
        .unwrap();
    let kept = decoded(&processed(&bytes).unwrap().picture);
    assert!(
        kept.get_pixel(20, 20)
            .0
            .iter()
            .all(|channel| *channel > 250)
    );
}

#[tokio::test]
async fn a_cut_off_picture_is_refused_or_taken_but_never_panics() {
    let whole = tagged(640, 480, 1);
    for length in [3, 20, 200, whole.len() / 2] {
        let outcome = process(whole[..length].to_vec()).await;
        assert!(
            matches!(outcome, Ok(_) | Err(Refusal::NotReadable)),
            "{length}: {outcome:?}"
        );
    }
    assert_eq!(
        process(whole[..20].to_vec()).await,
        Err(Refusal::NotReadable)
    );
}

#[tokio::test]
async fn real_photos_lose_their_gps_position() {
    let folder = std::env::var("XIANGTU_REAL_DATA")
        .map_or_else(|_| PathBuf::from("../../data/real"), PathBuf::from)
        .join("photos");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        note_skipped("participation: photos is not in XIANGTU_REAL_DATA");
        return;
    };
    let mut with_gps = 0;
    for path in entries.map(|entry| entry.unwrap().path()) {
        let is_photo = path
            .extension()
            .is_some_and(|name| name.eq_ignore_ascii_case("jpg"));
        if !is_photo {
            continue;
        }
        let sent = std::fs::read(&path).unwrap();
        let kept = process(sent.clone()).await.unwrap();
        with_gps += usize::from(has_gps(&sent));
        for bytes in [&kept.picture, &kept.thumbnail] {
            assert!(!has_gps(bytes), "{}", path.display());
            assert_eq!(segments(bytes), BARE_SEGMENTS, "{}", path.display());
        }
        assert!(kept.width.max(kept.height) <= LONG_EDGE);
        assert!(kept.thumbnail.len() < 60_000, "{}", kept.thumbnail.len());
    }
    assert!(
        with_gps >= 6,
        "only {with_gps} photos with a position in {}",
        folder.display()
    );
}

/// For the list at the end of `scripts/test`.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn note_skipped(line: &str) {
    eprintln!("SKIPPED: {line}");
    let list = std::env::var_os("XIANGTU_SKIPPED");
    let file = list.and_then(|list| OpenOptions::new().append(true).create(true).open(list).ok());
    if let Some(mut file) = file {
        // A lost line would only shorten the closing list; it must not fail the test.
        let _ = writeln!(file, "{line}");
    }
}

fn has_gps(bytes: &[u8]) -> bool {
    exif::Reader::new()
        .read_from_container(&mut Cursor::new(bytes))
        .is_ok_and(|read| {
            read.get_field(exif::Tag::GPSLatitude, exif::In::PRIMARY)
                .is_some()
        })
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// JFIF header, quantisation, frame and Huffman tables: no EXIF, XMP, IPTC, profile or comment.
const BARE_SEGMENTS: &[u8] = &[0xc0, 0xc4, 0xdb, 0xe0];

/// The kinds of segment before the picture itself, sorted, each once.
fn segments(bytes: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    let mut position = 2;
    while bytes[position] == 0xff && bytes[position + 1] != 0xda {
        kinds.push(bytes[position + 1]);
        position += 2 + usize::from(u16::from_be_bytes([
            bytes[position + 2],
            bytes[position + 3],
        ]));
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
