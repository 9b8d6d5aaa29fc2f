//! Light and shade that are drawn when somebody looks, against `gdaldem`.

use std::path::Path;
use std::process::Command;

use raster::cog::CogReader;
use raster::live::{Band, Relief};
use raster::terrain::Hillshade;

use crate::support::{real_data, text};

fn gdal(program: &str, options: &[&str], from: &Path, to: &Path) {
    let status = Command::new(program)
        .args(options)
        .args(["-q", text(from), text(to)])
        .status()
        .expect("gdal-bin is installed");
    assert!(status.success(), "{program}");
}

#[test]
fn shades_of_the_canyon_are_those_of_gdaldem() {
    let Some(file) = real_data("dem/srtm_zion_90m_epsg4326_uint16.tif") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let [metres, shades] = ["metres.tif", "shades.bin"].map(|name| folder.path().join(name));
    let utm = [
        "-t_srs",
        "EPSG:32612",
        "-tr",
        "90",
        "90",
        "-r",
        "cubic",
        "-ot",
        "Float32",
        "-dstnodata",
        "nan",
        "-co",
        "TILED=YES",
    ];
    gdal("gdalwarp", &utm, &file, &metres);
    let image = CogReader::open_path(&metres).expect("opens");
    let grid = image.georeference().clone();
    for (azimuth, altitude, z_factor) in [(315.0, 45.0, 1.0), (200.0, 30.0, 2.5)] {
        let [a, h, z] = [azimuth, altitude, z_factor].map(|number: f64| number.to_string());
        let options = ["hillshade", "-of", "ENVI", "-az", &a, "-alt", &h, "-z", &z];
        let status = Command::new("gdaldem")
            .args([options[0], text(&metres), text(&shades)])
            .args(&options[1..])
            .arg("-q")
            .status()
            .expect("gdal-bin is installed");
        assert!(status.success());
        let theirs = std::fs::read(&shades).expect("their shades");
        let relief = Relief {
            light: Hillshade {
                azimuth,
                altitude,
                z_factor,
                ..Hillshade::default()
            },
            ..Relief::default()
        };
        let band = Band {
            image: &image,
            band: 0,
        };
        let shading = relief.prepare().expect("a sound light");
        let ours = shading.of(band, &grid).expect("reads").expect("land");
        assert_eq!(ours.len(), theirs.len());
        // They have no answer beside a hole, where ours takes it for level.
        let pairs = ours.iter().zip(&theirs).filter(|(_, theirs)| **theirs > 0);
        let off = pairs.map(|(ours, theirs)| (ours - f32::from(*theirs)).abs());
        let (count, worst) = off.fold((0, 0.0_f32), |(count, worst), off| {
            (
                count + 1,
                if off.is_nan() {
                    f32::INFINITY
                } else {
                    worst.max(off)
                },
            )
        });
        assert!(count > 100_000, "{count}");
        assert!(worst <= 1.0, "{worst} at {azimuth}");
    }
}
