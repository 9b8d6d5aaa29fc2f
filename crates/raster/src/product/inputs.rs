//! Which files of a product's folder are bands.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

/// How deep bands lie below a product's folder (SAFE: `GRANULE/L2A_…/IMG_DATA/R10m`).
const DEEPEST: usize = 6;
const ENDINGS: [&str; 4] = ["jp2", "tif", "tiff", "img"];
/// Parts of names of files that are no bands: pictures, quality reports, previews, detectors.
const LEFT_OUT: [&str; 18] = [
    "TCI", "AOT", "WVP", "PVI", "MSK", "EDG", "SAT", "MG2", "IAB", "ATB", "DFP", "CLD", "SNW",
    "RADSAT", "AEROSOL", "ATRAN", "DRAD", "EMIS",
];

/// Why a folder's bands are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Nothing was given.
    #[error("no file was given")]
    Nothing,
    /// A folder among several inputs.
    #[error("{}: give either one folder or files, not both", path.display())]
    Mixed {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that cannot be listed.
    #[error("{}: cannot be listed ({source})", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder without images.
    #[error("{}: no image (.tif, .jp2, .img) lies in this folder", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// The files to read: those given, or the bands in the one folder given. Of a band that lies there
/// in several resolutions the finest is taken, of MAJA's two reflectances the one corrected for
/// slopes (FRE).
///
/// # Errors
/// When there is nothing to read.
pub fn inputs(paths: &[PathBuf]) -> Result<Vec<PathBuf>, InputError> {
    match paths {
        [] => Err(InputError::Nothing),
        [folder] if folder.is_dir() => {
            let mut files = Vec::new();
            list(folder, DEEPEST, &mut files)?;
            let bands = bands(files);
            if bands.is_empty() {
                Err(InputError::Empty {
                    path: folder.clone(),
                })
            } else {
                Ok(bands)
            }
        }
        files => match files.iter().find(|path| path.is_dir()) {
            Some(path) => Err(InputError::Mixed { path: path.clone() }),
            None => Ok(files.to_vec()),
        },
    }
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), InputError> {
    let failed = |source| InputError::Folder {
        path: folder.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth > 0 && entry.file_name() != "QI_DATA" {
            list(&entry.path(), depth - 1, files)?;
        } else if !kind.is_dir() && is_image(&entry.path()) {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn is_image(path: &Path) -> bool {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// One file a band, in the order of their names.
fn bands(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut chosen: BTreeMap<String, (u32, PathBuf)> = BTreeMap::new();
    for file in files {
        let stem = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let tokens: Vec<&str> = stem.split('_').collect();
        if tokens.iter().any(|token| LEFT_OUT.contains(token)) {
            continue;
        }
        let (band, rank) = band_and_rank(&tokens);
        match chosen.get(&band) {
            Some((best, _)) if *best <= rank => {}
            _ => {
                chosen.insert(band, (rank, file));
            }
        }
    }
    chosen.into_values().map(|(_, file)| file).collect()
}

/// A band's name without its resolution and correction, and how good this file of it is (lower is
/// better).
fn band_and_rank(tokens: &[&str]) -> (String, u32) {
    let mut rank = 0;
    let mut kept = Vec::new();
    for token in tokens {
        let metres = token
            .strip_suffix('m')
            .and_then(|metres| metres.parse::<u32>().ok());
        match (*token, metres) {
            (_, Some(metres)) => rank += metres,
            ("SRE", _) => rank += 1,
            ("FRE", _) => {}
            ("R1" | "R2", _) => rank += u32::from(*token == "R2"),
            (other, None) => kept.push(other),
        }
    }
    (kept.join("_"), rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[&str]) -> Vec<String> {
        let bands = bands(files.iter().map(PathBuf::from).collect());
        bands
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn the_finest_file_of_each_sentinel_band() {
        let files = [
            "R10m/T30TYP_20181023T105107_B04_10m.jp2",
            "R20m/T30TYP_20181023T105107_B04_20m.jp2",
            "R20m/T30TYP_20181023T105107_B8A_20m.jp2",
            "R60m/T30TYP_20181023T105107_B8A_60m.jp2",
            "R20m/T30TYP_20181023T105107_SCL_20m.jp2",
            "R10m/T30TYP_20181023T105107_TCI_10m.jp2",
            "R10m/T30TYP_20181023T105107_WVP_10m.jp2",
        ];
        assert_eq!(
            names(&files),
            [
                "T30TYP_20181023T105107_B04_10m.jp2",
                "T30TYP_20181023T105107_B8A_20m.jp2",
                "T30TYP_20181023T105107_SCL_20m.jp2",
            ]
        );
    }

    #[test]
    fn maja_slope_corrected_bands_and_one_cloud_mask() {
        let prefix = "SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9";
        let files = [
            "FRE_B4.tif",
            "SRE_B4.tif",
            "CLM_R1.tif",
            "CLM_R2.tif",
            "EDG_R1.tif",
        ]
        .map(|end| format!("{prefix}_{end}"));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        assert_eq!(
            names(&files),
            [
                format!("{prefix}_FRE_B4.tif"),
                format!("{prefix}_CLM_R1.tif"),
            ]
        );
    }

    #[test]
    fn a_folder_is_searched_and_an_empty_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().to_owned()];
        assert!(matches!(inputs(&paths), Err(InputError::Empty { .. })));
        let deep = folder.path().join("GRANULE/L2A_T30TYP/IMG_DATA/R10m");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("T30TYP_20181023T105107_B04_10m.jp2"), "").unwrap();
        std::fs::create_dir_all(folder.path().join("GRANULE/QI_DATA")).unwrap();
        std::fs::write(folder.path().join("GRANULE/QI_DATA/MASK.jp2"), "").unwrap();
        assert_eq!(
            inputs(&paths).unwrap(),
            [deep.join("T30TYP_20181023T105107_B04_10m.jp2")]
        );
    }

    #[test]
    fn files_are_taken_as_they_are_given() {
        let files = [PathBuf::from("b.tif"), PathBuf::from("a_TCI.tif")];
        assert_eq!(inputs(&files).unwrap(), files);
        assert!(matches!(inputs(&[]), Err(InputError::Nothing)));
    }
}
