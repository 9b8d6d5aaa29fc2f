//! Contours of the SRTM canyon against contourpy.

use geo::{Euclidean, Length as _};
use raster::contour::{Levels, lines};

use crate::support::{oracle, real_data, text};
use crate::terrain::canyon;

#[test]
fn contours_of_the_canyon_are_contourpys() {
    let Some((image, _)) = canyon() else {
        return;
    };
    let file = real_data("dem/srtm_zion_90m_epsg4326_uint16.tif").expect("was there");
    // A base between the quarter metres of the means of four heights: what lies exactly on a level is a
    // convention.
    let levels = Levels {
        interval: 50.0,
        base: 0.3,
    };
    let answer = oracle("contours", &[text(&file), "50", "0.3"]);
    let expected: Vec<[f64; 4]> = serde_json::from_value(answer).expect("a list");
    assert!(expected.len() > 20, "{expected:?}");
    let found = lines(&image, levels).expect("lines");
    assert!(found.is_sorted_by_key(|line| line.level));
    let mut by_level = found.chunk_by(|one, two| one.level == two.level);
    for [ele, length, count, closed] in expected {
        let lines = by_level.next().expect("as many levels");
        assert!((lines[0].ele - ele).abs() < 1e-9);
        let total: f64 = lines
            .iter()
            .map(|line| Euclidean.length(&line.points))
            .sum();
        assert!(
            (total - length).abs() < 1e-6,
            "{ele} m: {total} for {length}"
        );
        let rings = lines.iter().filter(|line| line.points.is_closed()).count();
        assert_eq!(
            (lines.len() as f64, rings as f64),
            (count, closed),
            "{ele} m"
        );
    }
    assert!(by_level.next().is_none());
}
