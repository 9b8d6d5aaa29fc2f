//! What masts in the SRTM canyon see against brute force in numpy.

use raster::viewshed::{Mast, Sight, visible};

use crate::support::{doubles, oracle, real_data, text};
use crate::terrain::canyon;

const REACH: usize = 60;

#[test]
fn masts_in_the_canyon_see_what_numpy_says() {
    let Some((image, georeference)) = canyon() else {
        return;
    };
    let file = real_data("dem/srtm_zion_90m_epsg4326_uint16.tif").expect("was there");
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("seen");
    for (column, row, curvature) in [(200, 250, 0.857_14), (320, 120, 0.0)] {
        let words = [column, row, 25, 6].map(|number: usize| number.to_string());
        let [at_column, at_row, height, target] = &words;
        let (curve, reach) = (curvature.to_string(), REACH.to_string());
        let arguments = [
            text(&file),
            at_column,
            at_row,
            height,
            target,
            &curve,
            &reach,
            text(&out),
        ];
        let answer = oracle("viewshed", &arguments);
        let number = |key: &str| answer[key].as_f64().expect("a number");
        let mast = Mast {
            longitude: number("longitude"),
            latitude: number("latitude"),
            height_m: 25.0,
            range_m: 1e9,
        };
        let sight = Sight {
            target_height_m: 6.0,
            curvature,
        };
        let all = visible(&image, &georeference, &[mast], 0, sight).expect("ground");
        let side = 2 * REACH + 1;
        let found = (0..side * side).map(|index| {
            let (x, y) = (column - REACH + index % side, row - REACH + index / side);
            all[y * image.width + x]
        });
        let expected = doubles(&out);
        let differing = found
            .zip(&expected)
            .filter(|(found, expected)| *found != (**expected > 0.5));
        // A line that just touches the land may fall on either side by rounding.
        let differing = differing.count();
        assert!(differing <= 3, "{differing} of {} differ", expected.len());
        let seen = number("seen") / expected.len() as f64;
        assert!(
            (0.02..0.98).contains(&seen),
            "{seen} of all seen proves little"
        );
    }
}
