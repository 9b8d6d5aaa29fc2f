//! The few calls of GDAL's C interface that the `gdal` crate has no safe form of.

use std::{
    ffi::{CStr, c_int},
    ptr,
};

use gdal::{
    Dataset,
    spatial_ref::SpatialRef,
    vector::{Defn, Feature, Geometry},
};

/// The bytes of a text attribute as they are in the file, or `None` where it is null.
pub(super) fn raw_text(feature: &Feature, field: c_int) -> Option<Vec<u8>> {
    // SAFETY: the feature is alive for the whole call and `field` is an index of its layer; the
    // string GDAL returns lives until the feature's next call, and is copied before that.
    unsafe {
        if gdal_sys::OGR_F_IsFieldSetAndNotNull(feature.c_feature(), field) == 0 {
            return None;
        }
        let text = gdal_sys::OGR_F_GetFieldAsString(feature.c_feature(), field);
        (!text.is_null()).then(|| CStr::from_ptr(text).to_bytes().to_vec())
    }
}

/// The bytes of an attribute's name.
pub(super) fn raw_name(feature: &Feature, field: c_int) -> Vec<u8> {
    // SAFETY: as in `raw_text`; the name belongs to the layer's definition, which outlives this.
    unsafe {
        let definition = gdal_sys::OGR_F_GetFieldDefnRef(feature.c_feature(), field);
        if definition.is_null() {
            return Vec::new();
        }
        let name = gdal_sys::OGR_Fld_GetNameRef(definition);
        if name.is_null() {
            Vec::new()
        } else {
            CStr::from_ptr(name).to_bytes().to_vec()
        }
    }
}

/// How many attributes a feature has.
pub(super) fn field_count(feature: &Feature) -> c_int {
    // SAFETY: the feature is alive for the whole call.
    unsafe { gdal_sys::OGR_F_GetFieldCount(feature.c_feature()) }
}

/// The next feature of a dataset in the order of the file, whichever layer it belongs to, with the
/// place of that layer; `definitions` are those of all layers.
pub(super) fn next_feature<'a>(
    dataset: &Dataset,
    definitions: &'a [Defn],
) -> Option<(usize, Feature<'a>)> {
    let layers = c_int::try_from(definitions.len()).ok()?;
    // SAFETY: the dataset is alive and nobody else reads it; the feature is owned from here on and
    // destroyed by its wrapper; its definition is the one of the layer GDAL names.
    unsafe {
        let handle = dataset.c_dataset();
        let mut owner: gdal_sys::OGRLayerH = ptr::null_mut();
        let feature = gdal_sys::GDALDatasetGetNextFeature(
            handle,
            &raw mut owner,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
        );
        if feature.is_null() {
            return None;
        }
        let layer = (0..layers).find(|at| gdal_sys::GDALDatasetGetLayer(handle, *at) == owner);
        let Some(layer) = layer.and_then(|layer| usize::try_from(layer).ok()) else {
            gdal_sys::OGR_F_Destroy(feature);
            return None;
        };
        Some((layer, Feature::from_c_feature(&definitions[layer], feature)))
    }
}

/// The shape of a feature, or in words that it has none.
pub(super) fn shape<'a>(feature: &'a Feature) -> Result<&'a Geometry, String> {
    let shape = feature.geometry_by_index(0).ok();
    shape
        .filter(|shape| shape.has_gdal_ptr())
        .ok_or_else(|| "it has no geometry".to_owned())
}

/// The shape with its curves made of lines, two-dimensional, as WKB in little-endian.
pub(super) fn flat_wkb(geometry: &Geometry) -> Option<Vec<u8>> {
    // SAFETY: the linear geometry is a new one, owned here and destroyed before returning; the
    // buffer has the size GDAL asked for.
    unsafe {
        let linear = gdal_sys::OGR_G_GetLinearGeometry(geometry.c_geometry(), 0.0, ptr::null_mut());
        if linear.is_null() {
            return None;
        }
        gdal_sys::OGR_G_FlattenTo2D(linear);
        let mut bytes = vec![0; gdal_sys::OGR_G_WkbSizeEx(linear)];
        let done = gdal_sys::OGR_G_ExportToIsoWkb(
            linear,
            gdal_sys::OGRwkbByteOrder::wkbNDR,
            bytes.as_mut_ptr(),
        );
        gdal_sys::OGR_G_DestroyGeometry(linear);
        (done == gdal_sys::OGRErr::OGRERR_NONE).then_some(bytes)
    }
}

/// The known system this one equals, if PROJ is at least `sure` per cent sure.
pub(super) fn best_match(system: &SpatialRef, sure: c_int) -> Option<SpatialRef> {
    let mut count = 0;
    let mut confidence: *mut c_int = ptr::null_mut();
    // SAFETY: the system is alive; GDAL returns an array of `count` systems and one of as many
    // numbers, best first, which are read within bounds and freed here. `from_c_obj` clones.
    unsafe {
        let matches = gdal_sys::OSRFindMatches(
            system.to_c_hsrs(),
            ptr::null_mut(),
            &raw mut count,
            &raw mut confidence,
        );
        if matches.is_null() || confidence.is_null() {
            return None;
        }
        let best = (count > 0 && *confidence >= sure)
            .then(|| SpatialRef::from_c_obj(*matches).ok())
            .flatten();
        gdal_sys::OSRFreeSRSArray(matches);
        gdal_sys::VSIFree(confidence.cast());
        best
    }
}
